/**
 * Chattering [ALM-11]: a rule that rises again and again within a minute. Comes in: a line and a rule of it that rose. Goes out: the alarm that
 * says so, with the raise that is one too many; until it is over, the line remembers which rules are told of by it.
 */
import type { Edge } from './condition.ts';
import { pulse, type LineState } from './line.ts';
import type { Rise } from './record.ts';
import type { Rule, RuleSet } from '../../kpi/rules.ts';
import { chatteringText } from '../../kpi/ruletexts.ts';

const chatterMs = 60_000;

/** Counts a raise; null unless chattering begins with it. */
export function countChatter(line: LineState, rules: RuleSet, rule: Rule, at: number, now: number): Omit<Rise, 'line' | 'late'> | null {
  const chattering = rules.single.get('chattering');
  if (!chattering || rule.id === 'chattering') return null;
  const limit = Math.max(2, chattering.limit ?? 3);
  const times = [...(line.raises[rule.id] ?? []).filter((time) => time > at - chatterMs), at].slice(-limit);
  line.raises[rule.id] = times;
  if (times.length < limit) return null;
  const edges: Edge[] = [];
  pulse(line, rules, 'chattering', now, times.length, edges);
  if (!line.chatter.includes(rule.id)) line.chatter.push(rule.id);
  const [edge] = edges;
  return edge ? { rule: { ...chattering, text: chatteringText(rule.text) }, at: edge.at, value: edge.value } : null;
}

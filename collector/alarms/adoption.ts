/**
 * Alarms that are known from before a restart, though what led to them did not come again: who was connected, what the time brought, what was wrong
 * with the system itself. Comes in: a line and the record. Goes out: the line with that alarm open, so that what it says next decides whether
 * it goes on or ends. It raises nothing, and tells nobody.
 */
import type { AlarmRecord } from '../../contract/alarm.ts';
import { always } from './condition.ts';
import type { LineState } from './line.ts';
import { ruleNamed, type RuleSet } from '../../kpi/rules.ts';

/** False where it is over: its rule has gone, another alarm of the same rule is open, or the line was heard since. `rules` is null for the system itself. */
export function takeUp(line: LineState, rules: RuleSet | null, record: AlarmRecord, now: number): boolean {
  const rule = rules && ruleNamed(rules, record.rule);
  if ((rules && !rule) || line.open[record.rule] !== undefined) return false;
  line.open[record.rule] = record.id;
  if (record.clearedAt !== null || !rules || !rule) return true;
  if (record.rule === 'silence') {
    // Heard since: it is not silent any more.
    if ((line.heard ?? 0) > record.raisedAt) return false;
    line.silent = true;
    line.heard ??= record.raisedAt;
    return true;
  }
  const { value } = record;
  const isSignal = record.rule === 'chattering' || record.rule.startsWith('data:');
  const conditions = isSignal ? line.signals : line.watch.conditions;
  conditions[record.rule] ??= { raised: true, turnsAt: isSignal ? now + rule.offDelayMs : null, until: isSignal ? always : now, value };
  return true;
}

/**
 * What is asked of alarms: of which lines, in what states, when, what else. Comes in: a query and who asks. Goes out: a checked question, or a refusal
 * that says what is wrong; and whether a record answers it. It is pure.
 */
import { alarmStates, priorities, type AlarmRecord, type AlarmState, type Priority } from '../../../contract/alarm.ts';
import { languages, type Language } from '../../../contract/api.ts';
import type { WatchFilter } from '../../../contract/live.ts';
import type { Plant } from '../../../contract/plant.ts';
import { systemLine } from '../../../contract/system.ts';
import { countOf, longest, windowOf, type Window } from '../input.ts';
import { badRequest, isRefusal, type Call, type Refusal } from '../route.ts';
import { alarmLines, maySeeAlarmsOf } from '../scope.ts';

/** As many as are open in a bad hour, unless asked otherwise. */
const records = { usual: 10_000, most: 50_000 };
const textCharacters = 100;

export interface AlarmQuestion {
  /** Ids; the system itself may be among them. */
  readonly lines: ReadonlySet<string>;
  readonly states: ReadonlySet<AlarmState>;
  readonly priorities: ReadonlySet<Priority>;
  readonly assignedTo: string | null;
  readonly text: string | null;
  /** Null: what is open now. */
  readonly window: Window | null;
  readonly limit: number;
  readonly format: 'json' | 'csv';
  readonly language: Language;
}

const formats = ['json', 'csv'] as const;
const openStates = alarmStates.filter((state) => state !== 'normal');

export function questionOf(call: Call, plant: Plant, now: number): AlarmQuestion | Refusal {
  const states = listOf(call, 'state', alarmStates, openStates);
  if (isRefusal(states)) return states;
  const wanted = listOf(call, 'priority', priorities, priorities);
  if (isRefusal(wanted)) return wanted;
  const window = timeOf(call, states, now);
  if (isRefusal(window)) return window;
  const limit = countOf(call, 'limit', records.usual, records.most);
  if (isRefusal(limit)) return limit;
  const format = formats.find((name) => name === (call.query('format') ?? 'json'));
  if (!format) return badRequest('bad-format', `"format" must be one of ${formats.join(', ')}.`);
  const language = languages.find((name) => name === (call.query('lang') ?? call.session.language));
  if (!language) return badRequest('bad-language', `"lang" must be one of ${languages.join(', ')}.`);
  const [text, assignedTo] = [call.query('text'), call.query('assignedTo')];
  if ([text, assignedTo].some((given) => given !== null && given.length > textCharacters)) {
    return badRequest('too-long', `"text" and "assignedTo" have at most ${String(textCharacters)} characters.`);
  }
  const lines = linesOf(call, plant);
  const asked = { lines, states: new Set(states), priorities: new Set(wanted), assignedTo, text: text?.toLowerCase() ?? null };
  return { ...asked, window, limit, format, language };
}

/** Whether more than lines, states and time is asked for: then the store finds more than is wanted. */
export function isNarrow({ priorities: wanted, assignedTo, text }: AlarmQuestion): boolean {
  return wanted.size < priorities.length || assignedTo !== null || text !== null;
}

/** The most that is looked at for one answer. */
export const lookedAt = records.most;

export function answers(record: AlarmRecord, question: AlarmQuestion, plant: Plant): boolean {
  const { lines, states, assignedTo, text } = question;
  if (!lines.has(record.line) || !states.has(record.state) || !question.priorities.has(record.priority)) return false;
  if (assignedTo !== null && record.assignedTo !== assignedTo) return false;
  return text === null || wordsOf(record, plant).some((word) => word.toLowerCase().includes(text));
}

/** What of an alarm is searched. */
function wordsOf({ id, line, rule, text, assignedTo, acknowledgedBy, cause }: AlarmRecord, plant: Plant): string[] {
  const name = plant.lines.get(line)?.name;
  return [id, line, rule, text.zh, text.en, name?.zh, name?.en, assignedTo, acknowledgedBy, cause].filter(
    (word) => typeof word === 'string',
  );
}

/** A window where the past is asked for: it is named, or alarms that are over are wanted. */
function timeOf(call: Call, states: readonly AlarmState[], now: number): Window | null | Refusal {
  const named = call.query('from') !== null || call.query('to') !== null;
  if (!named && !states.includes('normal')) return null;
  // Up to and including now: what has just happened is asked for most.
  return windowOf(call, now + 1, longest.figures);
}

/** Nothing is what a place has that is outside the scope, or does not exist, and what an equipment type has that there is not. */
function linesOf(call: Call, plant: Plant): Set<string> {
  const filter: WatchFilter = {};
  const type = call.query('type');
  for (const part of ['park', 'firm', 'workshop', 'line'] as const) {
    const id = call.query(part);
    if (id !== null) filter[part] = id;
  }
  const found = alarmLines(plant, call.caller, filter).filter((line) => type === null || line.type.id === type);
  const lines = new Set(found.map(({ id }) => id));
  const ofSystem = type === null && (filter.line === systemLine || Object.keys(filter).length === 0);
  if (ofSystem && maySeeAlarmsOf(plant, call.caller, systemLine)) lines.add(systemLine);
  return lines;
}

/** Words with commas between them. */
function listOf<T extends string>(call: Call, name: string, among: readonly T[], usual: readonly T[]): readonly T[] | Refusal {
  const given = call.query(name)?.split(',');
  if (!given) return usual;
  const known = given.map((word) => among.find((one) => one === word));
  const words = known.filter((word) => word !== undefined);
  return words.length === given.length
    ? words
    : badRequest(`bad-${name}`, `"${name}" must be one or more of ${among.join(', ')}, with commas between them.`);
}

/**
 * Alarms found: what the board shows now and what history knows, as one. Comes in: a question, or an id. Goes out: records that the caller may see, the
 * newest first; null where the store does not answer. Of an alarm that both know, the board's record is the newer one.
 */
import type { AlarmRecord } from '../../../contract/alarm.ts';
import type { History } from '../../../contract/history.ts';
import type { Plant } from '../../../contract/plant.ts';
import type { Window } from '../input.ts';
import type { Patience } from '../patience.ts';
import { maySeeAlarmsOf, type Caller } from '../scope.ts';
import type { Board } from './board.ts';
import { answers, isNarrow, lookedAt, type AlarmQuestion } from './question.ts';

export interface AlarmSources {
  readonly plant: Plant;
  readonly board: Board;
  readonly history: Pick<History, 'alarm' | 'alarms'>;
  readonly patience: Patience;
}

export async function findAlarms(sources: AlarmSources, question: AlarmQuestion): Promise<AlarmRecord[] | null> {
  const { window, states, limit } = question;
  const all = window
    ? await overlapping(sources, question.lines, window, [...states], isNarrow(question) ? lookedAt : limit)
    : [...sources.board.open()];
  if (!all) return null;
  return newestFirst(all.filter((record) => answers(record, question, sources.plant))).slice(0, limit);
}

/** Records that were open at some time of the window; of the past at most `limit`. */
export async function overlapping(
  { board, history, patience }: Pick<AlarmSources, 'board' | 'history' | 'patience'>,
  lines: ReadonlySet<string>,
  { from, to }: Window,
  states: readonly AlarmRecord['state'][] | undefined,
  limit: number,
): Promise<AlarmRecord[] | null> {
  if (lines.size === 0) return [];
  const kept = await patience(history.alarms({ lines: [...lines], from, to, states, limit }));
  if (!kept) return null;
  const records = new Map(kept.value.map((record) => [record.id, record]));
  for (const record of board.closed()) if (lines.has(record.line) && overlaps(record, from, to)) records.set(record.id, record);
  for (const record of board.open()) if (lines.has(record.line) && record.raisedAt < to) records.set(record.id, record);
  return [...records.values()];
}

/** The record, `unknown` where there is none that the caller may see, null where the store would have to say and does not. */
export async function findAlarm(
  { plant, board, history, patience }: AlarmSources,
  caller: Caller,
  id: string,
): Promise<AlarmRecord | 'unknown' | null> {
  const isVisible = ({ line }: AlarmRecord): boolean => maySeeAlarmsOf(plant, caller, line);
  const shown = board.find(id);
  if (shown && isVisible(shown)) return shown;
  // One that the caller may not see goes the way of one that there is not, so that neither time nor a store that is down tells them apart.
  const found = await patience(history.alarm(id));
  if (!found) return null;
  return found.value && isVisible(found.value) ? found.value : 'unknown';
}

function newestFirst(records: readonly AlarmRecord[]): AlarmRecord[] {
  return records.toSorted((a, b) => b.raisedAt - a.raisedAt || (a.id < b.id ? 1 : -1));
}

/** Of one that is over. */
function overlaps({ raisedAt, clearedAt, acknowledgedAt }: AlarmRecord, from: number, to: number): boolean {
  return raisedAt < to && Math.max(clearedAt ?? raisedAt, acknowledgedAt ?? raisedAt) >= from;
}

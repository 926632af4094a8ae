/**
 * A room: one set of lines as all its watchers know it. Comes in: live records. Goes out: a snapshot for who joins, and the
 * fields that differ from what the room was sent last. It is pure: no clock, no socket; the watching drives it.
 * Snapshots show what was sent, not what is newest, so that no later delta can leave a field out.
 */
import type { LineDelta, LiveRecord } from '../../contract/live.ts';

/** Fields of a record that change: a turn goes out at once, numbers at the room's pace, figures at every few numbers. */
type ChangingField = Exclude<keyof LiveRecord, 'id' | 'park' | 'firm' | 'workshop' | 'type' | 'name'>;
const kinds: Record<ChangingField, 'turn' | 'number' | 'figure'> = {
  state: 'turn',
  stop: 'turn',
  since: 'turn',
  connected: 'turn',
  alarm: 'turn',
  ts: 'number',
  metrics: 'number',
  order: 'number',
  batch: 'number',
  design: 'number',
  product: 'number',
  clock: 'number',
  shift: 'figure',
  hour: 'figure',
};
const fieldsOf = (kind: 'turn' | 'number' | 'figure'): ChangingField[] =>
  (Object.keys(kinds) as ChangingField[]).filter((field) => kinds[field] === kind);
const turnFields = fieldsOf('turn');
const quickFields = [...turnFields, ...fieldsOf('number')];
const allFields = [...quickFields, ...fieldsOf('figure')];

export interface Room {
  /** The newest record of a line of this room; true where it is a turn, to be told at once. */
  take(record: LiveRecord): boolean;
  /** The records as sent so far, in the order of the plant. */
  sent(): LiveRecord[];
  /** What turned since it was sent. */
  turns(): LineDelta[];
  /** Everything that changed since it was sent; figures of only one part of the lines each time, in turn. */
  changes(): LineDelta[];
}

interface Entry {
  sent: LiveRecord;
  newest: LiveRecord;
  /** At which of the room's rounds the line's figures go out. */
  readonly round: number;
}

/** @param rounds in how many calls of `changes` the figures of all lines go out once. */
export function createRoom(records: readonly LiveRecord[], rounds: number): Room {
  const entries = new Map(
    records.map((record, index): [string, Entry] => [record.id, { sent: record, newest: record, round: index % rounds }]),
  );
  const pending = new Set<Entry>();
  const turned = new Set<Entry>();
  let round = 0;

  const told = (from: Iterable<Entry>, figuresOf: (entry: Entry) => boolean): LineDelta[] => {
    const deltas: LineDelta[] = [];
    for (const entry of from) {
      const figures = figuresOf(entry);
      const delta = differences(entry.sent, entry.newest, figures ? allFields : quickFields);
      if (delta) deltas.push(delta);
      // Figures held back stay pending until their round.
      if (figures) pending.delete(entry);
      entry.sent = figures ? entry.newest : { ...entry.newest, hour: entry.sent.hour, shift: entry.sent.shift };
    }
    turned.clear();
    return deltas;
  };

  return {
    take(record) {
      const entry = entries.get(record.id);
      if (!entry) return false;
      entry.newest = record;
      pending.add(entry);
      const turn = turnFields.some((field) => !same(entry.sent[field], record[field]));
      if (turn) turned.add(entry);
      return turn;
    },
    sent: () => [...entries.values()].map((entry) => entry.sent),
    turns: () => told(turned, () => true),
    changes() {
      round = (round + 1) % rounds;
      return told(pending, (entry) => entry.round === round);
    },
  };
}

function differences(sent: LiveRecord, newest: LiveRecord, fields: readonly ChangingField[]): LineDelta | null {
  let delta: LineDelta | null = null;
  for (const field of fields) {
    if (same(sent[field], newest[field])) continue;
    delta ??= { id: newest.id };
    Object.assign(delta, { [field]: newest[field] });
  }
  return delta;
}

/** Equal as JSON, for plain values and objects of them; stops at the first difference. */
function same(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (!isObject(a) || !isObject(b)) return false;
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => name in b && same(a[name], b[name]));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

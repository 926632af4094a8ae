/**
 * Memory: what alarming goes on from after a restart. Comes in: the alarm book and the journal. Goes out: the snapshot, alarms and announcements that
 * were written down since, and from where the journal is to be read. It never asks for more journal than there is.
 */
import type { AlarmRecord, Announcement, Incident } from '../../contract/alarm.ts';
import type { Clock } from '../../contract/clock.ts';
import type { Plant } from '../../contract/plant.ts';
import { systemLine } from '../../contract/system.ts';
import type { JournalReader, Position } from '../../journal/journal.ts';
import type { AlarmSnapshot } from '../../store/alarmbook.ts';
import type { Store } from '../../store/store.ts';
import type { AlarmEngine } from '../alarms/engine.ts';
import type { LateMark } from './lateness.ts';

/** Open alarms taken up again. */
const mostOpen = 100_000;
const forever = Number.MAX_SAFE_INTEGER;

export interface Memory {
  /** From where on the journal is not in the engine. */
  readonly position: Position;
  readonly engine: string | null;
  readonly late: readonly LateMark[];
  /** Announcements made while an earlier life was still reading what it had missed, and told to nobody. */
  readonly held: readonly Announcement[];
  /** Alarms that were open when the snapshot was taken or later, as they are written down. */
  readonly records: ReadonlyMap<string, AlarmRecord>;
  readonly incidents: readonly Incident[];
  /** Announcements that people have been told of since. */
  readonly told: ReadonlySet<string>;
  /** Where the journal ended when this began, and when that was. */
  readonly end: Position;
  readonly begun: number;
}

type Beside = Pick<Memory, 'late' | 'held'>;

/** The snapshot's text: in its first line what is kept beside the engine, the engine's in the rest. */
export function packed(position: Position, engine: AlarmEngine, beside: Beside): AlarmSnapshot {
  return { position, at: engine.now, engine: `${JSON.stringify(beside)}\n${engine.snapshot()}` };
}

/** Snapshots used to have late marks alone there. */
function besideOf(line: string): Beside {
  const beside = JSON.parse(line) as Beside | LateMark[];
  return Array.isArray(beside) ? { late: beside, held: [] } : beside;
}

export interface MemoryParts {
  readonly journal: JournalReader;
  readonly store: Pick<Store, 'alarms'>;
  readonly plant: Plant;
  readonly clock: Clock;
}

/** `cursor` is where storing goes on: the journal before it, as far as it is still there, is read for alarms alone. */
export async function remember({ journal, store, plant, clock }: MemoryParts, cursor: Position): Promise<Memory> {
  const begun = clock.now();
  const book = store.alarms;
  const snapshot = await book.snapshot();
  const since = snapshot?.at ?? begun;
  const lines = [...plant.lines.keys(), systemLine];
  const records = await book.records({ lines, from: since, to: forever, limit: mostOpen });
  const [line = '[]', engine = ''] = snapshot?.engine.split('\n', 2) ?? [];
  const { late, held } = besideOf(line);
  const toldSince = Math.min(since, ...held.map(({ at }) => at));
  const [incidents, told] = await Promise.all([book.incidents(since, forever), book.announcements(toldSince, forever)]);
  const { first, next } = await journal.health();
  // Where nothing was ever written down, the journal is kept from where alarming began.
  const from = snapshot?.position ?? Math.min(first, cursor);
  const end = Math.max(next, cursor);
  // A journal that was lost or put aside must not give new records positions that count as stored already.
  await journal.trim(next < cursor ? cursor : Math.min(cursor, from));
  return {
    position: Math.min(from, end),
    engine: snapshot ? engine : null,
    ...{ late, held },
    records: new Map(records.map((record) => [record.id, record])),
    incidents,
    told: new Set(told.map(({ id }) => id)),
    end,
    begun,
  };
}

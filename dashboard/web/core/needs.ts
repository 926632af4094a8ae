/**
 * What needs somebody now, most urgent first: faults, long stops, lost lines, setups that drag on.
 * Lines of one workshop that went silent are one matter that lists its lines, not many. Lines outside their shift and
 * planned ones need nobody; a fault always does.
 */
import type { LiveRecord } from '../../../contract/live.ts';
import { headingsOf } from './board.ts';
import type { Plant, PlantLine } from './plant.ts';
import { longStopMs } from './states.ts';

export interface Need {
  readonly line: PlantLine;
  readonly record: LiveRecord;
  /** Other lines of the workshop in the same trouble. */
  readonly others: number;
}

const longSetupMs = 30 * 60_000;
const longSilenceMs = 60_000;
const ranks: Partial<Record<LiveRecord['state'], number>> = { fault: 0, stopped: 1, unknown: 2, setup: 3 };

export function needsOf(plant: Plant, records: Iterable<LiveRecord>, now: number): Need[] {
  const needs: Need[] = [];
  const silent = new Map<string, { need: Need; others: number }>();
  for (const record of records) {
    const line = plant.line(record.id);
    if (!line || !needsSomebody(record, now)) continue;
    if (record.state !== 'unknown') {
      needs.push({ line, record, others: 0 });
      continue;
    }
    const workshop = headingsOf(line)[2];
    const known = silent.get(workshop);
    if (known) known.others += 1;
    else silent.set(workshop, { need: { line, record, others: 0 }, others: 0 });
  }
  for (const { need, others } of silent.values()) needs.push({ ...need, others });
  return needs.sort((a, b) => rankOf(a) - rankOf(b) || b.others - a.others || sinceOf(a) - sinceOf(b) || a.line.position - b.line.position);
}

function needsSomebody(record: LiveRecord, now: number): boolean {
  const waited = record.since === null ? Number.MAX_SAFE_INTEGER : now - record.since;
  if (record.state === 'fault') return true;
  if (!record.shift) return false;
  if (record.state === 'stopped') return waited >= longStopMs;
  if (record.state === 'unknown') return waited >= longSilenceMs && record.ts !== null;
  return record.state === 'setup' && waited >= longSetupMs;
}

function rankOf(need: Need): number {
  return ranks[need.record.state] ?? 9;
}

function sinceOf(need: Need): number {
  return need.record.since ?? 0;
}

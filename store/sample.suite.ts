/**
 * What the store's tests write: readings with a bit of everything, texts nobody would choose, batches and patches.
 * Comes in: a few numbers. Goes out: shapes of the store's interface, always the same for the same numbers.
 */
import { emptySums } from '../kpi/utilization.ts';
import type { MinuteRow } from '../contract/figures.ts';
import type { Reading } from '../contract/reading.ts';
import type { DerivedPatch, Dirty, Store, StoreBatch, Taken } from './store.ts';

export const minuteMs = 60_000;
export const hourMs = 60 * minuteMs;
export const dayMs = 24 * hourMs;
/** The first ms of an hour and a day, UTC. */
export const start = Date.parse('2026-11-23T00:00:00Z');

export const hostileTexts = [
  '',
  '~',
  '~~a',
  "'; DROP TABLE lines; --",
  'say "so"',
  'back\\slash',
  'new\nline\r\ttab',
  '\u2028\u2029',
  '$1 ? :name {{x}}',
  '__proto__',
  'constructor',
  'null',
  '😀👩‍🏭',
  '汉'.repeat(64),
  '\u0000',
  'a\u0000b',
];

export function reading(line: string, ts: number, rest: Partial<Reading> = {}): Reading {
  return { line, ts, receivedAt: ts + 20, metrics: {}, ...rest };
}

/** Readings of a line, one a second, of every shape in turn. */
export function sampleReadings(line: string, from: number, count: number): Reading[] {
  return Array.from({ length: count }, (_, index) => sampleReading(line, from + index * 1000, index));
}

function sampleReading(line: string, ts: number, index: number): Reading {
  return reading(line, ts, {
    ...(index % 7 === 0 ? {} : { seq: index }),
    ...(index % 5 === 0 ? { state: 'running' as const } : {}),
    ...(index % 5 === 1 ? { stop: 'jam', hold: 7.5 } : {}),
    ...(index % 11 === 0 ? { order: `order-${String(index)}`, batch: null } : {}),
    ...(index % 13 === 0 ? { batch: 'B', product: 'P', design: null } : {}),
    metrics: {
      speed: 700 + (index % 50) / 4,
      made: index * 3,
      ...(index % 3 === 0 ? { colour: index % 2 === 0 ? 'red' : 'blue', open: index % 2 === 0 } : {}),
      ...(index % 4 === 0 ? { temperature: 20 + index / 8 } : {}),
    },
  });
}

/** Writes readings as the next stretch of the journal, one position a reading, and at least one. */
export async function put(store: Store, readings: readonly Reading[], rest: Partial<StoreBatch> = {}): Promise<Taken> {
  const { position, counts } = await store.cursor();
  const cursor = { position: position + Math.max(1, readings.length), counts: { ...counts, stored: counts.stored + readings.length } };
  return store.write({ readings, rejections: [], dirty: [], cursor, ...rest });
}

export async function all(
  store: Store,
  lines: readonly string[],
  from = 0,
  to = Number.MAX_SAFE_INTEGER,
  metrics?: readonly string[],
): Promise<Reading[]> {
  const readings: Reading[] = [];
  for await (const chunk of store.readings({ lines, from, to, ...(metrics ? { metrics } : {}) })) readings.push(...chunk);
  return readings;
}

export function inOrder(readings: readonly Reading[]): Reading[] {
  return readings.toSorted((a, b) => (a.line === b.line ? a.ts - b.ts : a.line < b.line ? -1 : 1));
}

export function minuteRow(line: string, minute: number, rest: Partial<MinuteRow> = {}): MinuteRow {
  return { line, minute, ...emptySums(), runningMs: minuteMs, ...rest };
}

export function patch(line: string, from: number, to: number, rest: Partial<DerivedPatch> = {}): DerivedPatch {
  return { line, from, to, fresh: false, minutes: [], checkpoints: [], contexts: [], ...rest };
}

export function mark(line: string, from: number, to: number): Dirty {
  return { line, from, to };
}

/**
 * Backfills: which stretches of a line's time were delivered late, and what its figures were without them.
 * Comes in: a line and a window. Goes out: spans and a record, both out of the raw readings, which know when they were
 * received: nothing is kept for this, and nothing can disagree with it.
 */
import type { Backfill, BackfillsAnswer } from '../contract/api.ts';
import type { MinuteRow } from '../contract/figures.ts';
import type { Reading } from '../contract/reading.ts';
import { foldMetricsOf } from '../kpi/counters.ts';
import { advance, knownUntil, take, type LineKind } from '../kpi/fold.ts';
import { addSums, emptySums, idealOutputOf, recordOf } from '../kpi/utilization.ts';
import { resumeAt } from './resumption.ts';
import type { Store } from './store.ts';

/** A reading that took this much longer to arrive than the line's readings do these days was kept, and delivered later. */
const lateMs = 60_000;
/** How much of a line's newest time tells how long its readings take: a clock that is behind makes all of them look late. */
const usualMs = 10 * 60_000;

export interface BackfillsQuery {
  readonly from: number;
  readonly to: number;
  readonly now: number;
}

export async function backfillsOf(store: Store, kind: LineKind, { from, to, now }: BackfillsQuery): Promise<BackfillsAnswer> {
  const { line, type, schedule } = kind;
  const limit = (await usualLag(store, line)) + lateMs;
  const { fold, at } = await resumeAt(store, kind, from);
  const sums = emptySums();
  const seen = { inside: false };
  const sink = {
    minute: (row: MinuteRow): void => {
      if (seen.inside) addSums(sums, row);
    },
  };
  const enter = (): void => {
    if (seen.inside) return;
    advance(fold, from, sink);
    fold.open = null;
    seen.inside = true;
  };
  const spans: Span[] = [];
  let open: Span | null = null;
  for await (const chunk of store.readings({ lines: [line], from: at, to, metrics: foldMetricsOf(type) })) {
    for (const reading of chunk) {
      if (reading.ts >= from) enter();
      if (open) open.to = Math.min(open.to, reading.ts);
      if (reading.ts >= from && reading.receivedAt - reading.ts > limit) {
        if (open === null) spans.push((open = spanOf(reading)));
        extend(open, reading, (reading.hold ?? type.holdSeconds) * 1000);
      } else {
        open = null;
        take(fold, reading, sink);
      }
    }
  }
  if (spans.length === 0) return { spans, before: null };
  enter();
  advance(fold, Math.min(to, knownUntil(fold, now)), sink);
  if (fold.open) addSums(sums, fold.open);
  const idealOutput = idealOutputOf(sums.runningMs, type.output?.idealPerHour);
  return {
    spans: spans.map((span) => ({ ...span, to: Math.min(span.to, to) })),
    before: recordOf({ from, to, sums, scheduledMs: schedule.scheduledMs(from, to), idealOutput }),
  };
}

type Span = { -readonly [Field in keyof Backfill]: Backfill[Field] };

function spanOf({ ts, receivedAt }: Reading): Span {
  return { from: ts, to: ts, receivedFrom: receivedAt, receivedTo: receivedAt, readings: 0 };
}

function extend(span: Span, { ts, receivedAt }: Reading, holdMs: number): void {
  span.to = ts + holdMs;
  span.receivedFrom = Math.min(span.receivedFrom, receivedAt);
  span.receivedTo = Math.max(span.receivedTo, receivedAt);
  span.readings += 1;
}

/** How long the line's newest readings took to arrive, at best; with a clock that is ahead: nothing. */
async function usualLag(store: Store, line: string): Promise<number> {
  const head = (await store.heads()).get(line);
  let least = Infinity;
  if (head === undefined) return 0;
  for await (const chunk of store.readings({ lines: [line], from: head - usualMs, to: head + 1, metrics: [] })) {
    for (const { ts, receivedAt } of chunk) least = Math.min(least, receivedAt - ts);
  }
  return Number.isFinite(least) ? Math.max(0, least) : 0;
}

/**
 * The fold: a line's readings, in order of time, become minute rows, checkpoints, spans and context changes.
 * Comes in: one reading after another. Goes out: rows through a sink. It knows no clock and does no I/O: the same
 * readings give the same rows whoever folds them, live at the head of the journal or later from the store.
 *
 * Reading i holds its state on [tsᵢ, min(tsᵢ₊₁, tsᵢ + holdᵢ)); any other instant is unknown [KPI-3]. A stop passes for what somebody said
 * it was; what readings after it inherit is what the readings said [KPI-10].
 */
import type { EquipmentType } from '../contract/equipment.ts';
import type { MinuteRow, StateSpan } from '../contract/figures.ts';
import { contextNames, type Context, type Reading, type State } from '../contract/reading.ts';
import type { Schedule, Segment } from './calendar.ts';
import { countersOf, increaseOf } from './counters.ts';
import { asRead, type Reclassified } from './reclassified.ts';
import { isSame, numberOf, restated, situationOf, type Situation } from './states.ts';
import { addStop, emptySums, isEmpty } from './utilization.ts';

export const minuteMs = 60_000;
/**
 * How far apart checkpoints lie at least, in time and, where readings are sparse, in readings: a rebuild never folds more
 * than a handful of readings before its first one, and a line that reports changes alone is not mostly checkpoints.
 */
const checkpointMs = 5 * minuteMs;
const checkpointReadings = 12;

/** What the readings so far say about the time after them. Plain JSON. */
export interface Carry {
  /** The newest reading's. */
  ts: number;
  state: State;
  stop: string | null;
  /** Until when the newest reading stays true if nothing newer comes. */
  holdUntil: number;
  /** Since when the line has been in this state and stop without a gap. */
  since: number;
  context: Context;
  /** The latest value of each counter. */
  counters: Record<string, number>;
  /** Whether this stretch of (state, stop), and this stretch of fault, has been counted: each counts once, at its first busy instant. */
  stopCounted: boolean;
  faultCounted: boolean;
  /** What the newest reading says, where somebody has said that it was something else. */
  original?: Situation;
}

/** What never changes about a line while it is folded. */
export interface LineKind {
  readonly line: string;
  readonly type: EquipmentType;
  readonly schedule: Schedule;
  readonly counters: readonly string[];
}

/** Where rows go; each part is optional to take. */
export interface FoldSink {
  minute?(row: MinuteRow): void;
  /** Takes `count` minutes in a row, from `row.minute` on, that are all like `row`; without it they come one by one. */
  run?(row: MinuteRow, count: number): void;
  span?(span: StateSpan): void;
  checkpoint?(at: number, carry: Carry): void;
  context?(ts: number, context: Context): void;
}

/** The running fold of one line. */
export interface Fold {
  readonly kind: LineKind;
  readonly reclassified: Reclassified;
  carry: Carry | null;
  /** Time before this has been given to minutes; readings before it come too late for this fold. */
  accountedTo: number;
  /** The minute being filled. */
  open: MinuteRow | null;
  segment: Segment | null;
  checkpointedTs: number;
  readingsSinceCheckpoint: number;
  /** Increases of the counters at the newest reading. */
  readonly increases: Map<string, number>;
}

export function lineKind(line: string, type: EquipmentType, schedule: Schedule): LineKind {
  return { line, type, schedule, counters: countersOf(type) };
}

/** A fold that goes on from a checkpoint, or starts before the line's first reading. */
export function createFold(kind: LineKind, from: { at: number; carry: Carry } | null, reclassified: Reclassified = asRead): Fold {
  return {
    kind,
    reclassified,
    carry: from?.carry ?? null,
    accountedTo: from?.at ?? Number.NEGATIVE_INFINITY,
    open: null,
    segment: null,
    checkpointedTs: from?.carry.ts ?? Number.NEGATIVE_INFINITY,
    readingsSinceCheckpoint: from ? 0 : checkpointReadings,
    increases: new Map(),
  };
}

/** A fold of its own that starts where the other one stands. */
export function copyFold(fold: Fold): Fold {
  return {
    ...fold,
    carry: fold.carry && copyCarry(fold.carry),
    open: fold.open && { ...fold.open, stops: copyStops(fold.open.stops) },
    increases: new Map(fold.increases),
  };
}

/** Whether the fold can still take a reading of that time. */
export function inOrder(fold: Fold, ts: number): boolean {
  return ts >= fold.accountedTo && (fold.carry === null || ts > fold.carry.ts);
}

/** Takes the line's next reading; `inOrder` must hold. */
export function take(fold: Fold, reading: Reading, sink: FoldSink): void {
  const { carry, kind } = fold;
  if (carry) account(fold, carry, reading.ts, sink);
  // What lies before the reading is over; its row is not to wait for the next minute in which anything happens.
  if (fold.open && fold.open.minute < minuteOf(reading.ts)) close(fold, sink);
  const own = situationOf(reading, carry && (carry.original ?? carry), kind.type);
  const situation = restated(own, fold.reclassified.stopAt(reading.ts), kind.type);
  const held = carry !== null && carry.holdUntil >= reading.ts;
  const same = held && isSame(carry, situation);
  const next: Carry = {
    ts: reading.ts,
    state: situation.state,
    stop: situation.stop,
    holdUntil: reading.ts + Math.round((reading.hold ?? kind.type.holdSeconds) * 1000),
    since: same ? carry.since : reading.ts,
    context: contextAfter(carry?.context ?? null, reading),
    counters: carry?.counters ?? {},
    stopCounted: same && carry.stopCounted,
    faultCounted: held && carry.state === 'fault' && situation.state === 'fault' && carry.faultCounted,
    ...(!isSame(own, situation) && { original: { state: own.state, stop: own.stop } }),
  };
  if (next.context !== carry?.context) sink.context?.(reading.ts, next.context);
  fold.carry = next;
  fold.readingsSinceCheckpoint += 1;
  fold.accountedTo = Math.max(fold.accountedTo, reading.ts);
  count(fold, next, reading, sink);
}

/** Gives the time up to `to` (a minute's first ms) to minutes, as if no reading came before it. */
export function advance(fold: Fold, to: number, sink: FoldSink): void {
  if (to <= fold.accountedTo) return;
  if (fold.carry) account(fold, fold.carry, to, sink);
  fold.accountedTo = to;
  if (fold.open && fold.open.minute < to) close(fold, sink);
}

/** The minute an instant lies in. */
export function minuteOf(ts: number): number {
  return Math.floor(ts / minuteMs) * minuteMs;
}

/** Up to when something is known, seen from `now`: the newest reading holds to min(now, ts + hold). */
export function knownUntil(fold: Fold, now: number): number {
  return fold.carry ? Math.min(now, fold.carry.holdUntil) : Number.NEGATIVE_INFINITY;
}

/** Accounts for the carried state from where the fold stands to `to`, with a checkpoint where five minutes are crossed. */
function account(fold: Fold, carry: Carry, to: number, sink: FoldSink): void {
  const boundary = Math.floor(to / checkpointMs) * checkpointMs;
  const due = fold.readingsSinceCheckpoint >= checkpointReadings && carry.ts > fold.checkpointedTs;
  if (sink.checkpoint && due && boundary > fold.accountedTo && boundary > carry.ts) {
    spread(fold, carry, boundary, sink);
    if (fold.open && fold.open.minute < boundary) close(fold, sink);
    fold.accountedTo = boundary;
    fold.checkpointedTs = carry.ts;
    fold.readingsSinceCheckpoint = 0;
    sink.checkpoint(boundary, copyCarry(carry));
  }
  spread(fold, carry, to, sink);
}

/** Gives [accounted, min(to, hold)) of the carried state to the minutes it lies in. */
function spread(fold: Fold, carry: Carry, to: number, sink: FoldSink): void {
  let from = Math.max(fold.accountedTo, carry.ts);
  const end = Math.min(to, carry.holdUntil);
  if (from >= end || carry.state === 'unknown') return;
  sink.span?.({ from, to: end, state: carry.state, stop: carry.stop, ...(carry.original && { original: carry.original }) });
  while (from < end) {
    const segment = segmentFor(fold, from);
    const limit = Math.min(end, segment.to);
    if (!segment.scheduled && carry.state !== 'running') {
      from = limit;
      continue;
    }
    const alike = sink.run && isSettled(fold, carry, from) ? Math.floor((limit - from) / minuteMs) : 0;
    if (alike > 1) {
      close(fold, sink);
      const row = { line: fold.kind.line, minute: from, ...emptySums() };
      addTime(row, carry, minuteMs, segment.scheduled);
      sink.run?.(row, alike);
      from += alike * minuteMs;
      continue;
    }
    const row = minuteFor(fold, minuteOf(from), sink);
    const until = Math.min(limit, row.minute + minuteMs);
    addTime(row, carry, until - from, segment.scheduled);
    from = until;
  }
}

/** Whether whole minutes of the carried state from this instant on are all alike: none has begun, and nothing is left to be counted. */
function isSettled(fold: Fold, carry: Carry, from: number): boolean {
  if (from % minuteMs !== 0 || fold.open?.minute === from) return false;
  if (carry.state === 'running' || carry.state === 'planned') return true;
  return (carry.stop === null || carry.stopCounted) && (carry.state !== 'fault' || carry.faultCounted);
}

/** [KPI-6] Adds time in a state to a minute: scheduled time by state and stop, running time outside it as overtime. */
function addTime(row: MinuteRow, carry: Carry, ms: number, scheduled: boolean): void {
  if (!scheduled) {
    if (carry.state === 'running') row.overtimeMs += ms;
    return;
  }
  switch (carry.state) {
    case 'running':
      row.runningMs += ms;
      return;
    case 'planned':
      row.plannedMs += ms;
      return;
    case 'unknown':
      return;
    case 'setup':
      row.setupMs += ms;
      break;
    case 'idle':
      row.idleMs += ms;
      break;
    case 'stopped':
      row.stoppedMs += ms;
      break;
    case 'fault':
      row.faultMs += ms;
      if (!carry.faultCounted) row.faults += 1;
      carry.faultCounted = true;
      break;
  }
  if (carry.stop !== null) addStop(row.stops, carry.stop, { count: carry.stopCounted ? 0 : 1, ms });
  carry.stopCounted = true;
}

/** Counter increases belong to the later reading's minute, whatever the schedule. */
function count(fold: Fold, carry: Carry, reading: Reading, sink: FoldSink): void {
  const { type, counters } = fold.kind;
  fold.increases.clear();
  for (const name of counters) {
    const value = numberOf(reading.metrics[name]);
    if (value === null) continue;
    const increase = increaseOf(carry.counters[name], value);
    carry.counters[name] = value;
    if (increase === 0) continue;
    fold.increases.set(name, increase);
    if (name === type.output?.metric) minuteFor(fold, minuteOf(reading.ts), sink).output += increase * type.output.scale;
    if (name === type.scrap?.metric) minuteFor(fold, minuteOf(reading.ts), sink).scrap += increase * type.scrap.scale;
  }
}

function minuteFor(fold: Fold, minute: number, sink: FoldSink): MinuteRow {
  if (fold.open && fold.open.minute !== minute) close(fold, sink);
  fold.open ??= { line: fold.kind.line, minute, ...emptySums() };
  return fold.open;
}

function close(fold: Fold, sink: FoldSink): void {
  if (fold.open && !isEmpty(fold.open)) sink.minute?.(fold.open);
  fold.open = null;
}

function segmentFor(fold: Fold, ts: number): Segment {
  if (!fold.segment || ts < fold.segment.from || ts >= fold.segment.to) fold.segment = fold.kind.schedule.segmentAt(ts);
  return fold.segment;
}

/** The context in force from this reading on; the very same object where nothing changed. */
function contextAfter(before: Context | null, reading: Reading): Context {
  let after = before;
  for (const name of contextNames) {
    const given = reading[name];
    if (given === undefined || given === (after?.[name] ?? null)) continue;
    if (after === before) after = { ...(before ?? noContext()) };
    if (after) after[name] = given;
  }
  return after ?? noContext();
}

function noContext(): Context {
  return { order: null, batch: null, design: null, product: null };
}

function copyCarry(carry: Carry): Carry {
  return { ...carry, counters: { ...carry.counters } };
}

function copyStops(stops: MinuteRow['stops']): MinuteRow['stops'] {
  return Object.fromEntries(Object.entries(stops).map(([stop, sum]) => [stop, { ...sum }]));
}

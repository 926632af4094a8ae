/**
 * History: every question about the past, answered from the store's small interface and the definitions in kpi/.
 * Comes in: a line or lines and a window. Goes out: figures, states, series, batch records. The same for every store.
 *
 * Figures of a window are minute rows in its middle and, at its edges, readings folded anew from the checkpoint before:
 * exact to the millisecond, and never further from a checkpoint than a checkpoint is from the next.
 */
import type { BackfillsAnswer } from '../contract/api.ts';
import type { Clock } from '../contract/clock.ts';
import type { BatchRecord, MinuteRow, StateSpan, Sums, UtilizationRecord } from '../contract/figures.ts';
import type { History } from '../contract/history.ts';
import type { Plant } from '../contract/plant.ts';
import { createBatchSum } from '../kpi/batches.ts';
import { createSchedules } from '../kpi/calendar.ts';
import { foldMetricsOf } from '../kpi/counters.ts';
import { advance, knownUntil, lineKind, minuteMs, take, type FoldSink, type LineKind } from '../kpi/fold.ts';
import { createSpanList } from '../kpi/states.ts';
import { addSums, emptySums, idealOutputOf, recordOf } from '../kpi/utilization.ts';
import { alarmHistoryOf } from './alarmhistory.ts';
import { aggregatesOf, lineSumsOf } from './aggregates.ts';
import { backfillsOf } from './backfills.ts';
import { breaksOf, contextsOf, excursionsOf } from './details.ts';
import { resumeAt, type Resumed } from './resumption.ts';
import type { Store } from './store.ts';

export interface HistoryParts {
  readonly store: Store;
  readonly plant: Plant;
  readonly clock: Clock;
}

/** A stretch of a line's time in which one batch was in force; the last one is still open. */
interface BatchSpan {
  readonly batch: string;
  readonly from: number;
  readonly to: number;
}

/** A line's spans, and the edition of its derived rows from before they were read. */
interface KnownSpans {
  readonly spans: readonly BatchSpan[];
  readonly edition: number;
}

const forever = Number.MAX_SAFE_INTEGER;

export function createHistory(parts: HistoryParts): History {
  const answers = new Answers(parts);
  return {
    ...alarmHistoryOf(parts.store.alarms),
    utilization: (line, from, to) => answers.utilization(line, from, to),
    states: (line, from, to) => answers.states(line, from, to),
    reclassifications: (line, from, to) => parts.store.reclassifications([answers.kind(line).line], from, to),
    series: (line, metric, from, to, points) => parts.store.series(line, metric, from, to, points),
    batches: (line) => answers.batches(line),
    batch: (line, batch) => answers.batch(line, batch),
    backfills: (line, from, to) => answers.backfills(line, from, to),
    breaks: (line, from, to) => breaksOf(parts.store, answers.kind(line), { from, to }),
    excursions: (line, from, to) => excursionsOf(parts.store, answers.kind(line), { from, to }),
    contexts: (line, from, to) => contextsOf(parts.store, answers.kind(line).line, { from, to }),
    rejections: (line, limit) => parts.store.rejections(line, limit),
    aggregates: async (groups, slices, part) =>
      aggregatesOf(
        parts.store,
        groups.map((lines) => answers.kinds(lines)),
        slices,
        part,
      ),
    lineSums: async (lines, from, to) => lineSumsOf(parts.store, answers.kinds(lines), { from, to }),
  };
}

class Answers {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #kinds: ReadonlyMap<string, LineKind>;

  constructor({ store, plant, clock }: HistoryParts) {
    this.#store = store;
    this.#clock = clock;
    const schedules = createSchedules(plant.calendars, plant.timezone);
    this.#kinds = new Map(
      [...plant.lines.values()].flatMap((line) => {
        const schedule = schedules.get(line.calendar);
        return schedule ? [[line.id, lineKind(line.id, line.type, schedule)] as const] : [];
      }),
    );
  }

  kinds(lines: readonly string[]): LineKind[] {
    return lines.map((line) => this.kind(line));
  }

  async utilization(line: string, from: number, to: number): Promise<UtilizationRecord> {
    const kind = this.kind(line);
    const sums = await this.#sums(kind, from, to);
    const idealOutput = idealOutputOf(sums.runningMs, kind.type.output?.idealPerHour);
    return recordOf({ from, to, sums, scheduledMs: kind.schedule.scheduledMs(from, to), idealOutput });
  }

  async states(line: string, from: number, to: number): Promise<StateSpan[]> {
    const spans = createSpanList(from, to);
    await this.#foldTo(await resumeAt(this.#store, this.kind(line), from), to, {
      span: (span) => {
        spans.add(span);
      },
    });
    return spans.finish();
  }

  backfills(line: string, from: number, to: number): Promise<BackfillsAnswer> {
    return backfillsOf(this.#store, this.kind(line), { from, to, now: this.#clock.now() });
  }

  async batches(line: string): Promise<BatchRecord[]> {
    const edition = await this.#store.edition(line);
    const spans = await this.#batchSpans(line);
    const names = [...new Set(spans.map((span) => span.batch))];
    const records: BatchRecord[] = [];
    const saved = new Map((await this.#store.savedBatches(line)).map((record) => [record.batch, record]));
    for (const name of names) {
      const record = stillTrue(saved.get(name), spans) ?? (await this.#batchRecord(line, name, { spans, edition }));
      if (record) records.push(record);
    }
    // A finished batch outlives the readings it was made of.
    for (const record of saved.values()) if (!names.includes(record.batch)) records.push(record);
    return records.sort((a, b) => b.from - a.from);
  }

  async batch(line: string, batch: string): Promise<BatchRecord | null> {
    const edition = await this.#store.edition(line);
    const spans = await this.#batchSpans(line);
    const saved = (await this.#store.savedBatches(line)).find((record) => record.batch === batch);
    return stillTrue(saved, spans) ?? this.#batchRecord(line, batch, { spans, edition });
  }

  kind(line: string): LineKind {
    const kind = this.#kinds.get(line);
    if (!kind) throw new Error(`no such line in the plant: ${line}`);
    return kind;
  }

  async #sums(kind: LineKind, from: number, to: number): Promise<Sums> {
    const sums = emptySums();
    if (from >= to) return sums;
    const { line } = kind;
    const fold = async (start: number, end: number): Promise<number> => {
      if (start >= end) return 0;
      const rows = await this.#window(kind, start, end);
      for (const row of rows) addSums(sums, row);
      return rows.length;
    };
    const kept = async (start: number, end: number): Promise<void> => {
      addSums(sums, (await this.#store.sums([line], start, end)).get(line) ?? emptySums());
    };
    const newest = await this.#store.checkpoint(line, forever);
    const wholeFrom = Math.ceil(from / minuteMs) * minuteMs;
    const wholeTo = Math.floor(to / minuteMs) * minuteMs;
    // Every minute before a checkpoint has its row.
    const settled = Math.min(wholeTo, newest?.at ?? 0);
    if (settled > wholeFrom) {
      await fold(from, wholeFrom);
      await kept(wholeFrom, settled);
      await fold(settled, to);
    } else if ((await fold(from, to)) === 0 && newest === null && wholeFrom < wholeTo) {
      // Nothing at all: of a line long silent only its minutes are left.
      await kept(wholeFrom, wholeTo);
    }
    return sums;
  }

  /** Minute rows of exactly `[from, to)`, out of readings: time before `from` only tells what is carried into it. */
  async #window(kind: LineKind, from: number, to: number): Promise<MinuteRow[]> {
    const rows: MinuteRow[] = [];
    const seen = { inside: false };
    const sink: FoldSink = {
      minute: (row) => {
        if (seen.inside) rows.push(row);
      },
    };
    const resumed = await resumeAt(this.#store, kind, from);
    const { fold } = resumed;
    const enter = (): void => {
      advance(fold, from, sink);
      fold.open = null;
      seen.inside = true;
    };
    await this.#foldTo(resumed, to, sink, (ts) => {
      if (!seen.inside && ts >= from) enter();
    });
    return rows;
  }

  /**
   * Folds a line's readings from a checkpoint to `to` and gives out what holds until then; `reach` hears of each time
   * before the fold gets there. The newest reading holds to now and no further, but one that another follows, by a clock
   * that is ahead, holds until that one: a window that ends past now looks for it.
   */
  async #foldTo({ fold, at }: Resumed, to: number, sink: FoldSink, reach: (ts: number) => void = () => undefined): Promise<void> {
    const { line, type } = fold.kind;
    const now = this.#clock.now();
    const query = { lines: [line], from: at, to: to > now ? forever : to, metrics: foldMetricsOf(type) };
    let end = Number.NEGATIVE_INFINITY;
    for await (const chunk of this.#store.readings(query)) {
      for (const reading of chunk) {
        if (reading.ts >= to) end = to;
        if (end === to) break;
        reach(reading.ts);
        take(fold, reading, sink);
      }
      if (end === to) break;
    }
    reach(to);
    advance(fold, Math.max(end, Math.min(to, knownUntil(fold, now))), sink);
    if (fold.open) sink.minute?.(fold.open);
    fold.open = null;
  }

  async #batchSpans(line: string): Promise<BatchSpan[]> {
    const changes = await this.#store.contexts(line, 0, forever);
    return changes.flatMap((change, index) => {
      const to = changes[index + 1]?.ts ?? forever;
      return change.batch === null ? [] : [{ batch: change.batch, from: change.ts, to }];
    });
  }

  /** A batch worked out from its readings; a finished one is saved where nothing about it is still being corrected. */
  async #batchRecord(line: string, batch: string, known: KnownSpans): Promise<BatchRecord | null> {
    const kind = this.kind(line);
    const sum = createBatchSum(line, batch, kind.type);
    const spans = joined(known.spans.filter((span) => span.batch === batch));
    const last = spans.at(-1);
    let record: BatchRecord | null = null;
    for (const span of spans) {
      const { fold, at } = await resumeAt(this.#store, kind, span.from);
      for await (const chunk of this.#store.readings({ lines: [line], from: at, to: after(span.to) })) {
        for (const reading of chunk) {
          const before = fold.carry;
          take(fold, reading, {});
          if (reading.ts >= span.from) sum.add(reading, before, fold);
        }
      }
      if (span === last) record = sum.finish(fold.carry, this.#clock.now());
    }
    if (record && last && last.to !== forever) await this.#save(record, known.edition);
    return record;
  }

  /** Readings that came late while it was worked out are not in it: if they are made good already, nothing else would drop it. */
  async #save(record: BatchRecord, edition: number): Promise<void> {
    const dirty = await this.#store.dirty();
    if (dirty.some((mark) => mark.line === record.line)) return;
    await this.#store.saveBatch(record, edition);
  }
}

/** A saved record, unless its batch came back, or began earlier than was known, since it was saved. */
function stillTrue(saved: BatchRecord | undefined, spans: readonly BatchSpan[]): BatchRecord | null {
  if (!saved) return null;
  const own = spans.filter((span) => span.batch === saved.batch);
  return own.every((span) => span.from >= saved.from && span.from <= saved.to) ? saved : null;
}

/** The reading that ends a span is folded too: it says until when the one before it held. */
function after(to: number): number {
  return to === forever ? forever : to + 1;
}

/** Spans that touch (only another part of the context changed between them) are one. */
function joined(spans: readonly BatchSpan[]): BatchSpan[] {
  const whole: BatchSpan[] = [];
  for (const span of spans) {
    const previous = whole.at(-1);
    if (previous?.to === span.from) whole[whole.length - 1] = { ...previous, to: span.to };
    else whole.push(span);
  }
  return whole;
}

/**
 * A past for the dashboard's tests, in place of a store: regular where nothing else is told, and failing or silent where that is what a test is about.
 */
import type { AlarmQuery, AlarmRecord, AlarmStep, Incident } from '../../contract/alarm.ts';
import type { StateSpan, UtilizationRecord } from '../../contract/figures.ts';
import type { History, LineSums, Slice } from '../../contract/history.ts';
import type { Delivery, DeliveryQuery } from '../../contract/notify.ts';
import type { OverrideChange } from '../../contract/overrides.ts';
import type { Plant } from '../../contract/plant.ts';
import type { Reclassification } from '../../contract/reclassification.ts';
import { addSums, emptySums, idealOutputOf, recordOf } from '../../kpi/utilization.ts';
import { begin, lineOf } from './plant.suite.ts';

/** Every line ran the first half of each hour at a piece a minute. Answers, fails or never answers, as told. */
export class Past implements History {
  mood: 'answers' | 'fails' | 'hangs' = 'answers';
  asked = 0;
  readonly #plant: Plant;

  constructor(plant: Plant) {
    this.#plant = plant;
  }

  utilization(line: string, from: number, to: number): Promise<UtilizationRecord> {
    return this.#tell(this.#record([line], from, to));
  }

  /** What lines did but run, and what people said of it. */
  readonly spansKept: StateSpan[] = [];
  readonly saidKept: Reclassification[] = [];

  states(_line: string, from: number, to: number): ReturnType<History['states']> {
    const span = this.spansKept.find((one) => one.from > from && one.to < to);
    if (!span) return this.#tell([{ from, to, state: 'running', stop: null }]);
    return this.#tell([{ from, to: span.from, state: 'running', stop: null }, span, { from: span.to, to, state: 'running', stop: null }]);
  }

  reclassifications(line: string, from: number, to: number): ReturnType<History['reclassifications']> {
    return this.#tell(this.saidKept.filter((one) => one.line === line && one.from < to && one.to > from));
  }

  series(_line: string, _metric: string, from: number, _to: number, points: number): ReturnType<History['series']> {
    return this.#tell([[from, 0, points, points / 2]]);
  }

  batches(line: string): ReturnType<History['batches']> {
    return this.#tell([batchOf(line, '118')]);
  }

  batch(line: string, batch: string): ReturnType<History['batch']> {
    return this.#tell(batch === '118' || batch === '批/1' ? batchOf(line, batch) : null);
  }

  backfills(line: string, from: number, to: number): ReturnType<History['backfills']> {
    return this.#tell({ spans: [{ from, to, receivedFrom: to, receivedTo: to, readings: 1 }], before: this.#record([line], from, to) });
  }

  breaks(_line: string, from: number): ReturnType<History['breaks']> {
    return this.#tell([{ ts: from, head: 7, side: 'upper' }]);
  }

  excursions(): ReturnType<History['excursions']> {
    return this.#tell({ excursions: [], complete: true });
  }

  contexts(_line: string, from: number): ReturnType<History['contexts']> {
    return this.#tell([{ ts: from, order: 'A-1', batch: null, design: '=peony', product: null }]);
  }

  rejections(line: string, limit: number): ReturnType<History['rejections']> {
    const rejection = { line, receivedAt: begin, reason: 'not-json', detail: 'x', sample: '{' } as const;
    return this.#tell(Array.from({ length: Math.min(3, limit) }, () => rejection));
  }

  aggregates(groups: readonly (readonly string[])[], slices: readonly Slice[]): ReturnType<History['aggregates']> {
    return this.#tell(groups.map((lines) => slices.map(({ from, to }) => this.#record(lines, from, to))));
  }

  /** A line begins with `firstKnown`, where that is told. */
  lineSums(lines: readonly string[], from: number, to: number): ReturnType<History['lineSums']> {
    return this.#tell(lines.map((line) => this.#sums(line, from, to)));
  }

  readonly firstKnown = new Map<string, number>();

  #sums(line: string, from: number, to: number): LineSums {
    const known = to > (this.firstKnown.get(line) ?? 0);
    const runningMs = known ? (to - from) / 2 : 0;
    const sums = { ...emptySums(), runningMs, output: runningMs / 60_000 };
    const idealOutput = idealOutputOf(runningMs, lineOf(this.#plant, line).type.output?.idealPerHour);
    return { line, known, sums, scheduledMs: to - from, idealOutput };
  }

  #record(lines: readonly string[], from: number, to: number): UtilizationRecord {
    const sums = emptySums();
    let [scheduledMs, idealOutput] = [0, 0];
    for (const line of lines) {
      const part = this.#sums(line, from, to);
      addSums(sums, part.sums);
      scheduledMs += part.scheduledMs;
      idealOutput += part.idealOutput;
    }
    return recordOf({ from, to, sums, scheduledMs, idealOutput });
  }

  readonly alarmsKept: AlarmRecord[] = [];
  readonly stepsKept = new Map<string, AlarmStep[]>();
  readonly incidentsKept: Incident[] = [];
  readonly changesKept: OverrideChange[] = [];
  readonly deliveriesKept: Delivery[] = [];

  alarm(id: string): ReturnType<History['alarm']> {
    return this.#tell(this.alarmsKept.find((record) => record.id === id) ?? null);
  }

  alarms({ lines, from, to, states, limit }: AlarmQuery): ReturnType<History['alarms']> {
    const found = this.alarmsKept.filter((record) => {
      const isOpen = record.state !== 'normal' || (record.clearedAt ?? record.raisedAt) >= from;
      return lines.includes(record.line) && record.raisedAt < to && isOpen && (states?.includes(record.state) ?? true);
    });
    return this.#tell(found.toSorted((a, b) => b.raisedAt - a.raisedAt).slice(0, limit));
  }

  alarmSteps(alarm: string): ReturnType<History['alarmSteps']> {
    return this.#tell(this.stepsKept.get(alarm) ?? []);
  }

  incident(id: string): ReturnType<History['incident']> {
    return this.#tell(this.incidentsKept.find((incident) => incident.id === id) ?? null);
  }

  overrideChanges(limit: number): ReturnType<History['overrideChanges']> {
    return this.#tell(this.changesKept.slice(0, limit));
  }

  deliveries({ about, limit }: DeliveryQuery): ReturnType<History['deliveries']> {
    const ids = about && [about.alarm, about.incident];
    return this.#tell(this.deliveriesKept.filter(({ alarm, incident }) => !ids || ids.includes(incident ?? alarm)).slice(0, limit));
  }

  #tell<T>(value: T): Promise<T> {
    this.asked += 1;
    if (this.mood === 'fails') return Promise.reject(new Error('the store is down'));
    return this.mood === 'hangs' ? new Promise<T>(() => undefined) : Promise.resolve(value);
  }
}

function batchOf(line: string, batch: string) {
  const readings = { running: 1, stopped: 0, total: 1 };
  const seconds = { runningSeconds: 1, stoppedSeconds: 0, unknownSeconds: 0 };
  return { line, batch, product: null, from: begin, to: begin + 1000, readings, ...seconds, counters: {}, metrics: {} };
}

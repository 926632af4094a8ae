/**
 * Live: what every line is doing now, folded at the head of the journal without waiting for the store.
 * Comes in: readings as they are decoded, who is connected, how many alarms are open, corrected folds from the store. Goes out: live records that
 * are due. It drops readings that come too late for its fold: the store's correction brings them in a moment later.
 */
import type { LiveRecord } from '../contract/live.ts';
import type { Line, Plant } from '../contract/plant.ts';
import type { MetricValue, Reading } from '../contract/reading.ts';
import { parseTopic } from '../contract/topics.ts';
import { copyFold, createFold, inOrder, lineKind, take, type Fold, type FoldSink } from '../kpi/fold.ts';
import type { Schedule } from '../kpi/calendar.ts';
import type { Situation } from '../kpi/states.ts';
import { DeviceClock } from './clocks.ts';
import { addMinute, addRun, createWindows, recordsAt, type LineWindows, type WindowRecords } from './windows.ts';

/** Numbers go out at most this often a line; a change of state goes out at once. */
const numbersEveryMs = 250;
/** The windows' figures are worked out again at most this often while the state stays the same. */
const figuresEveryMs = 2_000;
/** A line that says nothing is told again this often, so that its coverage keeps falling on screen. */
const silentEveryMs = 10_000;
/** Longer ago than any shift or hour that runs now began. */
const pastMs = 48 * 3_600_000;
const pastSink: FoldSink = { run: () => undefined };

/** A line's corrected present, out of the store. */
export interface Base {
  readonly line: string;
  readonly fold: Fold;
  readonly windows: LineWindows;
}

export interface Live {
  take(reading: Reading): void;
  /** A reading of that time was refused for being too far ahead: all it tells is of the device's clock. */
  refused(line: string, ts: number, receivedAt: number): void;
  /** Readings of long ago came on that topic, the newest of them of that time: the store's correction brings them in. */
  passed(topic: string, newest: number, receivedAt: number): void;
  connected(line: string, connected: boolean): void;
  /** A line's open alarms, as they have become. */
  alarm(line: string, alarm: LiveRecord['alarm']): void;
  /** What a line's machine showed last, before this process began. */
  recall(reading: Reading): void;
  /** Puts a corrected present in place of a line's own; `tail` are its readings taken since, in order of arrival. */
  rebase(base: Base, tail: readonly Reading[]): void;
  /** Whoever heard the records has forgotten them, and who is connected: all are due again. */
  renew(): void;
  /** Records to publish now: changed lines first come, and lines whose state ran out or that were silent for long. */
  due(now: number): LiveRecord[];
}

interface LiveLine {
  readonly line: Line;
  readonly clock: DeviceClock;
  fold: Fold;
  windows: LineWindows;
  readonly sink: FoldSink;
  metrics: Record<string, MetricValue>;
  connected: boolean;
  alarm: LiveRecord['alarm'];
  situation: Situation;
  figures: WindowRecords | null;
  figuresAt: number;
  publishedAt: number;
  changed: boolean;
}

export function createLive(plant: Plant, schedules: ReadonlyMap<string, Schedule>): Live {
  const lines = new Map<string, LiveLine>();
  for (const line of plant.lines.values()) {
    const schedule = schedules.get(line.calendar);
    if (schedule) lines.set(line.id, emptyLine(line, schedule));
  }

  const fold = (live: LiveLine, reading: Reading): void => {
    if (!inOrder(live.fold, reading.ts)) return;
    // All time up to a reading of days ago is past for good: no window of the present has it.
    take(live.fold, reading, reading.receivedAt - reading.ts > pastMs ? pastSink : live.sink);
    live.metrics = { ...live.metrics, ...reading.metrics };
    live.changed = true;
  };

  return {
    take(reading) {
      const live = lines.get(reading.line);
      if (!live) return;
      live.clock.take(reading.ts, reading.receivedAt);
      fold(live, reading);
    },
    refused(line, ts, receivedAt) {
      lines.get(line)?.clock.take(ts, receivedAt);
    },
    passed(topic, newest, receivedAt) {
      lines.get(parseTopic(topic)?.line ?? '')?.clock.take(newest, receivedAt);
    },
    connected(line, connected) {
      const live = lines.get(line);
      if (!live || live.connected === connected) return;
      live.connected = connected;
      live.publishedAt = Number.NEGATIVE_INFINITY;
    },
    alarm(line, alarm) {
      const live = lines.get(line);
      if (!live || (live.alarm.count === alarm.count && live.alarm.priority === alarm.priority)) return;
      live.alarm = alarm;
      live.publishedAt = Number.NEGATIVE_INFINITY;
    },
    recall(reading) {
      const live = lines.get(reading.line);
      if (live) live.metrics = { ...live.metrics, ...reading.metrics };
    },
    rebase(base, tail) {
      const live = lines.get(base.line);
      if (!live) return;
      live.fold = copyFold(base.fold);
      live.windows = base.windows;
      for (const reading of tail) fold(live, reading);
      live.figures = null;
      live.changed = true;
    },
    renew() {
      for (const live of lines.values()) Object.assign(live, { connected: false, publishedAt: Number.NEGATIVE_INFINITY });
    },
    due(now) {
      const records: LiveRecord[] = [];
      for (const live of lines.values()) {
        const situation = situationAt(live.fold, now);
        const turned = situation.state !== live.situation.state || situation.stop !== live.situation.stop;
        const silence = now - live.publishedAt;
        if (!turned && !(live.changed && silence >= numbersEveryMs) && silence < silentEveryMs) continue;
        live.situation = situation;
        if (turned || live.figures === null || now - live.figuresAt >= figuresEveryMs) {
          live.figures = recordsAt(live.windows, live.fold, now);
          live.figuresAt = now;
        }
        live.publishedAt = now;
        live.changed = false;
        records.push(recordAt(live, live.figures, now));
      }
      return records;
    },
  };
}

function emptyLine(line: Line, schedule: Schedule): LiveLine {
  const live: LiveLine = {
    line,
    clock: new DeviceClock(),
    fold: createFold(lineKind(line.id, line.type, schedule), null),
    windows: createWindows(null, []),
    sink: {
      minute: (row) => {
        addMinute(live.windows, row);
      },
      run: (row, count) => {
        addRun(live.windows, row, count);
      },
    },
    metrics: {},
    connected: false,
    alarm: { count: 0, priority: null },
    situation: { state: 'unknown', stop: null },
    figures: null,
    figuresAt: 0,
    publishedAt: Number.NEGATIVE_INFINITY,
    changed: true,
  };
  return live;
}

/** The state at an instant: the newest reading's while it holds, unknown after. */
function situationAt(fold: Fold, now: number): Situation {
  const { carry } = fold;
  return carry && now < carry.holdUntil ? carry : { state: 'unknown', stop: null };
}

function sinceAt(fold: Fold, now: number): number | null {
  const { carry } = fold;
  if (!carry) return null;
  return now < carry.holdUntil ? carry.since : carry.holdUntil;
}

function recordAt(live: LiveLine, figures: WindowRecords, now: number): LiveRecord {
  const { line, fold } = live;
  const { carry } = fold;
  return {
    id: line.id,
    park: line.park,
    firm: line.firm,
    workshop: line.workshop,
    type: line.type.id,
    name: line.name,
    state: live.situation.state,
    stop: live.situation.stop,
    since: sinceAt(fold, now),
    connected: live.connected,
    ts: carry?.ts ?? null,
    metrics: live.metrics,
    order: carry?.context.order ?? null,
    batch: carry?.context.batch ?? null,
    design: carry?.context.design ?? null,
    product: carry?.context.product ?? null,
    shift: figures.shift,
    hour: figures.hour,
    alarm: live.alarm,
    clock: live.clock.recordAt(now),
  };
}

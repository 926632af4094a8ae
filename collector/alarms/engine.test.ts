/** Laws of the engine, over generated events: restarts, ticks, repetitions and the order of independent lines change nothing; states never contradict. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { alarmActions, type AlarmRecord } from '../../contract/alarm.ts';
import { AlarmEngine } from './engine.ts';
import { timeOf, type AlarmEvent } from './events.ts';
import { at, plantOf, readingAt, Stage, zero } from './stage.suite.ts';

const plant = plantOf(3, 1);
const lineIds = [...plant.lines.keys()];

const readingPart = fc.record(
  {
    state: fc.constantFrom('running', 'stopped', 'planned', 'fault', 'idle'),
    stop: fc.constantFrom('broken', 'thread-break', 'power-loss', 'jam', 'box-off'),
    metrics: fc.record(
      { force: fc.integer({ min: 5, max: 14 }), cold: fc.integer({ min: 1, max: 4 }), head: fc.integer({ min: 1, max: 2 }) },
      { requiredKeys: [] },
    ),
    seq: fc.integer({ min: 0, max: 30 }),
  },
  { requiredKeys: ['metrics'] },
);

type Step = (second: number, line: string, records: readonly AlarmRecord[]) => AlarmEvent;

const readingStep = readingPart.map((part): Step => (second, line) => ({
  kind: 'reading',
  reading: readingAt(second, { ...part, line, late: 0 }),
}));
const otherStep = fc.oneof(
  fc.boolean().map((connected): Step => (second, line) => ({ kind: 'connection', line, at: at(second), connected })),
  fc.constant<Step>((second, line) => ({ kind: 'rejection', line, at: at(second) })),
  fc.constant<Step>((second) => ({ kind: 'time', at: at(second) })),
);
const actionStep = fc
  .record({
    action: fc.constantFrom(...alarmActions),
    who: fc.constantFrom('li', 'wang'),
    which: fc.nat(5),
    minutes: fc.integer({ min: 1, max: 5 }),
    id: fc.uuid(),
  })
  .map(({ which, ...given }): Step => (second, _line, records) => ({
    kind: 'action',
    request: {
      ...given,
      at: at(second),
      to: 'li',
      reason: 'r',
      cause: 'wear',
      comment: 'c',
      alarm: records[which % Math.max(1, records.length)]?.id ?? '',
    },
  }));

/** Events a few seconds apart, so that delays, silences and shelves fall between them. */
const history = fc.array(
  fc.tuple(
    fc.integer({ min: 1, max: 25 }),
    fc.constantFrom(...lineIds),
    fc.oneof({ weight: 6, arbitrary: readingStep }, otherStep, actionStep),
  ),
  { minLength: 5, maxLength: 60 },
);

type History = [number, string, Step][];

/** Plays a history through; `between` may do anything to the stage before each event. */
function play(events: History, between: (stage: Stage, index: number) => void = () => undefined): { stage: Stage; told: AlarmEvent[] } {
  const stage = new Stage(plant);
  const told: AlarmEvent[] = [];
  let second = 0;
  for (const [index, [gap, line, step]] of events.entries()) {
    second += gap;
    between(stage, index);
    const event = step(second, line, stage.all());
    told.push(event);
    stage.take(event);
  }
  stage.passTo(second + 4000);
  return { stage, told };
}

function outcomeOf(stage: Stage): unknown {
  return { records: stage.records, announcements: stage.announcements };
}

describe('what changes nothing', () => {
  test('a restart, anywhere', () => {
    fc.assert(
      fc.property(history, fc.nat(59), (events, where) => {
        const restarted = play(events, (stage, index) => {
          if (index >= where % events.length) stage.restart();
        });
        expect(outcomeOf(restarted.stage)).toEqual(outcomeOf(play(events).stage));
      }),
      { numRuns: 50 },
    );
  });

  test('telling a stretch of events again from a snapshot: the same ids, never a second one', () => {
    fc.assert(
      fc.property(history, fc.nat(59), (events, where) => {
        let snapshot = '';
        const from = where % events.length;
        const { stage, told } = play(events, (each, index) => {
          if (index === from) snapshot = each.engine.snapshot();
        });
        const end = stage.engine.snapshot();
        const known = new Map(stage.records);
        const announced = new Set(stage.announcements.map(({ id }) => id));
        const again = new Stage(plant);
        again.engine = new AlarmEngine(plant, snapshot);
        for (const event of told.slice(from)) again.take(event);
        again.take({ kind: 'time', at: (JSON.parse(end) as { now: number }).now });
        expect(again.engine.snapshot()).toBe(end);
        for (const record of again.all()) expect(record).toEqual(known.get(record.id));
        expect(again.announcements.filter(({ id }) => !announced.has(id))).toEqual([]);
      }),
      { numRuns: 40 },
    );
  });

  test('looking at the clock more often', () => {
    fc.assert(
      fc.property(history, fc.array(fc.nat(24), { minLength: 1, maxLength: 8 }), (events, ticks) => {
        const { stage, told } = play(events);
        const ticked = new Stage(plant);
        let before = zero;
        for (const [index, event] of told.entries()) {
          const time = timeOf(event);
          const tick = time - (ticks[index % ticks.length] ?? 0) * 1000;
          if (tick > before) ticked.take({ kind: 'time', at: tick });
          ticked.take(event);
          before = time;
        }
        ticked.passTo((before - zero) / 1000 + 4000);
        expect(outcomeOf(ticked)).toEqual(outcomeOf(stage));
      }),
      { numRuns: 50 },
    );
  });

  test('a reading told twice', () => {
    fc.assert(
      fc.property(history, (events) => {
        const twice = new Stage(plant);
        for (const event of play(events).told) {
          twice.take(event);
          if (event.kind === 'reading') twice.take(event);
        }
        const { stage } = play(events);
        twice.take({ kind: 'time', at: (JSON.parse(stage.engine.snapshot()) as { now: number }).now });
        expect(outcomeOf(twice)).toEqual(outcomeOf(stage));
      }),
      { numRuns: 40 },
    );
  });

  test('the order of lines that have nothing to do with each other', () => {
    fc.assert(
      fc.property(history, (events) => {
        const { told, stage } = play(events.filter(([, , step]) => step(0, lineIds[0] ?? '', []).kind !== 'action'));
        const end = (JSON.parse(stage.engine.snapshot()) as { now: number }).now;
        const lineOf = (event: AlarmEvent): string => (event.kind === 'reading' ? event.reading.line : 'line' in event ? event.line : '');
        // Each line's alarms are the same as if it were alone in the world.
        for (const id of lineIds) {
          const alone = new Stage(plant);
          for (const event of told) if (lineOf(event) === id) alone.take(event);
          alone.take({ kind: 'time', at: end });
          expect(alone.all()).toEqual(stage.all().filter(({ line }) => line === id));
        }
      }),
      { numRuns: 30 },
    );
  });
});

test('a state never contradicts the facts, and no step of the repair clock lies before the one before it', () => {
  fc.assert(
    fc.property(history, (events) => {
      const seen = new Stage(plant);
      for (const event of play(events).told) {
        for (const record of seen.take(event).records) {
          const active = record.clearedAt === null;
          if (record.state === 'normal') expect(active).toBe(false);
          if (record.state === 'unacknowledged' || record.state === 'acknowledged') expect(active).toBe(true);
          if (record.state === 'returned') expect(active).toBe(false);
          if (record.state === 'acknowledged') expect(record.acknowledgedAt).not.toBeNull();
          expect(record.state === 'shelved').toBe(record.shelvedUntil !== null);
          const steps = [record.raisedAt, record.acknowledgedAt, record.arrivedAt, record.resolvedAt].filter((time) => time !== null);
          expect(steps).toEqual([...steps].sort((a, b) => a - b));
          expect(record.clearedAt ?? record.raisedAt).toBeGreaterThanOrEqual(record.raisedAt);
        }
      }
      // At most one open alarm of a rule on a line.
      const open = seen.all().filter(({ state }) => state !== 'normal');
      expect(new Set(open.map(({ line, rule }) => `${line} ${rule}`)).size).toBe(open.length);
    }),
    { numRuns: 50 },
  );
});

describe('late readings [ALM-6]', () => {
  const running = { state: 'running' } as const;

  test('a backlog: what is over by now is history and told to nobody, what still holds is told', () => {
    const stage = new Stage();
    stage.read(0, running);
    const backlog: [number, object][] = [
      [100, { stop: 'broken' }],
      [200, running],
      [300, { stop: 'jam' }],
    ];
    for (const [second, reading] of backlog) stage.read(second, { ...reading, late: 1000 - second + second / 1e4 });
    expect(stage.of('stop:broken')).toMatchObject({ state: 'normal', late: true, raisedAt: at(100), clearedAt: at(200) });
    expect(stage.of('stop:jam')).toMatchObject({ state: 'unacknowledged', late: true });
    stage.read(1001, { stop: 'jam' });
    expect(stage.of('stop:jam')).toMatchObject({ state: 'unacknowledged', late: false, raisedAt: at(300) });
    expect(stage.told().filter(([, , rule]) => rule !== 'silence')).toEqual([[1001.1, 'raised', 'stop:jam']]);
  });

  test('a stretch of the past brings in what readings behind the newest tell', () => {
    const stage = new Stage();
    stage.readEvery(10, 0, 100, running);
    stage.read(45, { stop: 'broken', late: 60 });
    expect(stage.all()).toEqual([]);
    const readings = [0, 10, 20, 30, 40, 45, 50, 60, 70, 80, 90, 100].map((second) =>
      readingAt(second, second === 45 ? { stop: 'broken' } : running),
    );
    const stretch = { line: 'm-1-1', from: at(45), situation: null, readings, known: [] };
    stage.take({ kind: 'stretch', at: at(106), stretch });
    expect(stage.all()).toMatchObject([{ rule: 'stop:broken', state: 'normal', late: true, raisedAt: at(45), clearedAt: at(50) }]);
    stage.take({ kind: 'stretch', at: at(107), stretch: { ...stretch, known: stage.all() } });
    expect(stage.all()).toHaveLength(1);
    expect(stage.announcements).toEqual([]);
  });

  test('a stretch that reaches the present puts it right', () => {
    const stage = new Stage();
    stage.read(0, running);
    stage.read(20, { metrics: {} });
    stage.read(10, { stop: 'broken', late: 12 });
    const readings = [readingAt(0, running), readingAt(10, { stop: 'broken' }), readingAt(20)];
    stage.take({ kind: 'stretch', at: at(23), stretch: { line: 'm-1-1', from: at(10), situation: null, readings, known: [] } });
    expect(stage.of('stop:broken')).toMatchObject({ state: 'unacknowledged', late: false, raisedAt: at(10) });
    stage.read(25, running);
    expect(stage.of('stop:broken')).toMatchObject({ state: 'returned', clearedAt: at(25) });
  });

  test('whatever the order of arrival, the present is the same once the stretch was told', () => {
    const parts = fc.array(readingPart, { minLength: 2, maxLength: 25 });
    fc.assert(
      fc.property(parts, fc.array(fc.nat(), { minLength: 25, maxLength: 25 }), (given, keys) => {
        const readings = given.map((part, index) => readingAt(index * 7, { ...part, late: 0 }));
        const arrival = readings
          .map((reading, index) => ({ ...reading, receivedAt: at(200 + index), key: keys[index] ?? 0 }))
          .sort((a, b) => a.key - b.key);
        const active = (stage: Stage): unknown =>
          stage
            .all()
            .filter(({ clearedAt, rule }) => clearedAt === null && (rule.startsWith('stop:') || rule.startsWith('limit:cold')))
            .map(({ rule }) => rule)
            .sort();
        const ordered = new Stage(plant);
        for (const reading of readings) ordered.take({ kind: 'reading', reading });
        const mixed = new Stage(plant);
        for (const { key: _key, ...reading } of arrival) mixed.take({ kind: 'reading', reading });
        mixed.take({ kind: 'stretch', at: at(230), stretch: { line: 'm-1-1', from: zero, situation: null, readings, known: mixed.all() } });
        expect(active(mixed)).toEqual(active(ordered));
      }),
      { numRuns: 40 },
    );
  });
});

/**
 * What the access test's table says of alarms, and an engine behind them that really works actions off. Comes in: a stage. Goes out: rows of the table.
 * Who comes second is told so: callers ask in the order of the table's columns.
 */
import type { Action, Outcome } from '../../../contract/actions.ts';
import { alarmOf } from '../../../contract/alarm.suite.ts';
import type { AlarmRecord } from '../../../contract/alarm.ts';
import { outcomeTopic, systemLine } from '../../../contract/system.ts';
import { AlarmEngine } from '../../../collector/alarms/engine.ts';
import { begin } from '../plant.suite.ts';
import type { Stage } from '../stage.suite.ts';

type Row = [route: string, path: string, statuses: number[], body?: (caller: string) => unknown];

const places = ['emb-1', 'emb-4', 'press-1', systemLine];

/** One alarm in each place, with the id `of-<place>`. */
export function standingAlarms(): AlarmRecord[] {
  return places.map((line) =>
    alarmOf(line, begin, { id: `of-${line}`, rule: line === systemLine ? 'data:channel-mail' : 'stop:fault', priority: 'high' }),
  );
}

/** Plays the collector: takes what is recorded, publishes what becomes of it and of the alarms. */
export function playCollector(stage: Stage, standing: readonly AlarmRecord[]): AlarmEngine {
  const { plant, bus, clock } = stage;
  const engine = new AlarmEngine(plant, null);
  engine.take({ kind: 'known', at: clock.now(), records: standing, told: new Set() });
  const publish = (): void => {
    for (const line of [...plant.lines.keys(), systemLine]) {
      const records = engine.records().filter((record) => record.line === line);
      if (records.length > 0) stage.alarms(line, records);
    }
  };
  bus.onRecord = (payload) => {
    const outcome = workOff(engine, JSON.parse(payload) as Action);
    publish();
    bus.publish(outcomeTopic, JSON.stringify(outcome), { retain: false });
  };
  publish();
  return engine;
}

function workOff(engine: AlarmEngine, action: Action): Outcome {
  const { id, at } = action;
  if (action.kind === 'override') engine.take({ kind: 'override', at, placed: action.placed });
  if (action.kind !== 'alarm') return { id, kind: 'done' };
  const { action: outcome } = engine.take({ kind: 'action', request: action.request });
  return { id, kind: 'alarm', outcome: outcome ?? { result: 'unknown' } };
}

/** Nobody, admin, admin of park emb, supervisor of f1, maintenance of f1/w1, officials of all and of emb. */
export const alarmTable: Row[] = [
  ['GET /alarms', '/alarms', [401, 200, 200, 200, 200, 403, 403]],
  ['GET /alarms', '/alarms?state=normal&format=csv', [401, 200, 200, 200, 200, 403, 403]],
  ['GET /alarms', '/alarms?line=press-1', [401, 200, 200, 200, 200, 403, 403]],
  ['GET /alarms/{id}', '/alarms/of-emb-1', [401, 200, 200, 200, 200, 403, 403]],
  ['GET /alarms/{id}', '/alarms/of-emb-4', [401, 200, 200, 404, 404, 403, 403]],
  ['GET /alarms/{id}', '/alarms/of-press-1', [401, 200, 404, 404, 404, 403, 403]],
  ['GET /alarms/{id}', '/alarms/of-system', [401, 200, 404, 404, 200, 403, 403]],
  ['GET /alarms/{id}', '/alarms/of-nothing', [401, 404, 404, 404, 404, 403, 403]],
  ['GET /alarms/{id}/duty', '/alarms/of-emb-1/duty', [401, 200, 200, 200, 200, 403, 403]],
  ['GET /alarms/{id}/duty', '/alarms/of-emb-4/duty', [401, 200, 200, 404, 404, 403, 403]],
  ['GET /alarms/{id}/duty', '/alarms/of-system/duty', [401, 200, 404, 404, 200, 403, 403]],
  ...actions('of-emb-1', [200, 200, 200], 409),
  ['POST /alarms/{id}/acknowledge', '/alarms/of-emb-4/acknowledge', [401, 200, 409, 404, 404, 403, 403]],
  ['POST /alarms/{id}/comment', '/alarms/of-press-1/comment', [401, 200, 404, 404, 404, 403, 403], (): object => ({ comment: 'seen' })],
  ['POST /alarms/{id}/acknowledge', '/alarms/of-system/acknowledge', [401, 200, 404, 404, 409, 403, 403]],
  ['POST /alarms/{id}/acknowledge', '/alarms/of-nothing/acknowledge', [401, 404, 404, 404, 404, 403, 403]],
  ['GET /alarms/figures', '/alarms/figures?by=firm', [401, 200, 200, 200, 200, 403, 403]],
  ['GET /alarm-rules', '/alarm-rules', [401, 200, 200, 200, 200, 403, 403]],
  ['GET /alarm-rules', '/alarm-rules?line=emb-3', [401, 200, 200, 200, 404, 403, 403]],
  ['GET /alarm-rules', '/alarm-rules?line=press-1', [401, 200, 404, 404, 404, 403, 403]],
  ['POST /alarm-rules', '/alarm-rules', [401, 201, 404, 403, 403, 403, 403], (): object => change({})],
  ['POST /alarm-rules', '/alarm-rules', [401, 201, 201, 403, 403, 403, 403], (): object => change({ firm: 'f1' })],
  ['POST /alarm-rules', '/alarm-rules', [401, 201, 404, 403, 403, 403, 403], (): object => change({ line: 'press-1' })],
  ['POST /alarm-rules', '/alarm-rules', [401, 404, 404, 403, 403, 403, 403], (): object => change({ line: 'nothing' })],
  ['GET /notifications', '/notifications', [401, 200, 403, 403, 403, 403, 403]],
  ['POST /notifications/{channel}/test', '/notifications/mail/test', [401, 200, 403, 403, 403, 403, 403]],
  ['POST /notifications/{channel}/test', '/notifications/nothing/test', [401, 404, 403, 403, 403, 403, 403]],
];

/** Of the admin's, the admin of emb, the supervisor and maintenance: the admin is first, the next of them second where only one can be first. */
function actions(alarm: string, [parkAdmin = 0, supervisor = 0, maintenance = 0]: number[], second: number): Row[] {
  const others = [parkAdmin, supervisor, maintenance];
  const late = others.map((status) => (status === 200 ? second : status));
  const row = (action: string, statuses: number[], body: object = {}): Row => [
    `POST /alarms/{id}/${action}`,
    `/alarms/${alarm}/${action}`,
    [401, 200, ...statuses, 403, 403],
    () => body,
  ];
  return [
    row('acknowledge', late),
    row('assign', others, { to: 'li' }),
    row('comment', others, { comment: 'seen' }),
    row('arrive', late),
    row('resolve', late, { cause: 'wear', remedy: 'replaced' }),
    row('shelve', late, { minutes: 30, reason: 'waiting for a part' }),
    row('unshelve', late),
  ];
}

function change(where: object): object {
  return { where, override: { rule: 'silence', priority: 'high', why: 'a trial' } };
}

/**
 * People at work on alarms: machines break down, somebody acknowledges, comments, arrives and resolves, and the machine rests. Comes in: machines
 * with their devices, and who works. Goes out: exact books of what was asked for and answered with success, through whatever happens to the
 * server meanwhile: an answer that does not come is asked for again under the same key.
 */
import mqtt, { type MqttClient } from 'mqtt';
import type { AlarmAction, AlarmRecord } from '../../contract/alarm.ts';
import type { AlarmAnswer } from '../../contract/alarms-api.ts';
import type { IssuedDevice } from '../../contract/devices.ts';
import type { Client } from '../product.ts';
import { until } from '../until.ts';

export interface Machine extends IssuedDevice {
  readonly topic: string;
}

export interface Work {
  /** One for each time a machine broke down. */
  readonly alarms: readonly string[];
  /** For each of them, how long after the machine had broken down somebody saw it, ms. */
  readonly seenAfterMs: readonly number[];
  /** Answered with success. */
  readonly actions: number;
  /** Of them, asked for more than once. */
  readonly repeated: number;
}

interface Task {
  readonly action: AlarmAction;
  readonly body?: object;
}

/** Longer than any trouble is made: what is asked for has to be done in the end. */
const patienceMs = 30 * 60_000;

/** What is done about an alarm; the comment tells this alarm from every other one. */
function tasksFor(alarm: string): Task[] {
  return [
    { action: 'acknowledge' },
    { action: 'comment', body: { comment: `looked at ${alarm}` } },
    { action: 'arrive' },
    { action: 'resolve', body: { cause: 'wear', remedy: 'replaced' } },
  ];
}

/** One person works on one machine after the other, until it is over; what was begun is finished. */
export async function work(person: Client, machines: readonly Machine[], port: number, isOver: () => boolean): Promise<Work> {
  const alarms: string[] = [];
  const seenAfterMs: number[] = [];
  let [actions, repeated] = [0, 0];
  for (let round = 0; !isOver(); round += 1) {
    const machine = machines[round % machines.length];
    if (!machine) throw new Error('no machine to work on');
    const device = deviceOf(machine, port);
    const broken = performance.now();
    await publish(device, machine.topic, { stop: 'machine-error' });
    const { id } = await until(`the alarm of ${machine.line}`, async () => (await openOf(person, machine)).at(0) ?? null, patienceMs);
    seenAfterMs.push(performance.now() - broken);
    for (const task of tasksFor(id)) {
      repeated += await insist(person, id, task);
      actions += 1;
    }
    alarms.push(id);
    // Not to work for now: nothing else is expected of it.
    await publish(device, machine.topic, { state: 'planned' });
    await until(`${id} to be over`, async () => ((await openOf(person, machine)).length === 0 ? true : null), patienceMs);
    await device.endAsync(true);
  }
  return { alarms, seenAfterMs, actions, repeated };
}

/** What of the work is not as it must be: everything once, in an alarm that rose once. */
export async function wrongIn(work: Work, admin: Client): Promise<string[]> {
  const wrong: string[] = [];
  for (const id of work.alarms) {
    const { record, steps } = await admin.get<AlarmAnswer>(`/alarms/${id}`);
    const done = steps.map(({ what, detail }) => `${what} ${detail?.includes(id) === true ? id : ''}`.trim());
    const wanted = ['raised', 'acknowledge', `comment ${id}`, 'arrive', 'resolve', 'cleared'];
    const isOnce = wanted.every((step) => done.filter((other) => other === step).length === 1);
    if (record.state !== 'normal' || record.raises !== 1 || !isOnce) wrong.push(`${id}: ${record.state}, ${done.join(', ')}`);
  }
  return wrong;
}

function deviceOf({ username, password }: Machine, port: number): MqttClient {
  return mqtt.connect({ host: '127.0.0.1', port, clientId: username, username, password, reconnectPeriod: 100 });
}

/** Resolves at the PUBACK, over however many connections. */
async function publish(device: MqttClient, topic: string, reading: object): Promise<void> {
  await device.publishAsync(topic, JSON.stringify({ ts: Date.now(), hold: 3600, ...reading }), { qos: 1 });
}

/** Not of its silence, which is told of too where the server is away for long. */
async function openOf(person: Client, { line }: Machine): Promise<AlarmRecord[]> {
  return (await person.get<AlarmRecord[]>(`/alarms?line=${line}`)).filter(({ rule }) => rule === 'stop:machine-error');
}

/** Asks until it is done; 1 where once was not enough. */
async function insist(person: Client, alarm: string, { action, body }: Task): Promise<number> {
  let asked = 0;
  await until(
    `${action} of ${alarm}`,
    async () => {
      asked += 1;
      const answer = await person.send('POST', `/alarms/${alarm}/${action}`, body, { 'idempotency-key': `${alarm}-${action}` });
      if (answer.status === 200) return true;
      if (answer.status !== 503) throw new Error(`answered ${String(answer.status)}: ${await answer.text()}`);
      return null;
    },
    patienceMs,
  );
  return asked > 1 ? 1 : 0;
}

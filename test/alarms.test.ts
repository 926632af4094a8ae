/**
 * Alarms from a device's publish to the broker's retained topic, through the product as it is started: raised, acted upon, and the same after it was
 * killed. Listens and acts as a dashboard in a process of its own would.
 */
import { pino } from 'pino';
import mqtt from 'mqtt';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openMqttBus, type MqttBus } from '../broker/client.ts';
import type { Action, Outcome } from '../contract/actions.ts';
import type { AlarmRecord, LineAlarms } from '../contract/alarm.ts';
import type { IssuedDevice } from '../contract/devices.ts';
import { actionTopic, outcomeTopic } from '../contract/system.ts';
import { everyLine } from '../contract/topics.ts';
import { Client, dataFolder, startProduct, type Product } from './product.ts';

const systemPassword = 'a password of the system';
const telemetry = 'bobbin/v1/emb/f001/w1/emb-0001/telemetry';
const topic = 'bobbin/v1/emb/f001/w1/emb-0001/alarms';

let folder: ReturnType<typeof dataFolder>;
let product: Product;
let bus: MqttBus;
let account: IssuedDevice;
let retained: Map<string, LineAlarms>;
let outcomes: Outcome[];
/** Every version of every record that was ever heard. */
const heard: AlarmRecord[] = [];

async function join(): Promise<void> {
  bus = openMqttBus({
    url: `mqtt://127.0.0.1:${String(product.mqttPort)}`,
    name: 'system-dashboard',
    password: systemPassword,
    log: pino({ level: 'silent' }),
  });
  retained = new Map();
  outcomes = [];
  await bus.subscribe(everyLine('alarms'), (on, payload) => {
    const message = JSON.parse(Buffer.from(payload).toString()) as LineAlarms;
    retained.set(on, message);
    heard.push(...message.records);
  });
  await bus.subscribe(outcomeTopic, (_on, payload) => outcomes.push(JSON.parse(Buffer.from(payload).toString()) as Outcome));
  await new Promise<void>((resolve) => {
    bus.onConnect(resolve);
  });
}

async function publish(reading: object): Promise<void> {
  const { username, password } = account;
  const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${String(product.mqttPort)}`, { username, password, clientId: username });
  await client.publishAsync(telemetry, JSON.stringify({ ts: Date.now(), ...reading }), { qos: 1 });
  await client.endAsync();
}

function open(rule: string): AlarmRecord | undefined {
  return retained.get(topic)?.records.find((record) => record.rule === rule);
}

function act(id: string, who: string, alarm: string): Promise<void> {
  const at = Date.now();
  const action: Action = { kind: 'alarm', id, who, at, request: { id, who, at, alarm, action: 'acknowledge' } };
  return bus.record(actionTopic, JSON.stringify(action));
}

beforeAll(async () => {
  folder = dataFolder();
  product = await startProduct(folder.path, { BOBBIN_SYSTEM_PASSWORD: systemPassword });
  account = await (await new Client(product).signIn()).issue('emb-0001');
  await join();
});

afterAll(async () => {
  await bus.close();
  await product.stop();
  folder.remove();
});

test('a fault is retained on its topic within a second, and acknowledged by one of two people', async () => {
  const begun = Date.now();
  await publish({ stop: 'machine-error' });
  await expect.poll(() => open('stop:machine-error')?.state, { interval: 10 }).toBe('unacknowledged');
  expect(Date.now() - begun).toBeLessThan(1000);
  const { id } = open('stop:machine-error') ?? { id: '' };
  await Promise.all([act('one', 'wang', id), act('two', 'li', id)]);
  await expect.poll(() => outcomes.length).toBe(2);
  const [first, second] = outcomes.map((outcome) => (outcome.kind === 'alarm' ? outcome.outcome : null));
  expect(first).toMatchObject({ result: 'done' });
  expect(second).toMatchObject({ result: 'refused', reason: 'already', by: first?.result === 'done' ? first.record.acknowledgedBy : null });
  await expect.poll(() => open('stop:machine-error')?.state).toBe('acknowledged');
});

test('killed and started again, it is the same alarm; an action told again is not done again, and its end comes through', async () => {
  const before = open('stop:machine-error');
  await product.kill();
  await bus.close();
  product = await startProduct(folder.path, { BOBBIN_SYSTEM_PASSWORD: systemPassword });
  await join();
  await expect.poll(() => open('stop:machine-error'), { timeout: 10_000 }).toEqual(before);
  await act('one', 'wang', before?.id ?? '');
  await expect
    .poll(() => outcomes.at(-1))
    .toMatchObject({ id: 'one', outcome: { result: expect.stringMatching(/repeated|refused/) as string } });
  await publish({ state: 'running', m: { speed: 700 } });
  await expect.poll(() => heard.findLast(({ id }) => id === before?.id)?.state).toBe('normal');
  expect(new Set(heard.filter(({ rule }) => rule === 'stop:machine-error').map(({ id }) => id)).size).toBe(1);
});

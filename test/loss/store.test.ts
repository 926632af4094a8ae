/**
 * A store in trouble under a product that runs, on a real InfluxDB: a row that the server will never have is set aside alone and kept; and while the
 * server is away, screens and alarms go on, the journal grows, and everything is stored once it is back.
 */
import mqtt, { type MqttClient } from 'mqtt';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AlarmRecord } from '../../contract/alarm.ts';
import type { BatchRecord } from '../../contract/figures.ts';
import type { LiveRecord } from '../../contract/live.ts';
import type { Rejection } from '../../contract/reading.ts';
import { balanced } from '../books.ts';
import { reasonAgainstInflux, startInflux, type Influx } from '../influx.ts';
import { Client, dataFolder, startProduct, type Product } from '../product.ts';

const missing = reasonAgainstInflux();
const patience = { timeout: 20_000, interval: 50 };

describe.skipIf(missing !== '')(`a store in trouble${missing}`, () => {
  const folder = dataFolder();
  const base = Date.now() - 60_000;
  let influx: Influx;
  let product: Product;
  let admin: Client;
  let device: MqttClient;
  let sent = 0;

  beforeAll(async () => {
    influx = await startInflux();
    // Somebody has written a text where numbers belong.
    await influx.ask('CREATE DATABASE "bobbin_raw"');
    const body = `readings,line=elsewhere hold="a text",position=0i,received=0i ${String(base)}`;
    expect((await fetch(`${influx.url}/write?db=bobbin_raw&precision=ms`, { method: 'POST', body })).status).toBe(204);
    product = await startProduct(folder.path, { BOBBIN_STORE: influx.url });
    admin = await new Client(product).signIn();
    const { username, password } = await admin.issue('emb-0001');
    device = await mqtt.connectAsync({ host: '127.0.0.1', port: product.mqttPort, clientId: username, username, password });
  }, 60_000);
  afterAll(async () => {
    await device.endAsync(true);
    await product.stop();
    await influx.remove();
    folder.remove();
  });

  const publish = async (...readings: object[]): Promise<void> => {
    sent += readings.length;
    await device.publishAsync('bobbin/v1/emb/f001/w1/emb-0001/telemetry', JSON.stringify(readings), { qos: 1 });
  };
  const live = (): Promise<LiveRecord> => admin.get<LiveRecord>('/lines/emb-0001');

  test('a poisonous row is set aside alone, counted as rejected each time it comes, and kept for inspection', async () => {
    const good = Array.from({ length: 50 }, (_, n) => ({ ts: base + n * 1000, state: 'running', batch: 'b1', m: { stitches: n * 10 } }));
    const poison = { ts: base + 20_500, hold: 30, state: 'running', m: { stitches: 205 } };
    await publish(...good.slice(0, 21), poison, ...good.slice(21));
    await admin.settled(sent);
    await publish(poison);
    const { readings } = await admin.settled(sent);
    expect(readings).toMatchObject({ stored: 50, duplicate: 0, rejected: { 'not-storable': 2 } });
    const rejections = await admin.get<Rejection[]>('/lines/emb-0001/rejections');
    expect(rejections).toHaveLength(2);
    expect(rejections[0]).toMatchObject({ reason: 'not-storable' });
    expect(rejections[0]?.detail).toContain('field type conflict');
    expect(rejections[0]?.sample).toContain(`"ts":${String(poison.ts)}`);
    // The figures know only what is stored.
    await expect
      .poll(async () => (await admin.get<BatchRecord[]>('/lines/emb-0001/batches'))[0]?.readings, patience)
      .toEqual({ running: 50, stopped: 0, total: 50 });
  });

  test('while the store is away screens and alarms go on and nothing is lost; back, everything is stored once', async () => {
    const before = (await admin.health()).readings;
    await influx.kill();
    for (let n = 0; n < 5; n += 1) {
      const ts = Date.now();
      await publish({ ts, state: 'running', m: { stitches: 1000 + n } });
      await expect.poll(async () => (await live()).metrics.stitches, patience).toBe(1000 + n);
      expect(Date.now() - ts).toBeLessThan(5_000);
      balanced(await admin.health());
    }
    await publish({ ts: Date.now(), stop: 'machine-error' });
    await expect
      .poll(async () => (await admin.get<AlarmRecord[]>('/alarms?line=emb-0001')).map(({ rule }) => rule), patience)
      .toContain('stop:machine-error');
    expect((await live()).state).toBe('fault');
    await expect.poll(async () => (await admin.health()).store.ok, patience).toBe(false);
    expect((await admin.health()).readings).toMatchObject({ stored: before.stored, pending: 6 });

    await influx.start();
    const { readings } = await admin.settled(sent);
    expect(readings).toMatchObject({ stored: before.stored + 6, rejected: before.rejected });
    await expect.poll(async () => (await admin.health()).status, patience).toBe('ok');
  });
});

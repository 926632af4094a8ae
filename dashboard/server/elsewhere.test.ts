/** Health out of what other processes say of themselves, and what becomes of it when they say no more. */
import { expect, it } from 'vitest';
import type { Bus, BusListener } from '../../contract/bus.ts';
import type { Clock } from '../../contract/clock.ts';
import { reportTopic, type BrokerReport, type CollectorReport } from '../../contract/system.ts';
import { listenElsewhere, type Elsewhere } from './elsewhere.ts';

const collector: CollectorReport = {
  at: 1,
  readings: { received: 3, stored: 2, duplicate: 1, rejected: {}, pending: 0 },
  store: { kind: 'influxdb', ok: true, behindRecords: 0, behindMs: 0, sizeBytes: 10, detail: null },
  latencyMs: { p50: 1, p95: 2, p99: 3 },
  damagedRecords: 4,
  channels: [],
};
const broker: BrokerReport = { at: 1, journal: { sizeBytes: 5, limitBytes: 50, withheld: false } };

interface Stage {
  readonly elsewhere: Elsewhere;
  readonly say: (report: CollectorReport | BrokerReport) => void;
  readonly wait: (milliseconds: number) => void;
}

async function stage(): Promise<Stage> {
  const listeners = new Map<string, BusListener>();
  const bus: Bus = {
    publish: () => undefined,
    record: () => Promise.reject(new Error('nothing is recorded on this bus')),
    subscribe(filter, listener) {
      listeners.set(filter, listener);
      return Promise.resolve(() => listeners.delete(filter));
    },
  };
  let now = 1000;
  const clock: Clock = { now: () => now, after: () => () => undefined, every: () => () => undefined };
  const elsewhere = await listenElsewhere(bus, '1.2.3', clock);
  return {
    elsewhere,
    say(report) {
      const topic = reportTopic('readings' in report ? 'collector' : 'broker');
      listeners.get(topic)?.(topic, Buffer.from(JSON.stringify(report)));
    },
    wait(milliseconds) {
      now += milliseconds;
    },
  };
}

/** Both, twice: the first report of each may be a retained one. */
function sayAll({ say }: Stage, from: number): void {
  for (const at of [from, from + 1]) {
    say({ ...broker, at });
    say({ ...collector, at });
  }
}

it('is the record of one process, put together', async () => {
  const rig = await stage();
  sayAll(rig, 1);
  rig.wait(500);
  expect(await rig.elsewhere.health()).toEqual({
    status: 'ok',
    version: '1.2.3',
    uptimeSeconds: 0.5,
    readings: collector.readings,
    store: collector.store,
    journal: { sizeBytes: 5, limitBytes: 50, withheld: false, damagedRecords: 4 },
    latencyMs: collector.latencyMs,
  });
  expect(rig.elsewhere.isCurrent()).toBe(true);
});

it('is not there before both were heard', async () => {
  const { elsewhere, say } = await stage();
  await expect(elsewhere.health()).rejects.toThrow('the broker');
  say(broker);
  await expect(elsewhere.health()).rejects.toThrow('the collector');
});

it('names who is silent, and keeps what was said last', async () => {
  const rig = await stage();
  sayAll(rig, 1);
  rig.wait(1000);
  rig.say({ ...broker, at: 3 });
  rig.wait(1000);
  expect(await rig.elsewhere.health()).toMatchObject({
    status: 'degraded',
    readings: collector.readings,
    store: { ok: false, detail: 'nothing is heard of the collector' },
  });
  expect(rig.elsewhere.isCurrent()).toBe(false);
  rig.wait(1000);
  expect((await rig.elsewhere.health()).store.detail).toBe('nothing is heard of the broker and the collector');
  sayAll(rig, 4);
  expect((await rig.elsewhere.health()).status).toBe('ok');
  expect(rig.elsewhere.isCurrent()).toBe(true);
});

it('takes a report that was retained as news of the past', async () => {
  const { elsewhere, say } = await stage();
  say(broker);
  say(collector);
  say(collector);
  expect(elsewhere.isCurrent()).toBe(false);
  expect((await elsewhere.health()).status).toBe('degraded');
});

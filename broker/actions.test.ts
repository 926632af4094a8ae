/** What people do, on its way into the journal: from a dashboard in a process of its own, from one in the broker's, and from nobody else. */
import { MessageChannel } from 'node:worker_threads';
import pino from 'pino';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { askBus, serveBus } from '../bridge.ts';
import { recordMs, type Bus } from '../contract/bus.ts';
import type { SystemName } from '../contract/system.ts';
import { openMqttBus, type MqttBus } from './client.ts';
import { device, startRig, type Rig } from './rig.suite.ts';
import { HandClock } from '../contract/clock.suite.ts';

const systemPassword = 'a secret of the system';
const actions = 'bobbin/v1/system/actions';

async function join(rig: Rig, name: SystemName = 'system-dashboard', clock?: HandClock): Promise<MqttBus> {
  const url = `mqtt://127.0.0.1:${String(rig.port)}`;
  const bus = openMqttBus({ url, name, password: systemPassword, log: pino({ level: 'silent' }), clock, limits: { retryMs: 20 } });
  onTestFinished(() => bus.close());
  await new Promise<void>((resolve) => {
    bus.onConnect(resolve);
  });
  return bus;
}

/** The broker's own bus, as the recorder's thread has it. */
function across({ broker }: Rig): Bus {
  const { port1, port2 } = new MessageChannel();
  serveBus(port1, broker.bus);
  onTestFinished(() => {
    port1.close();
  });
  return askBus(port2);
}

const ways: [string, (rig: Rig, clock: HandClock) => Bus | Promise<Bus>][] = [
  ['from a process of its own', (rig, clock) => join(rig, 'system-dashboard', clock)],
  ["in the broker's process", (rig) => rig.broker.bus],
  ['from another thread', across],
];

describe.each(ways)('an action %s', (_title, open) => {
  it('is answered when it is safe, and heard of by nobody but the journal', async () => {
    const clock = new HandClock();
    const rig = await startRig({ systemPassword, clock });
    const heard = await device(rig, 'emb-1');
    const messages = vi.fn();
    heard.on('message', messages);
    rig.journal.isHeld = true;
    const bus = await open(rig, clock);
    let safe = false;
    const recorded = bus.record(actions, '{"id":"确认"}').then(() => {
      safe = true;
    });
    await vi.waitFor(() => {
      expect(rig.journal.waiting).toBe(1);
    });
    expect(safe).toBe(false);
    rig.journal.sync();
    await recorded;
    const payload = Buffer.from('{"id":"确认"}');
    expect(rig.journal.records).toEqual([
      { kind: 'action', topic: actions, receivedAt: clock.now(), payload, payloadBytes: payload.length },
    ]);
    expect(messages).not.toHaveBeenCalled();
  });

  it('is not waited for without end', async () => {
    const clock = new HandClock();
    const rig = await startRig({ systemPassword, clock });
    rig.journal.isHeld = true;
    const bus = await open(rig, clock);
    const recorded = bus.record(actions, '{}');
    await vi.waitFor(() => {
      expect(rig.journal.waiting).toBe(1);
    });
    clock.advance(recordMs);
    await expect(recorded).rejects.toThrow('at the moment');
    rig.journal.sync();
  });
});

describe('an action', () => {
  it('fails at once where there is no broker, and where the journal is closed', async () => {
    const rig = await startRig({ systemPassword });
    const bus = await join(rig);
    rig.journal.isHeld = true;
    const onItsWay = bus.record(actions, '{}');
    const recorded = rig.broker.bus.record(actions, '{}');
    rig.journal.fail();
    await expect(recorded).rejects.toThrow('journal closed');
    await Promise.all([rig.broker.close(), expect(onItsWay).rejects.toThrow('closed')]);
    await expect(bus.record(actions, '{}')).rejects.toThrow('no connection');
  });

  it.each(['emb-1', 'system-collector'] as const)('of %s ends its connection, and is recorded nowhere', async (name) => {
    const rig = await startRig({ systemPassword });
    if (name === 'emb-1') {
      const client = await device(rig, name);
      const closed = new Promise<void>((resolve) => client.once('close', resolve));
      client.publish(actions, '{}', { qos: 1 }, () => undefined);
      await closed;
    } else {
      (await join(rig, name)).record(actions, '{}').catch(() => undefined);
    }
    await vi.waitFor(() => {
      expect(rig.broker.refusals().publish).toBeGreaterThan(0);
    });
    expect(rig.journal.records).toEqual([]);
  });
});

/** The bus of a room in a process of its own, against the broker: who may, what arrives, and what a broken connection costs. */
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import pino from 'pino';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { SystemName } from '../contract/system.ts';
import { certificate } from './certificate.suite.ts';
import { openMqttBus, type MqttBus, type MqttBusOptions } from './client.ts';
import { connectOf, device, Peer, startRig, topic, type Rig } from './rig.suite.ts';

const systemPassword = 'a secret of the system';
const live = 'bobbin/v1/+/+/+/+/live';

function open(port: number, name: SystemName, changes: Partial<MqttBusOptions> = {}): MqttBus {
  const log = pino({ level: 'silent' });
  const limits = { retryMs: 20, ...changes.limits };
  const bus = openMqttBus({ url: `mqtt://127.0.0.1:${String(port)}`, name, password: systemPassword, log, ...changes, limits });
  onTestFinished(() => bus.close());
  return bus;
}

function connected(bus: MqttBus): Promise<void> {
  return new Promise((resolve) => {
    bus.onConnect(resolve);
  });
}

/** Everything heard on a filter, as "topic payload". */
async function listen(bus: MqttBus, filter: string): Promise<string[]> {
  const heard: string[] = [];
  await bus.subscribe(filter, (on, payload) => heard.push(`${on} ${Buffer.from(payload).toString()}`));
  return heard;
}

/** A way to the broker that can be cut and left. */
async function openDetour(rig: Rig): Promise<{ port: number; cut: () => void }> {
  const ends = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(rig.port, '127.0.0.1');
    for (const end of [near, far]) ends.add(end.on('error', () => undefined));
    near.pipe(far).pipe(near);
  });
  const cut = (): void => {
    for (const end of ends) end.destroy();
    ends.clear();
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    cut();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, cut };
}

describe('closing', () => {
  const onItsWay = async (
    rig: Rig,
    port: number,
    changes: Partial<MqttBusOptions> = {},
  ): Promise<{ bus: MqttBus; recorded: Promise<void> }> => {
    const bus = open(port, 'system-dashboard', changes);
    await connected(bus);
    rig.journal.isHeld = true;
    const recorded = bus.record('bobbin/v1/system/actions', '{}');
    await vi.waitFor(() => {
      expect(rig.journal.waiting).toBe(1);
    });
    return { bus, recorded };
  };

  it('waits for what is on its way', async () => {
    const rig = await startRig({ systemPassword });
    const { bus, recorded } = await onItsWay(rig, rig.port);
    const closed = bus.close();
    rig.journal.sync();
    await Promise.all([closed, recorded]);
  });

  it('does not wait when the connection ends', async () => {
    const rig = await startRig({ systemPassword });
    const detour = await openDetour(rig);
    const { bus, recorded } = await onItsWay(rig, detour.port);
    const closed = bus.close();
    detour.cut();
    await Promise.all([closed, expect(recorded).rejects.toThrow('closed')]);
  });

  it('does not wait for long where nothing is acknowledged', async () => {
    const rig = await startRig({ systemPassword });
    const { bus, recorded } = await onItsWay(rig, rig.port, { limits: { closeMs: 20 } });
    await Promise.all([bus.close(), expect(recorded).rejects.toThrow('closed')]);
  });
});

describe('signing in', () => {
  it.each([
    ['with another password', systemPassword, 'another secret here'],
    ['where the broker has none', null, ''],
  ])('is refused %s', async (_title, known, given) => {
    const rig = await startRig({ systemPassword: known });
    const peer = new Peer(rig.port);
    const name = 'system-collector';
    peer.say({ ...connectOf(rig, 'emb-1'), clientId: name, username: name, password: Buffer.from(given) });
    expect(await peer.heard('connack')).toMatchObject({ returnCode: 4 });
    await peer.closed();
    expect(rig.broker.refusals()).toEqual({ password: 1 });
  });

  it('is refused to a device that gives itself a system name, and to a system process that leaves a will', async () => {
    const rig = await startRig({ systemPassword });
    const asDevice = new Peer(rig.port);
    asDevice.say({ ...connectOf(rig, 'emb-1'), username: 'system-dashboard' });
    expect(await asDevice.heard('connack')).toMatchObject({ returnCode: 2 });
    const willing = new Peer(rig.port);
    const name = 'system-dashboard';
    const will = { topic: topic('emb-1', 'status'), payload: Buffer.from('offline'), qos: 0 as const, retain: true };
    willing.say({ ...connectOf(rig, 'emb-1'), clientId: name, username: name, password: Buffer.from(systemPassword), will });
    expect(await willing.heard('connack')).toMatchObject({ returnCode: 5 });
  });

  it('goes over TLS, with a certificate that is given', async () => {
    const rig = await startRig({ systemPassword, tls: certificate, tcp: { host: 'localhost', port: 0 } });
    const url = `mqtts://localhost:${String(rig.port)}`;
    await connected(open(rig.port, 'system-collector', { url, certificate: certificate.cert }));
    expect(rig.broker.sessions()).toBe(0);
  });
});

describe('between rooms', () => {
  it('live records reach the dashboard in order, those of before it came too; what it may not do is refused', async () => {
    const rig = await startRig({ systemPassword });
    const collector = open(rig.port, 'system-collector');
    await connected(collector);
    for (let n = 1; n <= 200; n += 1) collector.publish(topic('emb-1', 'live'), String(n), { retain: true });
    await vi.waitFor(async () => {
      expect(await newest(rig)).toBe('200');
    });
    const dashboard = open(rig.port, 'system-dashboard');
    const heard = await listen(dashboard, live);
    await vi.waitFor(() => {
      expect(heard).toEqual([`${topic('emb-1', 'live')} 200`]);
    });
    for (let n = 201; n <= 400; n += 1) collector.publish(topic('emb-1', 'live'), Buffer.from(String(n)), { retain: true });
    await vi.waitFor(() => {
      expect(heard).toEqual(Array.from({ length: 201 }, (_, index) => `${topic('emb-1', 'live')} ${String(index + 200)}`));
    });
    await listen(dashboard, 'bobbin/v1/#');
    await vi.waitFor(() => {
      expect(rig.broker.refusals()).toEqual({ subscribe: 1 });
    });
  });

  it('commands reach the device, and its status the collector', async () => {
    const rig = await startRig({ systemPassword });
    const heard = await listen(open(rig.port, 'system-collector'), 'bobbin/v1/+/+/+/+/status');
    const client = await device(rig, 'emb-1');
    await client.publishAsync(topic('emb-1', 'status'), 'online', { qos: 1, retain: true });
    await vi.waitFor(() => {
      expect(heard).toContain(`${topic('emb-1', 'status')} online`);
    });
    await client.subscribeAsync(topic('emb-1', 'command'), { qos: 1 });
    const command = new Promise<string>((resolve) =>
      client.once('message', (_on, payload) => {
        resolve(payload.toString());
      }),
    );
    const dashboard = open(rig.port, 'system-dashboard');
    await connected(dashboard);
    dashboard.publish(topic('emb-1', 'command'), 'reset', { retain: false });
    expect(await command).toBe('reset');
  });

  it('3,500 retained records of 10 KB come at once to who subscribes, and nobody is cut off', async () => {
    const rig = await startRig({ systemPassword });
    const text = 'x'.repeat(10_000);
    for (let n = 0; n < 3500; n += 1) rig.broker.bus.publish(topic(`line-${String(n)}`, 'live'), text, { retain: true });
    const dashboard = open(rig.port, 'system-dashboard');
    const heard = new Set<string>();
    await dashboard.subscribe(live, (on) => heard.add(on));
    await vi.waitFor(
      () => {
        expect(heard.size).toBe(3500);
      },
      { timeout: 10_000 },
    );
    expect(rig.broker.refusals()).toEqual({});
  });

  it('nobody is told any more who has stopped listening', async () => {
    const rig = await startRig({ systemPassword });
    const dashboard = open(rig.port, 'system-dashboard');
    const heard: string[] = [];
    const stop = await dashboard.subscribe(live, (on) => heard.push(on));
    const others = await listen(dashboard, live);
    rig.broker.bus.publish(topic('emb-1', 'live'), '1', { retain: true });
    await vi.waitFor(() => {
      expect([heard.length, others.length]).toEqual([1, 1]);
    });
    stop();
    stop();
    rig.broker.bus.publish(topic('emb-1', 'live'), '2', { retain: true });
    await vi.waitFor(() => {
      expect(others).toHaveLength(2);
    });
    expect(heard).toHaveLength(1);
  });
});

describe('a broken connection', () => {
  it('is made anew; listeners hear again, and whoever publishes is told to publish again', async () => {
    const rig = await startRig({ systemPassword });
    const detour = await openDetour(rig);
    const collector = open(detour.port, 'system-collector');
    let connections = 0;
    collector.onConnect(() => {
      connections += 1;
      collector.publish(topic('emb-1', 'live'), String(connections), { retain: true });
    });
    const heard = await listen(collector, 'bobbin/v1/+/+/+/+/status');
    await vi.waitFor(async () => {
      expect(await newest(rig)).toBe('1');
    });
    detour.cut();
    await vi.waitFor(async () => {
      expect(await newest(rig)).toBe('2');
    });
    rig.broker.bus.publish(topic('emb-2', 'status'), 'online', { retain: true });
    await vi.waitFor(() => {
      expect(heard).toEqual([`${topic('emb-2', 'status')} online`]);
    });
  });

  it('is one to a broker that does not read: what waits for it is bounded', async () => {
    let accepted = 0;
    const server = createServer((socket) => {
      accepted += 1;
      // A CONNACK, and then nothing is read any more.
      socket
        .on('error', () => undefined)
        .once('data', () => {
          socket.pause();
          socket.write(Buffer.from([0x20, 2, 0, 0]));
        });
      onTestFinished(() => {
        socket.destroy();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => {
      server.close();
    });
    const bus = open((server.address() as AddressInfo).port, 'system-collector', { limits: { backlogBytes: 1024 * 1024 } });
    const text = 'x'.repeat(100_000);
    await vi.waitFor(() => {
      for (let n = 0; n < 20; n += 1) bus.publish(topic('emb-1', 'live'), text, { retain: true });
      expect(accepted).toBeGreaterThan(2);
    });
  });

  it('is what a second process of the same name makes of the first one’s', async () => {
    const rig = await startRig({ systemPassword });
    const peer = new Peer(rig.port);
    const name = 'system-dashboard';
    const password = Buffer.from(systemPassword);
    peer.say({ ...connectOf(rig, 'emb-1'), clientId: name, username: name, password });
    await peer.heard('connack');
    await connected(open(rig.port, name));
    await peer.closed();
  });
});

/** What is retained of a line's live records. */
async function newest(rig: Rig): Promise<string | null> {
  let found: string | null = null;
  const stop = await rig.broker.bus.subscribe(topic('emb-1', 'live'), (_on, payload) => (found = Buffer.from(payload).toString()));
  stop();
  return found;
}

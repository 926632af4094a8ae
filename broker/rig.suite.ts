/**
 * What the broker's tests stand on: a small plant, a journal whose every fsync is given by hand, and a
 * bare MQTT peer that says exactly the bytes it is given. Brokers here listen on real sockets, port 0.
 */
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import mqtt, { type MqttClient } from 'mqtt';
import { generate, parser, type IConnectPacket, type Packet } from 'mqtt-packet';
import pino from 'pino';
import { onTestFinished, vi } from 'vitest';
import { systemClock } from '../contract/clock.ts';
import type { DeviceAccounts, IssuedDevice } from '../contract/devices.ts';
import { equipmentTypeSchema } from '../contract/equipment.ts';
import { temporaryFolder } from '../contract/folder.suite.ts';
import { plantSchema, resolvePlant, type Plant } from '../contract/plant.ts';
import type { JournalRecord, JournalWriter } from '../journal/journal.ts';
import { startBroker, type Broker, type BrokerOptions } from './broker.ts';
import { openDeviceAccounts } from './devices.ts';

const name = { zh: '甲', en: 'A' };

/** Park `emb`, firm `f1`, workshop `w1`, lines `emb-1` to `emb-4`. */
export function smallPlant(): Plant {
  const type = equipmentTypeSchema.parse({ id: 'machine', name, expectSeconds: 10, holdSeconds: 20, metrics: {} });
  const file = plantSchema.parse({
    zone: { id: 'zone', name, timezone: 'Asia/Shanghai' },
    calendars: { always: { shifts: [{ id: 'all', start: '00:00', end: '24:00' }], days: ['mon'] } },
    parks: [
      {
        ...{ id: 'emb', name, cluster: 'embroidery', calendar: 'always' },
        firms: [{ id: 'f1', name, workshops: [{ id: 'w1', name, lines: [{ ids: 'emb-{1..4}', type: 'machine' }] }] }],
      },
    ],
  });
  const { plant } = resolvePlant(file, new Map([[type.id, type]]));
  if (plant === null) throw new Error('the small plant has a mistake');
  return plant;
}

export function topic(line: string, channel: string): string {
  return `bobbin/v1/emb/f1/w1/${line}/${channel}`;
}

/** Keeps records in memory; while `isHeld` they are safe only when `sync` says so. */
export class HandJournal implements JournalWriter {
  readonly records: JournalRecord[] = [];
  isHeld = false;
  #waiting: { readonly resolve: () => void; readonly reject: (error: Error) => void }[] = [];

  append(record: JournalRecord): Promise<void> {
    this.records.push(record);
    if (!this.isHeld) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
    });
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  sync(count = this.#waiting.length): void {
    for (const { resolve } of this.#waiting.splice(0, count)) resolve();
  }

  fail(): void {
    for (const { reject } of this.#waiting.splice(0)) reject(new Error('journal closed'));
  }
}

export interface Rig {
  readonly broker: Broker;
  readonly journal: HandJournal;
  readonly devices: DeviceAccounts;
  readonly port: number;
  /** Issued accounts of the plant's lines and of `gone-1`, which is in no plant. */
  readonly accounts: ReadonlyMap<string, IssuedDevice>;
}

export async function startRig(options: Partial<BrokerOptions> = {}): Promise<Rig> {
  const clock = options.clock ?? systemClock;
  const plant = smallPlant();
  const devices = openDeviceAccounts(join(temporaryFolder(), 'devices.db'), clock);
  const accounts = new Map(devices.issueAll([...plant.lines.keys(), 'gone-1']).map((account) => [account.line, account]));
  const journal = new HandJournal();
  const tcp = { host: '127.0.0.1', port: 0 };
  const broker = await startBroker({ tcp, devices, journal, plant, clock, log: pino({ level: 'silent' }), ...options });
  onTestFinished(async () => {
    await broker.close();
    devices.close();
  });
  return { broker, journal, devices, accounts, port: broker.address.port };
}

export function passwordOf(rig: Rig, line: string): string {
  const account = rig.accounts.get(line);
  if (!account) throw new Error(`no account for ${line}`);
  return account.password;
}

/** CONNECT of a line's own device, as it should be. */
export function connectOf(rig: Rig, line: string, changes: Partial<IConnectPacket> = {}): IConnectPacket {
  const password = Buffer.from(passwordOf(rig, line));
  return {
    cmd: 'connect',
    protocolId: 'MQTT',
    protocolVersion: 4,
    clean: true,
    keepalive: 60,
    clientId: line,
    username: line,
    password,
    ...changes,
  };
}

/** A peer that speaks bytes: whatever it is told to say, and every packet that comes back. */
export class Peer {
  readonly socket: Socket;
  readonly received: Packet[] = [];
  isClosed = false;

  constructor(port: number) {
    this.socket = connect({ port, host: '127.0.0.1', noDelay: true });
    const frames = parser();
    frames.on('packet', (packet: Packet) => this.received.push(packet));
    this.socket.on('data', (bytes) => frames.parse(bytes));
    this.socket.on('error', () => undefined);
    this.socket.on('close', () => {
      this.isClosed = true;
    });
    onTestFinished(() => {
      this.socket.destroy();
    });
  }

  say(...parts: (Packet | Buffer)[]): void {
    this.socket.write(Buffer.concat(parts.map((part) => (Buffer.isBuffer(part) ? part : generate(part)))));
  }

  of(command: Packet['cmd']): Packet[] {
    return this.received.filter(({ cmd }) => cmd === command);
  }

  /** Waits until so many packets of the kind have come, and gives the last of them. */
  async heard(command: Packet['cmd'], count = 1): Promise<Packet> {
    return vi.waitFor(
      () => {
        const packet = this.of(command)[count - 1];
        if (!packet)
          throw new Error(`${String(this.of(command).length)} of ${String(count)} ${command}, ${this.isClosed ? 'closed' : 'open'}`);
        return packet;
      },
      { timeout: 5000, interval: 5 },
    );
  }

  async closed(): Promise<void> {
    if (!this.isClosed) await new Promise((resolve) => this.socket.once('close', resolve));
  }
}

/** A peer that has signed in as the line's device. */
export async function signIn(rig: Rig, line: string, changes: Partial<IConnectPacket> = {}): Promise<Peer> {
  const peer = new Peer(rig.port);
  peer.say(connectOf(rig, line, changes));
  await peer.heard('connack');
  return peer;
}

/** A real device's client. */
export async function device(rig: Rig, line: string, changes: mqtt.IClientOptions = {}): Promise<MqttClient> {
  const options = { clientId: line, username: line, password: passwordOf(rig, line), reconnectPeriod: 0, ...changes };
  const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${String(rig.port)}`, options);
  onTestFinished(async () => {
    await client.endAsync(true);
  });
  return client;
}

export function publication(line: string, messageId: number, payload: string | Buffer, qos: 0 | 1 | 2 = 1): Packet {
  return { cmd: 'publish', topic: topic(line, 'telemetry'), qos, messageId, payload, dup: false, retain: false };
}

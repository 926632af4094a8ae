/**
 * Sessions of a real client, recorded: MQTT.js on one side, the broker on the other, and a wire-tap between.
 * Comes in: the broker's port and an account. Goes out: what the client said in each session, byte for byte.
 */
import { connect, createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import mqtt, { type IClientOptions, type MqttClient } from 'mqtt';
import type { Ready } from './broker.ts';

type Device = Ready['devices'][number];

/** What a device does in its life, a session each. */
const lives: readonly ((client: MqttClient, device: Device) => Promise<unknown>)[] = [
  async (client, { topic }) => {
    for (const qos of [0, 1, 2] as const) await client.publishAsync(topic, '{"ts":1763886000123,"m":{"speed":712}}', { qos });
  },
  async (client, { status, command }) => {
    await client.publishAsync(status, 'online', { qos: 1, retain: true });
    await client.subscribeAsync(command, { qos: 1 });
    await client.unsubscribeAsync(command);
  },
  (client, { topic }) =>
    Promise.all(Array.from({ length: 20 }, (_, seq) => client.publishAsync(topic, JSON.stringify({ seq }), { qos: 1 }))),
  (client, { topic }) => Promise.all([1, 2, 3, 4].map((seq) => client.publishAsync(topic, `{"seq":${String(seq)}}`, { qos: 2 }))),
  async (client, { topic }) => {
    await client.publishAsync(topic, Buffer.alloc(3000, '{"m":{"note":"汝绣"}},'), { qos: 1 });
    client.sendPing();
    await new Promise<void>((resolve) =>
      client.once('packetreceive', () => {
        resolve();
      }),
    );
  },
  (client) => client.subscribeAsync(['a/+/b', '#', '$SYS/#', '+/+'], { qos: 2 }).catch(() => undefined),
];

export async function recordSessions(port: number, device: Device): Promise<Buffer[]> {
  const recordings: Buffer[] = [];
  for (const live of lives) {
    const said: Buffer[] = [];
    const tap = createServer((near) => {
      const far = connect(port, '127.0.0.1');
      near.on('data', (bytes) => said.push(bytes));
      near.on('error', () => far.destroy());
      far.on('error', () => near.destroy());
      near.pipe(far).pipe(near);
    }).listen(0, '127.0.0.1');
    await once(tap, 'listening');
    const options: IClientOptions = { clientId: device.username, username: device.username, password: device.password, reconnectPeriod: 0 };
    const will = { topic: device.status, payload: Buffer.from('offline'), qos: 1, retain: true } as const;
    const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${String((tap.address() as AddressInfo).port)}`, { ...options, will });
    await live(client, device);
    await client.endAsync();
    tap.close();
    recordings.push(Buffer.concat(said));
  }
  return recordings;
}

/**
 * The way in: every line's packets over a connection of its own, with its own account, many of them in flight at once.
 * Comes in: accounts, topics, packets. Goes out: nothing but the acknowledgement of the last packet.
 */
import { createHistogram } from 'node:perf_hooks';
import { LoadClient, type ClientAccount } from '../load/client.ts';
import type { Packets } from './readings.ts';

const inFlight = 50;

export interface Feed {
  readonly account: ClientAccount;
  readonly packets: Packets;
}

/** Resolves once every packet is acknowledged. */
export async function feed(port: number, feeds: readonly Feed[]): Promise<void> {
  const latencies = createHistogram();
  await Promise.all(feeds.map((one) => feedOne(port, one, latencies)));
}

function feedOne(port: number, { account, packets }: Feed, latencies: ReturnType<typeof createHistogram>): Promise<void> {
  return new Promise((resolve, reject) => {
    let acknowledged = 0;
    const client = new LoadClient({
      ...{ host: '127.0.0.1', port, account, inFlight, latencies },
      nextPayload: (n) => JSON.stringify(packets[n]),
      // There is no packet after the last one.
      dueAt: (n) => (n < packets.length ? 0 : Number.POSITIVE_INFINITY),
      onAck: () => {
        acknowledged += 1;
        if (acknowledged < packets.length) return;
        client.close();
        resolve();
      },
      onBroken: (error) => {
        reject(error ?? new Error(`${account.username} was cut off`));
      },
    });
    client.connect().then(() => {
      client.start();
    }, reject);
  });
}

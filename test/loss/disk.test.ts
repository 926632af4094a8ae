/**
 * A disk that is full for a while, under a product that runs: nothing is acknowledged that is not safe, those who can help are told within
 * seconds, and once there is room it goes on by itself with nothing lost.
 */
import { appendFileSync, rmSync } from 'node:fs';
import { availableParallelism, loadavg } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { AlarmRecord } from '../../contract/alarm.ts';
import type { HealthAnswer } from '../../contract/api.ts';
import { balanced } from '../books.ts';
import { openPublishers } from '../load/publisher.ts';
import { mountTmpfs, reasonAgainstMounts } from '../mounts.ts';
import { Client, dataFolder, startProduct } from '../product.ts';

const place = dataFolder();
const disk = join(place.path, 'disk');
const ends: (() => unknown)[] = [place.remove];
/** On a machine that has not much else to do. */
const toldWithinMs = (loadavg()[0] ?? 0) < 2 * availableParallelism() ? 5_000 : 20_000;
const noMounts = reasonAgainstMounts();

afterAll(async () => {
  for (const end of ends) await end();
});

/** Writes until there is no room for anything more; gives what makes room again. */
function fill(): () => void {
  const ballast = join(disk, 'ballast');
  for (let bytes = 1 << 20; bytes >= 512;) {
    try {
      appendFileSync(ballast, Buffer.alloc(bytes));
    } catch {
      bytes /= 2;
    }
  }
  return () => {
    rmSync(ballast);
  };
}

test.skipIf(noMounts !== '')(
  `withholds what it cannot keep, says so, and goes on once there is room${noMounts}`,
  { timeout: 150_000 },
  async () => {
    ends.unshift(mountTmpfs(disk, 128));
    const product = await startProduct(join(disk, 'data'));
    ends.unshift(() => product.kill());
    const admin = await new Client(product).signIn();
    const lines = ['load-001', 'load-002', 'load-003', 'load-004'];
    const devices = await Promise.all(
      lines.map(async (line) => ({ ...(await admin.issue(line)), topic: `bobbin/v1/emb/load/w1/${line}/telemetry` })),
    );
    const base = Date.now() - 3_600_000;
    const publishers = await openPublishers({
      ...{ host: '127.0.0.1', port: product.mqttPort, clients: devices, inFlight: 10, ratePerSecond: 400 },
      nextPayload: (_, n) => `{"ts":${String(base + n * 10)},"state":"running","hold":3600,"m":{"stitches":${String(n)}}}`,
    });
    ends.unshift(() => {
      publishers.close();
    });
    const health = async (): Promise<HealthAnswer> => {
      const answer = await admin.health();
      balanced(answer);
      return answer;
    };
    const trouble = async (): Promise<AlarmRecord | undefined> =>
      (await admin.get<AlarmRecord[]>('/alarms?line=system')).find(({ rule }) => rule === 'data:journal');

    publishers.start();
    await expect.poll(() => publishers.acked, { timeout: 20_000 }).toBeGreaterThan(800);
    const makeRoom = fill();
    await expect.poll(async () => (await health()).journal.withheld, { timeout: 20_000, interval: 50 }).toBe(true);
    const [withheldAt, acked] = [performance.now(), publishers.acked];
    await expect.poll(trouble, { timeout: toldWithinMs, interval: 50 }).toMatchObject({ state: 'unacknowledged', priority: 'critical' });
    expect(performance.now() - withheldAt).toBeLessThan(toldWithinMs);
    expect(await health()).toMatchObject({ status: 'degraded', journal: { withheld: true } });
    expect(publishers.acked).toBe(acked);

    makeRoom();
    await expect.poll(async () => (await health()).status, { timeout: 30_000, interval: 50 }).toBe('ok');
    await expect.poll(async () => (await trouble())?.state, { timeout: 20_000, interval: 50 }).not.toBe('unacknowledged');
    await expect.poll(() => publishers.acked, { timeout: 20_000 }).toBeGreaterThan(acked + 400);
    await publishers.stop();
    const { readings } = await admin.settled(publishers.sent);
    expect({ acked: publishers.acked, stored: readings.stored, rejected: readings.rejected }).toEqual({
      ...{ acked: publishers.sent, stored: publishers.sent, rejected: {} },
    });
    expect(await product.stop()).toBe(0);
  },
);

/**
 * Recordings replayed to a real broker: every row once, named mistakes, lost connections, shifted and paced time.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock, type Clock } from '../contract/clock.ts';
import { loadPlant } from '../plants/loader.ts';
import { UsageError } from './accounts.ts';
import { Broker } from './broker.suite.ts';
import type { SentReading } from './machine.ts';
import { countRows, readRecording, type BadRow } from './recording.ts';
import { replayFile, type ReplayOptions, type ReplayResult } from './replay.ts';

interface Expected {
  readonly rows: number;
  readonly batches: readonly {
    readonly batch: string;
    readonly product: string;
    readonly order: string;
    readonly firstTs: number;
    readonly lastTs: number;
    readonly running: number;
    readonly total: number;
    readonly meanRunningSpeed: number | null;
  }[];
}

const excerpt = 'test/cases/recordings/press-118.csv';
const expected = JSON.parse(readFileSync('test/cases/recordings/press-118.expected.json', 'utf8')) as Expected;
const plant = loadPlant({ plantFile: 'plants/ruzhou.yaml', equipmentFolder: 'equipment' });
const found = plant.lines.get('press-01');
if (!found) throw new Error('no line press-01');
const line = found;

let broker: Broker;
let folder: string;

beforeEach(async () => {
  broker = new Broker();
  await broker.open();
  folder = mkdtempSync(join(tmpdir(), 'bobbin-replay-'));
});

afterEach(async () => {
  await broker.close();
  rmSync(folder, { recursive: true });
});

function fileOf(text: string): string {
  const file = join(folder, 'recording.csv');
  writeFileSync(file, text);
  return file;
}

function replay(file: string, options: Partial<ReplayOptions> = {}): Promise<ReplayResult> {
  const account = { username: line.id, password: 'secret' };
  const url = `mqtt://127.0.0.1:${String(broker.port)}`;
  return replayFile({ file, line, timezone: plant.timezone, broker: url, account, clock: systemClock, ...options });
}

async function read(text: string): Promise<(SentReading | BadRow)[]> {
  const rows: (SentReading | BadRow)[] = [];
  for await (const { reading, bad } of readRecording(fileOf(text), line.type, plant.timezone)) rows.push(reading ?? bad);
  return rows;
}

/** Time that jumps to whatever is waited for. */
function jumpingClock(start: number): Clock {
  let now = start;
  return {
    now: () => now,
    after(milliseconds, callback) {
      const due = now + milliseconds;
      const immediate = setImmediate(() => {
        now = Math.max(now, due);
        callback();
      });
      return () => {
        clearImmediate(immediate);
      };
    },
    every: () => () => undefined,
  };
}

describe('a replay', () => {
  it('sends every row of a recording once, in order, with its time and context', async () => {
    expect(await replay(excerpt)).toEqual({ readings: expected.rows, packets: 7, skipped: 0 });
    const { readings } = broker;
    expect(readings.length).toBe(expected.rows);
    expect(broker.packets.map((packet) => packet.readings.length)).toEqual([200, 200, 200, 200, 200, 200, 100]);
    expect(await countRows(excerpt)).toBe(expected.rows);
    for (const { batch, product, order, firstTs, lastTs, running, total, meanRunningSpeed } of expected.batches) {
      const own = readings.filter((reading) => reading.batch === batch);
      const speeds = own.map(({ m }) => Number(m.tbl_speed)).filter((speed) => speed > 0);
      expect([own.length, speeds.length, own[0]?.ts, own.at(-1)?.ts]).toEqual([total, running, firstTs, lastTs]);
      expect(own.every((reading) => reading.product === product && reading.order === order && reading.state === undefined)).toBe(true);
      if (meanRunningSpeed !== null) expect(speeds.reduce((sum, speed) => sum + speed, 0) / speeds.length).toBeCloseTo(meanRunningSpeed, 6);
    }
    expect(broker.statuses).toEqual(['online retained', 'offline retained']);
  });

  it('shuffles by a seed, and doubles, without losing or inventing anything', async () => {
    const sorted = (readings: SentReading[]): number[] => readings.map(({ ts }) => ts).sort((left, right) => left - right);
    await replay(excerpt);
    const plain = broker.readings;
    broker.packets = [];
    expect(await replay(excerpt, { shuffle: '7', twice: true, batchSize: 1000 })).toEqual({ readings: 2600, packets: 3, skipped: 0 });
    const shuffled = broker.readings;
    expect(sorted(shuffled)).toEqual(sorted([...plain, ...plain]));
    expect(shuffled.map(({ ts }) => ts)).not.toEqual(sorted(shuffled));
    broker.packets = [];
    await replay(excerpt, { shuffle: '7', twice: true });
    expect(broker.readings).toEqual(shuffled);
  });

  it('sends again what was not acknowledged when the connection was lost', async () => {
    broker.withholding = true;
    const running = replay(excerpt, { batchSize: 50, clock: jumpingClock(0) });
    await broker.holds(1);
    broker.withholding = false;
    broker.cut();
    expect(await running).toEqual({ readings: 1300, packets: 26, skipped: 0 });
    expect(new Set(broker.readings.map(({ ts }) => ts)).size).toBe(1300);
  });

  it('keeps to its speed', async () => {
    const clock = jumpingClock(1_000_000);
    await replay(fileOf('timestamp,tbl_speed\n2026-01-01 00:00:00,1\n2026-01-01 00:00:10,2\n2026-01-01 00:10:00,3\n'), {
      clock,
      speed: 10,
    });
    expect(clock.now() - 1_000_000).toBeGreaterThanOrEqual(60_000);
    expect(broker.packets.map(({ readings }) => readings.length)).toEqual([1, 1, 1]);
  });

  it('shifted to now, starts now and sends nothing that would be refused as from the future', async () => {
    const clock = jumpingClock(1_700_000_000_000);
    const sentAt: number[] = [];
    broker.onPacket = () => sentAt.push(clock.now());
    await replay(fileOf('ts,tbl_speed\n1600000000000,1\n1600000010000,2\n1600000600000,3\n'), { clock, now: true });
    expect(broker.readings.map(({ ts }) => ts - 1_700_000_000_000)).toEqual([0, 10_000, 600_000]);
    expect(broker.packets.map(({ readings }) => readings.length)).toEqual([2, 1]);
    expect(Number(sentAt[1]) - 1_700_000_000_000).toBeGreaterThanOrEqual(300_000);
  });

  it('fails in plain words without a broker, with a refused account, without a file', async () => {
    const refused = { account: { username: line.id, password: 'wrong' } };
    await expect(replay(excerpt, refused)).rejects.toThrow(/as press-01: Connection refused: Not authorized/);
    await expect(replay(excerpt, { broker: 'mqtt://127.0.0.1:1' })).rejects.toThrow(/ECONNREFUSED/);
    await expect(replay(join(folder, 'none.csv'))).rejects.toThrow(/none\.csv: there is no such file/);
    await expect(replay(fileOf(''))).rejects.toThrow(UsageError);
    await expect(replay(fileOf('a,b\n1,2\n'))).rejects.toThrow(/no column timestamp/);
    await expect(replay(fileOf('timestamp,my speed\n1,2\n'))).rejects.toThrow(/"my speed" is no metric's name/);
  });

  it('names the rows that are no readings, and sends all others', async () => {
    const bad: BadRow[] = [];
    const text =
      'timestamp;batch;tbl_speed\n2026-01-01 00:00:00;1;5\nyesterday;1;5\n2026-01-01 00:00:20;1\n2026-02-30 00:00:20;1;5\n2026-01-01 00:00:30;1;fast\n\n2026-01-01 00:00:40;1;6\n';
    expect(await replay(fileOf(text), { onBadRow: (row) => bad.push(row) })).toEqual({ readings: 2, packets: 1, skipped: 4 });
    expect(bad).toEqual([
      { row: 3, reason: '"yesterday" is no time such as 2019-09-06 04:08:23, nor milliseconds since 1970' },
      { row: 4, reason: 'has 2 cells, the header has 3' },
      { row: 5, reason: '"2026-02-30 00:00:20" is no time such as 2019-09-06 04:08:23, nor milliseconds since 1970' },
      { row: 6, reason: 'tbl_speed is no number: "fast"' },
    ]);
    expect(broker.readings.map(({ m }) => m.tbl_speed)).toEqual([5, 6]);
  });
});

describe('a recording', () => {
  it('is read with ";" or ",", local times or milliseconds, with or without a byte order mark and carriage returns', async () => {
    const reading = { ts: Date.UTC(2019, 8, 5, 20, 8, 23), order: '80', batch: '368', product: '6', m: { tbl_speed: 119.5, waste: 0 } };
    for (const text of [
      'timestamp;campaign;batch;code;tbl_speed;waste\r\n2019-09-06 04:08:23;80;368;6;119.5;0\r\n',
      '\uFEFFtimestamp,campaign,batch,code,tbl_speed,waste\n2019-09-06T04:08:23.000,80,368,6,119.5,0',
      `ts,order,batch,product,tbl_speed,waste\n${String(reading.ts)},80,368,6,1.195e2,0\n`,
    ]) {
      expect(await read(text)).toEqual([reading]);
    }
  });

  it('leaves out empty metrics, clears empty context, keeps fractions of a second and words of undeclared metrics', async () => {
    expect(await read('time,batch,tbl_speed,note\n2019-09-06 04:08:23.25,,,ok\n')).toEqual([
      { ts: Date.UTC(2019, 8, 5, 20, 8, 23, 250), batch: null, m: { note: 'ok' } },
    ]);
  });
});

/**
 * What every journal must do, whatever it is made of.
 * Comes in: a way to open a journal on the same storage again and again. Goes out: tests. Never looks at the storage.
 */
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Journal, JournalRecord } from './journal.ts';
import { appendMany, readAll, sampleRecord, seqOf } from './sample.suite.ts';

/** One storage, empty at first, on which a journal is opened, closed and opened again. */
export interface JournalStage {
  open(limitBytes: number): Promise<Journal>;
  remove(): Promise<void>;
}

const roomy = 64 * 1024 * 1024;
const plenty = 1024 * 1024;

/** A record in a form that compares quickly. */
function plain({ payload, ...rest }: JournalRecord): unknown {
  return { ...rest, payload: Buffer.from(payload).toString('base64') };
}

async function isPending(promise: Promise<unknown>): Promise<boolean> {
  const pending = Symbol('pending');
  await new Promise(setImmediate);
  return (await Promise.race([promise, Promise.resolve(pending)])) === pending;
}

function numbers(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, index) => from + index);
}

export function journalSuite(name: string, openStage: () => Promise<JournalStage>): void {
  describe(name, () => {
    let stage: JournalStage;
    let journal: Journal;

    beforeEach(async () => {
      stage = await openStage();
      journal = await stage.open(roomy);
    });
    afterEach(async () => {
      await journal.close();
      await stage.remove();
    });

    const reopen = async (limitBytes = roomy): Promise<void> => {
      await journal.close();
      journal = await stage.open(limitBytes);
    };

    test('gives back every record as it was appended, in order, one position each', async () => {
      const odd: JournalRecord[] = [
        { kind: 'telemetry', topic: '汝州/绣花/线', receivedAt: 0, payload: Buffer.alloc(0), payloadBytes: 0 },
        { kind: 'telemetry', topic: '', receivedAt: 8_640_000_000_000_000, payload: Buffer.from([0, 255, 0]), payloadBytes: 10_000_000 },
        { kind: 'action', topic: 't', receivedAt: 1, payload: Buffer.alloc(300_000, 7), payloadBytes: 300_000 },
      ];
      await Promise.all(odd.map((record) => journal.append(record)));
      const batch = await journal.read(0, plenty);
      expect(batch).toMatchObject({ from: 0, next: 3, positions: [0, 1, 2], damaged: 0 });
      expect(batch?.records.map(plain)).toEqual(odd.map(plain));
      await reopen();
      expect((await readAll(journal, 0)).records.map(plain)).toEqual(odd.map(plain));
    });

    test('lets a reader wait for the next record', async () => {
      const waiting = journal.read(0, plenty);
      expect(await isPending(waiting)).toBe(true);
      await journal.append(sampleRecord(0));
      expect((await waiting)?.positions).toEqual([0]);
    });

    test('gives about as much as was asked for, at least one record, and everything once', async () => {
      await Promise.all(appendMany(journal, 0, 3_000));
      const first = await journal.read(0, 1);
      expect(first?.records.length).toBeGreaterThan(0);
      const all = await readAll(journal, 0, 10_000);
      expect(all.records.map(seqOf)).toEqual(numbers(0, 3_000));
      expect(all.positions).toEqual(numbers(0, 3_000));
    });

    test('serves readers at different positions alike', async () => {
      const waiting = [journal.read(0, plenty), journal.read(0, plenty)];
      await Promise.all(appendMany(journal, 0, 2_000));
      for (const batch of await Promise.all(waiting)) expect(batch?.positions[0]).toBe(0);
      const starts = [0, 700, 1_999];
      const batches = await Promise.all(starts.map((from) => readAll(journal, from, 5_000)));
      expect(batches.map(({ positions }) => positions)).toEqual(starts.map((from) => numbers(from, 2_000)));
    });

    test('goes on after being closed, and never uses a position twice', async () => {
      await Promise.all(appendMany(journal, 0, 10));
      await reopen();
      await Promise.all(appendMany(journal, 10, 10));
      expect((await readAll(journal, 0)).records.map(seqOf)).toEqual(numbers(0, 20));
      await journal.trim(20);
      await reopen();
      expect(await journal.health()).toMatchObject({ first: 20, next: 20, sizeBytes: 0, damagedRecords: 0 });
      await journal.append(sampleRecord(20));
      expect(await journal.read(20, plenty)).toMatchObject({ from: 20, next: 21, positions: [20] });
    });

    test('forgets what is trimmed, and nothing else', async () => {
      for (const from of [0, 100, 200]) await Promise.all(appendMany(journal, from, 100));
      const before = await journal.health();
      await journal.trim(150);
      const after = await journal.health();
      expect(after).toMatchObject({ first: 150, next: 300 });
      expect(after.sizeBytes).toBeLessThan(before.sizeBytes);
      expect((await readAll(journal, 0)).positions).toEqual(numbers(150, 300));
      await reopen();
      expect(await journal.health()).toMatchObject({ first: 150, next: 300, sizeBytes: after.sizeBytes, damagedRecords: 0 });
      expect((await readAll(journal, 150)).positions).toEqual(numbers(150, 300));
    });

    test('keeps appends waiting at its bound, and takes them oldest first once it is trimmed', async () => {
      await reopen(40_000);
      const settled: number[] = [];
      const appends = numbers(0, 20).map((index) =>
        journal.append(sampleRecord(index, 10_000)).then(() => {
          settled.push(index);
        }),
      );
      // Appended together they are one block; those after it have to wait.
      await Promise.all(appends);
      const late = numbers(20, 25).map((index) =>
        journal.append(sampleRecord(index, 10_000)).then(() => {
          settled.push(index);
        }),
      );
      await expect.poll(async () => (await journal.health()).withheld).toBe(true);
      expect(settled).toEqual(numbers(0, 20));
      expect((await readAll(journal, 0)).records.map(seqOf)).toEqual(numbers(0, 20));
      await journal.trim(20);
      await Promise.all(late);
      expect(settled).toEqual(numbers(0, 25));
      expect(await journal.health()).toMatchObject({ withheld: false, next: 25 });
    });

    test('closing keeps what was appended, rejects what has no room, and lets readers go', async () => {
      const durable = Promise.all(appendMany(journal, 0, 50));
      await reopen(20_000);
      await durable;
      expect((await readAll(journal, 0)).positions).toEqual(numbers(0, 50));

      const waiting = journal.read(50, plenty);
      const [early, late] = [journal.append(sampleRecord(50, 30_000)), journal.append(sampleRecord(51, 30_000))];
      const refused = Promise.allSettled([early, late]);
      await expect.poll(async () => (await journal.health()).withheld).toBe(true);
      await journal.close();
      expect(await waiting).toBe(null);
      expect((await refused).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
      await expect(journal.append(sampleRecord(52))).rejects.toThrow('closed');
      expect(await journal.read(0, plenty)).toBe(null);
      await journal.trim(1);
      await journal.close();
    });

    test('a reader past the end is never given positions it has seen', async () => {
      await Promise.all(appendMany(journal, 0, 5));
      const waiting = journal.read(1_000, plenty);
      await expect.poll(async () => (await journal.health()).next).toBe(1_000);
      await journal.append(sampleRecord(5));
      expect(await waiting).toMatchObject({ from: 1_000, next: 1_001, positions: [1_000], damaged: 0 });
    });

    test('holds to a simple model through any run of appends, reads, trims and restarts', async () => {
      const step = fc.oneof(
        { weight: 4, arbitrary: fc.record({ do: fc.constant('append' as const), count: fc.integer({ min: 1, max: 40 }) }) },
        { weight: 2, arbitrary: fc.record({ do: fc.constant('read' as const), count: fc.nat(60) }) },
        { weight: 2, arbitrary: fc.record({ do: fc.constant('trim' as const), count: fc.nat(60) }) },
        { weight: 1, arbitrary: fc.record({ do: fc.constant('reopen' as const), count: fc.constant(0) }) },
      );
      // One journal for all runs: `first` and `next` are the whole model, for record n is always sampleRecord(n).
      let { first, next } = await journal.health();
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 20 }), async (steps) => {
          for (const { do: action, count } of steps) {
            if (action === 'append') {
              await Promise.all(appendMany(journal, next, count));
              next += count;
            } else if (action === 'trim') {
              first = Math.min(next, first + count);
              await journal.trim(first);
            } else if (action === 'reopen') await reopen();
            const from = Math.min(next, first + count);
            const { records, positions, damaged } = await readAll(journal, from, 4_000);
            expect([records.map(seqOf), positions, damaged]).toEqual([numbers(from, next), numbers(from, next), 0]);
            expect(await journal.health()).toMatchObject({ first, next, damagedRecords: 0, withheld: false });
          }
        }),
        { numRuns: 40 },
      );
    });
  });
}

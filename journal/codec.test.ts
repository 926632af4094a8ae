/**
 * What is encoded comes back as it was, and no damaged byte gets through.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BlockBatch, endOf } from './batch.ts';
import { BlockWriter, isBlock, type Block } from './codec.ts';
import type { JournalBatch, JournalRecord } from './journal.ts';
import { packBatch, unpackBatch } from './packing.ts';

const record: fc.Arbitrary<JournalRecord> = fc.record({
  kind: fc.constantFrom('telemetry', 'action'),
  topic: fc.string({ unit: 'grapheme', maxLength: 80 }),
  receivedAt: fc.integer({ min: 0, max: 8_640_000_000_000_000 }),
  payload: fc.uint8Array({ maxLength: 300 }),
  payloadBytes: fc.nat(0xffff_ffff),
});
const records = fc.array(record, { minLength: 1, maxLength: 20 });
const position = fc.nat(Number.MAX_SAFE_INTEGER - 100);

function encode(content: readonly JournalRecord[], first: number): Block {
  const writer = new BlockWriter(64);
  for (const one of content) writer.add(one);
  return writer.take(first);
}

function decode(blocks: readonly Block[], from: number): JournalBatch & { told: number } {
  let told = 0;
  const batch = new BlockBatch(blocks, from, endOf(blocks, from));
  batch.check((_block, count) => {
    told += count;
  });
  const { next, records: whole, positions, damaged } = batch;
  return { from, next, records: whole, positions, damaged, told };
}

function plain({ payload, ...rest }: JournalRecord): unknown {
  return { ...rest, payload: [...payload] };
}

function sample(text: string): JournalRecord {
  const payload = Buffer.from(text);
  return { kind: 'telemetry', topic: 'bobbin/v1/p/f/w/l/telemetry', receivedAt: 1_763_886_000_123, payload, payloadBytes: payload.length };
}

describe('a block', () => {
  test('gives back what was put in, with its positions', () => {
    fc.assert(
      fc.property(records, position, (content, first) => {
        const block = encode(content, first);
        const batch = decode([block], first);
        expect(isBlock(block)).toBe(true);
        expect(batch.records.map(plain)).toEqual(content.map(plain));
        expect(batch.positions).toEqual(content.map((_, index) => first + index));
        expect(batch).toMatchObject({ from: first, next: first + content.length, damaged: 0, told: 0 });
      }),
    );
  });

  test('gives only what starts at or after the position asked for', () => {
    fc.assert(
      fc.property(records, fc.nat(30), (content, skip) => {
        const batch = decode([encode(content, 1000)], 1000 + skip);
        expect(batch.records.map(plain)).toEqual(content.slice(skip).map(plain));
        expect(batch.next).toBe(1000 + Math.max(skip, content.length));
      }),
    );
  });

  test('never gives a record that is not exactly as it was, whichever byte is damaged, and counts every one left out', () => {
    fc.assert(
      fc.property(records, fc.nat(), fc.integer({ min: 1, max: 255 }), (content, where, flip) => {
        const block = encode(content, 7);
        const at = where % block.bytes.length;
        block.bytes.writeUInt8(block.bytes.readUInt8(at) ^ flip, at);
        const batch = decode([block], 7);
        batch.records.forEach((one, index) => {
          const original = content[(batch.positions[index] ?? 0) - 7];
          expect(plain(one)).toEqual(original && plain(original));
        });
        expect(batch.damaged).toBeGreaterThan(0);
        expect(batch.records.length + batch.damaged).toBe(content.length);
        expect(batch.told).toBe(batch.damaged);
        expect(batch.next).toBe(7 + content.length);
      }),
      { numRuns: 500 },
    );
  });

  test('cut short anywhere gives the records before the cut', () => {
    fc.assert(
      fc.property(records, fc.nat(), (content, where) => {
        const whole = encode(content, 0);
        const cut = { ...whole, bytes: whole.bytes.subarray(0, where % whole.bytes.length) };
        const batch = decode([cut], 0);
        expect(batch.records.map(plain)).toEqual(content.slice(0, batch.records.length).map(plain));
        expect(batch.records.length + batch.damaged).toBe(content.length);
      }),
    );
  });

  test('loses the damaged record alone, whichever of its bytes is', () => {
    fc.assert(
      fc.property(records, fc.nat(), fc.integer({ min: 1, max: 255 }), (content, where, flip) => {
        const block = encode(content, 7);
        const headerBytes = encode([], 0).bytes.length;
        const at = headerBytes + (where % (block.bytes.length - headerBytes));
        block.bytes.writeUInt8(block.bytes.readUInt8(at) ^ flip, at);
        expect(decode([block], 7)).toMatchObject({ damaged: 1 });
      }),
      { numRuns: 500 },
    );
  });

  test('goes on behind a record whose length is damaged, also where it is read from the middle', () => {
    const content = Array.from({ length: 10 }, (_, index) => sample(`payload ${String(index)}`));
    const block = encode(content, 0);
    const start = block.bytes.indexOf('payload 4') - sample('').topic.length - 23;
    for (const low of [0, 1, 255]) {
      block.bytes.writeUInt8(low, start + 7);
      expect(decode([block], 0)).toMatchObject({ positions: [0, 1, 2, 3, 5, 6, 7, 8, 9], damaged: 1 });
      expect(decode([block], 4)).toMatchObject({ positions: [5, 6, 7, 8, 9], damaged: 1 });
      expect(decode([block], 6)).toMatchObject({ positions: [6, 7, 8, 9], damaged: 0 });
    }
  });

  test('refuses a topic longer than MQTT can carry', () => {
    expect(() => {
      new BlockWriter(64).add({ ...sample(''), topic: 'x'.repeat(65_536) });
    }).toThrow(RangeError);
  });
});

describe('blocks in a row', () => {
  test('are read across, and positions missing between them are damage', () => {
    const blocks = [encode([sample('a'), sample('b')], 10), encode([sample('c')], 15)];
    expect(decode(blocks, 11)).toMatchObject({ from: 11, next: 16, positions: [11, 15], damaged: 3, told: 0 });
  });

  test('that lie before what was read already are passed over', () => {
    const block = encode([sample('a'), sample('b')], 10);
    expect(decode([block, block], 10)).toMatchObject({ positions: [10, 11], next: 12, damaged: 0 });
  });
});

describe('a packed batch', () => {
  const unpacked = (batch: JournalBatch): JournalBatch => unpackBatch(structuredClone(packBatch(batch)));

  test('is the same batch at the other end, damage and all', () => {
    fc.assert(
      fc.property(records, records, fc.nat(30), fc.nat(), (one, other, skip, where) => {
        const blocks = [encode(one, 5), encode(other, 5 + one.length + 3)];
        const [damaged] = blocks;
        if (damaged) damaged.bytes[where % damaged.bytes.length] = 0;
        const batch = new BlockBatch(blocks, 5 + (skip % one.length), endOf(blocks, 5));
        const { from, next, positions, damaged: lost } = unpacked(batch);
        expect({ from, next, positions, lost }).toEqual({
          from: batch.from,
          next: batch.next,
          positions: batch.positions,
          lost: batch.damaged,
        });
        expect(unpacked(batch).records.map(plain)).toEqual(batch.records.map(plain));
      }),
    );
  });

  test('need not be made of blocks', () => {
    const batch: JournalBatch = {
      from: 8,
      next: 20,
      records: ['a', 'b', 'c', 'd'].map(sample),
      positions: [10, 11, 15, 19],
      damaged: 8,
    };
    const { from, next, positions, damaged, records: whole } = unpacked(batch);
    expect({ from, next, positions, damaged, records: whole.map(plain) }).toEqual({ ...batch, records: batch.records.map(plain) });
  });
});

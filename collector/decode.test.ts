/**
 * Decoding, against the packet rules: every reject reason by name, neighbours of a bad reading unharmed, and no bytes
 * whatsoever that make it throw or lose count.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { equipmentTypeSchema } from '../contract/equipment.ts';
import { plantSchema, resolvePlant, type Plant } from '../contract/plant.ts';
import { readingLimits, rejectReasons, type Reading } from '../contract/reading.ts';
import type { JournalRecord } from '../journal/journal.ts';
import { createDecoder, type Decoded } from './decode.ts';

const name = { zh: '名', en: 'name' };
const receivedAt = 1_763_886_000_000;
const topic = 'bobbin/v1/emb/f001/w1/emb-0001/telemetry';

function plantOf(): Plant {
  const type = equipmentTypeSchema.parse({
    id: 'loom',
    name,
    expectSeconds: 5,
    holdSeconds: 15,
    metrics: {
      speed: { name, unit: 'rpm', kind: 'gauge' },
      stitches: { name, unit: '1', kind: 'counter' },
      side: { name, unit: '1', kind: 'text' },
      doorOpen: { name, unit: '1', kind: 'flag' },
    },
    stops: { 'thread-break': { state: 'stopped', name } },
  });
  const lines = [{ ids: 'emb-{0001..0002}', type: 'loom' }];
  const firms = [{ id: 'f001', name, calendar: 'always', workshops: [{ id: 'w1', name, lines }] }];
  const file = plantSchema.parse({
    zone: { id: 'zone', name, timezone: 'Asia/Shanghai' },
    calendars: { always: { shifts: [{ id: 'all', start: '00:00', end: '24:00' }], days: ['mon'] } },
    parks: [{ id: 'emb', name, cluster: 'embroidery', firms }],
  });
  const { plant, mistakes } = resolvePlant(file, new Map([['loom', type]]));
  if (plant === null) throw new Error(JSON.stringify(mistakes));
  return plant;
}

const plant = plantOf();

function recordOf(payload: string | Uint8Array, on = topic): JournalRecord {
  const bytes = typeof payload === 'string' ? new TextEncoder().encode(payload) : payload;
  return { kind: 'telemetry', topic: on, receivedAt, payload: bytes, payloadBytes: bytes.length };
}

function decode(payload: string | Uint8Array, on = topic): Decoded {
  return createDecoder(plant).decode(recordOf(payload, on));
}

function expectOneRejection(decoded: Decoded, reason: string, detail: RegExp | string): void {
  expect(decoded.readings).toEqual([]);
  expect(decoded.rejections).toHaveLength(1);
  expect(decoded.received).toBe(1);
  expect(decoded.rejections[0]).toMatchObject({ line: 'emb-0001', receivedAt, reason });
  expect(decoded.rejections[0]?.detail).toMatch(detail);
}

describe('a good packet', () => {
  it('gives every field back as it was sent', () => {
    const sent = {
      ts: receivedAt - 123,
      seq: 4711,
      state: 'stopped',
      stop: 'thread-break',
      hold: 15,
      order: 'A-1093',
      batch: '118',
      design: '牡丹-5',
      product: null,
    };
    const metrics = { speed: 0, stitches: 183204, side: 'upper', doorOpen: false, humidity: 61.5, note: null };
    const { line, readings, rejections, received } = decode(JSON.stringify({ ...sent, m: metrics }));
    expect({ line, rejections, received }).toEqual({ line: 'emb-0001', rejections: [], received: 1 });
    expect(readings).toStrictEqual([{ line: 'emb-0001', receivedAt, ...sent, metrics }]);
  });

  it('leaves absent fields absent, and takes an absent ts from the receipt', () => {
    expect(decode('{}').readings).toStrictEqual([{ line: 'emb-0001', ts: receivedAt, receivedAt, metrics: {} }]);
  });

  it('passes over fields that no reading has', () => {
    const { readings } = decode('{"ts":1763885999000,"firmware":"2.1","__proto__":{"state":"fault"},"constructor":1,"x":[[[]]]}');
    expect(readings).toStrictEqual([{ line: 'emb-0001', ts: 1_763_885_999_000, receivedAt, metrics: {} }]);
  });

  it.each([
    ['the earliest ts', `{"ts":${String(readingLimits.earliestTs)}}`],
    ['the latest ts', `{"ts":${String(receivedAt + readingLimits.aheadMs)}}`],
    ['a ts with a fraction of zero', '{"ts":1763885999000.0}'],
    ['a hold of nothing', '{"hold":0}'],
    ['the longest hold', `{"hold":${String(readingLimits.holdSeconds)}}`],
    ['a hold in fractions', '{"hold":0.25}'],
    ['64 characters of context', `{"order":"${'单'.repeat(64)}"}`],
    ['64 characters outside the basic plane', `{"order":"${'🧵'.repeat(64)}"}`],
    ['a null metric', '{"m":{"speed":null}}'],
    ['a negative gauge', '{"m":{"speed":-4.5}}'],
    ['a counter at nothing', '{"m":{"stitches":0}}'],
    ['256 characters of metric text', `{"m":{"side":"${'x'.repeat(256)}"}}`],
    ['a metric name of 64 letters', `{"m":{"${'a'.repeat(64)}":1}}`],
    ['white space around it', ' \r\n\t{"ts":1763885999000} \n'],
  ])('takes %s', (_, payload) => {
    expect(decode(payload)).toMatchObject({ rejections: [], received: 1, readings: [{ line: 'emb-0001' }] });
  });
});

describe('too-large', () => {
  it('refuses a packet over the byte limit, of which the journal keeps only the beginning', () => {
    const record = { ...recordOf('[{"ts":1763885999000},{"ts":17638'), payloadBytes: readingLimits.payloadBytes + 1 };
    expectOneRejection(createDecoder(plant).decode(record), 'too-large', /262145 bytes/);
  });

  it('takes an array of 1,000 and refuses every reading of an array of 1,001', () => {
    const packet = (count: number): string => JSON.stringify(Array.from({ length: count }, (_, at) => ({ ts: receivedAt - at })));
    expect(decode(packet(1000)).readings).toHaveLength(1000);
    const { readings, rejections, received } = decode(packet(1001));
    expect(readings).toEqual([]);
    expect(received).toBe(1001);
    expect(new Set(rejections.map(({ reason }) => reason))).toEqual(new Set(['too-large']));
    expect(rejections[7]?.sample).toBe(`{"ts":${String(receivedAt - 7)}}`);
  });
});

describe('not-json', () => {
  it.each([
    ['nothing at all', '', /JSON/],
    ['half an object', '{"ts":17638', /JSON/],
    ['a bare word', 'running', /JSON/],
    ['NaN', '{"m":{"speed":NaN}}', /JSON/],
    ['Infinity', '{"m":{"speed":-Infinity}}', /JSON/],
    ['a comma too many', '[{"ts":1763885999000},]', /JSON/],
    ['two documents', '{}{}', /JSON/],
    ['a byte order mark', '\ufeff{}', /JSON/],
    ['bad UTF-8', Uint8Array.of(0x7b, 0x22, 0xc3, 0x28, 0x22, 0x7d), /UTF-8/],
    ['half a surrogate pair in UTF-8', Uint8Array.of(0x22, 0xed, 0xa0, 0x80, 0x22), /UTF-8/],
    ['an overlong slash', Uint8Array.of(0x22, 0xc0, 0xaf, 0x22), /UTF-8/],
    ['UTF-16', Uint8Array.of(0xff, 0xfe, 0x7b, 0x00, 0x7d, 0x00), /UTF-8/],
  ])('refuses %s', (_, payload, detail) => {
    expectOneRejection(decode(payload), 'not-json', detail);
  });
});

describe('bad-shape', () => {
  it.each([
    ['a number', '5', /object/],
    ['null', 'null', /object/],
    ['a string', '"running"', /object/],
    ['an empty array', '[]', /at least one/],
    ['an array in the array', '[[{}]]', /object/],
    ['a ts in words', '{"ts":"1763885999000"}', /^ts/],
    ['a null ts', '{"ts":null}', /^ts/],
    ['a state that is a number', '{"state":1}', /^state/],
    ['a state that is null', '{"state":null}', /^state/],
    ['a stop that is an object', '{"stop":{}}', /^stop/],
    ['a hold in words', '{"hold":"15"}', /^hold/],
    ['a seq in words', '{"seq":"1"}', /^seq/],
    ['an order that is a number', '{"order":1093}', /^order/],
    ['a batch that is a list', '{"batch":["118"]}', /^batch/],
    ['metrics in a list', '{"m":[1]}', /^m /],
    ['metrics that are null', '{"m":null}', /^m /],
    ['a metric that is an object', '{"m":{"speed":{"value":1}}}', /^m\.speed/],
    ['a metric that is a list', '{"m":{"speed":[1]}}', /^m\.speed/],
  ])('refuses %s', (_, payload, detail) => {
    expectOneRejection(decode(payload), 'bad-shape', detail);
  });
});

describe('bad-value', () => {
  it.each([
    ['a fraction of a millisecond', '{"ts":1763885999000.5}', /^ts/],
    ['seconds for milliseconds', '{"ts":1763885999}', /^ts: 1763885999 is before the year 2000/],
    ['a ts without end', '{"ts":1e999}', /^ts: Infinity/],
    ['a ts too large to be exact', '{"ts":9007199254740993}', /^ts/],
    ['a negative ts', '{"ts":-1}', /^ts/],
    ['a word that is no state', '{"state":"Running"}', /^state: "Running"/],
    ['a state every object has', '{"state":"constructor"}', /^state/],
    ['a stop code of another type', '{"stop":"bobbin-change"}', /^stop: "bobbin-change"/],
    ['a stop code every object has', '{"stop":"__proto__"}', /^stop/],
    ['a negative hold', '{"hold":-1}', /^hold/],
    ['a hold of a year', '{"hold":31536000}', /^hold/],
    ['a hold without end', '{"hold":1e999}', /^hold/],
    ['half a seq', '{"seq":0.5}', /^seq/],
    ['a negative seq', '{"seq":-1}', /^seq/],
    ['65 characters of context', `{"order":"${'x'.repeat(65)}"}`, /^order/],
    ['65 characters outside the basic plane', `{"order":"${'🧵'.repeat(65)}"}`, /^order/],
    ['a control character in context', '{"batch":"11\\u00008"}', /^batch: "11\\u00008"/],
    ['half a surrogate pair in context', '{"batch":"\\ud83e"}', /^batch/],
    ['a gauge in words', '{"m":{"speed":"650"}}', /^m\.speed: "650" must be a number/],
    ['a gauge that is true', '{"m":{"speed":true}}', /^m\.speed/],
    ['a counter in words', '{"m":{"stitches":"1"}}', /^m\.stitches/],
    ['a negative counter', '{"m":{"stitches":-1}}', /^m\.stitches: -1 is negative/],
    ['a gauge without end', '{"m":{"speed":1e999}}', /^m\.speed/],
    ['an undeclared metric without end', '{"m":{"humidity":-1e999}}', /^m\.humidity/],
    ['257 characters of metric text', `{"m":{"side":"${'x'.repeat(257)}"}}`, /^m\.side/],
    ['a control character in metric text', '{"m":{"side":"a\\u001bb"}}', /^m\.side/],
    ['a metric without a name', '{"m":{"":1}}', /^m: "" is no metric name/],
    ['a metric name with a dot', '{"m":{"a.b":1}}', /no metric name/],
    ['a metric name that begins with a digit', '{"m":{"1":1}}', /no metric name/],
    ['a metric name of 65 letters', `{"m":{"${'a'.repeat(65)}":1}}`, /no metric name/],
    ['a metric named __proto__', '{"m":{"__proto__":1}}', /no metric name/],
    ['a metric named __proto__ that is null', '{"m":{"__proto__":null}}', /no metric name/],
    ['a metric named constructor', '{"m":{"constructor":1}}', /no metric name/],
  ])('refuses %s', (_, payload, detail) => {
    expectOneRejection(decode(payload), 'bad-value', detail);
  });
});

describe('future', () => {
  it('refuses a reading more than five minutes ahead of its receipt', () => {
    expectOneRejection(decode(`{"ts":${String(receivedAt + readingLimits.aheadMs + 1)}}`), 'future', /301 s ahead/);
  });
});

describe('unknown-line', () => {
  it.each([
    ['a line that is not there', 'bobbin/v1/emb/f001/w1/emb-0003/telemetry', 'emb-0003', /^no line/],
    ['a line at another firm', 'bobbin/v1/emb/f002/w1/emb-0001/telemetry', 'emb-0001', /^the line stands elsewhere/],
    ['another channel', 'bobbin/v1/emb/f001/w1/emb-0001/status', 'emb-0001', /^no line/],
    ['a topic of somebody else', 'zigbee\u0007/lamp', 'zigbee\\u0007/lamp', /^no line/],
  ])('refuses %s', (_, on, line, detail) => {
    const { readings, rejections, received } = decode('{"state":"running"}', on);
    expect({ readings, received, reasons: rejections.map(({ reason }) => reason) }).toEqual({
      readings: [],
      received: 1,
      reasons: ['unknown-line'],
    });
    expect(rejections[0]).toMatchObject({ line, sample: '{"state":"running"}' });
    expect(rejections[0]?.detail).toMatch(detail);
  });

  it('counts every reading of the packet, and a packet that cannot be taken apart as one', () => {
    const on = 'bobbin/v1/emb/f001/w1/emb-0003/telemetry';
    expect(decode('[{},{},5]', on)).toMatchObject({ received: 3, rejections: { length: 3 } });
    expect(decode('[{},{', on)).toMatchObject({ received: 1, rejections: [{ reason: 'unknown-line', sample: '[{},{' }] });
  });
});

describe('too-many-metrics', () => {
  const named = (from: number, to: number): string =>
    JSON.stringify({ m: Object.fromEntries(Array.from({ length: to - from + 1 }, (_, at) => [`x${String(from + at)}`, 1])) });

  it('lets a line have 64 undeclared metrics in all, over any number of readings', () => {
    const decoder = createDecoder(plant);
    expect(decoder.decode(recordOf(named(1, 40))).readings).toHaveLength(1);
    expectOneRejection(decoder.decode(recordOf(named(30, 65))), 'too-many-metrics', /65 undeclared/);
    expect(decoder.undeclared.get('emb-0001')?.size).toBe(40);
    expect(decoder.decode(recordOf(named(41, 64))).readings).toHaveLength(1);
    expectOneRejection(decoder.decode(recordOf('{"m":{"y":null}}')), 'too-many-metrics', /65 undeclared/);
    expect(decoder.decode(recordOf(named(1, 64))).readings).toHaveLength(1);
    expect(decoder.decode(recordOf('{"m":{"speed":1,"stitches":2}}')).readings).toHaveLength(1);
    expect(decoder.decode(recordOf('{"m":{"y":1}}', topic.replace('0001', '0002'))).readings).toHaveLength(1);
  });

  it('refuses a single reading of 65', () => {
    expectOneRejection(decode(named(1, 65)), 'too-many-metrics', /65 undeclared/);
  });

  it('goes on from the names it is given, and decodes a packet again to the same result', () => {
    const names = Array.from({ length: 63 }, (_, at) => `x${String(at + 1)}`);
    const decoder = createDecoder(plant, new Map([['emb-0001', names]]));
    const packets = [named(63, 65), named(64, 64), named(65, 65)].map((payload) => recordOf(payload));
    const first = packets.map((packet) => decoder.decode(packet));
    expect(first.map(({ rejections }) => rejections.length)).toEqual([1, 0, 1]);
    expect(packets.map((packet) => decoder.decode(packet))).toEqual(first);
  });

  it('takes no names from a reading that is refused for another reason', () => {
    const decoder = createDecoder(plant);
    decoder.decode(recordOf('{"m":{"x1":1,"speed":"fast"}}'));
    expect(decoder.undeclared.size).toBe(0);
  });
});

describe('neighbours', () => {
  it('stores the good readings around bad ones', () => {
    const { readings, rejections, received } = decode(
      '[{"ts":1763885999001},{"ts":"x"},{"ts":1763885999002,"m":{"stitches":-1}},7,{"ts":1763885999003,"state":"idle"}]',
    );
    expect(received).toBe(5);
    expect(readings.map(({ ts }) => ts)).toEqual([1_763_885_999_001, 1_763_885_999_003]);
    expect(rejections.map(({ reason, sample }) => [reason, sample])).toEqual([
      ['bad-shape', '{"ts":"x"}'],
      ['bad-value', '{"ts":1763885999002,"m":{"stitches":-1}}'],
      ['bad-shape', '7'],
    ]);
  });
});

describe('hostile input', () => {
  const depth = 100_000;

  it.each([
    ['a deep list', '['.repeat(depth) + ']'.repeat(depth), 'bad-shape'],
    ['a deep list that never ends', '['.repeat(depth), 'not-json'],
    ['a deep metric', `{"m":{"speed":${'['.repeat(depth)}${']'.repeat(depth)}}}`, 'bad-shape'],
    ['a deep object as a state', `{"state":${'{"a":'.repeat(40_000)}1${'}'.repeat(40_000)}}`, 'bad-shape'],
    ['a deep metric of 10 MB', `{"m":{"speed":${'['.repeat(10_000_000)}`, 'too-large'],
  ])('survives %s', (_, payload, reason) => {
    expectOneRejection(decode(payload), reason, /./);
  });

  it('passes over a deep field that no reading has', () => {
    expect(decode(`{"x":${'['.repeat(depth)}${']'.repeat(depth)}}`).readings).toHaveLength(1);
  });

  it('leaves the prototype of every object alone', () => {
    decode('{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"m":{"__proto__":{"polluted":1}}}');
    expect('polluted' in {}).toBe(false);
  });

  it('keeps a sample of at most 500 characters, none of them a control character', () => {
    const { rejections } = decode(`{"state":"${'\\u0000\\u202e'.repeat(400)}"}`);
    expect(rejections[0]?.sample.length).toBeLessThanOrEqual(500);
    expect(rejections[0]?.sample).toMatch(/^\{"state":"\\u0000\\u202e/);
  });
});

/** What must hold of a decoded packet, whatever it was. */
function expectSound({ readings, rejections, received }: Decoded): void {
  expect(received).toBe(readings.length + rejections.length);
  expect(received).toBeGreaterThan(0);
  for (const reading of readings) expectSoundReading(reading);
  for (const { reason, detail, sample } of rejections) {
    expect(rejectReasons).toContain(reason);
    expect(detail.length).toBeLessThan(500);
    expect(sample.length).toBeLessThanOrEqual(readingLimits.rejectionSampleCharacters);
    expect(`${detail}${sample}`).not.toMatch(/[\p{Cc}\p{Cs}]/u);
  }
}

function expectSoundReading(reading: Reading): void {
  expect(Number.isSafeInteger(reading.ts)).toBe(true);
  expect(reading.ts).toBeGreaterThanOrEqual(readingLimits.earliestTs);
  expect(reading.ts).toBeLessThanOrEqual(receivedAt + readingLimits.aheadMs);
  expect(Object.getPrototypeOf(reading.metrics)).toBe(Object.prototype);
  for (const [metric, value] of Object.entries(reading.metrics)) {
    expect(metric).toMatch(/^[A-Za-z][A-Za-z0-9_]{0,63}$/);
    expect(value === null || ['boolean', 'string'].includes(typeof value) || Number.isFinite(value)).toBe(true);
  }
}

/** Damage to a packet: bytes changed, lost or repeated (a character stands for a byte), or one token put for another. */
const byteDamage = fc
  .tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.integer({ min: 0, max: 255 }), fc.constantFrom('set', 'cut', 'repeat'))
  .map(([place, value, how]) => (text: string): string => {
    const at = Math.floor(place * text.length);
    if (how === 'set') return text.slice(0, at) + String.fromCharCode(value) + text.slice(at + 1);
    return how === 'cut'
      ? text.slice(0, at) + text.slice(at + (value % 32))
      : text.slice(0, at) + text.slice(Math.max(0, at - (value % 32)));
  });
const tokenDamage = fc
  .tuple(
    fc.nat(40),
    fc.constantFrom('null', 'true', '-1', '0.5', '1e999', '9007199254740991', '"x"', '""', '"\\u0000"', '{}', '[]', '"__proto__"'),
  )
  .map(([nth, token]) => (text: string): string => {
    let at = -1;
    return text.replace(/"[^"]*"|\d+/g, (found) => ((at += 1) === nth ? token : found));
  });
const mutation = fc.oneof(byteDamage, tokenDamage);

describe('whatever comes', () => {
  const decoder = createDecoder(plant);
  const topics = fc.constantFrom(topic, 'bobbin/v1/emb/f001/w1/none/telemetry', 'elsewhere');
  const valid = fc.record(
    {
      ts: fc.integer({ min: receivedAt - 1e9, max: receivedAt }),
      seq: fc.nat(),
      state: fc.constantFrom('running', 'idle', 'fault'),
      stop: fc.constant('thread-break'),
      hold: fc.nat(1000),
      order: fc.option(fc.stringMatching(/^[A-Z0-9-]{1,20}$/)),
      m: fc.record({ speed: fc.float({ noNaN: true, noDefaultInfinity: true }), stitches: fc.nat(), side: fc.constant('upper') }),
    },
    { requiredKeys: ['ts'] },
  );

  it('never throws and never loses count on bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), topics, (bytes, on) => {
        expectSound(decoder.decode(recordOf(bytes, on)));
      }),
    );
  });

  it('never throws and never loses count on JSON', () => {
    const fields = ['ts', 'state', 'stop', 'hold', 'seq', 'order', 'm', 'speed', 'stitches', '__proto__', 'constructor'];
    const values = fc.jsonValue({ depthSize: 'medium' });
    const readingLike = fc.dictionary(fc.constantFrom(...fields), fc.oneof(values, fc.dictionary(fc.constantFrom(...fields), values)));
    fc.assert(
      fc.property(fc.oneof(values, readingLike, fc.array(readingLike, { maxLength: 5 })), topics, (value, on) => {
        expectSound(decoder.decode(recordOf(JSON.stringify(value), on)));
      }),
    );
  });

  it('takes every valid reading', () => {
    fc.assert(
      fc.property(fc.array(valid, { minLength: 1, maxLength: 20 }), (sent) => {
        const { readings } = decoder.decode(recordOf(JSON.stringify(sent)));
        const expected = sent.map(({ m, ...rest }) => ({ line: 'emb-0001', receivedAt, ...rest, metrics: m ?? {} }));
        expect(readings).toEqual(JSON.parse(JSON.stringify(expected)));
      }),
    );
  });

  it('stays sound through 5,000 mutations of a valid packet', () => {
    const packet =
      '[{"ts":1763885999123,"seq":4711,"state":"stopped","stop":"thread-break","hold":15,"order":"A-1093","m":{"speed":0,"stitches":183204,"side":"upper"}},{"ts":1763885999124}]';
    const seen = new Set<string>();
    fc.assert(
      fc.property(fc.array(mutation, { minLength: 1, maxLength: 3 }), (mutations) => {
        const mutated = mutations.reduce((text, mutate) => mutate(text), packet);
        const decoded = decoder.decode(recordOf(Uint8Array.from(mutated, (character) => character.charCodeAt(0))));
        expectSound(decoded);
        for (const { reason } of decoded.rejections) seen.add(reason);
      }),
      { numRuns: 5000, seed: 20_251_123 },
    );
    // The mutations reach past the JSON parser.
    expect([...seen]).toEqual(expect.arrayContaining(['not-json', 'bad-shape', 'bad-value', 'future']));
  });
});

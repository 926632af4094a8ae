/** Every way in which the collector refuses a reading has words of its own; what it wrote down is understood, not guessed. */
import { expect, test } from 'vitest';
import { createDecoder } from '../../../collector/decode.ts';
import { equipmentTypeSchema } from '../../../contract/equipment.ts';
import { plantSchema, resolvePlant } from '../../../contract/plant.ts';
import type { Rejection } from '../../../contract/reading.ts';
import { topicOf } from '../../../contract/topics.ts';
import { en } from '../texts/en.ts';
import { zh } from '../texts/zh.ts';
import { faultKinds, faultOf, type FaultKind } from './rejections.ts';

const name = { zh: '甲', en: 'A' };
const type = equipmentTypeSchema.parse({
  ...{ id: 'embroidery', name, expectSeconds: 10, holdSeconds: 20, stops: { 'thread-break': { state: 'stopped', name } } },
  metrics: {
    speed: { name, unit: 'rpm', kind: 'gauge' },
    pieces: { name, unit: '1', kind: 'counter' },
    recipe: { name, unit: '', kind: 'text' },
  },
});
const workshops = ['w1', 'w2'].map((id, index) => ({ id, name, lines: [{ id: `emb-${String(index + 1)}`, type: 'embroidery' }] }));
const { plant } = resolvePlant(
  plantSchema.parse({
    zone: { id: 'zone', name, timezone: 'Asia/Shanghai' },
    calendars: { always: { shifts: [{ id: 'all', start: '00:00', end: '24:00' }], days: ['mon'] } },
    parks: [{ id: 'emb', name, cluster: 'embroidery', calendar: 'always', firms: [{ id: 'f1', name, workshops }] }],
  }),
  new Map([['embroidery', type]]),
);
if (!plant) throw new Error('the plant has a mistake');
const decoder = createDecoder(plant);
const receivedAt = 1_763_971_200_000;
const place = { park: 'emb', firm: 'f1', workshop: 'w1', line: 'emb-1' };

function rejected(payload: string | Uint8Array, topic = topicOf(place, 'telemetry'), payloadBytes = payload.length): Rejection {
  const bytes = typeof payload === 'string' ? new TextEncoder().encode(payload) : payload;
  const { rejections } = decoder.decode({ kind: 'telemetry', topic, receivedAt, payload: bytes, payloadBytes });
  const [first] = rejections;
  if (!first) throw new Error(`nothing was rejected of ${String(payload)}`);
  return first;
}

const manyMetrics = Object.fromEntries(Array.from({ length: 65 }, (_, index) => [`own${String(index)}`, 1]));

const cases: [FaultKind, Rejection, Partial<ReturnType<typeof faultOf>>][] = [
  ['not-utf8', rejected(new Uint8Array([0xff, 0xfe])), {}],
  ['not-json', rejected('{state: running}'), {}],
  ['empty-array', rejected('[]'), {}],
  ['not-object', rejected('7'), {}],
  ['wrong-type', rejected('{"ts":"now"}'), { field: 'ts', value: 'a number' }],
  ['wrong-type', rejected('{"state":7}'), { field: 'state', value: 'a string' }],
  ['wrong-type', rejected('{"order":7}'), { field: 'order', value: 'a string or null' }],
  ['wrong-type', rejected('{"m":[]}'), { field: 'm', value: 'an object' }],
  ['wrong-type', rejected('{"m":{"own":{}}}'), { field: 'm.own', value: 'a number, a boolean, a string or null' }],
  ['ts-fraction', rejected('{"ts":1763971200.5}'), { field: 'ts', value: '1763971200.5' }],
  ['ts-old', rejected('{"ts":1763971200}'), { value: '1763971200' }],
  ['future', rejected(`{"ts":${String(receivedAt + 3_600_000)}}`), { amount: 3600 }],
  ['no-state', rejected('{"state":"runing"}'), { value: '"runing"' }],
  ['no-stop', rejected('{"stop":"lunch"}'), { value: '"lunch"' }],
  ['hold', rejected('{"hold":-1}'), { value: '-1', amount: 31 * 86_400 }],
  ['seq', rejected('{"seq":1.5}'), { value: '1.5' }],
  ['too-long', rejected(`{"design":"${'x'.repeat(65)}"}`), { field: 'design', amount: 64 }],
  ['too-long', rejected(`{"m":{"recipe":"${'x'.repeat(257)}"}}`), { field: 'm.recipe', amount: 256 }],
  ['metric-name', rejected('{"m":{"7up":1}}'), { value: '"7up"' }],
  ['not-number', rejected('{"m":{"speed":"fast"}}'), { field: 'm.speed', value: '"fast"' }],
  ['infinite', rejected('{"m":{"speed":1e999}}'), { field: 'm.speed' }],
  ['negative-counter', rejected('{"m":{"pieces":-3}}'), { field: 'm.pieces', value: '-3' }],
  ['too-big', rejected('{', undefined, 300_000), { amount: 300_000 }],
  ['too-many-readings', rejected(JSON.stringify(Array.from({ length: 1001 }, () => ({})))), { amount: 1001 }],
  ['elsewhere', rejected('{}', topicOf({ ...place, workshop: 'w2' }, 'telemetry')), { value: 'bobbin/v1/emb/f1/w2/emb-1/telemetry' }],
  ['unknown-line', rejected('{}', topicOf({ ...place, line: 'emb-9' }, 'telemetry')), {}],
  ['too-many-metrics', rejected(JSON.stringify({ m: manyMetrics })), { amount: 65 }],
];

test.each(cases)('%s: %o', (kind, rejection, told) => {
  expect(faultOf(rejection)).toMatchObject({ kind, ...told });
});

test('what is not known is passed on as it is, and all that is known has words in both languages', () => {
  expect(faultOf({ reason: 'not-storable', detail: 'the store says no' })).toMatchObject({ kind: 'other', value: 'the store says no' });
  const tried = new Set(cases.map(([kind]) => kind));
  expect(faultKinds.filter((kind) => !tried.has(kind))).toEqual(['other']);
  for (const kind of faultKinds) for (const texts of [zh, en]) expect(texts).toHaveProperty([`fault.${kind}`]);
});

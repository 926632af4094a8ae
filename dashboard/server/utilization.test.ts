/**
 * Utilization of groups over HTTP: sums over lines, steps of the zone's calendar, and what is too much.
 */
import { expect, test } from 'vitest';
import type { AggregateAnswer } from '../../contract/api.ts';
import { begin } from './plant.suite.ts';
import { startStage } from './stage.suite.ts';
import type { Visitor } from './visitor.suite.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
/** Monday 2025-11-24, 00:00 in the zone. */
const midnight = begin - 16 * hourMs;

async function records(visitor: Visitor, query: string, from: number, to: number): Promise<AggregateAnswer[]> {
  const { status, body } = await visitor.get(`/utilization?${query}&from=${String(from)}&to=${String(to)}`);
  expect(status).toBe(200);
  return body as AggregateAnswer[];
}

test('each level has its groups, and a group the sums of its lines', async () => {
  const admin = await (await startStage()).signedIn('admin');
  const ask = (by: string): Promise<AggregateAnswer[]> => records(admin, `by=${by}`, begin - hourMs, begin);
  const seen = async (by: string): Promise<unknown[]> => (await ask(by)).map(({ id, runningSeconds }) => [id, runningSeconds / 1800]);
  expect(await seen('zone')).toEqual([['zone', 5]]);
  expect(await seen('park')).toEqual([
    ['emb', 4],
    ['med', 1],
  ]);
  expect(await seen('cluster')).toEqual([
    ['embroidery', 4],
    ['pharma', 1],
  ]);
  expect(await seen('firm')).toEqual([
    ['f1', 3],
    ['f2', 1],
    ['f3', 1],
  ]);
  expect(await seen('workshop')).toEqual([
    ['f1/w1', 2],
    ['f1/w2', 1],
    ['f2/w1', 1],
    ['f3/w1', 1],
  ]);
  expect(await seen('line')).toHaveLength(5);
  expect((await ask('zone'))[0]).toMatchObject({ from: begin - hourMs, to: begin, utilization: 1, coverage: 0.5, performance: 0.6 });
});

test('both ends of a window go back to the whole minute', async () => {
  const admin = await (await startStage()).signedIn('admin');
  const [record] = await records(admin, 'by=zone', begin - hourMs + 59_999, begin + 1);
  expect(record).toMatchObject({ from: begin - hourMs, to: begin });
  expect((await admin.get(`/utilization?by=zone&from=${String(begin)}&to=${String(begin + 59_999)}`)).status).toBe(400);
});

test('steps are cut by the calendar of the zone; shifts are those most lines of the group keep', async () => {
  const admin = await (await startStage()).signedIn('admin');
  const cuts = async (query: string, from: number, to: number): Promise<unknown[]> =>
    (await records(admin, query, from, to)).map((record) => [
      (record.from - midnight) / hourMs,
      (record.to - midnight) / hourMs,
      ...(record.shift === undefined ? [] : [record.shift]),
    ]);
  expect(await cuts('by=zone&step=hour', midnight + hourMs / 2, midnight + 2 * hourMs)).toEqual([
    [0.5, 1],
    [1, 2],
  ]);
  expect(await cuts('by=zone&step=day', midnight - hourMs, midnight + dayMs)).toEqual([
    [-1, 0],
    [0, 24],
  ]);
  // The first of December is 7 days on.
  expect(await cuts('by=zone&step=month', midnight, midnight + 8 * dayMs)).toEqual([
    [0, 168],
    [168, 192],
  ]);
  // Weeks begin on Mondays.
  expect(await cuts('by=zone&step=week', midnight - 2 * dayMs, midnight + 9 * dayMs)).toEqual([
    [-48, 0],
    [0, 168],
    [168, 216],
  ]);
  // No shift starts on a Sunday, so Monday begins with time that belongs to none.
  expect(await cuts('by=zone&step=shift', midnight, midnight + 30 * hourMs)).toEqual([
    [8, 20, 'day'],
    [20, 30, 'night'],
  ]);
  expect(await cuts('by=firm&id=f3&step=shift', midnight, midnight + 30 * hourMs)).toEqual([
    [0, 24, 'all'],
    [24, 30, 'all'],
  ]);
});

test.each(['', 'by=', 'by=city', 'by=zone&step=year', 'by=zone&step='])('what is not a level or a step is refused: %s', async (query) => {
  const admin = await (await startStage()).signedIn('admin');
  expect((await admin.get(`/utilization?${query}`)).status).toBe(query.endsWith('step=') ? 200 : 400);
});

test('groups that keep the same calendar are one question to the store', async () => {
  const stage = await startStage();
  const { past } = stage;
  const admin = await stage.signedIn('admin');
  past.asked = 0;
  const found = await records(admin, 'by=firm&step=day', midnight - 3 * dayMs, midnight);
  expect(found.map(({ id, from }) => [id, (from - midnight) / dayMs])).toEqual(
    ['f1', 'f2', 'f3'].flatMap((id) => [-3, -2, -1].map((day) => [id, day])),
  );
  expect(past.asked).toBe(1);
  expect(await records(admin, 'by=firm&step=shift', midnight - dayMs, midnight + 100 * dayMs)).toHaveLength(2 * 173 + 101);
  expect(past.asked).toBe(1 + 3 + 2);
});

test('an answer has at most a thousand records', async () => {
  const admin = await (await startStage()).signedIn('admin');
  expect(await records(admin, 'by=line&step=hour', begin - 200 * hourMs, begin)).toHaveLength(1000);
  const { status, body } = await admin.get(`/utilization?by=line&step=hour&from=${String(begin - 201 * hourMs)}&to=${String(begin)}`);
  expect([status, body]).toMatchObject([400, { error: { code: 'too-many-records' } }]);
  expect((await admin.get(`/utilization?by=zone&step=hour&from=0&to=${String(1001 * hourMs)}`)).status).toBe(400);
});

/**
 * The server's clock is set an hour ahead, and back again, under readings whose own clock is right: every figure is that of the readings that were
 * taken; what counted as from the future is refused by name, counted, and taken once it is sent again.
 */
import { afterEach, expect, test } from 'vitest';
import type { Reading } from '../../contract/reading.ts';
import { Rig } from '../../collector/rig.suite.ts';
import { naiveFigures, naiveStates } from '../naive.ts';
import { mill, workshopPlant } from '../workshop.ts';

const plant = workshopPlant();
const [second, minute, hour] = [1_000, 60_000, 3_600_000];
const line = 'mill-1';
/** A Monday morning, with the shift two hours old. */
const morning = Date.parse('2026-11-23T10:00:00+08:00');

let rig: Rig;
afterEach(() => rig.close());

/** Readings of some minutes, a packet every ten seconds, stopped now and then; late ones among them. `errorMs` is by how much the server's clock is off. */
async function work(readings: Reading[], from: number, minutes: number, errorMs: number): Promise<void> {
  for (let ts = from; ts < from + minutes * minute; ts += 10 * second) {
    const number = Math.round((ts - morning) / (10 * second));
    for (const at of number % 7 === 3 ? [ts, ts - 95 * second] : [ts]) {
      const said = number % 9 === 0 ? { state: 'stopped' as const, stop: 'jam' } : { state: 'running' as const };
      const reading = { line, ts: at, receivedAt: ts + errorMs, ...said, metrics: { made: Math.max(0, (at - morning) / second) } };
      const { line: _line, receivedAt, metrics, ...rest } = reading;
      readings.push(reading);
      await rig.send({ line, receivedAt, payload: { ...rest, m: metrics } });
    }
    await rig.pass(10 * second);
  }
}

async function expectBooks(expected: { readonly stored: number; readonly future: number }): Promise<void> {
  const { received, stored, duplicate, rejected, pending } = (await rig.health()).readings;
  expect({ sum: stored + duplicate + (rejected.future ?? 0), pending }).toEqual({ sum: received, pending: 0 });
  expect({ stored, future: rejected.future ?? 0 }).toEqual(expected);
}

async function expectFigures(readings: readonly Reading[], to: number): Promise<void> {
  const calendar = plant.calendars.get(plant.lines.get(line)?.calendar ?? '');
  if (!calendar) throw new Error('no calendar');
  for (const from of [morning - 10 * minute, morning + 7 * minute, to - 3 * minute]) {
    const window = { from, to, now: to };
    const history = rig.historyAt({ now: () => to });
    expect(await history.utilization(line, from, to)).toMatchObject(naiveFigures(readings, mill, calendar, plant.timezone, window));
    expect(await history.states(line, from, to)).toEqual(naiveStates(readings, mill, window));
  }
}

const unique = (readings: readonly Reading[]): number => new Set(readings.map(({ ts }) => ts)).size;

test('an hour ahead and back: nothing is refused, and nothing is counted twice or left out', async () => {
  rig = await Rig.open({ plant, now: morning });
  const readings: Reading[] = [];
  await work(readings, morning, 10, 0);
  rig.clock.jump(hour);
  await work(readings, morning + 10 * minute, 10, hour);
  rig.clock.jump(-hour);
  await work(readings, morning + 20 * minute, 10, 0);
  await rig.settle();
  expect(rig.clock.now()).toBeLessThan(morning + 31 * minute);
  await expectBooks({ stored: unique(readings), future: 0 });
  await expectFigures(readings, morning + 30 * minute);
  expect(rig.live.get(line)?.record).toMatchObject({ ts: readings.at(-1)?.ts });
});

test('an hour back and ahead again: what seems to be of the future is refused by name, and taken once it is sent again', async () => {
  rig = await Rig.open({ plant, now: morning });
  const [before, refused, after]: [Reading[], Reading[], Reading[]] = [[], [], []];
  await work(before, morning, 10, 0);
  rig.clock.jump(-hour);
  await work(refused, morning + 10 * minute, 10, -hour);
  await rig.settle();
  await expectBooks({ stored: unique(before), future: refused.length });
  rig.clock.jump(hour);
  await work(after, morning + 21 * minute, 10, 0);
  await rig.settle();
  const taken = [...before, ...after];
  await expectBooks({ stored: unique(taken), future: refused.length });
  await expectFigures(taken, morning + 31 * minute);

  for (const { line: of, receivedAt: _at, metrics, ...rest } of refused) {
    await rig.send({ line: of, receivedAt: rig.clock.now(), payload: { ...rest, m: metrics } });
  }
  await rig.settle();
  await expectBooks({ stored: unique([...taken, ...refused]), future: refused.length });
  await expectFigures([...before, ...refused, ...after], morning + 31 * minute);
});

/** The plant on the screen: which plan a running shift follows while calendars change. */
import { expect, test } from 'vitest';
import { Plant } from './plant.ts';
import { plantAnswer } from './samples.suite.ts';

const at = (text: string): number => Date.parse(text);

test('a shift is shown with the plan of the day it began on', () => {
  const { days } = plantAnswer.calendars;
  if (!days) throw new Error('no calendar');
  const [day] = days.shifts;
  if (!day) throw new Error('no shift');
  const changes = [{ from: '2026-12-01', shifts: [{ ...day, start: '07:00' }] }];
  const plant = new Plant({ ...plantAnswer, calendars: { days: { ...days, changes } } });
  expect(plant.shift('days', { id: 'day', from: at('2026-11-30T08:00:00+08:00') })?.start).toBe('08:00');
  expect(plant.shift('days', { id: 'night', from: at('2026-11-30T20:00:00+08:00') })?.start).toBe('20:00');
  expect(plant.shift('days', { id: 'day', from: at('2026-12-01T07:00:00+08:00') })?.start).toBe('07:00');
  expect(plant.shift('days', { id: 'night', from: at('2026-12-01T20:00:00+08:00') })).toBeUndefined();
  expect(plant.shift('nights', { id: 'night', from: 0 })).toBeUndefined();
});

/**
 * The zone of the trial: lines of five kinds in several firms and workshops of two parks, on calendars that differ, that change,
 * and in a time zone whose clocks go back while it runs. Comes in: how many lines. Goes out: a plant file, as data.
 */
import type { PlantFile } from '../../contract/plant.ts';

export const timezone = 'Europe/Berlin';
/** Clocks go back in the night to this day. */
export const shortestNight = '2026-10-25';
/** Calendars change on this day, a Monday. */
const changeDay = '2026-10-26';

const text = (name: string): { zh: string; en: string } => ({ zh: name, en: name });
const kinds = ['tablet-press', 'porcelain-kiln', 'welding-cell', 'embroidery-multihead', 'smt-line'] as const;

const calendars: PlantFile['calendars'] = {
  'two-shift': {
    shifts: [
      { id: 'day', start: '08:00', end: '20:00', breaks: [['12:00', '12:30']] },
      {
        id: 'night',
        start: '20:00',
        end: '08:00',
        breaks: [
          ['23:50', '00:10'],
          ['02:15', '02:45'],
        ],
      },
    ],
    days: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat'],
    holidays: ['2026-10-31'],
    changes: [{ from: changeDay, days: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] }],
  },
  'three-shift': {
    shifts: [
      { id: 'early', start: '06:00', end: '14:00', breaks: [['10:00', '10:15']] },
      { id: 'late', start: '14:00', end: '22:00', breaks: [] },
      { id: 'night', start: '22:00', end: '06:00', breaks: [['02:00', '02:30']] },
    ],
    days: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'],
    holidays: [],
  },
};

/** Four firms of two workshops each; the second firm goes over from two shifts to three. */
export function trialZone(lineCount: number): PlantFile {
  const workshops = Array.from({ length: 8 }, (_, workshop) => ({
    id: `w${String(workshop % 2)}`,
    name: text(`Workshop ${String(workshop)}`),
    // Every fourth line one workshop on, so that workshops differ in size.
    lines: Array.from({ length: lineCount }, (_unused, line) => line)
      .filter((line) => (line + Math.floor(line / 4)) % 8 === workshop)
      .map((line) => ({ id: `line-${String(line)}`, type: kinds[line % kinds.length] ?? kinds[0] })),
  }));
  const kept: PlantFile['parks'][number]['calendar'][] = [
    'two-shift',
    [{ calendar: 'two-shift' }, { from: changeDay, calendar: 'three-shift' }],
    'three-shift',
    'two-shift',
  ];
  const firms = kept.map((calendar, firm) => ({
    id: `firm-${String(firm)}`,
    name: text(`Firm ${String(firm)}`),
    calendar,
    workshops: workshops.slice(2 * firm, 2 * firm + 2),
  }));
  return {
    zone: { id: 'trial', name: text('Trial'), timezone },
    calendars,
    parks: [
      { id: 'north', name: text('North'), cluster: 'mixed', firms: firms.slice(0, 3) },
      { id: 'south', name: text('South'), cluster: 'single', firms: firms.slice(3) },
    ],
  };
}

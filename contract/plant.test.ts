/**
 * Resolving a plant: lines get place, type, calendar and name, and every mistake is found, with its path.
 */
import { describe, expect, it } from 'vitest';
import { equipmentTypeSchema } from './equipment.ts';
import { mistakesOf, plantSchema, resolvePlant, type Mistake, type Plant } from './plant.ts';
import { versionsOf } from './versions.ts';

const name = { zh: '名', en: 'name' };
const press = equipmentTypeSchema.parse({ id: 'press', name, expectSeconds: 10, holdSeconds: 25, metrics: {} });
const types = new Map([['press', press]]);
const always = { shifts: [{ id: 'all', start: '00:00', end: '24:00' }], days: ['mon'] };

interface Given {
  lines?: unknown[];
  line?: object;
  workshop?: object;
  firm?: object;
  park?: object;
  calendars?: object;
  moreWorkshops?: unknown[];
  moreFirms?: unknown[];
  moreParks?: unknown[];
}

const workshopOf = (id: string, line: string): object => ({ id, name, lines: [{ id: line, type: 'press' }] });
const firmOf = (id: string, line: string): object => ({ id, name, calendar: 'always', workshops: [workshopOf('w1', line)] });
const parkOf = (id: string, firm: object): object => ({ id, name, cluster: 'pharma', firms: [firm] });

function fileOf(given: Given): unknown {
  const lines = given.lines ?? [{ id: 'press-01', type: 'press', ...given.line }];
  const workshops = [{ id: 'w1', name, lines, ...given.workshop }, ...(given.moreWorkshops ?? [])];
  const firms = [{ id: 'runling', name, calendar: 'always', workshops, ...given.firm }, ...(given.moreFirms ?? [])];
  return {
    zone: { id: 'zone', name, timezone: 'Asia/Shanghai' },
    calendars: { always, other: always, ...given.calendars },
    parks: [{ id: 'pharma', name, cluster: 'pharma', firms, ...given.park }, ...(given.moreParks ?? [])],
  };
}

function resolved(given: Given): Plant {
  const { plant, mistakes } = resolvePlant(plantSchema.parse(fileOf(given)), types);
  expect(mistakes).toBeNull();
  if (plant === null) throw new Error('no plant');
  return plant;
}

function mistakes(given: Given): Mistake[] {
  const checked = plantSchema.safeParse(fileOf(given));
  if (!checked.success) return mistakesOf(checked.error);
  return resolvePlant(checked.data, types).mistakes ?? [];
}

const shift = (id: string, start: string, end: string): object => ({ id, start, end });
const at = 'parks[0].firms[0].workshops[0].lines[0]';

describe('a plant that is right', () => {
  it('unfolds a run of lines, keeping leading zeros', () => {
    const { lines } = resolved({ lines: [{ ids: 'emb-{0008..0011}-a', type: 'press' }] });
    expect([...lines.keys()]).toEqual(['emb-0008-a', 'emb-0009-a', 'emb-0010-a', 'emb-0011-a']);
    expect(lines.get('emb-0011-a')).toMatchObject({ line: 'emb-0011-a', name: { zh: '11号线', en: 'Line 11' } });
  });

  it('names a line after its number, after itself where it has none, or as the file says', () => {
    const nameOf = (line: object): unknown => [...resolved({ lines: [{ type: 'press', ...line }] }).lines.values()][0]?.name;
    expect(nameOf({ id: 'press-007' })).toEqual({ zh: '7号线', en: 'Line 7' });
    expect(nameOf({ id: 'press' })).toEqual({ zh: 'press', en: 'press' });
    expect(nameOf({ id: 'press-007', name })).toEqual(name);
  });

  it('takes the nearest calendar: the line’s, the workshop’s, the firm’s, the park’s', () => {
    const calendarOf = (given: Given): string | undefined => [...resolved(given).lines.values()][0]?.calendar;
    const without = { calendar: undefined };
    expect(calendarOf({ line: { calendar: 'other' } })).toBe('other');
    expect(calendarOf({ workshop: { calendar: 'other' } })).toBe('other');
    expect(calendarOf({ firm: { calendar: 'other' } })).toBe('other');
    expect(calendarOf({ park: { calendar: 'other' } })).toBe('always');
    expect(calendarOf({ firm: without, park: { calendar: 'other' } })).toBe('other');
    expect(calendarOf({ workshop: { calendar: 'other' }, line: { calendar: 'always' } })).toBe('always');
  });

  it('lets a place keep calendars in turn, each with its own changes in its own time', () => {
    const changed = {
      ...always,
      changes: [
        { from: '2026-06-01', days: ['tue'] },
        { from: '2026-12-01', days: ['wed'] },
        { from: '2027-03-01', days: ['thu'], holidays: ['2027-05-01'] },
      ],
    };
    const kept = [{ calendar: 'always' }, { from: '2026-12-24', calendar: 'changed' }, { from: '2027-06-01', calendar: 'other' }];
    const { calendars, lines } = resolved({ firm: { calendar: kept }, calendars: { changed } });
    const key = 'always>2026-12-24>changed>2027-06-01>other';
    expect(lines.get('press-01')?.calendar).toBe(key);
    const calendar = calendars.get(key);
    if (!calendar) throw new Error('no calendar');
    expect(versionsOf(calendar).map(({ from, days, holidays }) => [from, days, holidays])).toEqual([
      [null, ['mon'], []],
      ['2026-12-24', ['wed'], []],
      ['2027-03-01', ['thu'], ['2027-05-01']],
      ['2027-06-01', ['mon'], []],
    ]);
  });

  it('lets shifts touch, and breaks lie at either end of them, over midnight, too', () => {
    const shifts = [
      { id: 'day', start: '08:00', end: '20:00', breaks: [['08:00', '08:10']] },
      {
        id: 'night',
        start: '20:00',
        end: '08:00',
        breaks: [
          ['23:50', '00:10'],
          ['23:30', '24:00'],
          ['07:30', '08:00'],
        ],
      },
    ];
    expect(mistakes({ calendars: { touching: { shifts, days: ['mon', 'tue'] } } })).toEqual([]);
    // The night shift of the one working day meets no day shift.
    const long = [shifts[0], { id: 'night', start: '20:00', end: '09:00' }];
    expect(mistakes({ calendars: { apart: { shifts: long, days: ['mon', 'wed'] } } })).toEqual([]);
  });

  it('lets two firms have a workshop of the same id', () => {
    expect(resolved({ moreFirms: [firmOf('renhua', 'press-02')] }).lines.size).toBe(2);
  });
});

describe('a mistake', () => {
  const cases: [what: string, given: Given, path: string, reason: string | RegExp][] = [
    ['an unknown type', { line: { type: 'pres' } }, `${at}.type`, 'names no equipment type: "pres"'],
    ['a type every object has', { line: { type: 'constructor' } }, `${at}.type`, 'names no equipment type: "constructor"'],
    ['the id that stands for the system', { line: { id: 'system' } }, at, 'line id belongs to the system itself: "system"'],
    ['a name of the system itself', { line: { id: 'system-collector' } }, at, 'line id belongs to the system itself: "system-collector"'],
    ['an unknown calendar', { line: { calendar: 'never' } }, `${at}.calendar`, 'names no calendar: "never"'],
    ['no calendar at all', { firm: { calendar: undefined } }, at, /has no calendar/],
    ['a park used twice', { moreParks: [parkOf('pharma', firmOf('renhua', 'press-02'))] }, 'parks[1].id', 'is used twice: "pharma"'],
    ['a firm used twice', { moreFirms: [firmOf('runling', 'press-02')] }, 'parks[0].firms[1].id', 'is used twice: "runling"'],
    [
      'a firm used in two parks',
      { moreParks: [parkOf('two', firmOf('runling', 'press-02'))] },
      'parks[1].firms[0].id',
      'is used twice: "runling"',
    ],
    [
      'a workshop used twice',
      { moreWorkshops: [workshopOf('w1', 'press-02')] },
      'parks[0].firms[0].workshops[1].id',
      'is used twice: "w1"',
    ],
    [
      'a line used at two firms',
      { moreFirms: [firmOf('renhua', 'press-01')] },
      'parks[0].firms[1].workshops[0].lines[0]',
      'line id is used twice: "press-01"',
    ],
    ['a run that runs backwards', { lines: [{ ids: 'a-{9..1}', type: 'press' }] }, `${at}.ids`, 'runs backwards: "a-{9..1}"'],
    [
      'a run of ids too long',
      { lines: [{ ids: `${'a'.repeat(62)}{1..12}`, type: 'press' }] },
      `${at}.ids`,
      /makes an id that is not allowed/,
    ],
    ['a run that is none', { lines: [{ ids: 'a-{1-9}', type: 'press' }] }, `${at}.ids`, /must look like/],
    ['an id and a run', { lines: [{ id: 'a', ids: 'a-{1..2}', type: 'press' }] }, at, /Unrecognized key/],
    ['no line', { lines: [] }, 'parks[0].firms[0].workshops[0].lines', /at least|>=1|Too small/],
    ['an unknown field', { firm: { owner: 'x' } }, 'parks[0].firms[0]', /Unrecognized key: "owner"/],
    ['a building that is a number', { workshop: { building: 12 } }, 'parks[0].firms[0].workshops[0].building', /expected string/],
    ['an unknown calendar of a firm', { firm: { calendar: 'never' } }, 'parks[0].firms[0].calendar', 'names no calendar: "never"'],
    [
      'an unknown calendar in turn',
      { firm: { calendar: [{ calendar: 'always' }, { from: '2026-12-01', calendar: 'never' }] } },
      'parks[0].firms[0].calendar[1].calendar',
      'names no calendar: "never"',
    ],
    [
      'calendars in turn out of order',
      {
        park: {
          calendar: [{ calendar: 'always' }, { from: '2026-12-01', calendar: 'other' }, { from: '2026-12-01', calendar: 'always' }],
        },
      },
      'parks[0].calendar[2].from',
      'must come after "2026-12-01", is "2026-12-01"',
    ],
    [
      'a calendar in turn without a date',
      { workshop: { calendar: [{ calendar: 'always' }, { calendar: 'other' }] } },
      'parks[0].firms[0].workshops[0].calendar[1].from',
      'must be a date such as "2026-12-01"',
    ],
    [
      'a turn from a day that is none',
      { line: { calendar: [{ calendar: 'always' }, { from: '2026-02-30', calendar: 'other' }] } },
      `${at}.calendar[1].from`,
      'must be a date such as "2026-12-01"',
    ],
    [
      'changes out of order',
      {
        calendars: {
          new: {
            ...always,
            changes: [
              { from: '2026-12-02', days: ['mon'] },
              { from: '2026-12-01', days: ['tue'] },
            ],
          },
        },
      },
      'calendars.new.changes[1].from',
      'must come after "2026-12-02", is "2026-12-01"',
    ],
    [
      'a change from a day that is none',
      { calendars: { new: { ...always, changes: [{ from: '1 December', days: ['mon'] }] } } },
      'calendars.new.changes[0].from',
      'must be a date such as "2026-12-01"',
    ],
    [
      'a change of nothing',
      { calendars: { new: { ...always, changes: [{ from: '2026-12-01' }] } } },
      'calendars.new.changes[0]',
      'changes nothing: needs shifts, days or holidays',
    ],
    [
      'shifts that overlap',
      { calendars: { new: { shifts: [shift('a', '08:00', '16:00'), shift('b', '15:59', '23:00')], days: ['mon'] } } },
      'calendars.new.shifts[1]',
      'shift "b" overlaps shift "a"',
    ],
    [
      'shifts that overlap in the morning after',
      { calendars: { new: { shifts: [shift('day', '07:00', '20:00'), shift('night', '20:00', '08:00')], days: ['sun', 'mon'] } } },
      'calendars.new.shifts[1]',
      'shift "night" overlaps shift "day"',
    ],
    [
      'days that make shifts overlap',
      {
        calendars: {
          new: {
            shifts: [shift('day', '07:00', '20:00'), shift('night', '20:00', '08:00')],
            days: ['mon'],
            changes: [{ from: '2026-12-01', days: ['mon', 'tue'] }],
          },
        },
      },
      'calendars.new.changes[0].days',
      'shift "night" overlaps shift "day"',
    ],
    [
      'two shifts of one name',
      { calendars: { new: { shifts: [shift('a', '08:00', '16:00'), shift('a', '16:00', '23:00')], days: ['mon'] } } },
      'calendars.new.shifts[1].id',
      'is used twice: "a"',
    ],
    [
      'a break outside its shift',
      { calendars: { new: { shifts: [{ ...shift('a', '08:00', '16:00'), breaks: [['15:30', '16:30']] }], days: ['mon'] } } },
      'calendars.new.shifts[0].breaks[0]',
      'lies outside its shift: 15:30 to 16:30',
    ],
    [
      'a break that runs backwards',
      { calendars: { new: { shifts: [{ ...shift('a', '08:00', '16:00'), breaks: [['12:30', '12:00']] }], days: ['mon'] } } },
      'calendars.new.shifts[0].breaks[0]',
      'ends before it begins: 12:30 to 12:00',
    ],
    ['a calendar without shifts', { calendars: { none: { shifts: [], days: ['mon'] } } }, 'calendars.none.shifts', /./],
  ];

  it.each(cases)('is found: %s', (_, given, path, reason) => {
    const found = mistakes(given);
    expect(found.map((mistake) => mistake.path)).toContain(path);
    expect(found.find((mistake) => mistake.path === path)?.reason).toEqual(
      typeof reason === 'string' ? reason : expect.stringMatching(reason),
    );
  });

  it('does not hide the others', () => {
    const found = mistakes({ line: { type: 'none', calendar: 'never' }, moreFirms: [firmOf('runling', 'press-02')] });
    expect(found.map(({ path }) => path)).toEqual([`${at}.type`, `${at}.calendar`, 'parks[0].firms[1].id']);
  });
});

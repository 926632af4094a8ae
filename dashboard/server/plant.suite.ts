/** The small zone that the dashboard's tests are about, and when they begin. */
import { equipmentTypeSchema } from '../../contract/equipment.ts';
import { plantSchema, resolvePlant, type Line, type Plant } from '../../contract/plant.ts';

/** 2025-11-24, Monday, 16:00 in the zone: a whole hour. */
export const begin = 1_763_971_200_000;
const name = { zh: '甲', en: 'A' };

/**
 * Park emb: firm f1 (w1: emb-1, emb-2; w2: emb-3), firm f2 (w1: emb-4). Park med: firm f3 (w1: press-1), which never rests.
 */
export function smallPlant(): Plant {
  const output = { metric: 'pieces', unit: name, idealPerHour: 100 };
  const metrics = {
    speed: { name, unit: 'rpm', kind: 'gauge' },
    pieces: { name, unit: '1', kind: 'counter' },
    recipe: { name, unit: '', kind: 'text' },
  };
  const stops = { 'thread-break': { state: 'stopped', name }, sewing: { state: 'running', name } };
  const types = ['embroidery', 'press'].map((id) =>
    equipmentTypeSchema.parse({ id, name, expectSeconds: 10, holdSeconds: 20, output, metrics, stops }),
  );
  const days = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
  const twoShifts = [
    { id: 'day', start: '08:00', end: '20:00' },
    { id: 'night', start: '20:00', end: '08:00' },
  ];
  const workshop = (id: string, ids: string, type: string) => ({ id, name, lines: [{ ids, type }] });
  const file = plantSchema.parse({
    zone: { id: 'zone', name, timezone: 'Asia/Shanghai' },
    calendars: {
      'two-shift': { shifts: twoShifts, days },
      always: { shifts: [{ id: 'all', start: '00:00', end: '24:00' }], days: [...days, 'sun'] },
    },
    parks: [
      {
        ...{ id: 'emb', name, cluster: 'embroidery', calendar: 'two-shift' },
        firms: [
          { id: 'f1', name, workshops: [workshop('w1', 'emb-{1..2}', 'embroidery'), workshop('w2', 'emb-{3..3}', 'embroidery')] },
          { id: 'f2', name, workshops: [workshop('w1', 'emb-{4..4}', 'embroidery')] },
        ],
      },
      {
        ...{ id: 'med', name, cluster: 'pharma', calendar: 'always' },
        firms: [{ id: 'f3', name, workshops: [workshop('w1', 'press-{1..1}', 'press')] }],
      },
    ],
  });
  const { plant } = resolvePlant(file, new Map(types.map((type) => [type.id, type])));
  if (plant === null) throw new Error('the small plant has a mistake');
  return plant;
}

export function lineOf(plant: Plant, id: string): Line {
  const line = plant.lines.get(id);
  if (!line) throw new Error(`no line ${id}`);
  return line;
}

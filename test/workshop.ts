/**
 * A small plant for tests: one firm, two workshops, a press and two mills, on calendars that are easy to reckon with.
 * Comes in: nothing. Goes out: the same Plant the loader would make of such a file.
 */
import { equipmentTypeSchema, type EquipmentType } from '../contract/equipment.ts';
import { plantSchema, resolvePlant, type Plant } from '../contract/plant.ts';

const text = (name: string): { zh: string; en: string } => ({ zh: name, en: name });

export const mill: EquipmentType = equipmentTypeSchema.parse({
  id: 'mill',
  name: text('Mill'),
  expectSeconds: 5,
  holdSeconds: 15,
  state: { metric: 'speed', above: 0, then: 'running', otherwise: 'stopped' },
  output: { metric: 'made', scale: 2, unit: text('pieces'), idealPerHour: 3600 },
  scrap: { metric: 'waste' },
  metrics: {
    speed: { name: text('Speed'), unit: 'rpm', kind: 'gauge' },
    made: { name: text('Made'), unit: '1', kind: 'counter' },
    waste: { name: text('Waste'), unit: '1', kind: 'counter' },
    colour: { name: text('Colour'), unit: '1', kind: 'text' },
    open: { name: text('Door open'), unit: '1', kind: 'flag' },
  },
  stops: {
    jam: { state: 'stopped', name: text('Jam') },
    broken: { state: 'fault', name: text('Broken') },
    service: { state: 'planned', name: text('Service') },
    waiting: { state: 'idle', name: text('Waiting') },
  },
});

const file = plantSchema.parse({
  zone: { id: 'zone', name: text('Zone'), timezone: 'Asia/Shanghai' },
  calendars: {
    'two-shift': {
      shifts: [
        { id: 'day', start: '08:00', end: '20:00', breaks: [['12:00', '12:30']] },
        { id: 'night', start: '20:00', end: '08:00', breaks: [['00:00', '00:30']] },
      ],
      days: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat'],
    },
    always: { shifts: [{ id: 'all', start: '00:00', end: '24:00' }], days: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] },
  },
  parks: [
    {
      id: 'park',
      name: text('Park'),
      cluster: 'milling',
      firms: [
        {
          id: 'firm',
          name: text('Firm'),
          calendar: 'two-shift',
          workshops: [
            { id: 'w1', name: text('First'), building: '1', lines: [{ ids: 'mill-{1..2}', type: 'mill' }] },
            { id: 'w2', name: text('Second'), calendar: 'always', lines: [{ id: 'mill-always', type: 'mill' }] },
          ],
        },
        {
          id: 'other',
          name: text('Other firm'),
          calendar: 'always',
          workshops: [{ id: 'w1', name: text('First'), lines: [{ id: 'other-1', type: 'mill' }] }],
        },
      ],
    },
  ],
});

export function workshopPlant(): Plant {
  const { plant, mistakes } = resolvePlant(file, new Map([[mill.id, mill]]));
  if (mistakes) throw new Error(JSON.stringify(mistakes));
  return plant;
}

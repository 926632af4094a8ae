/**
 * A small plant and live records for tests: two parks, three firms, eight lines. Whole and valid, as the server would answer.
 */
import type { PlantAnswer } from '../../../contract/api.ts';
import type { EquipmentType } from '../../../contract/equipment.ts';
import type { UtilizationRecord } from '../../../contract/figures.ts';
import type { LiveRecord } from '../../../contract/live.ts';
import type { Text } from '../../../contract/text.ts';
import { Plant } from '../core/plant.ts';

export const minuteMs = 60_000;
export const hourMs = 60 * minuteMs;
/** 2026-03-02 10:00 in Shanghai. */
export const now = Date.UTC(2026, 2, 2, 2);

const both = (text: string): Text => ({ zh: `${text}号`, en: text });

const press: EquipmentType = {
  id: 'press',
  name: both('press'),
  expectSeconds: 10,
  holdSeconds: 25,
  output: { metric: 'produced', scale: 1, unit: { zh: '片', en: 'tablets' }, idealPerHour: 1000 },
  headline: 'speed',
  metrics: {
    speed: { name: both('speed'), unit: 'k/h', kind: 'gauge', decimals: 1 },
    force: {
      name: both('force'),
      unit: 'kN',
      kind: 'gauge',
      limits: { alertHigh: 8, actionHigh: 12, deadband: 0, onDelaySeconds: 0, offDelaySeconds: 0, when: 'running' },
    },
    colour: { name: both('colour'), unit: '1', kind: 'gauge' },
    produced: { name: both('produced'), unit: '1', kind: 'counter' },
  },
  stops: {
    jam: { state: 'stopped', name: { zh: '卡料', en: 'Jam' } },
    breakdown: { state: 'fault', name: { zh: '故障', en: 'Breakdown' } },
  },
};

const line = (id: string): PlantAnswer['parks'][number]['firms'][number]['workshops'][number]['lines'][number] => ({
  id,
  name: both(id),
  type: 'press',
  calendar: 'days',
});

export const plantAnswer: PlantAnswer = {
  zone: { id: 'zone', name: both('zone'), timezone: 'Asia/Shanghai' },
  calendars: {
    days: {
      shifts: [
        { id: 'day', name: both('day'), start: '08:00', end: '20:00', breaks: [['12:00', '12:30']] },
        { id: 'night', name: both('night'), start: '20:00', end: '08:00', breaks: [['00:00', '00:30']] },
      ],
      days: ['mon', 'tue', 'wed', 'thu', 'fri'],
      holidays: [],
    },
  },
  types: { press },
  parks: [
    {
      id: 'north',
      name: both('north'),
      cluster: 'pharma',
      firms: [
        {
          id: 'alpha',
          name: both('alpha'),
          workshops: [
            { id: 'w1', name: both('w1'), building: '3', lines: ['a1', 'a2', 'a3'].map(line) },
            { id: 'w2', name: both('w2'), building: null, lines: ['a4'].map(line) },
          ],
        },
        { id: 'beta', name: both('beta'), workshops: [{ id: 'w1', name: both('w1'), building: null, lines: ['b1', 'b2'].map(line) }] },
      ],
    },
    {
      id: 'south',
      name: both('south'),
      cluster: 'pharma',
      firms: [
        { id: 'gamma', name: both('gamma'), workshops: [{ id: 'w1', name: both('w1'), building: null, lines: ['g1', 'g2'].map(line) }] },
      ],
    },
  ],
};

export const plant = new Plant(plantAnswer);

export function figures(changes: Partial<UtilizationRecord> = {}): UtilizationRecord {
  return {
    from: now - hourMs,
    to: now,
    busySeconds: 3600,
    runningSeconds: 2700,
    setupSeconds: 0,
    idleSeconds: 0,
    stoppedSeconds: 900,
    faultSeconds: 0,
    unknownSeconds: 0,
    plannedSeconds: 0,
    overtimeSeconds: 0,
    utilization: 0.75,
    low: 0.75,
    high: 0.75,
    coverage: 1,
    output: 100,
    scrap: 0,
    performance: 1,
    quality: 1,
    oee: 0.75,
    stops: {},
    ...changes,
  };
}

export function record(id: string, changes: Partial<LiveRecord> = {}): LiveRecord {
  const place = plant.line(id);
  return {
    id,
    park: place?.park.id ?? '',
    firm: place?.firm.id ?? '',
    workshop: place?.workshop.id ?? '',
    type: 'press',
    name: both(id),
    state: 'running',
    stop: null,
    since: now - 10 * minuteMs,
    connected: true,
    ts: now,
    metrics: {},
    order: null,
    batch: null,
    design: null,
    product: null,
    shift: { id: 'day', ...figures() },
    hour: figures(),
    alarm: { count: 0, priority: null },
    clock: null,
    ...changes,
  };
}

/** Every line of the plant, running, but for the changes given. */
export function floor(changes: Record<string, Partial<LiveRecord>> = {}): LiveRecord[] {
  return [...plant.lines()].map(({ id }) => record(id, changes[id]));
}

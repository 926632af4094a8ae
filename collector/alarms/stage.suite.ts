/** A small plant and an engine on it, told by tests in seconds after a fixed instant instead of in time stamps. */
import { calendarSchema } from '../../contract/calendar.ts';
import type { ActionRequest, AlarmRecord, Announcement } from '../../contract/alarm.ts';
import { equipmentTypeSchema, type EquipmentType } from '../../contract/equipment.ts';
import { plantSchema, resolvePlant, type Plant } from '../../contract/plant.ts';
import type { Reading } from '../../contract/reading.ts';
import { AlarmEngine } from './engine.ts';
import type { AlarmEvent, Outcome } from './events.ts';

export const zero = Date.parse('2026-11-23T08:00:00+08:00');
export const at = (seconds: number): number => zero + Math.round(seconds * 1000);

const name = { zh: '名', en: 'name' };
const gauge = { name: { zh: '值', en: 'Value' }, unit: 'Pa', kind: 'gauge' };

/** A machine that has every kind of rule. */
export const machine: EquipmentType = equipmentTypeSchema.parse({
  id: 'machine',
  name,
  expectSeconds: 10,
  holdSeconds: 25,
  metrics: {
    force: {
      ...gauge,
      limits: { alertHigh: 8, actionHigh: 12, deadband: 1, onDelaySeconds: 20, offDelaySeconds: 20, when: 'running', settleSeconds: 30 },
    },
    cold: { ...gauge, limits: { actionLow: 2, deadband: 0.5 } },
    head: gauge,
    heads: gauge,
  },
  stops: {
    'thread-break': { state: 'stopped', name: { zh: '断线', en: 'Thread break' } },
    broken: { state: 'fault', name: { zh: '坏', en: 'Broken' } },
    emergency: { state: 'fault', priority: 'critical', name: { zh: '急停', en: 'Emergency stop' } },
    'power-loss': { state: 'fault', shared: true, silent: true, name: { zh: '断电', en: 'Power loss' } },
    jam: { state: 'stopped', severity: 'fault', priority: 'medium', name: { zh: '卡', en: 'Jam' } },
    'box-off': { state: 'idle', silent: true, name: { zh: '关', en: 'Box off' } },
  },
  breaks: { stops: ['thread-break'], head: 'head', perHour: 5, perHead: { metric: 'heads', perHour: 1 } },
});

/** `buildings` of `lines` lines each: `m-1-1` is the first line of the first building; overrides go into the plant file. */
export function plantOf(buildings: number, lines: number, given: { alarms?: unknown[]; firm?: object } = {}): Plant {
  const workshops = Array.from({ length: buildings }, (_, index) => ({
    id: `w${String(index + 1)}`,
    name,
    building: String(index + 1),
    lines: Array.from({ length: lines }, (_each, line) => ({ id: `m-${String(index + 1)}-${String(line + 1)}`, type: 'machine' })),
  }));
  const always = calendarSchema.parse({ shifts: [{ id: 'all', start: '00:00', end: '24:00' }], days: ['mon'] });
  const file = plantSchema.parse({
    zone: { id: 'zone', name, timezone: 'Asia/Shanghai' },
    calendars: { always },
    alarms: given.alarms,
    parks: [{ id: 'emb', name, cluster: 'emb', calendar: 'always', firms: [{ id: 'f1', name, workshops, ...given.firm }] }],
  });
  const { plant, mistakes } = resolvePlant(file, new Map([['machine', machine]]));
  if (plant === null) throw new Error(JSON.stringify(mistakes));
  return plant;
}

/** A reading of `m-1-1` measured at that second, and received a little later unless said otherwise. */
export function readingAt(seconds: number, given: Partial<Reading> & { late?: number } = {}): Reading {
  const { late = 0.05, ...reading } = given;
  return { line: 'm-1-1', ts: at(seconds), receivedAt: at(seconds + late), metrics: {}, ...reading };
}

/** An engine, and all that came out of it: the newest version of every record, and announcements in their order. */
export class Stage {
  engine: AlarmEngine;
  readonly records = new Map<string, AlarmRecord>();
  readonly announcements: Announcement[] = [];
  readonly plant: Plant;
  #requests = 0;

  constructor(plant: Plant = plantOf(1, 1)) {
    this.plant = plant;
    this.engine = new AlarmEngine(plant, null);
  }

  take(event: AlarmEvent): Outcome {
    const outcome = this.engine.take(event);
    for (const record of outcome.records) this.records.set(record.id, record);
    this.announcements.push(...outcome.announcements);
    return outcome;
  }

  read(seconds: number, given: Parameters<typeof readingAt>[1] = {}): Outcome {
    return this.take({ kind: 'reading', reading: readingAt(seconds, given) });
  }

  /** A reading every `every` seconds, from one second to another, both included. */
  readEvery(every: number, from: number, to: number, given: Parameters<typeof readingAt>[1] = {}): void {
    for (let second = from; second <= to; second += every) this.read(second, given);
  }

  passTo(seconds: number): Outcome {
    return this.take({ kind: 'time', at: at(seconds) });
  }

  act(seconds: number, action: ActionRequest['action'], given: Partial<ActionRequest> = {}): Outcome {
    this.#requests += 1;
    const alarm = given.alarm ?? this.all()[0]?.id ?? '';
    return this.take({ kind: 'action', request: { id: String(this.#requests), who: 'wang', at: at(seconds), action, ...given, alarm } });
  }

  /** Puts the engine away as text and goes on from that. */
  restart(): void {
    this.engine = new AlarmEngine(this.plant, this.engine.snapshot());
  }

  all(): AlarmRecord[] {
    return [...this.records.values()];
  }

  of(rule: string): AlarmRecord | undefined {
    return this.all().findLast((record) => record.rule === rule);
  }

  /** `[second, kind, rule]` of every announcement. */
  told(): [number, string, string | null][] {
    return this.announcements.map(({ at: when, kind, alarm }) => [
      Math.round((when - zero) / 100) / 10,
      kind,
      this.records.get(alarm ?? '')?.rule ?? null,
    ]);
  }
}

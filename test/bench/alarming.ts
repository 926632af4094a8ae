/**
 * Alarming alone, as the head of the journal has it: fed by hand, on a real alarm book, at 1,000 new alarms a second up to 10,000 open ones.
 * Goes out: for how long a step held the head up. A part of section `alarms`.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { Alarming } from '../../collector/alarming/alarming.ts';
import { remember } from '../../collector/alarming/memory.ts';
import { plantOf } from '../../collector/alarms/stage.suite.ts';
import type { Stretch } from '../../collector/intake.ts';
import type { Bus } from '../../contract/bus.ts';
import { systemClock as clock } from '../../contract/clock.ts';
import { openLevelJournal } from '../../journal/level.ts';
import { openDuckdbStore } from '../../store/duckdb.ts';
import { percentile, type Figure } from './figures.ts';

const lines = 10_000;
const perSecond = 1_000;
const silent = pino({ level: 'silent' });

/** Each step's time is time in which the head could read nothing. */
export async function alarmingAlone(): Promise<Figure[]> {
  const folder = await mkdtemp(join(tmpdir(), 'bobbin-bench-'));
  const plant = plantOf(lines / 50, 50);
  const journal = await openLevelJournal({ folder: join(folder, 'journal'), limitBytes: 1e9, clock, log: silent });
  const retention = { rawDays: 1, rawBytes: 1e12, minuteYears: 1 };
  const store = await openDuckdbStore({ folder: join(folder, 'store'), plant, retention, clock, log: silent });
  let messages = 0;
  const bus: Bus = {
    publish: () => (messages += 1),
    record: () => Promise.resolve(),
    subscribe: () => Promise.resolve(() => undefined),
  };
  const parts = { journal, store, bus, plant, clock, log: silent };
  const alarming = new Alarming({ ...parts, live: { alarm: () => undefined }, storeTrouble: () => null }, await remember(parts, 0));
  const steps: number[] = [];
  const step = (work: () => void): void => {
    const begun = performance.now();
    work();
    steps.push(performance.now() - begun);
  };
  const ids = [...plant.lines.keys()];
  const atOnce = perSecond / 20;
  let position = 0;
  alarming.awaits();
  const begun = clock.now();
  while (position < lines) {
    await until(begun + (position / perSecond) * 1000);
    const stretch = stretchOf(ids.slice(position, position + atOnce), position);
    step(() => {
      alarming.take(stretch);
    });
    position = stretch.next;
    alarming.awaits();
    step(() => {
      alarming.tick(clock.now());
    });
  }
  // Two snapshots with all of them open.
  for (const end = clock.now() + 26_000; clock.now() < end;) {
    await until(clock.now() + 50);
    step(() => {
      alarming.tick(clock.now());
    });
  }
  alarming.renew();
  for (const end = clock.now() + 2_000; clock.now() < end;) {
    await until(clock.now() + 50);
    step(() => {
      alarming.tick(clock.now());
    });
  }
  await alarming.close();
  const open = await store.alarms.records({ lines: ids, from: begun, to: clock.now() + 1000, limit: lines * 2 });
  if (open.length !== lines || messages < lines)
    throw new Error(`${String(open.length)} alarms were written down, ${String(messages)} messages published`);
  await journal.close();
  await store.close();
  await rm(folder, { recursive: true, force: true });
  return [
    {
      name: 'alarming alone, 1,000 new a second, the head stands still, p99',
      value: percentile(steps, 99),
      unit: 'ms',
      digits: 1,
      atMost: 100,
    },
    { name: 'the same up to 10,000 open ones, the longest', value: percentile(steps, 100), unit: 'ms', digits: 1, atMost: 500 },
  ];
}

function stretchOf(some: readonly string[], from: number): Stretch {
  const now = clock.now();
  const packets = some.map((line, index) => ({
    ...{ position: from + index, receivedAt: now, rejections: [] },
    readings: [{ line, ts: now, receivedAt: now, state: 'fault' as const, stop: 'broken', metrics: {} }],
  }));
  return { from, next: from + some.length, packets, putOff: [], deeds: [], miscounted: 0, unreadable: 0 };
}

function until(at: number): Promise<void> {
  return new Promise((resolve) => {
    clock.after(Math.max(0, at - clock.now()), resolve);
  });
}

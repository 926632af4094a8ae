/** The lead and the head on one real journal: whoever of them is ahead, alarming gets every packet, in order, once. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { systemClock } from '../../contract/clock.ts';
import { topicOf } from '../../contract/topics.ts';
import type { Journal, Position } from '../../journal/journal.ts';
import { openLevelJournal } from '../../journal/level.ts';
import { plantOf, zero } from '../alarms/stage.suite.ts';
import { createDecoder } from '../decode.ts';
import { Intake, type Stretch } from '../intake.ts';
import { Lead } from './lead.ts';

const plant = plantOf(1, 1);
const [line] = plant.lines.values();
const payload = Buffer.from('{"state":"running"}');
let folder: string;
let journal: Journal;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'bobbin-lead-'));
  journal = await openLevelJournal({ folder, limitBytes: 1e9, clock: systemClock, log: pino({ level: 'silent' }) });
});

afterEach(async () => {
  await journal.close();
  rmSync(folder, { recursive: true });
});

async function append(count: number): Promise<void> {
  const topic = line ? topicOf(line, 'telemetry') : '';
  const record = { kind: 'telemetry', topic, receivedAt: zero, payload, payloadBytes: payload.length } as const;
  await Promise.all(Array.from({ length: count }, () => journal.append(record)));
}

/** What alarming got; it leaves what it has already, as the real one does. */
class Alarms {
  readonly taken: Position[] = [];
  position: Position;

  constructor(position: Position) {
    this.position = position;
  }

  awaits(): void {
    // Only time is judged by that.
  }

  take({ packets, next }: Stretch): void {
    this.taken.push(...packets.map(({ position }) => position).filter((position) => position >= this.position));
    this.position = Math.max(this.position, next);
  }
}

const upTo = (end: number, from = 0): number[] => Array.from({ length: end - from }, (_, index) => from + index);

async function readOn(intake: Intake, lead: Lead): Promise<void> {
  const stretch = await intake.advance();
  if (stretch) lead.pass(stretch);
}

test.each([
  ['ahead of the head', 6, 0],
  ['behind the head', 0, 6],
  ['at the same place', 3, 3],
])('begun %s, alarming gets all there is, in order, once', async (_title, position, head) => {
  await append(10);
  const alarms = new Alarms(position);
  const intake = new Intake(journal, createDecoder(plant), head);
  const lead = new Lead({ journal, decoder: createDecoder(plant), intake, alarming: alarms });
  void lead.run();
  // However long the head takes to begin.
  await vi.waitFor(() => {
    expect(alarms.taken).toEqual(upTo(10, position));
  });
  await readOn(intake, lead);
  for (let n = 10; n < 15; n += 1) {
    const more = readOn(intake, lead);
    await append(1);
    await more;
    expect(alarms.taken).toEqual(upTo(n + 1, position));
  }
});

test('what the head reads further on leaves no gap: it is read again when it follows', async () => {
  await append(10);
  const alarms = new Alarms(0);
  const intake = new Intake(journal, createDecoder(plant), 6);
  const lead = new Lead({ journal, decoder: createDecoder(plant), intake, alarming: alarms });
  await readOn(intake, lead);
  expect(alarms.taken).toEqual([]);
  void lead.run();
  await vi.waitFor(() => {
    expect(alarms.taken).toEqual(upTo(10));
  });
});

test('once the two have met, the head alone reads for alarming', async () => {
  await append(4);
  const read = vi.spyOn(journal, 'read');
  const alarms = new Alarms(0);
  const intake = new Intake(journal, createDecoder(plant), 0);
  const lead = new Lead({ journal, decoder: createDecoder(plant), intake, alarming: alarms });
  const leading = lead.run();
  await readOn(intake, lead);
  await append(1);
  await readOn(intake, lead);
  await leading;
  const asked = read.mock.calls.length;
  await append(1);
  await readOn(intake, lead);
  expect(read.mock.calls.length).toBe(asked + 1);
  expect(alarms.taken).toEqual(upTo(6));
});

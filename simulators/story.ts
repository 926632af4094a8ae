/**
 * Plays a machine's story: steps one after the other, in working time, held up by breaks, ends of shifts and halts.
 * Comes in: a generator of steps and the line's attendance. Goes out: a Machine. Chance is drawn only when a step begins, and a
 * step's figures are functions of the time spent in it, so how often anybody asks changes nothing.
 */
import type { EquipmentType } from '../contract/equipment.ts';
import type { State } from '../contract/reading.ts';
import type { Machine, MachineInput, Metrics, SentContext, SentReading } from './machine.ts';
import { chanceAt, hash, Random } from './random.ts';
import { Attendance, type Duty, type DutyKind } from './schedule.ts';

/** One stretch of a machine's life. `ms` is whole milliseconds of working time; `stop` is a stop code of the type. */
export interface Step {
  readonly ms: number;
  readonly state: State;
  readonly stop: string | null;
  readonly context: SentContext;
  read(elapsedMs: number, at: number): Metrics;
}

/** How a machine stands while nobody works at it. */
export interface Rest {
  readonly state: State;
  readonly stop: string | null;
}

export interface Story {
  readonly steps: Iterator<Step, never>;
  /** What it says in the kinds of duty that are not work; null for a machine that works around the clock. */
  readonly rests: Readonly<Record<Exclude<DutyKind, 'work'>, Rest>> | null;
  /** A step's figures as they are while the machine stands still in the middle of it. */
  still(metrics: Metrics): Metrics;
}

/** What a story is told: its own chance, and the instant at which its next step begins. */
export interface Teller {
  readonly line: MachineInput['line'];
  readonly seed: number;
  readonly random: Random;
  /** The local minute at which the next step begins, to number orders and batches by. */
  stamp(): string;
}

interface Halt {
  readonly from: number;
  readonly until: number;
  readonly rest: Rest;
}

const roundTheClock: Duty = { kind: 'work', until: Infinity };
const standing: Rest = { state: 'fault', stop: null };

export class Player implements Machine {
  readonly #story: Story;
  readonly #type: EquipmentType;
  readonly #attendance: Attendance;
  #at: number;
  #step: Step;
  #elapsedMs = 0;
  #halt: Halt | null = null;

  /** The story begins at a fixed instant before `now` that belongs to the seed, at most `periodMs` ago: so it is well under way. */
  constructor(input: MachineInput, periodMs: number, tell: (teller: Teller) => Story) {
    const seed = hash(`${input.seed}/${input.line.id}`);
    const offset = Math.floor(chanceAt(seed, 0) * periodMs);
    this.#at = Math.floor((input.now - offset) / periodMs) * periodMs + offset;
    this.#type = input.line.type;
    this.#attendance = new Attendance(input.schedule, seed);
    const random = new Random(`${input.seed}/${input.line.id}/${String(this.#at)}`);
    this.#story = tell({ line: input.line, seed, random, stamp: () => input.schedule.stamp(this.#at) });
    this.#step = this.#story.steps.next().value;
  }

  next(now: number): SentReading {
    this.#advance(now);
    const metrics = this.#step.read(this.#elapsedMs, this.#at);
    const duty = this.#duty();
    const rest = this.#halted()?.rest ?? (duty.kind === 'work' ? null : this.#story.rests?.[duty.kind]);
    const { state, stop } = rest ?? this.#step;
    return {
      ts: now,
      state,
      ...(stop === null ? {} : { stop }),
      ...this.#step.context,
      m: rest ? this.#story.still(metrics) : metrics,
    };
  }

  changesAt(): number {
    const halt = this.#halted();
    if (halt) return halt.until;
    const duty = this.#duty();
    return duty.kind === 'work' ? Math.min(duty.until, this.#at + this.#step.ms - this.#elapsedMs) : duty.until;
  }

  halt(from: number, until: number, stop: string): void {
    const declared = this.#type.stops[stop];
    this.#halt = { from, until, rest: declared ? { state: declared.state, stop } : standing };
  }

  #advance(now: number): void {
    while (this.#at < now) {
      const halt = this.#halted();
      const duty = this.#duty();
      const until = Math.min(now, halt?.until ?? this.#nextHalt(), halt ? Infinity : duty.until);
      if (halt || duty.kind !== 'work') this.#at = until;
      else this.#work(until);
    }
  }

  #work(until: number): void {
    const end = Math.min(until, this.#at + this.#step.ms - this.#elapsedMs);
    this.#elapsedMs += end - this.#at;
    this.#at = end;
    while (this.#elapsedMs >= this.#step.ms) {
      this.#elapsedMs -= this.#step.ms;
      this.#step = this.#story.steps.next().value;
    }
  }

  #duty(): Duty {
    return this.#story.rests === null ? roundTheClock : this.#attendance.at(this.#at);
  }

  #halted(): Halt | null {
    return this.#halt !== null && this.#at >= this.#halt.from && this.#at < this.#halt.until ? this.#halt : null;
  }

  #nextHalt(): number {
    return this.#halt !== null && this.#halt.from > this.#at ? this.#halt.from : Infinity;
  }
}

/** A step that stands for a stop code; its state is the one the type gives the code. */
export function stopStep(type: EquipmentType, stop: string, seconds: number, context: SentContext, read: Step['read']): Step {
  const declared = type.stops[stop];
  if (!declared) throw new Error(`${type.id} has no stop code "${stop}"`);
  return { ms: Math.max(1, Math.round(seconds * 1000)), state: declared.state, stop, context, read };
}

export function runStep(seconds: number, context: SentContext, read: Step['read']): Step {
  return { ms: Math.max(1, Math.round(seconds * 1000)), state: 'running', stop: null, context, read };
}

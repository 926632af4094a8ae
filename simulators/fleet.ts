/**
 * Many devices in one process: switched on one after the other within seconds, counted, told about, switched off again.
 * Comes in: lines, their accounts, where the broker is. Goes out: devices that run, and running totals. It logs what changes
 * for the fleet as a whole, never what a single device does.
 */
import type { Logger } from 'pino';
import type { Clock, Stop } from '../contract/clock.ts';
import type { Line, Plant } from '../contract/plant.ts';
import { createMachine } from './catalogue.ts';
import type { Account } from './connection.ts';
import { countingFromNought } from './counting.ts';
import { Device } from './device.ts';
import { pastOf } from './past.ts';
import { Random } from './random.ts';
import { Schedule } from './schedule.ts';

export interface Past {
  readonly from: number;
  readonly to: number;
  /** Lines that have told it already. */
  readonly except: ReadonlySet<string>;
  /** Called once all of a line's past is with the broker. */
  readonly onTold: (line: string) => void;
  /** Whether lines begin to tell only when `tell` says so. */
  readonly onRequest: boolean;
}

export interface FleetOptions {
  readonly plant: Plant;
  readonly lines: readonly Line[];
  readonly accounts: ReadonlyMap<string, Account>;
  readonly broker: string;
  readonly seed: string;
  /** Null: every line at its type's own interval. */
  readonly intervalMs: number | null;
  /** What the lines tell of the time before they were switched on; null: nothing. */
  readonly past: Past | null;
  readonly clock: Clock;
  readonly log: Logger;
}

export interface FleetCounts {
  readonly connected: number;
  readonly measured: number;
  readonly delivered: number;
  /** Measured and kept, not delivered yet. */
  readonly waiting: number;
  readonly dropped: number;
  /** Lines that have told their past. */
  readonly told: number;
}

const limits = {
  /** All lines are switched on within this time, a few milliseconds apart. */
  rampMs: 5500,
  rampStepMs: 20,
  /** Readings a device keeps while cut off: an hour and a half at five seconds, twenty minutes at one. */
  bound: 1200,
  /** Lines tell their past this far apart: some 15,000 readings a second, which a store takes beside what is live. */
  pastStepMs: 74,
} as const;

export class Fleet {
  readonly devices: ReadonlyMap<string, Device>;
  readonly #options: FleetOptions;
  readonly #schedules: ReadonlyMap<string, Schedule>;
  readonly #waiting: Stop[] = [];
  /** Devices that have not begun to tell their past. */
  readonly #silent: Device[] = [];
  #connected = 0;
  #measured = 0;
  #delivered = 0;
  #told = 0;
  #complete = false;
  readonly #reasons = new Set<string>();

  constructor(options: FleetOptions) {
    this.#options = options;
    const { plant } = options;
    this.#schedules = new Map([...plant.calendars].map(([id, calendar]) => [id, new Schedule(calendar, plant.timezone)]));
    const devices = new Map<string, Device>();
    for (const line of options.lines) {
      const account = options.accounts.get(line.id);
      const schedule = this.#schedules.get(line.calendar);
      if (account && schedule) devices.set(line.id, this.#device(line, account, schedule));
    }
    this.devices = devices;
  }

  get counts(): FleetCounts {
    let waiting = 0;
    let dropped = 0;
    for (const device of this.devices.values()) {
      waiting += device.waiting;
      dropped += device.dropped;
    }
    return { connected: this.#connected, measured: this.#measured, delivered: this.#delivered, waiting, dropped, told: this.#told };
  }

  /** Switches everything on, in an order that shows something of every park from the first moment. */
  start(): void {
    const { clock, seed } = this.#options;
    const random = new Random(`${seed}/order`);
    const order = [...this.devices.values()]
      .map((device) => ({ device, place: random.next() }))
      .sort((left, right) => left.place - right.place);
    const stepMs = Math.min(limits.rampStepMs, limits.rampMs / order.length);
    order.forEach(({ device }, index) => {
      const wait = clock.after(index * stepMs, () => {
        device.switchOn();
      });
      this.#waiting.push(wait);
      const { past } = this.#options;
      if (!past) return;
      if (past.except.has(device.line.id)) this.#told += 1;
      else this.#silent.push(device);
    });
    if (this.#options.past?.onRequest === false) this.#tellInTurn();
  }

  /** So many more lines tell their past now. */
  tell(lines: number): void {
    for (const device of this.#silent.splice(0, lines)) this.#tellPast(device);
  }

  #tellInTurn(): void {
    this.tell(1);
    if (this.#silent.length === 0) return;
    this.#waiting.push(
      this.#options.clock.after(limits.pastStepMs, () => {
        this.#tellInTurn();
      }),
    );
  }

  #tellPast(device: Device): void {
    const { seed, past } = this.#options;
    const { line } = device;
    const schedule = this.#schedules.get(line.calendar);
    if (past && schedule) device.tellPast(pastOf({ line, seed, schedule, from: past.from, to: past.to }));
  }

  async stop(): Promise<void> {
    for (const wait of this.#waiting) wait();
    await Promise.all([...this.devices.values()].map((device) => device.switchOff()));
  }

  #device(line: Line, account: Account, schedule: Schedule): Device {
    const { broker, seed, intervalMs, clock } = this.#options;
    return new Device({
      line,
      account,
      broker,
      clock,
      intervalMs: intervalMs ?? line.type.expectSeconds * 1000,
      random: new Random(`${seed}/${line.id}/connection`),
      createMachine: (now) => countingFromNought(createMachine({ line, seed, schedule, now }), line.type),
      bound: limits.bound,
      events: {
        up: () => {
          this.#up();
        },
        down: (reason) => {
          this.#down(line, reason);
        },
        measured: () => {
          this.#measured += 1;
        },
        delivered: (readings) => {
          this.#delivered += readings;
        },
        toldPast: () => {
          this.#told += 1;
          this.#options.past?.onTold(line.id);
        },
      },
    });
  }

  #up(): void {
    this.#connected += 1;
    if (this.#connected === 1) this.#reasons.clear();
    if (this.#connected < this.devices.size || this.#complete) return;
    this.#complete = true;
    this.#options.log.info({ lines: this.#connected }, `all ${String(this.#connected)} lines are connected`);
  }

  /** A reason is told once, until the broker is back: one that is away concerns every line alike. */
  #down(line: Line, reason: string | null): void {
    const { broker, log } = this.#options;
    if (reason === null) {
      this.#connected -= 1;
      this.#complete = false;
      return;
    }
    if (this.#reasons.has(reason)) return;
    this.#reasons.add(reason);
    log.warn({ line: line.id, reason }, `no connection to ${broker}: ${reason}; the lines keep trying`);
  }
}

/**
 * A device: a machine's readings on their way to the broker, delivered once the broker has them and not before.
 * Comes in: a machine, a line's account, a clock. Goes out: MQTT packets, one in flight at a time so that order holds. While cut
 * off it goes on measuring and keeps what it measured; without power it does neither.
 */
import type { Clock, Stop } from '../contract/clock.ts';
import type { Line } from '../contract/plant.ts';
import { topicOf } from '../contract/topics.ts';
import { Connection, type Account } from './connection.ts';
import type { Machine, SentReading } from './machine.ts';
import { Outbox } from './outbox.ts';
import type { Random } from './random.ts';

export interface DeviceOptions {
  readonly line: Line;
  readonly account: Account;
  readonly broker: string;
  readonly intervalMs: number;
  readonly clock: Clock;
  readonly random: Random;
  /** Made when the device is switched on, in the middle of things at that instant. */
  readonly createMachine: (now: number) => Machine;
  /** How many readings it can keep while cut off. */
  readonly bound: number;
  readonly events: DeviceEvents;
}

/** What a device tells whoever keeps count. */
export interface DeviceEvents {
  up(): void;
  down(reason: string | null): void;
  measured(): void;
  delivered(readings: number): void;
  toldPast(): void;
}

export class Device {
  readonly line: Line;
  readonly #options: DeviceOptions;
  readonly #outbox: Outbox;
  /** Delivered while nothing of the present waits. */
  readonly #past = new Outbox(Infinity);
  readonly #connection: Connection;
  readonly #topic: string;
  #machine: Machine | null = null;
  #seq = 0;
  #due = 0;
  #stopMeasuring: Stop | null = null;

  constructor(options: DeviceOptions) {
    this.line = options.line;
    this.#options = options;
    this.#outbox = new Outbox(options.bound);
    this.#topic = topicOf(options.line, 'telemetry');
    const { broker, account, clock, random, events } = options;
    this.#connection = new Connection({
      broker,
      account,
      clock,
      random,
      statusTopic: topicOf(options.line, 'status'),
      onUp: () => {
        events.up();
        this.#send();
      },
      onDown: (reason) => {
        this.#past.returned();
        this.#outbox.returned();
        events.down(reason);
      },
    });
  }

  get waiting(): number {
    return this.#outbox.size;
  }

  get dropped(): number {
    return this.#outbox.dropped;
  }

  /** Measures from now on and connects after a delay. */
  switchOn(delayMs = 0): void {
    if (this.#stopMeasuring !== null) return;
    const now = this.#options.clock.now();
    this.#machine ??= this.#options.createMachine(now);
    this.#due = now;
    this.#stopMeasuring = this.#options.clock.after(0, this.#measure);
    this.#connection.open(delayMs);
  }

  /** Tells what happened before it was switched on, beside what it measures meanwhile. */
  tellPast(readings: Iterable<SentReading>): void {
    for (const reading of readings) this.#past.add(JSON.stringify(reading));
    if (this.#past.size === 0) this.#options.events.toldPast();
    this.#send();
  }

  /** Loses its network: measures on and keeps what it measures. */
  cutOff(): void {
    this.#connection.cut();
  }

  /** Has its network back after a delay. */
  reconnect(delayMs = 0): void {
    if (this.#stopMeasuring !== null) this.#connection.open(delayMs);
  }

  /** Loses its connection and sees to a new one at once, with backoff. */
  drop(): void {
    this.#connection.drop();
  }

  /** Loses its power until `until`: no goodbye, no readings, and the machine stands. */
  losePower(until: number): void {
    this.#stopMeasuring?.();
    this.#stopMeasuring = null;
    this.#connection.cut();
    this.#machine?.halt(this.#options.clock.now(), until, 'power-loss');
  }

  /** Puts another machine in the place of its own, made from it: for faults of the control itself. */
  replaceMachine(replace: (machine: Machine) => Machine): void {
    if (this.#machine !== null) this.#machine = replace(this.#machine);
  }

  /** Measures no more, waits for nothing, says goodbye. */
  async switchOff(): Promise<void> {
    this.#stopMeasuring?.();
    this.#stopMeasuring = null;
    await this.#connection.close();
  }

  /** Measures when due, and at once when the machine's state changes, as controllers do. */
  readonly #measure = (): void => {
    const { clock, intervalMs, events } = this.#options;
    const now = clock.now();
    if (this.#machine === null) return;
    const { ts, ...said } = this.#machine.next(now);
    this.#seq += 1;
    this.#outbox.add(JSON.stringify({ ts, seq: this.#seq, ...said }));
    events.measured();
    this.#send();
    // A reading at a change of state leaves the beat alone; beats missed while the process was held up are not made up for.
    if (now >= this.#due) this.#due = Math.max(this.#due, now - intervalMs + 1) + intervalMs;
    const next = Math.min(this.#due, Math.max(now + 1, this.#machine.changesAt()));
    this.#stopMeasuring = clock.after(next - now, this.#measure);
  };

  #send(): void {
    if (!this.#connection.up) return;
    const box = this.#outbox.size > 0 ? this.#outbox : this.#past;
    const packet = box.take();
    if (packet === null) return;
    this.#connection.publish(this.#topic, packet.payload, false, () => {
      box.delivered();
      this.#options.events.delivered(packet.readings);
      if (box === this.#past && box.size === 0) this.#options.events.toldPast();
      this.#send();
    });
  }
}

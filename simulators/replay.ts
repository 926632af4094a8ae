/**
 * Replays a recording over MQTT as one line's readings: in packets, several in flight, each sent again until acknowledged.
 * Comes in: a CSV file, the line, its account. Goes out: QoS 1 packets, and the exact count of what the broker has. It never
 * changes a figure; it may shift the time stamps, shuffle or double the readings where that is asked for.
 */
import type { Clock } from '../contract/clock.ts';
import type { Line } from '../contract/plant.ts';
import { readingLimits } from '../contract/reading.ts';
import { topicOf } from '../contract/topics.ts';
import { UsageError } from './accounts.ts';
import { Connection, type Account } from './connection.ts';
import { Random } from './random.ts';
import { readRecording, type BadRow } from './recording.ts';

export interface ReplayOptions {
  readonly file: string;
  readonly line: Line;
  /** The zone in which the recording's local times are to be taken. */
  readonly timezone: string;
  readonly broker: string;
  readonly account: Account;
  readonly clock: Clock;
  /** Readings a packet; 200 unless told. */
  readonly batchSize?: number;
  /** Times real time; as fast as acknowledged unless told. */
  readonly speed?: number;
  /** Shifts the time stamps so that the first reading is now. */
  readonly now?: boolean;
  /** Sends the readings in an order that belongs to this seed. */
  readonly shuffle?: string;
  /** Sends every reading twice. */
  readonly twice?: boolean;
  readonly onRow?: () => void;
  readonly onBadRow?: (bad: BadRow) => void;
}

export interface ReplayResult {
  /** Readings and packets that the broker acknowledged: all that were sent. */
  readonly readings: number;
  readonly packets: number;
  /** Rows that are no reading; each was told to `onBadRow`. */
  readonly skipped: number;
}

const limits = {
  batchSize: 200,
  packetsInFlight: 10,
  /** Readings further ahead of the clock than five minutes are refused: none is sent that far ahead of its time. */
  aheadMs: readingLimits.aheadMs - 60_000,
} as const;

/** Rejects with a UsageError for a recording that cannot be used, and where the broker cannot be reached or refuses the account. */
export async function replayFile(options: ReplayOptions): Promise<ReplayResult> {
  const sender = new Sender(options);
  await sender.connect();
  try {
    const packer = new Packer(options.batchSize ?? limits.batchSize);
    let skipped = 0;
    let first: number | null = null;
    let startedAt = 0;
    for await (const { reading, bad } of orderedRows(options)) {
      options.onRow?.();
      if (bad) {
        skipped += 1;
        options.onBadRow?.(bad);
        continue;
      }
      if (first === null) {
        first = reading.ts;
        startedAt = options.clock.now();
      }
      const shifted = options.now ? { ...reading, ts: reading.ts - first + startedAt } : reading;
      const waitMs = waitFor(options, reading.ts - first, startedAt, shifted.ts);
      if (waitMs > 0) {
        await sender.send(packer.flush());
        await new Promise<void>((resolve) => options.clock.after(waitMs, resolve));
      }
      for (let copy = options.twice ? 2 : 1; copy > 0; copy -= 1) await sender.send(packer.add(JSON.stringify(shifted)));
    }
    await sender.send(packer.flush());
    await sender.everythingDelivered();
    return { readings: packer.readings, packets: packer.packets, skipped };
  } finally {
    await sender.close();
  }
}

/** How long a reading has to wait for its time: at a given speed, and so that it is not refused as one from the future. */
function waitFor({ speed, now, clock }: ReplayOptions, sinceFirstMs: number, startedAt: number, ts: number): number {
  const paced = speed === undefined ? -Infinity : startedAt + sinceFirstMs / speed;
  const allowed = now ? ts - limits.aheadMs : -Infinity;
  return Math.max(paced, allowed) - clock.now();
}

/** The rows as the file has them, or, shuffled, in an order of the seed's; only then is the whole file in memory. */
async function* orderedRows({ file, line, timezone, shuffle }: ReplayOptions): ReturnType<typeof readRecording> {
  const rows = readRecording(file, line.type, timezone);
  if (shuffle === undefined) {
    yield* rows;
    return;
  }
  const random = new Random(shuffle);
  const all = [];
  for await (const row of rows) all.push({ row, place: random.next() });
  for (const { row } of all.sort((left, right) => left.place - right.place)) yield row;
}

interface Packet {
  readonly payload: string;
}

/** Packs readings into arrays, up to a count and the contract's size. */
class Packer {
  readonly #batchSize: number;
  #batch: string[] = [];
  #bytes = 2;
  readings = 0;
  packets = 0;

  constructor(batchSize: number) {
    this.#batchSize = batchSize;
  }

  /** Gives a packet when the reading does not fit any more, or fills it. */
  add(reading: string): Packet | null {
    const bytes = Buffer.byteLength(reading) + 1;
    const full = this.#bytes + bytes > readingLimits.payloadBytes ? this.flush() : null;
    this.#batch.push(reading);
    this.#bytes += bytes;
    this.readings += 1;
    return full ?? (this.#batch.length >= this.#batchSize ? this.flush() : null);
  }

  flush(): Packet | null {
    if (this.#batch.length === 0) return null;
    const packet = { payload: `[${this.#batch.join(',')}]` };
    this.#batch = [];
    this.#bytes = 2;
    this.packets += 1;
    return packet;
  }
}

/** Keeps some packets in flight on a connection that may be lost and comes back. */
class Sender {
  readonly #connection: Connection;
  readonly #topic: string;
  readonly #pending = new Set<Packet>();
  #wake: (() => void) | null = null;
  #connected: (() => void) | null = null;
  #refused: ((error: Error) => void) | null = null;

  constructor({ line, broker, account, clock }: ReplayOptions) {
    this.#topic = topicOf(line, 'telemetry');
    this.#connection = new Connection({
      broker,
      account,
      clock,
      statusTopic: topicOf(line, 'status'),
      random: new Random(`replay/${line.id}`),
      onUp: () => {
        this.#connected?.();
        for (const packet of this.#pending) this.#publish(packet);
      },
      onDown: (reason) =>
        this.#refused?.(new UsageError(`no connection to ${broker} as ${account.username}: ${reason ?? 'it was closed'}`)),
    });
  }

  /** Only the first connection must succeed at once; one that is lost later is made again, for as long as it takes. */
  async connect(): Promise<void> {
    try {
      await new Promise<void>((resolve, reject) => {
        this.#connected = resolve;
        this.#refused = reject;
        this.#connection.open();
      });
    } catch (error) {
      this.#connection.cut();
      throw error;
    } finally {
      this.#connected = this.#refused = null;
    }
  }

  /** Resolves once there is room for another packet. */
  async send(packet: Packet | null): Promise<void> {
    if (packet === null) return;
    this.#pending.add(packet);
    if (this.#connection.up) this.#publish(packet);
    while (this.#pending.size >= limits.packetsInFlight) await this.#change();
  }

  async everythingDelivered(): Promise<void> {
    while (this.#pending.size > 0) await this.#change();
  }

  close(): Promise<void> {
    return this.#connection.close();
  }

  #publish(packet: Packet): void {
    this.#connection.publish(this.#topic, packet.payload, false, () => {
      this.#pending.delete(packet);
      this.#wake?.();
    });
  }

  #change(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }
}

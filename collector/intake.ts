/**
 * Intake: reads the journal at its head, decodes each packet once and keeps the result until it is stored.
 * Comes in: journal records, of devices and of what people did. Goes out: decoded stretches, first to the live side, then to the storing side at its own
 * pace. Memory is bounded: what does not fit is read from the journal again when the storing side gets there.
 */
import { parseAction, type Action } from '../contract/actions.ts';
import type { JournalBatch, JournalReader, Position } from '../journal/journal.ts';
import type { Reading, Rejection } from '../contract/reading.ts';
import { backlogOf, type Backlog } from './backlog.ts';
import type { Decoder } from './decode.ts';

/** One decoded packet and its place in the journal. */
export interface Packet {
  readonly position: Position;
  readonly receivedAt: number;
  readonly readings: readonly Reading[];
  readonly rejections: readonly Rejection[];
}

/** A packet of the past whose readings are decoded when they are stored. */
export interface PutOff extends Backlog {
  readonly position: Position;
  readonly receivedAt: number;
  readonly topic: string;
}

/** What somebody did, and its place in the journal. */
export interface Deed {
  readonly position: Position;
  readonly receivedAt: number;
  readonly action: Action;
}

/** Decoded packets and actions from `from` up to but not including `next`. */
export interface Stretch {
  readonly from: Position;
  readonly next: Position;
  readonly packets: readonly Packet[];
  /** Only at the head: what the live side need not wait for. */
  readonly putOff: readonly PutOff[];
  readonly deeds: readonly Deed[];
  /** By how many readings packets that had been put off turned out to have more than it seemed, or, below nought, fewer. */
  readonly miscounted: number;
  /** Records of actions that cannot be read as any. */
  readonly unreadable: number;
}

/** About 40 MB of decoded readings. */
const keptReadings = 60_000;
/** Some thousand readings: enough to keep up with whatever comes in however busy the thread is, and little enough to be stored in a life of two seconds. */
const readBytes = 1024 * 1024;

export class Intake {
  /** Up to where the journal has been decoded. */
  head: Position;
  /** Readings decoded since the intake began. */
  received = 0;
  /** Nothing will be added any more. */
  closed = false;
  readonly #journal: JournalReader;
  readonly #decoder: Decoder;
  readonly #kept: Stretch[] = [];
  #keptCount = 0;

  constructor(journal: JournalReader, decoder: Decoder, start: Position) {
    this.#journal = journal;
    this.#decoder = decoder;
    this.head = start;
  }

  /** Waits for and decodes the next stretch at the head; null once the journal or the intake is closed. */
  async advance(): Promise<Stretch | null> {
    const batch = await this.#journal.read(this.head, readBytes);
    if (!batch) this.closed = true;
    if (!batch || this.closed) return null;
    const stretch = decodeBatch(this.#decoder, batch, batch.next, 'head');
    const count = sizeOf(stretch);
    this.received += stretch.putOff.reduce((sum, one) => sum + one.count, count);
    this.head = batch.next;
    if (this.#keptCount + count <= keptReadings) {
      this.#kept.push(stretch);
      this.#keptCount += count;
    }
    return stretch;
  }

  /** The stretch that begins at `from`, out of memory or out of the journal; null where there is none yet. */
  async stretchAt(from: Position): Promise<Stretch | null> {
    if (from >= this.head) return null;
    const found = this.#kept.find((stretch) => stretch.from === from);
    if (found?.putOff.length === 0) return found;
    const batch = await this.#journal.read(from, readBytes);
    if (!batch) return null;
    const following = found?.next ?? this.#kept.find((stretch) => stretch.from > from)?.from ?? this.head;
    const stretch = decodeBatch(this.#decoder, batch, Math.min(batch.next, following), 'stored');
    this.received += stretch.miscounted;
    return stretch;
  }

  /** Takes nothing more in; what has been decoded is still worked off. */
  close(): void {
    this.closed = true;
  }

  /** Everything before `position` is stored and may be forgotten. */
  forget(position: Position): void {
    for (let first = this.#kept[0]; first && first.next <= position; first = this.#kept[0]) {
      this.#keptCount -= sizeOf(first);
      this.#kept.shift();
    }
  }

  /** Whether every reading from `position` on that the live side has taken is still in memory. */
  holds(position: Position): boolean {
    let at = position;
    for (const stretch of this.#kept) {
      if (stretch.next <= position) continue;
      if (stretch.from > at) return false;
      at = stretch.next;
    }
    return at >= this.head;
  }

  /** What the live side has taken of those lines at or after `position`, in order of arrival; `holds` must be true of it. */
  tails(lines: readonly string[], position: Position): Map<string, Reading[]> {
    const tails = new Map(lines.map((line): [string, Reading[]] => [line, []]));
    for (const stretch of this.#kept) {
      if (stretch.next <= position) continue;
      for (const packet of stretch.packets) {
        // A packet has the readings of one line.
        const tail = packet.position < position ? undefined : tails.get(packet.readings[0]?.line ?? '');
        if (tail) for (const reading of packet.readings) tail.push(reading);
      }
    }
    return tails;
  }
}

/** What the batch holds before `next`. At the head packets of long ago are put off; to be stored, all are decoded. */
export function decodeBatch(decoder: Decoder, batch: JournalBatch, next: Position, at: 'head' | 'stored'): Stretch {
  const packets: Packet[] = [];
  const putOff: PutOff[] = [];
  const deeds: Deed[] = [];
  let [miscounted, unreadable] = [0, 0];
  batch.records.forEach((record, index) => {
    const position = batch.positions[index] ?? batch.from;
    if (position >= next) return;
    const { receivedAt } = record;
    if (record.kind === 'telemetry') {
      const old = backlogOf(record);
      if (old && at === 'head') {
        putOff.push({ position, receivedAt, topic: record.topic, ...old });
        return;
      }
      const { readings, rejections, received } = decoder.decode(record);
      if (old) miscounted += received - old.count;
      packets.push({ position, receivedAt, readings, rejections });
      return;
    }
    const action = parseAction(record.payload);
    if (action) deeds.push({ position, receivedAt, action });
    else unreadable += 1;
  });
  return { from: batch.from, next, packets, putOff, deeds, miscounted, unreadable };
}

/** How many readings, good and bad, a stretch holds. */
export function sizeOf(stretch: Stretch): number {
  let count = 0;
  for (const packet of stretch.packets) count += packet.readings.length + packet.rejections.length;
  return count;
}

/**
 * Telemetry and people's actions on their way into the journal. Comes in: packets that the access rule has let through. Goes out: journal
 * records, in the order of arrival, and word to Aedes to acknowledge a packet once its record is safe on disk.
 * Where the journal lags, connections are not read: memory stays bounded and TCP pushes back on the devices.
 */
import type { PublishPacket } from 'aedes';
import type { Clock } from '../contract/clock.ts';
import type { JournalRecord, JournalWriter } from '../journal/journal.ts';
import type { Limits } from './limits.ts';
import type { Session } from './session.ts';

type Done = (error?: Error | null) => void;

export class Intake {
  readonly #journal: JournalWriter;
  readonly #clock: Clock;
  readonly #limits: Limits;
  readonly #paused = new Set<Session>();
  #pendingBytes = 0;

  constructor(journal: JournalWriter, clock: Clock, limits: Limits) {
    this.#journal = journal;
    this.#clock = clock;
    this.#limits = limits;
  }

  /**
   * `done` is called when the packet may be acknowledged: at once for QoS 0, else after the journal's fsync. A QoS 2
   * packet is journaled at its PUBLISH, before PUBREC; should it be sent again, its readings count as duplicates.
   */
  take(kind: JournalRecord['kind'], session: Session, packet: PublishPacket, done: Done): void {
    const bytes = typeof packet.payload === 'string' ? Buffer.from(packet.payload) : packet.payload;
    const isTooLarge = bytes.length > this.#limits.payloadBytes;
    // A chunk off the wire is never written to again, so a view of it is kept as it is; but not 256 KiB for the sake of one.
    const payload = isTooLarge ? Buffer.from(bytes.subarray(0, this.#limits.keptBytes)) : bytes;
    const payloadBytes = isTooLarge ? (session.oversizes.shift() ?? bytes.length) : bytes.length;
    const cost = payload.length + this.#limits.packetOverheadBytes;
    this.#add(session, cost);
    const appended = this.#journal.append({
      kind,
      topic: packet.topic,
      receivedAt: this.#clock.now(),
      payload,
      payloadBytes,
    });
    if (packet.qos === 0) done(null);
    appended.then(
      () => {
        this.#subtract(session, cost);
        if (packet.qos > 0) done(null);
      },
      // The journal is closed: no acknowledgement, and the connection ends. The device will send it again.
      (error: unknown) => {
        this.#subtract(session, cost);
        if (packet.qos > 0) done(error instanceof Error ? error : new Error('journal closed'));
      },
    );
  }

  /** A connection that has ended need not be resumed. */
  forget(session: Session): void {
    this.#paused.delete(session);
  }

  #add(session: Session, cost: number): void {
    session.pendingBytes += cost;
    this.#pendingBytes += cost;
    if (session.pendingBytes <= this.#limits.windowBytes && this.#pendingBytes <= this.#limits.pendingBytes) return;
    if (this.#paused.has(session) || session.stream.destroyed) return;
    this.#paused.add(session);
    session.gate.pause();
  }

  #subtract(session: Session, cost: number): void {
    session.pendingBytes -= cost;
    this.#pendingBytes -= cost;
    if (this.#paused.size === 0 || this.#pendingBytes > this.#limits.pendingBytes) return;
    for (const paused of this.#paused) {
      if (paused.pendingBytes > this.#limits.windowBytes) continue;
      this.#paused.delete(paused);
      paused.gate.resume();
    }
  }
}

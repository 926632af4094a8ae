/**
 * The live connection: watches a part of the plant, notices gaps and silence, and heals both by itself.
 * Comes in: a socket, a clock, what to watch. Goes out: snapshots, deltas without gaps, summaries, and whether the screen
 * still tells the truth. It keeps no records and decides nothing about sessions.
 */
import type { Socket } from 'socket.io-client';
import type { Clock, Stop } from '../../../contract/clock.ts';
import type { ClientEvents, Delta, ServerEvents, Snapshot, Summary, WatchFilter } from '../../../contract/live.ts';

export type LiveSocket = Socket<ServerEvents, ClientEvents>;

/** `connecting` until the first contact; `stale` once nothing has been heard for `staleAfterMs`. */
export type Contact = 'connecting' | 'live' | 'stale';

export interface FeedListener {
  snapshot(snapshot: Snapshot): void;
  delta(delta: Delta): void;
  summary(summary: Summary): void;
  contact(contact: Contact): void;
  /** The server turned the connection away or ended it: the session may be over. */
  refused(): void;
}

/** With the time between two checks, a screen says within 3 s that it no longer tells the truth. */
export const staleAfterMs = 2500;
/** A connection that looks open but has said nothing for this long is given up and made anew. */
const deadAfterMs = 10_000;
const checkEveryMs = 250;
const watchTimeoutMs = 5000;
const watchPauseMs = 1000;

export class Feed {
  readonly #socket: LiveSocket;
  readonly #clock: Clock;
  readonly #listener: FeedListener;
  readonly #stops: Stop[] = [];
  #filter: WatchFilter | null = null;
  /** Sequence number of the watch in force; null while there is none. */
  #seq: number | null = null;
  /** Tells the answer to the newest watch from answers to earlier ones. */
  #asked = 0;
  #contact: Contact = 'connecting';
  /** When something was heard that was true then. */
  #heardAt: number | null = null;
  /** When anything was heard, and whether the server said that what it tells may no longer be true. */
  #reachedAt = 0;
  #isToldStale = false;
  #widestMs = 0;
  #lead = new Lead();

  constructor(socket: LiveSocket, clock: Clock, listener: FeedListener) {
    this.#socket = socket;
    this.#clock = clock;
    this.#listener = listener;
    socket.on('connect', () => {
      this.#heard();
      this.#watch();
    });
    socket.on('delta', (delta) => {
      this.#delta(delta);
    });
    socket.on('summary', (summary) => {
      this.#told(summary);
      listener.summary(summary);
    });
    socket.on('disconnect', (reason) => {
      this.#seq = null;
      if (reason === 'io server disconnect') listener.refused();
    });
    socket.on('connect_error', () => {
      if (!socket.active) listener.refused();
    });
    socket.io.on('ping', this.#onPing);
    this.#stops.push(
      clock.every(checkEveryMs, () => {
        this.#check();
      }),
    );
  }

  /** Watches this part of the plant from now on; null: only summaries. */
  watch(filter: WatchFilter | null): void {
    this.#filter = filter;
    this.#watch();
  }

  open(): void {
    this.#socket.connect();
  }

  close(): void {
    for (const stop of this.#stops) stop();
    this.#socket.io.off('ping', this.#onPing);
    this.#socket.removeAllListeners();
    this.#socket.disconnect();
  }

  /** The server's time as well as it is known here: screens count from it, whatever this machine's clock says. */
  now(): number {
    return this.#clock.now() + this.#lead.value;
  }

  /** Milliseconds since the last contact that told the truth; null before the first contact. */
  silence(): number | null {
    return this.#heardAt === null ? null : this.#clock.now() - this.#heardAt;
  }

  /** The longest time between two contacts since the last call: what "live" means in figures. */
  widest(): number {
    const widest = Math.max(this.#widestMs, this.silence() ?? 0);
    this.#widestMs = 0;
    return widest;
  }

  readonly #onPing = (): void => {
    this.#heard();
  };

  #delta(delta: Delta): void {
    this.#told(delta);
    if (this.#seq === null || delta.seq <= this.#seq) return;
    if (delta.seq !== this.#seq + 1) {
      this.#seq = null;
      this.#watch();
      return;
    }
    this.#seq = delta.seq;
    this.#listener.delta(delta);
  }

  #watch(): void {
    this.#seq = null;
    this.#asked += 1;
    const [filter, asked] = [this.#filter, this.#asked];
    if (filter === null || !this.#socket.connected) return;
    this.#socket.timeout(watchTimeoutMs).emit('watch', filter, (error: Error | null, answer) => {
      if (asked !== this.#asked) return;
      if (error !== null || 'error' in answer) {
        this.#stops.push(
          this.#clock.after(watchPauseMs, () => {
            if (asked === this.#asked) this.#watch();
          }),
        );
        return;
      }
      this.#told(answer);
      this.#seq = answer.seq;
      this.#listener.snapshot(answer);
    });
  }

  #told({ at, stale = false }: { readonly at: number; readonly stale?: boolean }): void {
    this.#lead.add(at - this.#clock.now());
    this.#isToldStale = stale;
    this.#heard();
  }

  #heard(): void {
    const now = this.#clock.now();
    this.#reachedAt = now;
    if (!this.#isToldStale || this.#heardAt === null) {
      if (this.#heardAt !== null) this.#widestMs = Math.max(this.#widestMs, now - this.#heardAt);
      this.#heardAt = now;
    }
    this.#turn(this.#isToldStale ? 'stale' : 'live');
  }

  #check(): void {
    const silence = this.silence();
    if (silence === null || silence < staleAfterMs) return;
    this.#turn('stale');
    if (this.#clock.now() - this.#reachedAt >= deadAfterMs && this.#socket.connected) {
      this.#reachedAt = this.#clock.now();
      this.#socket.disconnect().connect();
    }
  }

  #turn(contact: Contact): void {
    if (contact === this.#contact) return;
    this.#contact = contact;
    this.#listener.contact(contact);
  }
}

/** How far the server's clock is ahead of ours: of the last messages the one that travelled fastest knows best. */
class Lead {
  readonly #last: number[] = [];
  value = 0;

  add(ahead: number): void {
    this.#last.push(ahead);
    if (this.#last.length > 40) this.#last.shift();
    this.value = Math.max(...this.#last);
  }
}

/**
 * Which alarms people are told of in the page, and how: one by one, as one incident, or as many. Comes in: alarms that have risen.
 * Goes out: pieces of news. What may turn out to be an incident waits a moment; late, shelved and folded ones are no news,
 * nor is what somebody else has been given.
 */
import type { Clock, Stop } from '../../../contract/clock.ts';
import { priorities, type AlarmRecord } from '../../../contract/alarm.ts';

export type Piece =
  | { readonly kind: 'alarm'; readonly record: AlarmRecord }
  | { readonly kind: 'incident'; readonly record: AlarmRecord; readonly count: number }
  | { readonly kind: 'many'; readonly record: AlarmRecord; readonly count: number };

export interface NewsParts {
  readonly clock: Clock;
  readonly me: string;
  /** The alarm as it is by then. */
  readonly find: (id: string) => AlarmRecord | undefined;
  /** Whether neighbours are likely to have the same. */
  readonly isShared: (record: AlarmRecord) => boolean;
  readonly tell: (piece: Piece) => void;
}

/** As long as the server waits for others to join, and a little for the way here. */
const gatherMs = 2_500;
/** So many told within `spellMs` can be read; the rest are told as a number, gathered for a moment. */
const spell = 3;
const spellMs = 10_000;
const restMs = 500;
/** Incidents whose newcomers are kept quiet. */
const remembered = 200;

export class News {
  readonly #parts: NewsParts;
  readonly #waiting = new Set<string>();
  #flush: Stop | null = null;
  /** Incidents that were told of, so that those who join are not. */
  readonly #incidents = new Set<string>();
  #toldAt: number[] = [];
  readonly #rest: AlarmRecord[] = [];
  #count: Stop | null = null;

  constructor(parts: NewsParts) {
    this.#parts = parts;
  }

  close(): void {
    this.#flush?.();
    this.#count?.();
  }

  rise(records: readonly AlarmRecord[]): void {
    const now: AlarmRecord[] = [];
    for (const record of records) {
      if (this.#parts.isShared(record) && record.group === null) this.#waiting.add(record.id);
      else now.push(record);
    }
    this.#tell(now);
    if (this.#waiting.size > 0 && this.#flush === null) {
      this.#flush = this.#parts.clock.after(gatherMs, () => {
        this.#flush = null;
        const gathered = [...this.#waiting].flatMap((id) => this.#parts.find(id) ?? []);
        this.#waiting.clear();
        this.#tell(gathered);
      });
    }
  }

  #tell(records: readonly AlarmRecord[]): void {
    const single: AlarmRecord[] = [];
    const incidents = new Map<string, AlarmRecord[]>();
    for (const record of records) {
      if (!this.#concerns(record)) continue;
      const { group } = record;
      if (group === null) single.push(record);
      else if (!this.#isFolded(group)) incidents.set(group, [...(incidents.get(group) ?? []), record]);
    }
    for (const [id, [first, ...others]] of incidents) {
      if (!first) continue;
      this.#remember(id);
      this.#parts.tell({ kind: 'incident', record: first, count: 1 + others.length });
    }
    const { clock, tell } = this.#parts;
    const now = clock.now();
    this.#toldAt = this.#toldAt.filter((at) => now - at < spellMs);
    const room = this.#rest.length > 0 ? 0 : Math.max(0, spell - this.#toldAt.length);
    if (single.length > room) {
      this.#rest.push(...single);
      this.#countRest();
      return;
    }
    for (const record of single) tell({ kind: 'alarm', record });
    this.#toldAt.push(...single.map(() => now));
  }

  /** What cannot be read one by one any more is told as a number, now and then. */
  #countRest(): void {
    this.#count ??= this.#parts.clock.after(restMs, () => {
      this.#count = null;
      const rest = this.#rest.splice(0);
      const [first] = rest;
      if (!first) return;
      this.#toldAt.push(this.#parts.clock.now());
      const gravest = rest.reduce(
        (one, other) => (priorities.indexOf(other.priority) < priorities.indexOf(one.priority) ? other : one),
        first,
      );
      this.#parts.tell({ kind: 'many', record: gravest, count: rest.length });
    });
  }

  #concerns({ state, late, assignedTo }: AlarmRecord): boolean {
    return state === 'unacknowledged' && !late && (assignedTo === null || assignedTo === this.#parts.me);
  }

  #remember(incident: string): void {
    const [oldest] = this.#incidents;
    if (oldest !== undefined && this.#incidents.size >= remembered) this.#incidents.delete(oldest);
    this.#incidents.add(incident);
  }

  /** Part of an incident that was told of, or of a chattering alarm that is there by itself. */
  #isFolded(group: string): boolean {
    return this.#incidents.has(group) || this.#parts.find(group) !== undefined;
  }
}

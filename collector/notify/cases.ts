/**
 * Cases: what people are being told of until somebody takes it on. Comes in: announcements, records and deliveries as they change. Goes out: which cases are
 * due for a reminder, and what was sent of each. Everything is in memory and bounded; the alarm book is what lasts.
 */
import type { AlarmRecord } from '../../contract/alarm.ts';
import type { Delivery } from '../../contract/notify.ts';
import { isPending, isTakenOn, type Told } from './plan.ts';

/** One alarm or incident, by its latest announcement. */
export interface Case {
  told: Told;
  /** By id; of earlier announcements, too. */
  readonly deliveries: Map<string, Delivery>;
  /** Up to when its occasions have been dealt with. */
  after: number;
  /** When the next reminder or escalation is due; null while there is none to come. */
  nextAt: number | null;
}

/** Over this, the oldest that nobody needs to be told of any more are forgotten, and that they are over is not told. */
const mostCases = 20_000;

export class Cases {
  readonly #cases = new Map<string, Case>();
  /** Those with a `nextAt`. */
  readonly #open = new Set<Case>();

  get(subject: string | null): Case | null {
    return this.#cases.get(subject ?? '') ?? null;
  }

  /** Begins a case, or goes on with a newer announcement of the same thing. */
  open(told: Told, after: number): Case {
    const subject = subjectOf(told.announcement) ?? '';
    const known = this.#cases.get(subject);
    if (known) {
      known.told = told;
      known.after = after;
      return known;
    }
    const made: Case = { told, deliveries: new Map(), after, nextAt: null };
    this.#cases.set(subject, made);
    for (const [id, { nextAt }] of this.#cases) {
      if (this.#cases.size <= mostCases) break;
      if (nextAt === null) this.#cases.delete(id);
    }
    return made;
  }

  schedule(known: Case, nextAt: number | null): void {
    known.nextAt = isPending(known.told) ? nextAt : null;
    if (known.nextAt === null) this.#open.delete(known);
    else this.#open.add(known);
  }

  due(now: number): Case[] {
    return [...this.#open].filter(({ nextAt }) => nextAt !== null && nextAt <= now);
  }

  /** Cases that the record is of: its own, and that of its incident. */
  update(record: AlarmRecord): Case[] {
    return [record.id, record.group].flatMap((subject) => {
      const known = this.get(subject);
      if (!known) return [];
      const records = known.told.records.filter(({ id }) => id !== record.id);
      known.told = { ...known.told, records: subject === record.id ? [record] : [...records, record] };
      if (!isPending(known.told)) this.schedule(known, null);
      return [known];
    });
  }
}

/** What of a case still has to be sent, and need not be now: everything once somebody has taken it on; once it is over, what was put off. */
export function isNeedless({ records }: Told, delivery: Delivery, now: number): boolean {
  if (delivery.occasion === 'cleared') return false;
  if (records.some(isTakenOn)) return true;
  return records.length > 0 && records.every(({ state }) => state !== 'unacknowledged') && delivery.dueAt > now;
}

export function subjectOf({ incident, alarm }: Pick<Delivery, 'incident' | 'alarm'>): string | null {
  return incident ?? alarm;
}

export function isUnfinished({ deliveredAt, failedAt }: Delivery): boolean {
  return deliveredAt === null && failedAt === null;
}

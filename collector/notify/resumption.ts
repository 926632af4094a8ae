/**
 * Resumption: how to go on after a restart. Comes in: what the alarm book knows. Goes out: cases that are still open, messages that were decided on and have not
 * arrived, messages that were never decided on because the process ended first, and what is given up. It is pure.
 */
import type { Delivery } from '../../contract/notify.ts';
import type { Duty } from '../../contract/duty.ts';
import { grouped } from '../../kpi/grouping.ts';
import { isNeedless, isUnfinished, subjectOf } from './cases.ts';
import { clearedDeliveries, firstDeliveries, isPending, isTakenOn, withdrawn, type Planned, type Told } from './plan.ts';
import type { Recovered } from './recovery.ts';
import type { Rota } from '../../kpi/rota.ts';

interface Resumed {
  readonly told: Told;
  readonly deliveries: readonly Delivery[];
  readonly after: number;
}

export interface Resumption {
  /** Oldest first. */
  readonly cases: readonly Resumed[];
  /** Never decided on before. */
  readonly planned: readonly Planned[];
  readonly unfinished: readonly Planned[];
  /** Given up, as they are to be written down. */
  readonly lost: readonly Delivery[];
}

/** What nobody has taken on is told for the first time even so late; what is over, or was only a word of warning, is not. */
const pendingWithinMs = 24 * 3_600_000;
const overWithinMs = 3_600_000;

export function resumptionOf({ told, deliveries }: Recovered, rota: Rota, duty: Duty, now: number): Resumption {
  const cases: Resumed[] = [];
  const planned: Planned[] = [];
  const made = new Set(deliveries.map(({ id }) => id));
  const bySubject = grouped(deliveries, (delivery) => subjectOf(delivery) ?? '');
  for (const one of told) {
    const { kind, at } = one.announcement;
    const known = bySubject.get(subjectOf(one.announcement) ?? '') ?? [];
    const isEnd = kind === 'cleared' || kind === 'incident-cleared';
    if (!isEnd && kind !== 'flood') cases.push({ told: one, deliveries: known, after: lastOf(one, known) });
    if (now - at > (isPending(one) ? pendingWithinMs : overWithinMs) || (!isEnd && one.records.some(isTakenOn))) continue;
    const asked = isEnd ? clearedDeliveries(one, rota, duty, known) : firstDeliveries(one, rota);
    planned.push(...asked.filter(({ delivery }) => !made.has(delivery.id)));
  }
  return { cases, planned, ...sorted(deliveries.filter(isUnfinished), told, duty, now) };
}

/** Up to when its occasions were dealt with. */
function lastOf({ announcement }: Told, deliveries: readonly Delivery[]): number {
  const own = deliveries.filter((delivery) => delivery.announcement === announcement.id).map(({ dueAt }) => dueAt);
  return Math.max(announcement.at, ...own);
}

/** What can still be sent, and what cannot or need not. */
function sorted(
  deliveries: readonly Delivery[],
  told: readonly Told[],
  duty: Duty,
  now: number,
): { readonly unfinished: Planned[]; readonly lost: Delivery[] } {
  const unfinished: Planned[] = [];
  const lost: Delivery[] = [];
  const byId = new Map(told.map((one) => [one.announcement.id, one]));
  for (const delivery of deliveries) {
    const one = byId.get(delivery.announcement);
    if (!one || duty.channels.every(({ id }) => id !== delivery.channel)) {
      lost.push({ ...delivery, failedAt: now, error: 'its alarm or its channel is not there any more' });
      continue;
    }
    const isOld = !isPending(one) && delivery.dueAt < now - overWithinMs;
    if (isOld || isNeedless(one, delivery, now)) lost.push(withdrawn(delivery, now));
    else unfinished.push({ told: one, delivery, people: duty.people.filter(({ name }) => delivery.to.includes(name)) });
  }
  return { unfinished, lost };
}

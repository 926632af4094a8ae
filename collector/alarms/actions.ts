/**
 * What people do to an alarm: which state allows which action, in one table, and what each does to the record.
 * Comes in: an alarm and a request whose sender may do such things. Goes out: done, repeated, or refused with the reason and who was
 * first; a refused or repeated request changes nothing [ALM-8]. It checks no roles and tells nobody.
 */
import { shelveMinutes, type ActionOutcome, type ActionRequest, type AlarmAction, type AlarmState } from '../../contract/alarm.ts';
import { isAcknowledged, settle, unshelve, type Entry } from './record.ts';

/** In which states an action can be done. After an alarm has gone, who acknowledged it may still be on the way. */
export const allowed: Readonly<Record<AlarmAction, readonly AlarmState[]>> = {
  acknowledge: ['unacknowledged', 'returned'],
  assign: ['unacknowledged', 'acknowledged', 'returned', 'shelved'],
  arrive: ['acknowledged', 'shelved', 'normal'],
  resolve: ['acknowledged', 'shelved', 'normal'],
  shelve: ['unacknowledged', 'acknowledged', 'returned'],
  unshelve: ['shelved'],
  comment: ['unacknowledged', 'acknowledged', 'returned', 'normal', 'shelved'],
};

/** Requests remembered for each alarm, to know a repeated one by. */
const remembered = 16;

export function act(entry: Entry, request: ActionRequest): ActionOutcome {
  const { record } = entry;
  if (entry.actions.includes(request.id)) return { result: 'repeated', record: { ...record } };
  const first = doneBefore(entry, request);
  if (first !== null) {
    const mine = first.by === request.who && (request.action !== 'acknowledge' || record.state === 'acknowledged');
    return mine ? { result: 'repeated', record: { ...record } } : { result: 'refused', reason: 'already', ...first };
  }
  if (!isAllowed(entry, request.action)) return { result: 'refused', reason: 'state', by: null, at: null };
  if (!isComplete(request)) return { result: 'refused', reason: 'incomplete', by: null, at: null };
  apply(entry, request);
  settle(entry);
  entry.actions = [...entry.actions, request.id].slice(-remembered);
  return { result: 'done', record: { ...record } };
}

/** What a request says besides who and when, as it stands in the alarm's history; null where it says nothing more. */
export function detailOf({ to, minutes, reason, cause, remedy, comment }: ActionRequest): string | null {
  const said = [to, minutes === undefined ? undefined : `${String(minutes)} min`, reason, cause, remedy, comment];
  const parts = said.filter((part) => part !== undefined && part.trim() !== '');
  return parts.length === 0 ? null : parts.join(' · ');
}

/** Who has done this already, where it can be done but once. */
function doneBefore(entry: Entry, { action }: ActionRequest): { by: string | null; at: number | null } | null {
  const { record } = entry;
  switch (action) {
    case 'acknowledge':
      return isAcknowledged(entry) ? { by: record.acknowledgedBy, at: record.acknowledgedAt } : null;
    case 'assign':
      return null;
    case 'arrive':
      return record.arrivedAt === null ? null : { by: record.arrivedBy, at: record.arrivedAt };
    case 'resolve':
      return record.resolvedAt === null ? null : { by: record.resolvedBy, at: record.resolvedAt };
    case 'shelve':
      return record.shelvedUntil === null ? null : { by: record.shelvedBy, at: null };
    case 'unshelve':
    case 'comment':
      return null;
  }
}

function isAllowed({ record }: Entry, action: AlarmAction): boolean {
  if (!allowed[action].includes(record.state)) return false;
  if (action === 'comment' || action === 'unshelve') return true;
  // Once resolved, the work is over; the condition may take its time to end.
  if (record.resolvedAt !== null && action !== 'acknowledge' && action !== 'shelve') return false;
  return !['arrive', 'resolve'].includes(action) || record.acknowledgedAt !== null;
}

function isComplete({ action, to, minutes, reason, cause, comment }: ActionRequest): boolean {
  const said = (text: string | undefined): boolean => text !== undefined && text.trim() !== '';
  if (action === 'assign') return said(to);
  if (action === 'shelve') return said(reason) && minutes !== undefined && minutes > 0 && minutes <= shelveMinutes;
  if (action === 'resolve') return said(cause);
  return action !== 'comment' || said(comment);
}

/** No time of the repair clock lies before the step before it, even where two servers' clocks differ by a little. */
function apply(entry: Entry, { action, who, at, ...given }: ActionRequest): void {
  const { record } = entry;
  switch (action) {
    case 'acknowledge':
      record.acknowledgedAt ??= Math.max(at, record.raisedAt);
      record.acknowledgedBy ??= who;
      entry.again = false;
      return;
    case 'assign':
      record.assignedTo = given.to ?? null;
      return;
    case 'arrive':
      record.arrivedAt = Math.max(at, record.acknowledgedAt ?? record.raisedAt);
      record.arrivedBy = who;
      return;
    case 'resolve':
      record.resolvedAt = Math.max(at, record.arrivedAt ?? record.acknowledgedAt ?? record.raisedAt);
      record.resolvedBy = who;
      record.cause = given.cause ?? null;
      record.remedy = given.remedy ?? null;
      return;
    case 'shelve':
      record.shelvedUntil = at + Math.round((given.minutes ?? 0) * 60_000);
      record.shelvedBy = who;
      record.shelvedWhy = given.reason ?? null;
      return;
    case 'unshelve':
      unshelve(entry, false);
      return;
    case 'comment':
      return;
  }
}

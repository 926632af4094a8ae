/**
 * One alarm's life: rising, clearing, rising again, being set aside. Comes in: a record and what happens to it. Goes out: the
 * same record with its state. The state is never stored by hand: it follows from the facts, so it cannot contradict them [ALM-3].
 */
import type { AlarmRecord, AlarmState } from '../../contract/alarm.ts';
import { identityOf } from './identity.ts';
import type { Rule } from '../../kpi/rules.ts';

/** A record and what only the engine needs to know of it. Plain JSON. */
export interface Entry {
  readonly record: AlarmRecord;
  /** Whether it was announced, so that its end is worth telling. */
  announced: boolean;
  /** It was announced again after an acknowledgement, and needs another. */
  again: boolean;
  /** Ids of the latest actions, to know a repeated request by. */
  actions: string[];
}

export interface Rise {
  readonly line: string;
  /** As it stands in the record. */
  readonly rule: Rule;
  readonly at: number;
  readonly value: number | null;
  readonly late: boolean;
}

export function newEntry({ line, rule, at, value, late }: Rise): Entry {
  const record: AlarmRecord = {
    id: identityOf(at, line, rule.id),
    line,
    rule: rule.id,
    priority: rule.priority,
    state: 'unacknowledged',
    raisedAt: at,
    clearedAt: null,
    deliveredAt: null,
    acknowledgedAt: null,
    acknowledgedBy: null,
    assignedTo: null,
    arrivedAt: null,
    arrivedBy: null,
    resolvedAt: null,
    resolvedBy: null,
    cause: null,
    remedy: null,
    value,
    limit: rule.limit,
    text: rule.text,
    group: null,
    late,
    raises: 1,
    shelvedUntil: null,
    shelvedBy: null,
    shelvedWhy: null,
  };
  return { record, announced: false, again: false, actions: [] };
}

/** Whether its condition holds. */
export function isActive({ record }: Entry): boolean {
  return record.clearedAt === null;
}

export function isAcknowledged({ record, again }: Entry): boolean {
  return record.acknowledgedAt !== null && !again;
}

/** Brings the state in line with the facts, after any of them changed. */
export function settle(entry: Entry): void {
  entry.record.state = stateOf(entry);
}

function stateOf(entry: Entry): AlarmState {
  const { record } = entry;
  if (record.shelvedUntil !== null) return 'shelved';
  if (isActive(entry)) return isAcknowledged(entry) ? 'acknowledged' : 'unacknowledged';
  // Nobody was told of a late alarm, so nobody has to acknowledge it.
  return isAcknowledged(entry) || record.late ? 'normal' : 'returned';
}

export function clear(entry: Entry, at: number): void {
  entry.record.clearedAt = Math.max(at, entry.record.raisedAt);
  settle(entry);
}

/** It rises again before anybody acknowledged it, or while it is set aside. */
export function riseAgain(entry: Entry): void {
  entry.record.clearedAt = null;
  entry.record.raises += 1;
  settle(entry);
}

/** Its time on the shelf is over. One that is still active is announced again and needs acknowledging, whatever was before. */
export function unshelve(entry: Entry, expired: boolean): void {
  Object.assign(entry.record, { shelvedUntil: null, shelvedBy: null, shelvedWhy: null });
  entry.again = expired && isActive(entry);
  settle(entry);
}

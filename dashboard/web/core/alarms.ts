/**
 * The alarms that are open now: what the server answers, brought up to date by what it tells, with one's own deeds shown at once.
 * Comes in: answers, events, deeds. Goes out: records, and those that have just risen. An answer never overwrites what was
 * told after it was asked for; what is over is forgotten, but for what somebody still has to say about it.
 */
import type { PersonOnDuty } from '../../../contract/alarms-api.ts';
import type { AlarmRecord } from '../../../contract/alarm.ts';
import { wantsCause } from './deeds.ts';

export class Alarms {
  readonly #me: string;
  #records = new Map<string, AlarmRecord>();
  /** Deeds on their way, as they will look. */
  readonly #supposed = new Map<string, AlarmRecord>();
  /** Counts what was told; and of each alarm, when it was told of last. */
  #moment = 0;
  readonly #told = new Map<string, number>();
  #isKnown = false;

  constructor(me: string) {
    this.#me = me;
  }

  get size(): number {
    return this.#records.size;
  }

  /** Whether the first answer has come. */
  get isKnown(): boolean {
    return this.#isKnown;
  }

  get(id: string): AlarmRecord | undefined {
    return this.#supposed.get(id) ?? this.#records.get(id);
  }

  isSupposed(id: string): boolean {
    return this.#supposed.has(id);
  }

  *values(): Generator<AlarmRecord> {
    for (const [id, record] of this.#records) yield this.#supposed.get(id) ?? record;
  }

  /** To be kept while a question is on its way, and given back with its answer. */
  moment(): number {
    return this.#moment;
  }

  /** Everything that is open, as asked for at `moment`. Returns what has risen since the last answer; nothing at the first. */
  replace(records: readonly AlarmRecord[], moment: number): AlarmRecord[] {
    const before = this.#records;
    this.#records = new Map();
    for (const record of records) if (this.#toldAt(record.id) <= moment && this.#isWanted(record)) this.#records.set(record.id, record);
    for (const [id, record] of before) if (this.#toldAt(id) > moment) this.#records.set(id, record);
    for (const [id, at] of this.#told) if (at <= moment) this.#told.delete(id);
    const risen = this.#isKnown ? [...this.#records.values()].filter((record) => hasRisen(before.get(record.id), record)) : [];
    this.#isKnown = true;
    return risen;
  }

  /** An alarm as it has just become. Returns it where it has risen. */
  tell(record: AlarmRecord): AlarmRecord | null {
    this.#moment += 1;
    this.#told.set(record.id, this.#moment);
    return this.#take(record);
  }

  /** The answer to a deed begun at `moment`. */
  answer(record: AlarmRecord, moment: number): void {
    this.#supposed.delete(record.id);
    if (this.#toldAt(record.id) <= moment) this.#take(record);
  }

  suppose(record: AlarmRecord): void {
    if (this.#records.has(record.id)) this.#supposed.set(record.id, record);
  }

  /** It was not to be. */
  withdraw(id: string): void {
    this.#supposed.delete(id);
  }

  #take(record: AlarmRecord): AlarmRecord | null {
    const before = this.#records.get(record.id);
    if (this.#isWanted(record)) this.#records.set(record.id, record);
    else this.#records.delete(record.id);
    return hasRisen(before, record) ? record : null;
  }

  #isWanted(record: AlarmRecord): boolean {
    return record.state !== 'normal' || (wantsCause(record) && isMine(record, this.#me));
  }

  #toldAt(id: string): number {
    return this.#told.get(id) ?? -1;
  }
}

/** Assigned to me; or, while it is assigned to nobody, acknowledged by me. */
export function isMine({ assignedTo, acknowledgedBy, arrivedBy }: AlarmRecord, me: string): boolean {
  return assignedTo === null ? acknowledgedBy === me || arrivedBy === me : assignedTo === me;
}

/** Who is on it, as far as anybody is. */
export function personOn({ assignedTo, arrivedBy, acknowledgedBy }: AlarmRecord): string | null {
  return assignedTo ?? arrivedBy ?? acknowledgedBy;
}

/** Whether it is active now and was not before: new, once more, or after its shelf. */
function hasRisen(before: AlarmRecord | undefined, after: AlarmRecord): boolean {
  if (after.state !== 'unacknowledged' || after.late) return false;
  return before?.state !== 'unacknowledged' || before.late || after.raises > before.raises;
}

/** Somebody an alarm can be given to: by user name where there is an account. `level` is of who is on duty, null of others. */
export interface Assignable {
  readonly to: string;
  readonly name: string;
  readonly level: number | null;
}

/** Whom to offer besides oneself: who is on duty, those told first before the others, then whoever is at work on alarms now. */
export function assignable(duty: readonly PersonOnDuty[], records: Iterable<AlarmRecord>, me: string): Assignable[] {
  const onDuty = duty.map(({ name, username, level }): Assignable => ({ to: username ?? name, name, level }));
  const known = new Set([me, ...onDuty.map(({ to }) => to)]);
  const others = peopleIn(records).filter((person) => !known.has(person));
  return [...onDuty.filter(({ to }) => to !== me), ...others.map((to): Assignable => ({ to, name: to, level: null }))];
}

/** Everybody who has to do with these alarms, in the order of the alphabet. */
function peopleIn(records: Iterable<AlarmRecord>): string[] {
  const people = new Set<string>();
  for (const { assignedTo, acknowledgedBy, arrivedBy, shelvedBy } of records) {
    for (const person of [assignedTo, acknowledgedBy, arrivedBy, shelvedBy]) if (person !== null) people.add(person);
  }
  return [...people].sort();
}

/**
 * The alarm engine: what happens on the lines, and what people do, becomes alarms and announcements. Comes in: one event after another, each
 * with its time. Goes out: changed records and what to tell. It reads no clock, does no I/O and draws no chance: all it knows is its state, plain
 * JSON, and the same events always lead to the same state and the same ids, however often they are told again after a restart.
 *
 * Everything that falls due by itself falls due at its own time, before the next event is looked at; events of kind `time` only make it
 * happen sooner on screen. Its state is moved on in place, as a fold's is: a copy for every event would cost more than the event.
 */
import type { ActionOutcome, ActionRequest, AlarmRecord, Incident } from '../../contract/alarm.ts';
import type { PlacedOverride } from '../../contract/overrides.ts';
import type { Plant } from '../../contract/plant.ts';
import type { Reading } from '../../contract/reading.ts';
import { DueList } from './due.ts';
import { timeOf, type AlarmEvent, type Outcome } from './events.ts';
import type { LineState } from './line.ts';
import { Lines, type EngineTime } from './lines.ts';
import { Register, type RegisterState } from './register.ts';
import { Rulebook } from './rulebook.ts';
import type { RuleSet } from '../../kpi/rules.ts';

interface EngineState {
  readonly version: 1;
  now: number;
  deafUntil: number;
  lines: [id: string, line: LineState][];
  register: RegisterState;
  overrides: PlacedOverride[];
}

/** Time given to devices to come back after the system itself was away. */
const returnMs = 60_000;

export class AlarmEngine {
  readonly #lines: Lines;
  readonly #rules: Rulebook;
  readonly #register: Register;
  readonly #due = new DueList();
  readonly #time: EngineTime;

  /** Goes on from a snapshot, or starts with nothing known; lines that have left the plant are left out. */
  constructor(plant: Plant, snapshot: string | null) {
    const state = snapshot === null ? null : (JSON.parse(snapshot) as EngineState);
    this.#time = { now: state?.now ?? 0, deafUntil: state?.deafUntil ?? 0 };
    this.#rules = new Rulebook(plant, state?.overrides ?? []);
    this.#register = new Register(plant.lines, state?.register ?? null);
    const queue = this.#due.add.bind(this.#due);
    this.#lines = new Lines({ rules: this.#rules, register: this.#register, time: this.#time, queue }, state?.lines ?? []);
    for (const place of this.#register.places()) {
      const due = this.#register.tellAt(place);
      if (due !== null) this.#due.add(`place ${place}`, due);
    }
    for (const { record } of this.#register.entries())
      if (record.shelvedUntil !== null) this.#due.add(`alarm ${record.id}`, record.shelvedUntil);
  }

  snapshot(): string {
    const state: EngineState = {
      version: 1,
      ...this.#time,
      lines: this.#lines.state(),
      register: this.#register.state(),
      overrides: this.#rules.overrides(),
    };
    return JSON.stringify(state);
  }

  /** Up to when everything has happened, by the server's clock. */
  get now(): number {
    return this.#time.now;
  }

  /** Every alarm at hand: the open ones, and those that closed lately. */
  records(): AlarmRecord[] {
    return [...this.#register.entries()].map(({ record }) => ({ ...record }));
  }

  record(id: string): AlarmRecord | null {
    const entry = this.#register.get(id);
    return entry && { ...entry.record };
  }

  /** Null once it is over and nobody can join it any more. */
  incident(id: string): Incident | null {
    return this.#register.incident(id);
  }

  /** Whether a reading lies behind the newest one of its line: it is not judged as it comes [ALM-6]. */
  isBehind(reading: Reading): boolean {
    return this.#lines.isBehind(reading);
  }

  rulesOf(line: string): RuleSet | null {
    return this.#rules.of(line) ?? null;
  }

  /** The override in force in the place of which another one would come. */
  overrideBefore(placed: PlacedOverride): PlacedOverride | null {
    return this.#rules.before(placed);
  }

  take(event: AlarmEvent): Outcome {
    if (event.kind === 'listening') {
      this.#advance(event.from);
      this.#time.deafUntil = Math.max(this.#time.deafUntil, event.at + returnMs);
    }
    this.#advance(timeOf(event));
    const action = this.#handle(event);
    return { ...this.#register.changes(), action };
  }

  #handle(event: AlarmEvent): ActionOutcome | null {
    switch (event.kind) {
      case 'reading':
        this.#lines.reading(event.reading);
        return null;
      case 'connection':
        this.#lines.connection(event.line, event.at, event.connected);
        return null;
      case 'rejection':
        this.#lines.rejection(event.line, event.at);
        return null;
      case 'listening':
      case 'time':
        return null;
      case 'action':
        return this.#action(event.request);
      case 'delivered':
        this.#register.delivered(event.alarm, event.at);
        return null;
      case 'override':
        this.#lines.override(event.placed);
        return null;
      case 'stretch':
        this.#lines.stretch(event.stretch);
        return null;
      case 'system':
        this.#lines.system(event.trouble, event.at);
        return null;
      case 'known':
        for (const record of event.records) this.#lines.known(record, event.told);
        return null;
    }
  }

  /** Lets everything happen that is due up to `to`, each thing at its own time. */
  #advance(to: number): void {
    for (let item = this.#due.take(to); item !== null; item = this.#due.take(to)) {
      // "line emb-0001", "alarm …", "place building emb/12".
      const [what = '', id = ''] = item.key.split(/ (.*)/);
      const due = this.#dueOf(what, id);
      if (due === null) continue;
      if (due > item.at) {
        this.#due.add(item.key, due);
        continue;
      }
      this.#time.now = Math.max(this.#time.now, item.at);
      if (what === 'line') this.#lines.due(id);
      else if (what === 'place') this.#register.tellWaiting(id, this.#time.now);
      else this.#shelfDue(id);
    }
    this.#time.now = Math.max(this.#time.now, to);
  }

  #dueOf(what: string, id: string): number | null {
    if (what === 'place') return this.#register.tellAt(id);
    if (what === 'alarm') return this.#register.get(id)?.record.shelvedUntil ?? null;
    return this.#lines.dueAt(id);
  }

  #shelfDue(id: string): void {
    const entry = this.#register.get(id);
    if (!entry) return;
    this.#register.endShelf(entry, this.#time.now);
    this.#lines.closeIfOver(entry);
  }

  #action(request: ActionRequest): ActionOutcome {
    const outcome = this.#register.act(request);
    const entry = this.#register.get(request.alarm);
    if (entry && outcome.result === 'done') {
      if (entry.record.shelvedUntil !== null) this.#due.add(`alarm ${entry.record.id}`, entry.record.shelvedUntil);
      this.#lines.closeIfOver(entry);
    }
    return outcome;
  }
}

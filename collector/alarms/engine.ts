/**
 * The alarm engine: what happens on the lines, and what people do, becomes alarms and announcements. Comes in: one event after another, each
 * with its time. Goes out: changed records and what to tell. It reads no clock, does no I/O and draws no chance: all it knows is its state, plain
 * JSON, and the same events always lead to the same state and the same ids, however often they are told again after a restart.
 *
 * Everything that falls due by itself falls due at its own time, before the next event is looked at; events of kind `time` only make it
 * happen sooner on screen. Its state is moved on in place, as a fold's is: a copy for every event would cost more than the event.
 */
import type { ActionOutcome, ActionRequest } from '../../contract/alarm.ts';
import type { PlacedOverride } from '../../contract/overrides.ts';
import type { Plant } from '../../contract/plant.ts';
import type { Reading } from '../../contract/reading.ts';
import { drop, type Edge } from './condition.ts';
import { DueList } from './due.ts';
import { timeOf, type AlarmEvent, type Outcome } from './events.ts';
import { dueAt, emptyLine, expireLine, pulse, silenceAt, takeReading, type LineState } from './line.ts';
import { takePast, type Stretch } from './past.ts';
import { isActive, type Entry } from './record.ts';
import { Register, type RegisterState } from './register.ts';
import { Rulebook } from './rulebook.ts';
import { ruleNamed, type LimitRule, type Rule, type RuleSet } from './rules.ts';
import { chatteringText } from './texts.ts';
import { isHistory } from './timing.ts';

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
const chatterMs = 60_000;

export class AlarmEngine {
  readonly #lines: Map<string, LineState>;
  readonly #rules: Rulebook;
  readonly #register: Register;
  readonly #due = new DueList();
  #now: number;
  #deafUntil: number;

  /** Goes on from a snapshot, or starts with nothing known; lines that have left the plant are left out. */
  constructor(plant: Plant, snapshot: string | null) {
    const state = snapshot === null ? null : (JSON.parse(snapshot) as EngineState);
    this.#now = state?.now ?? 0;
    this.#deafUntil = state?.deafUntil ?? 0;
    this.#rules = new Rulebook(plant, state?.overrides ?? []);
    this.#lines = new Map(state?.lines.filter(([id]) => plant.lines.has(id)));
    this.#register = new Register(plant.lines, state?.register ?? null);
    for (const id of this.#lines.keys()) this.#queueLine(id);
    for (const place of this.#register.places()) this.#queuePlace(place);
    for (const { record } of this.#register.entries())
      if (record.shelvedUntil !== null) this.#due.add(`alarm ${record.id}`, record.shelvedUntil);
  }

  snapshot(): string {
    const state: EngineState = {
      version: 1,
      now: this.#now,
      deafUntil: this.#deafUntil,
      lines: [...this.#lines],
      register: this.#register.state(),
      overrides: this.#rules.overrides(),
    };
    return JSON.stringify(state);
  }

  take(event: AlarmEvent): Outcome {
    if (event.kind === 'listening') {
      this.#advance(event.from);
      this.#deafUntil = Math.max(this.#deafUntil, event.at + returnMs);
    }
    this.#advance(timeOf(event));
    const action = this.#handle(event);
    return { ...this.#register.changes(), action };
  }

  #handle(event: AlarmEvent): ActionOutcome | null {
    switch (event.kind) {
      case 'reading':
        this.#reading(event.reading);
        return null;
      case 'connection':
        this.#connection(event.line, event.at, event.connected);
        return null;
      case 'rejection':
        this.#onLine(event.line, (line, rules, edges) => {
          pulse(line, rules, 'data:rejected', event.at, 1, edges);
        });
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
        this.#override(event.placed);
        return null;
      case 'stretch':
        this.#stretch(event.stretch);
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
      this.#now = Math.max(this.#now, item.at);
      if (what === 'line') this.#lineDue(id);
      else if (what === 'place') this.#register.tellWaiting(id, this.#now);
      else this.#shelfDue(id);
    }
    this.#now = Math.max(this.#now, to);
  }

  #dueOf(what: string, id: string): number | null {
    if (what === 'place') return this.#register.tellAt(id);
    if (what === 'alarm') return this.#register.get(id)?.record.shelvedUntil ?? null;
    const line = this.#lines.get(id);
    const rules = this.#rules.of(id);
    return line && rules ? dueAt(line, rules, this.#deafUntil) : null;
  }

  #lineDue(id: string): void {
    this.#onLine(id, (line, rules, edges) => {
      expireLine(line, this.#now, edges);
      const silence = silenceAt(line, rules, this.#deafUntil);
      if (silence === null || silence > this.#now) return;
      line.silent = true;
      edges.push({ rule: 'silence', at: silence, raised: true, value: null });
    });
  }

  #shelfDue(id: string): void {
    const entry = this.#register.get(id);
    if (!entry) return;
    this.#register.endShelf(entry, this.#now);
    this.#closeIfOver(entry);
  }

  #reading(reading: Reading): void {
    this.#onLine(reading.line, (line, rules, edges) => {
      line.heard = Math.max(line.heard ?? 0, reading.receivedAt);
      if (line.lostAt !== null && reading.receivedAt > line.lostAt) line.lostAt = null;
      this.#endSilence(line, rules, edges);
      // Told before, or too late for the present: a stretch of stored readings brings it in [ALM-6].
      if (line.watch.ts !== null && reading.ts <= line.watch.ts) return;
      takeReading(line, rules, reading, edges);
    });
  }

  #connection(id: string, at: number, connected: boolean): void {
    this.#onLine(id, (line, rules, edges) => {
      line.lostAt = connected ? null : (line.lostAt ?? at);
      if (connected && line.heard !== null) this.#endSilence(line, rules, edges);
    });
  }

  #endSilence(line: LineState, rules: RuleSet, edges: Edge[]): void {
    if (!line.silent) return;
    line.silent = false;
    const again = silenceAt(line, rules, this.#deafUntil);
    if (again !== null && again <= this.#now) line.silent = true;
    else edges.push({ rule: 'silence', at: this.#now, raised: false, value: null });
  }

  /** Does something to a line, and turns the edges it finds into alarms. */
  #onLine(id: string, change: (line: LineState, rules: RuleSet, edges: Edge[]) => void): void {
    const rules = this.#rules.of(id);
    if (!rules) return;
    const line = this.#lines.get(id) ?? emptyLine();
    this.#lines.set(id, line);
    const edges: Edge[] = [];
    change(line, rules, edges);
    for (const edge of edges) {
      if (edge.raised) this.#raise(id, line, rules, edge);
      else this.#clear(id, line, rules, edge);
    }
    if (line.timing && !isHistory(line.timing, line.timing.ts, line.timing.received)) this.#promote(line, rules);
    this.#queueLine(id);
  }

  #raise(id: string, line: LineState, rules: RuleSet, edge: Edge): void {
    const rule = ruleNamed(rules, edge.rule);
    if (!rule || this.#isExplained(line, rule)) return;
    // Silence and data are judged by the server's clock, where nothing is history.
    const inOwnTime = !(edge.rule === 'silence' || edge.rule.startsWith('data:'));
    const late = inOwnTime && line.timing !== null && isHistory(line.timing, edge.at, this.#now);
    const open = this.#register.get(line.open[rule.id]);
    const entry = this.#register.raise({ line: id, rule, at: edge.at, value: edge.value, late }, open);
    line.open[rule.id] = entry.record.id;
    if (late) return;
    this.#countRaise(id, line, rules, rule, edge.at);
    this.#announce(line, entry, rules);
  }

  #announce(line: LineState, entry: Entry, rules: RuleSet): void {
    const { rule } = entry.record;
    const gathers = rule === 'silence' || rule.startsWith('stop:');
    const canWait = rule === 'silence' || rules.type.stops[rule.slice(5)]?.shared === true;
    const foldedInto = line.chatter.includes(rule) ? (line.open.chattering ?? null) : null;
    this.#queuePlace(this.#register.announce(entry, this.#now, { gathers, canWait, foldedInto }));
  }

  /** [ALM-5] A parent alarm explains this one: the action limit of the same metric explains its alert limit. */
  #isExplained(line: LineState, rule: Rule): boolean {
    const entry = this.#register.get(line.open[(rule as Partial<LimitRule>).parent ?? '']);
    return entry !== null && isActive(entry);
  }

  #clear(id: string, line: LineState, rules: RuleSet, edge: Edge): void {
    if (edge.rule === 'chattering') line.chatter = [];
    const entry = this.#register.get(line.open[edge.rule]);
    if (!entry) return;
    this.#register.clear(entry, edge.at, this.#now);
    this.#closeIfOver(entry);
    for (const rule of rules.limits) {
      const condition = line.watch.conditions[rule.id];
      if (rule.parent !== edge.rule || condition?.raised !== true) continue;
      const known = this.#register.get(line.open[rule.id]);
      if (known && isActive(known)) continue;
      this.#raise(id, line, rules, { rule: rule.id, at: edge.at, raised: true, value: condition.value });
    }
  }

  /** [ALM-11] Counts raises of a rule within a minute; from the third on they are told of as chattering. */
  #countRaise(id: string, line: LineState, rules: RuleSet, rule: Rule, at: number): void {
    const chattering = rules.single.get('chattering');
    if (!chattering || rule.id === 'chattering') return;
    const limit = Math.max(2, chattering.limit ?? 3);
    const times = [...(line.raises[rule.id] ?? []).filter((time) => time > at - chatterMs), at].slice(-limit);
    line.raises[rule.id] = times;
    if (times.length < limit) return;
    const edges: Edge[] = [];
    pulse(line, rules, 'chattering', this.#now, times.length, edges);
    for (const edge of edges) {
      const text = chatteringText(rule.text);
      const open = this.#register.get(line.open.chattering);
      const rise = { line: id, rule: { ...chattering, text }, at: edge.at, value: edge.value, late: false };
      const entry = this.#register.raise(rise, open);
      line.open.chattering = entry.record.id;
      this.#announce(line, entry, rules);
    }
    if (!line.chatter.includes(rule.id)) line.chatter.push(rule.id);
  }

  /** What was history when it came, and still holds now that the line has caught up, is news. */
  #promote(line: LineState, rules: RuleSet): void {
    for (const alarm of Object.values(line.open)) {
      const entry = this.#register.get(alarm);
      if (entry?.record.late !== true || !isActive(entry)) continue;
      this.#register.nowKnown(entry);
      this.#announce(line, entry, rules);
    }
  }

  #action(request: ActionRequest): ActionOutcome {
    const outcome = this.#register.act(request);
    const entry = this.#register.get(request.alarm);
    if (entry && outcome.result === 'done') {
      if (entry.record.shelvedUntil !== null) this.#due.add(`alarm ${entry.record.id}`, entry.record.shelvedUntil);
      this.#closeIfOver(entry);
    }
    return outcome;
  }

  #closeIfOver({ record }: Entry): void {
    const line = this.#lines.get(record.line);
    if (record.state === 'normal' && line?.open[record.rule] === record.id) Reflect.deleteProperty(line.open, record.rule);
  }

  #override(placed: PlacedOverride): void {
    this.#rules.change(placed);
    for (const id of this.#lines.keys()) {
      this.#onLine(id, (line, rules, edges) => {
        for (const conditions of [line.watch.conditions, line.signals]) {
          for (const rule of Object.keys(conditions)) if (!ruleNamed(rules, rule)) drop(conditions, rule, this.#now, edges);
        }
        if (!line.silent || rules.single.has('silence')) return;
        line.silent = false;
        edges.push({ rule: 'silence', at: this.#now, raised: false, value: null });
      });
    }
  }

  #stretch(stretch: Stretch): void {
    this.#onLine(stretch.line, (line, rules, edges) => {
      for (const entry of takePast(line, rules, stretch, edges)) this.#register.addPast(entry);
    });
  }

  #queueLine(id: string): void {
    const due = this.#dueOf('line', id);
    if (due !== null) this.#due.add(`line ${id}`, due);
  }

  #queuePlace(place: string | null): void {
    const due = place === null ? null : this.#register.tellAt(place);
    if (place !== null && due !== null) this.#due.add(`place ${place}`, due);
  }
}

/**
 * The lines of the plant, and the system itself as one more: what happens on each becomes edges, and edges become alarms. Comes in: readings, signs of
 * life, changes of rules, stretches of the past, troubles. Goes out: alarms in the register that rose or cleared, and when to look at a line or place
 * again. It lets no time pass by itself; the engine does.
 */
import type { AlarmRecord } from '../../contract/alarm.ts';
import type { PlacedOverride } from '../../contract/overrides.ts';
import type { Reading } from '../../contract/reading.ts';
import { systemLine } from '../../contract/system.ts';
import { takeUp } from './adoption.ts';
import { countChatter } from './chatter.ts';
import { drop, type Edge } from './condition.ts';
import type { Trouble } from './events.ts';
import { dueAt, emptyLine, expireLine, pulse, silenceAt, takeReading, type LineState } from './line.ts';
import { takePast, type Stretch } from './past.ts';
import { isActive, type Entry } from './record.ts';
import type { Register } from './register.ts';
import type { Rulebook } from './rulebook.ts';
import { ruleNamed, systemRule, type LimitRule, type Rule, type RuleSet } from '../../kpi/rules.ts';
import { isHistory } from './timing.ts';

/** The engine's time; while `deafUntil` is not over, nobody is known to be silent. */
export interface EngineTime {
  now: number;
  deafUntil: number;
}

export interface LinesParts {
  readonly rules: Rulebook;
  readonly register: Register;
  readonly time: EngineTime;
  /** Asks for a look at "line …" or "place …" at that time. */
  readonly queue: (key: string, at: number) => void;
}

export class Lines {
  readonly #lines: Map<string, LineState>;
  readonly #rules: Rulebook;
  readonly #register: Register;
  readonly #time: EngineTime;
  readonly #queue: LinesParts['queue'];

  constructor({ rules, register, time, queue }: LinesParts, state: readonly [id: string, line: LineState][]) {
    this.#rules = rules;
    this.#register = register;
    this.#time = time;
    this.#queue = queue;
    this.#lines = new Map(state.filter(([id]) => rules.of(id) !== undefined || id === systemLine));
    for (const id of this.#lines.keys()) this.#queueLine(id);
  }

  state(): [id: string, line: LineState][] {
    return [...this.#lines];
  }

  /** Whether a reading lies behind the newest one of its line. */
  isBehind({ line, ts }: Reading): boolean {
    return ts < (this.#lines.get(line)?.watch.ts ?? 0);
  }

  /** When the line has to be looked at; null where nothing can happen. */
  dueAt(id: string): number | null {
    const line = this.#lines.get(id);
    const rules = this.#rules.of(id);
    return line && rules ? dueAt(line, rules, this.#time.deafUntil) : null;
  }

  rejection(id: string, at: number): void {
    this.#onLine(id, (line, rules, edges) => {
      pulse(line, rules, 'data:rejected', at, 1, edges);
    });
  }

  due(id: string): void {
    this.#onLine(id, (line, rules, edges) => {
      expireLine(line, this.#time.now, edges);
      const silence = silenceAt(line, rules, this.#time.deafUntil);
      if (silence === null || silence > this.#time.now) return;
      line.silent = true;
      edges.push({ rule: 'silence', at: silence, raised: true, value: null });
    });
  }

  reading(reading: Reading): void {
    this.#onLine(reading.line, (line, rules, edges) => {
      line.heard = Math.max(line.heard ?? 0, reading.receivedAt);
      if (line.lostAt !== null && reading.receivedAt > line.lostAt) line.lostAt = null;
      this.#endSilence(line, rules, edges);
      // Told before, or too late for the present: a stretch of stored readings brings it in [ALM-6].
      if (line.watch.ts !== null && reading.ts <= line.watch.ts) return;
      takeReading(line, rules, reading, this.#time.deafUntil, edges);
    });
  }

  connection(id: string, at: number, connected: boolean): void {
    this.#onLine(id, (line, rules, edges) => {
      const wasLost = line.lostAt !== null;
      line.lostAt = connected ? null : (line.lostAt ?? at);
      // Told again that it is connected, as after a restart, a line that says nothing stays silent.
      if (connected && wasLost && line.heard !== null) this.#endSilence(line, rules, edges);
    });
  }

  #endSilence(line: LineState, rules: RuleSet, edges: Edge[]): void {
    if (!line.silent) return;
    line.silent = false;
    const again = silenceAt(line, rules, this.#time.deafUntil);
    if (again !== null && again <= this.#time.now) line.silent = true;
    else edges.push({ rule: 'silence', at: this.#time.now, raised: false, value: null });
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
    const late = inOwnTime && line.timing !== null && isHistory(line.timing, edge.at, this.#time.now);
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
    this.#queuePlace(this.#register.announce(entry, this.#time.now, { gathers, canWait, foldedInto }));
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
    this.#register.clear(entry, edge.at, this.#time.now);
    this.closeIfOver(entry);
    for (const rule of rules.limits) {
      const condition = line.watch.conditions[rule.id];
      if (rule.parent !== edge.rule || condition?.raised !== true) continue;
      const known = this.#register.get(line.open[rule.id]);
      if (known && isActive(known)) continue;
      this.#raise(id, line, rules, { rule: rule.id, at: edge.at, raised: true, value: condition.value });
    }
  }

  /** [ALM-11] From the third raise of a rule within a minute on, they are told of as chattering. */
  #countRaise(id: string, line: LineState, rules: RuleSet, rule: Rule, at: number): void {
    const chattering = countChatter(line, rules, rule, at, this.#time.now);
    if (!chattering) return;
    const entry = this.#register.raise({ line: id, ...chattering, late: false }, this.#register.get(line.open.chattering));
    line.open.chattering = entry.record.id;
    this.#announce(line, entry, rules);
  }

  system(trouble: Trouble, at: number): void {
    const line = this.#lines.get(systemLine) ?? emptyLine();
    this.#lines.set(systemLine, line);
    const rule = systemRule(trouble);
    const known = this.#register.get(line.open[rule.id]);
    if (trouble.raised === (known !== null && isActive(known))) return;
    if (trouble.raised) {
      const entry = this.#register.raise({ line: systemLine, rule, at, value: null, late: false }, known);
      line.open[rule.id] = entry.record.id;
      this.#register.announce(entry, this.#time.now, { gathers: false, canWait: false, foldedInto: null });
    } else if (known) {
      this.#register.clear(known, at, this.#time.now);
      this.closeIfOver(known);
    }
  }

  /** Takes up an alarm that is known from before: it goes on as it stands, and what its line says next decides. */
  known(record: AlarmRecord, told: ReadonlySet<string>): void {
    const rules = this.#rules.of(record.line);
    if (!rules && record.line !== systemLine) return;
    const entry = this.#register.adopt(record, told);
    if (!entry) return;
    if (entry.record.shelvedUntil !== null) this.#queue(`alarm ${record.id}`, entry.record.shelvedUntil);
    const line = this.#lines.get(record.line) ?? emptyLine();
    this.#lines.set(record.line, line);
    const stands = takeUp(line, rules ?? null, record, this.#time.now);
    if (stands) {
      this.#queueLine(record.line);
      if (rules && isActive(entry) && !entry.announced && record.state === 'unacknowledged') this.#announce(line, entry, rules);
    } else {
      this.#register.clear(entry, this.#time.now, this.#time.now);
      this.closeIfOver(entry);
    }
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

  closeIfOver({ record }: Entry): void {
    const line = this.#lines.get(record.line);
    if (record.state === 'normal' && line?.open[record.rule] === record.id) Reflect.deleteProperty(line.open, record.rule);
  }

  override(placed: PlacedOverride): void {
    this.#rules.change(placed);
    for (const id of this.#lines.keys()) {
      this.#onLine(id, (line, rules, edges) => {
        for (const conditions of [line.watch.conditions, line.signals]) {
          for (const rule of Object.keys(conditions)) if (!ruleNamed(rules, rule)) drop(conditions, rule, this.#time.now, edges);
        }
        if (!line.silent || rules.single.has('silence')) return;
        line.silent = false;
        edges.push({ rule: 'silence', at: this.#time.now, raised: false, value: null });
      });
    }
  }

  stretch(stretch: Stretch): void {
    this.#onLine(stretch.line, (line, rules, edges) => {
      for (const entry of takePast(line, rules, stretch, edges)) this.#register.addPast(entry);
    });
  }

  #queueLine(id: string): void {
    const due = this.dueAt(id);
    if (due !== null) this.#queue(`line ${id}`, due);
  }

  #queuePlace(place: string | null): void {
    const due = place === null ? null : this.#register.tellAt(place);
    if (place !== null && due !== null) this.#queue(`place ${place}`, due);
  }
}

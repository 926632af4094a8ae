/**
 * A condition: something that holds or does not, with the delays that turn it into an alarm raised or cleared.
 * Comes in: what is true from an instant on, and until when that is known. Goes out: edges, at the very instants they are due.
 * Time of which nothing is known counts for neither delay, so silence neither raises nor clears [ALM-2]. It knows no clock.
 */

/** Plain JSON. A condition that is neither raised nor about to turn needs no record of its own. */
export interface Condition {
  raised: boolean;
  /** When it turns if nothing contradicts; null while truth and alarm agree. */
  turnsAt: number | null;
  /** Until when what was last said is known to be so. */
  until: number;
  value: number | null;
}

export type Conditions = Record<string, Condition>;

/** A rule of a line beginning or ceasing to be in alarm. */
export interface Edge {
  readonly rule: string;
  readonly at: number;
  readonly raised: boolean;
  readonly value: number | null;
}

/** What is said of a rule from `at` on. */
export interface Truth {
  readonly rule: string;
  readonly at: number;
  readonly until: number;
  readonly holds: boolean;
  readonly value: number | null;
  /** What must pass before it turns, in the direction it would turn. */
  readonly delayMs: number;
}

/** No end to what is known. A number that JSON can carry. */
export const always = Number.MAX_SAFE_INTEGER;

/** Takes the next truth of a rule. Instants must not fall, and what was due before this one must have been expired. */
export function feed(conditions: Conditions, truth: Truth, edges: Edge[]): void {
  const known = conditions[truth.rule];
  if (!known && !truth.holds) return;
  const condition = known ?? { raised: false, turnsAt: null, until: truth.at, value: null };
  conditions[truth.rule] = condition;
  if (condition.turnsAt !== null && truth.at > condition.until) condition.turnsAt += truth.at - condition.until;
  condition.until = truth.until;
  condition.value = truth.value;
  if (truth.holds === condition.raised) condition.turnsAt = null;
  else condition.turnsAt ??= truth.at + truth.delayMs;
  if (condition.turnsAt !== null && condition.turnsAt <= truth.at) turn(condition, truth.rule, edges);
  tidy(conditions, truth.rule, condition);
}

/** Turns everything due up to and including `to`: what was so for the whole delay has been so for it, whatever is said at its end. */
export function expire(conditions: Conditions, to: number, edges: Edge[]): void {
  for (const [rule, condition] of Object.entries(conditions)) {
    if (condition.turnsAt === null || condition.turnsAt > to || condition.turnsAt > condition.until) continue;
    turn(condition, rule, edges);
    tidy(conditions, rule, condition);
  }
}

/** When the next of them turns by itself; null where none will. */
export function nextTurn(conditions: Conditions): number | null {
  let next: number | null = null;
  for (const rule in conditions) {
    const condition = conditions[rule];
    const turnsAt = condition?.turnsAt ?? null;
    if (!condition || turnsAt === null || turnsAt > condition.until) continue;
    if (next === null || turnsAt < next) next = turnsAt;
  }
  return next;
}

/** Ends a condition at once, whatever its delays: its rule does not apply any more. */
export function drop(conditions: Conditions, rule: string, at: number, edges: Edge[]): void {
  const condition = conditions[rule];
  if (!condition) return;
  if (condition.raised) edges.push({ rule, at, raised: false, value: condition.value });
  Reflect.deleteProperty(conditions, rule);
}

function turn(condition: Condition, rule: string, edges: Edge[]): void {
  const at = condition.turnsAt ?? condition.until;
  condition.raised = !condition.raised;
  condition.turnsAt = null;
  edges.push({ rule, at, raised: condition.raised, value: condition.value });
}

function tidy(conditions: Conditions, rule: string, condition: Condition): void {
  if (!condition.raised && condition.turnsAt === null) Reflect.deleteProperty(conditions, rule);
}

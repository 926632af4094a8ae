/**
 * The rules of every line: the plant's types, what the plant file says otherwise, and what was changed since. Comes in: a plant and overrides.
 * Goes out: the rules of a line. Lines of one type with the same overrides share theirs, so thousands of lines cost little.
 */
import type { Override, PlacedOverride } from '../../contract/overrides.ts';
import type { Plant } from '../../contract/plant.ts';
import { overrideKey, overridesOf, rulesOf, type RuleSet } from '../../kpi/rules.ts';

export class Rulebook {
  readonly #plant: Plant;
  readonly #changes: PlacedOverride[];
  #rules: ReadonlyMap<string, RuleSet>;

  /** `changes` are what was changed since the plant file was written, oldest first; at the same place they weigh more than the file. */
  constructor(plant: Plant, changes: readonly PlacedOverride[]) {
    this.#plant = plant;
    this.#changes = [...changes];
    this.#rules = rulesOfPlant(plant, this.#changes);
  }

  of(line: string): RuleSet | undefined {
    return this.#rules.get(line);
  }

  overrides(): PlacedOverride[] {
    return [...this.#changes];
  }

  /** The change that another one for the same place, rule and type would take the place of. */
  before(placed: PlacedOverride): PlacedOverride | null {
    const key = overrideKey(placed);
    return this.#changes.find((other) => overrideKey(other) === key) ?? null;
  }

  change(placed: PlacedOverride): void {
    const key = overrideKey(placed);
    const at = this.#changes.findIndex((other) => overrideKey(other) === key);
    this.#changes.splice(at < 0 ? this.#changes.length : at, 1, placed);
    this.#rules = rulesOfPlant(this.#plant, this.#changes);
  }
}

function rulesOfPlant(plant: Plant, changes: readonly PlacedOverride[]): Map<string, RuleSet> {
  const rules = new Map<string, RuleSet>();
  const shared = new Map<string, RuleSet>();
  const numbers = new Map<Override, number>();
  const placed = [...plant.alarms, ...changes];
  for (const line of plant.lines.values()) {
    const overrides = overridesOf(line, placed);
    const key = `${line.type.id} ${overrides.map((override) => numberOf(numbers, override)).join(' ')}`;
    const made = shared.get(key) ?? rulesOf(line.type, overrides);
    shared.set(key, made);
    rules.set(line.id, made);
  }
  return rules;
}

function numberOf(numbers: Map<Override, number>, override: Override): number {
  const number = numbers.get(override) ?? numbers.size;
  numbers.set(override, number);
  return number;
}

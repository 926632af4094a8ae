/**
 * Rules as they are told: each rule of a line as it is in force, as its type has it, and what made the difference. Comes in: a line, the plant's overrides,
 * the changes since. Goes out: the answer. It is pure; what a rule is, kpi/rules.ts says.
 */
import type { RuleAnswer, RuleOverride, RulesAnswer, RuleValues } from '../../../contract/alarms-api.ts';
import type { EquipmentType } from '../../../contract/equipment.ts';
import type { Override, OverrideChange, PlacedOverride } from '../../../contract/overrides.ts';
import type { Line, Plant } from '../../../contract/plant.ts';
import { grouped } from '../../../kpi/grouping.ts';
import { concerns, isFor, overrideKey, overridesOf, rulesOf, type Rule, type RuleSet } from '../../../kpi/rules.ts';

/** `line`: whose rules are told; without one, what holds anywhere among `lines`. `changes` are newest first. */
export function rulesAnswer(plant: Plant, line: Line | null, lines: readonly Line[], changes: readonly OverrideChange[]): RulesAnswer {
  const placed: RuleOverride[] = [
    ...(line?.type.alarms ?? []).map((override): RuleOverride => ({ source: 'type', where: {}, override })),
    ...plant.alarms.map((one): RuleOverride => ({ source: 'plant', ...one })),
    ...changesInForce(changes).map((one): RuleOverride => ({ source: 'change', ...one })),
  ];
  const overrides = placed.filter((one) => lines.some((here) => concerns(here, one)));
  return { line: line?.id ?? null, rules: line ? rulesOfLine(line, overrides) : [], overrides, changes };
}

/** The changes that hold: of those for the same place, rule and type the newest. Oldest first, as they are applied. */
export function changesInForce(changes: readonly OverrideChange[]): PlacedOverride[] {
  const oldestFirst = changes.map(({ after }) => after).reverse();
  return [...grouped(oldestFirst, overrideKey).values()].flatMap((same) => same.slice(-1));
}

/** Whether a type has a rule that an override's `rule` means. */
export function hasRule(type: EquipmentType, pattern: string): boolean {
  return standardRules(type).some(({ id }) => isFor(pattern, id));
}

function rulesOfLine(line: Line, overrides: readonly RuleOverride[]): RuleAnswer[] {
  const applied = overridesOf(
    line,
    overrides.filter(({ source }) => source !== 'type'),
  );
  const order = new Map(applied.map((override, index) => [override, index]));
  // Whether a rule is in service is told beside what it would say.
  const inForce = new Map(listOf(rulesOf(line.type, applied.map(inService))).map((rule) => [rule.id, rule]));
  return standardRules(line.type).map((standard): RuleAnswer => {
    const own = overrides.filter(({ override }) => order.has(override) && isFor(override.rule, standard.id));
    own.sort((a, b) => (order.get(a.override) ?? 0) - (order.get(b.override) ?? 0));
    const enabled = own.findLast(({ override }) => override.enabled !== undefined)?.override.enabled ?? true;
    const rule = inForce.get(standard.id) ?? standard;
    const values = valuesOf(rule, enabled);
    return {
      id: standard.id,
      text: rule.text,
      unit: unitOf(line.type, standard.id),
      values,
      standard: valuesOf(standard, true),
      overrides: own,
    };
  });
}

function standardRules(type: EquipmentType): Rule[] {
  return listOf(rulesOf(type, []));
}

function listOf({ stops, fault, limits, breaks, single }: RuleSet): Rule[] {
  return [...stops.values(), fault, ...limits, breaks?.row ?? null, breaks?.rate ?? null, ...single.values()].filter(
    (rule) => rule !== null,
  );
}

function inService({ enabled: _, ...rest }: Override): Override {
  return rest;
}

function valuesOf({ priority, limit, deadband, onDelayMs, offDelayMs, settleMs, when }: Rule, enabled: boolean): RuleValues {
  return {
    ...{ enabled, priority, limit, deadband, when },
    ...{ onDelaySeconds: onDelayMs / 1000, offDelaySeconds: offDelayMs / 1000, settleSeconds: settleMs / 1000 },
  };
}

function unitOf(type: EquipmentType, rule: string): string | null {
  const [kind, metric = ''] = rule.split(':');
  return kind === 'limit' && Object.hasOwn(type.metrics, metric) ? (type.metrics[metric]?.unit ?? null) : null;
}

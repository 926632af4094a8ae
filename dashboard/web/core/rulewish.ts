/**
 * A wish to have a rule otherwise, made into an override: only what differs from what is in force, and how far it reaches.
 * Comes in: the rule, the wish, the line it was looked at on. Goes out: what to send; null where nothing is to be changed.
 */
import type { Priority } from '../../../contract/alarm.ts';
import type { RuleAnswer } from '../../../contract/alarms-api.ts';
import type { Override, PlacedOverride, Where } from '../../../contract/overrides.ts';
import type { PlantLine } from './plant.ts';

/** How far a change reaches: beyond the line it is for lines of the same type. */
export const reaches = ['line', 'workshop', 'firm', 'zone'] as const;
export type Reach = (typeof reaches)[number];

export interface RuleWish {
  enabled: boolean;
  priority: Priority;
  limit: number | null;
  deadband: number | null;
  onDelaySeconds: number | null;
  offDelaySeconds: number | null;
}

export function overrideOf(rule: RuleAnswer, wish: RuleWish, line: PlantLine, reach: Reach, why: string): PlacedOverride | null {
  const { values } = rule;
  const changed: Omit<Override, 'rule'> = {
    ...(wish.enabled !== values.enabled && { enabled: wish.enabled }),
    ...(wish.priority !== values.priority && { priority: wish.priority }),
    ...numberIf('limit', wish.limit, values.limit),
    ...numberIf('deadband', wish.deadband, values.deadband),
    ...numberIf('onDelaySeconds', wish.onDelaySeconds, values.onDelaySeconds),
    ...numberIf('offDelaySeconds', wish.offDelaySeconds, values.offDelaySeconds),
  };
  if (Object.keys(changed).length === 0) return null;
  const where = whereOf(line, reach);
  const named = { rule: rule.id, ...(reach !== 'line' && { type: line.type.id }) };
  return { where, override: { ...saidBefore(rule, where, named), ...named, ...changed, ...(why !== '' && { why }) } };
}

/** A change takes the place of the one before it there: what that one said of other values goes on to be said. */
function saidBefore(rule: RuleAnswer, where: Where, named: Pick<Override, 'rule' | 'type'>): Partial<Override> {
  const same = rule.overrides.findLast(
    ({ source, where: at, override }) =>
      source === 'change' &&
      (['firm', 'workshop', 'line'] as const).every((part) => at[part] === where[part]) &&
      override.rule === named.rule &&
      override.type === named.type,
  );
  return same?.override ?? {};
}

function numberIf(key: string, wished: number | null, now: number | null): Record<string, number> {
  return wished === null || wished === now ? {} : { [key]: wished };
}

function whereOf(line: PlantLine, reach: Reach): Where {
  switch (reach) {
    case 'line':
      return { line: line.id };
    case 'workshop':
      return { workshop: `${line.firm.id}/${line.workshop.id}` };
    case 'firm':
      return { firm: line.firm.id };
    case 'zone':
      return {};
  }
}

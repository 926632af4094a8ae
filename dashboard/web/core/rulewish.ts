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
  return {
    where: whereOf(line, reach),
    override: { rule: rule.id, ...(reach !== 'line' && { type: line.type.id }), ...changed, ...(why !== '' && { why }) },
  };
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

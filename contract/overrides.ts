/**
 * What an alarm rule may be told to do otherwise: in an equipment type, in the plant file for a place, later through the API.
 * Comes in: YAML or JSON. Goes out: checked overrides. Which lines one applies to, and what the rule is without it, is worked out
 * where the rules are made (kpi/rules.ts).
 */
import { z } from 'zod';
import { priorities } from './alarm.ts';
import { states } from './reading.ts';
import { idSchema, writtenSchema } from './text.ts';

/** A rule by its id; `breaks` stands for all heads, `stop:*` and `limit:*` for all stop codes and limits. */
const ruleSchema = z
  .string()
  .regex(
    /^(stop:(\*|[a-z0-9][a-z0-9-]{0,62})|limit:(\*|[A-Za-z][A-Za-z0-9_]{0,63}:(alert|action)(High|Low))|silence|breaks|break-rate|chattering|data:(clock|rejected|sequence))$/,
    'must be the id of a rule such as "limit:temperature:actionHigh", "stop:machine-error", "silence", "breaks"',
  );

export const overrideSchema = z
  .strictObject({
    rule: ruleSchema,
    /** Only lines of this equipment type. */
    type: idSchema.optional(),
    /** false: out of service. Needs `why`. */
    enabled: z.boolean().optional(),
    priority: z.enum(priorities).optional(),
    /** In the rule's own measure: the metric's unit; seconds of silence or of a clock's error; breaks in a row or an hour; raises a minute. */
    limit: z.number().optional(),
    deadband: z.number().nonnegative().optional(),
    onDelaySeconds: z.number().nonnegative().max(86_400).optional(),
    offDelaySeconds: z.number().nonnegative().max(86_400).optional(),
    settleSeconds: z.number().nonnegative().max(86_400).optional(),
    when: z.enum(states).optional(),
    why: writtenSchema.min(1).max(500).optional(),
  })
  .refine((given) => Object.keys(given).some((key) => !['rule', 'type', 'why'].includes(key)), { message: 'changes nothing' })
  .refine((given) => given.enabled !== false || given.why !== undefined, {
    path: ['why'],
    message: 'is needed to put a rule out of service',
  });

export const overridesSchema = z.array(overrideSchema).max(500);
export type Override = z.infer<typeof overrideSchema>;

/** Where an override applies: the whole zone, a firm, a workshop ("firm/workshop") or a line. */
export interface Where {
  readonly firm?: string;
  readonly workshop?: string;
  readonly line?: string;
}

export interface PlacedOverride {
  readonly where: Where;
  readonly override: Override;
}

/** One change of a rule: what was said there before (null: nothing), what is said now, who, when; why is in the override. */
export interface OverrideChange {
  readonly id: string;
  readonly at: number;
  readonly who: string;
  readonly before: PlacedOverride | null;
  readonly after: PlacedOverride;
}

/**
 * Equipment types as data: signals, units, limits, state rule and stop codes of one kind of machine.
 * Comes in: one YAML document. Goes out: a checked EquipmentType. A new kind of machine needs a file, not code.
 */
import { z } from 'zod';
import { states } from './reading.ts';
import { idSchema, textSchema } from './text.ts';

const metricName = z.string().regex(/^[A-Za-z][A-Za-z0-9_]{0,63}$/, 'must start with a letter; letters, digits and "_" only');

/** Alert (early) and action (late) limits of a metric; `when` names the state in which they apply. */
const limitsSchema = z
  .strictObject({
    alertHigh: z.number().optional(),
    alertLow: z.number().optional(),
    actionHigh: z.number().optional(),
    actionLow: z.number().optional(),
    deadband: z.number().nonnegative().default(0),
    onDelaySeconds: z.number().nonnegative().default(0),
    offDelaySeconds: z.number().nonnegative().default(0),
    when: z.enum(states).optional(),
  })
  .refine((limits) => [limits.alertHigh, limits.alertLow, limits.actionHigh, limits.actionLow].some((limit) => limit !== undefined), {
    message: 'needs at least one of alertHigh, alertLow, actionHigh, actionLow',
  });

const metricSchema = z.strictObject({
  name: textSchema,
  /** Shown beside the number; "1" means a plain count. */
  unit: z.string(),
  kind: z.enum(['gauge', 'counter', 'text', 'flag']),
  limits: limitsSchema.optional(),
  /** Usual range, for scaling a chart; never used to judge a value. */
  range: z.tuple([z.number(), z.number()]).optional(),
  decimals: z.int().min(0).max(6).optional(),
});

const stopSchema = z.strictObject({
  state: z.enum(states),
  name: textSchema,
});

export const equipmentTypeSchema = z
  .strictObject({
    id: idSchema,
    name: textSchema,
    expectSeconds: z.number().positive(),
    holdSeconds: z.number().positive(),
    state: z
      .strictObject({
        metric: metricName,
        above: z.number(),
        then: z.enum(states),
        otherwise: z.enum(states),
      })
      .optional(),
    output: z
      .strictObject({
        metric: metricName,
        scale: z.number().positive().default(1),
        unit: textSchema,
        idealPerHour: z.number().positive(),
      })
      .optional(),
    scrap: z.strictObject({ metric: metricName, scale: z.number().positive().default(1) }).optional(),
    /** The metric shown first where there is room for one (speed, temperature …). */
    headline: metricName.optional(),
    metrics: z.record(metricName, metricSchema),
    stops: z.record(idSchema, stopSchema).default({}),
  })
  .superRefine((type, context) => {
    const refer = (path: (string | number)[], metric: string | undefined, kinds: readonly string[]): void => {
      if (metric === undefined) return;
      const found = Object.hasOwn(type.metrics, metric) ? type.metrics[metric] : undefined;
      if (!found) context.addIssue({ code: 'custom', path, message: `names a metric that is not declared: "${metric}"` });
      else if (!kinds.includes(found.kind)) {
        context.addIssue({ code: 'custom', path, message: `"${metric}" is a ${found.kind}, must be a ${kinds.join(' or ')}` });
      }
    };
    refer(['state', 'metric'], type.state?.metric, ['gauge', 'counter']);
    refer(['output', 'metric'], type.output?.metric, ['counter']);
    refer(['scrap', 'metric'], type.scrap?.metric, ['counter']);
    refer(['headline'], type.headline, ['gauge', 'counter']);
    if (type.holdSeconds < type.expectSeconds) {
      context.addIssue({ code: 'custom', path: ['holdSeconds'], message: 'must not be shorter than expectSeconds' });
    }
  });

export type EquipmentType = z.infer<typeof equipmentTypeSchema>;
export type Metric = z.infer<typeof metricSchema>;

/**
 * Equipment types as data: signals, units, limits, state rule and stop codes of one kind of machine.
 * Comes in: one YAML document. Goes out: a checked EquipmentType. A new kind of machine needs a file, not code.
 */
import { z } from 'zod';
import { priorities } from './alarm.ts';
import { overridesSchema } from './overrides.ts';
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
    /** The limits do not apply before the line has been in `when` for so long: start-ups are no excursions. */
    settleSeconds: z.number().nonnegative().optional(),
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
  /** `fault`: the code raises an alarm. Default: those that stand for the state `fault` do. */
  severity: z.enum(['fault', 'stop']).optional(),
  /** Of its alarm; default: high. */
  priority: z.enum(priorities).optional(),
  /** The cause lies outside the machine, so that its neighbours are likely to have it too (a power cut, steam). */
  shared: z.boolean().optional(),
  /** After it the device says nothing more, and its silence needs no alarm: the box was switched off, or its power went. */
  silent: z.boolean().optional(),
});

/** Thread breaks, or whatever a machine of many heads has of the kind. */
const breaksSchema = z.strictObject({
  /** The stop codes that are breaks, and the metric that names the head. */
  stops: z.array(idSchema).min(1),
  head: metricName,
  /** The metric that says which thread it was, `upper` or `bobbin`. */
  side: metricName.optional(),
  /** So many in a row on one head raise an alarm; a row is forgotten after so long without a break on that head. */
  inRow: z.int().min(2).default(3),
  forgetSeconds: z.number().positive().default(3600),
  /** The norm of an hour, for a machine whose heads in use are not known; and for each head in use, by the metric that counts them. */
  perHour: z.number().positive(),
  perHead: z.strictObject({ metric: metricName, perHour: z.number().positive() }).optional(),
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
    /** How far the work in hand has come: what is done of it, and the whole of it. */
    progress: z.strictObject({ done: metricName, of: metricName }).optional(),
    /** The metric shown first where there is room for one (speed, temperature …). */
    headline: metricName.optional(),
    metrics: z.record(metricName, metricSchema),
    stops: z.record(idSchema, stopSchema).default({}),
    breaks: breaksSchema.optional(),
    /** What this type's alarm rules do otherwise than rules of their kind. */
    alarms: overridesSchema.optional(),
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
    refer(['progress', 'done'], type.progress?.done, ['gauge', 'counter']);
    refer(['progress', 'of'], type.progress?.of, ['gauge', 'counter']);
    refer(['headline'], type.headline, ['gauge', 'counter']);
    refer(['breaks', 'head'], type.breaks?.head, ['gauge', 'counter']);
    refer(['breaks', 'side'], type.breaks?.side, ['text']);
    refer(['breaks', 'perHead', 'metric'], type.breaks?.perHead?.metric, ['gauge', 'counter']);
    type.breaks?.stops.forEach((stop, index) => {
      if (!Object.hasOwn(type.stops, stop)) {
        context.addIssue({
          code: 'custom',
          path: ['breaks', 'stops', index],
          message: `names a stop code that is not declared: "${stop}"`,
        });
      }
    });
    for (const [name, { limits, kind }] of Object.entries(type.metrics)) {
      const path = ['metrics', name, 'limits'];
      if (limits && !['gauge', 'counter'].includes(kind)) {
        context.addIssue({ code: 'custom', path, message: `"${name}" is a ${kind}, must be a gauge or counter` });
      }
      if (limits?.settleSeconds !== undefined && limits.when === undefined) {
        context.addIssue({ code: 'custom', path: [...path, 'settleSeconds'], message: 'needs `when`: the state that is settling' });
      }
    }
    if (type.holdSeconds < type.expectSeconds) {
      context.addIssue({ code: 'custom', path: ['holdSeconds'], message: 'must not be shorter than expectSeconds' });
    }
  });

export type EquipmentType = z.infer<typeof equipmentTypeSchema>;
export type Metric = z.infer<typeof metricSchema>;

/**
 * What people do that changes what the system knows: it goes through the journal like a reading, and is worked off in order.
 * Comes in: requests of signed-in people, checked for role and scope where they came in. Goes out: an action, and later what
 * became of it. `id` tells a repeated action from a second one.
 */
import { z } from 'zod';
import { alarmActions, causes, remedies, shelveMinutes, type ActionOutcome, type ActionRequest } from './alarm.ts';
import { overrideSchema, type PlacedOverride } from './overrides.ts';
import { states } from './reading.ts';
import type { Reclassification } from './reclassification.ts';
import { writtenSchema } from './text.ts';

interface Deed {
  readonly id: string;
  /** User name. */
  readonly who: string;
  /** When it came in, ms since the epoch, by the server's clock. */
  readonly at: number;
}

/** Somebody does something to an alarm. */
export interface AlarmDeed extends Deed {
  readonly kind: 'alarm';
  readonly request: ActionRequest;
}

/** Somebody changes a rule; `why` is in the override. */
export interface OverrideDeed extends Deed {
  readonly kind: 'override';
  readonly placed: PlacedOverride;
}

/** Somebody tries a notification channel out. */
export interface TrialDeed extends Deed {
  readonly kind: 'trial';
  readonly channel: string;
}

/** Somebody says what a stop that has happened really was. */
export interface ReclassifyDeed extends Deed, Reclassification {
  readonly kind: 'reclassify';
}

export type Action = AlarmDeed | OverrideDeed | TrialDeed | ReclassifyDeed;

/** `done` of everything but alarms carries nothing; `failed` says in plain words why a trial did not arrive. */
export type Outcome =
  | { readonly id: string; readonly kind: 'alarm'; readonly outcome: ActionOutcome }
  | { readonly id: string; readonly kind: 'done' }
  | { readonly id: string; readonly kind: 'failed'; readonly message: string };

const words = writtenSchema.trim().min(1).max(500);

/** Bodies of `POST /alarms/{id}/{action}`, by action. */
export const alarmBodies = {
  acknowledge: z.strictObject({ comment: words.optional() }),
  assign: z.strictObject({ to: writtenSchema.min(1).max(64), comment: words.optional() }),
  arrive: z.strictObject({ comment: words.optional() }),
  resolve: z.strictObject({
    cause: z.string().refine((id) => Object.hasOwn(causes, id), { message: `must be one of ${Object.keys(causes).join(', ')}` }),
    remedy: z
      .string()
      .refine((id) => Object.hasOwn(remedies, id), { message: `must be one of ${Object.keys(remedies).join(', ')}` })
      .optional(),
    comment: words.optional(),
  }),
  shelve: z.strictObject({ minutes: z.int().min(1).max(shelveMinutes), reason: words, comment: words.optional() }),
  unshelve: z.strictObject({ comment: words.optional() }),
  comment: z.strictObject({ comment: words }),
} as const satisfies Record<(typeof alarmActions)[number], z.ZodType>;

/** Body of `POST /lines/{line}/reclassify`. */
export const reclassifyBody = z.strictObject({
  from: z.int().nonnegative(),
  to: z.int().nonnegative(),
  stop: z.string().max(63).nullable(),
  why: words,
});

/** Body of `POST /alarm-rules`: where, and what is to be otherwise there from now on. */
export const placedOverrideSchema = z.strictObject({
  where: z.strictObject({ firm: z.string().optional(), workshop: z.string().optional(), line: z.string().optional() }),
  override: overrideSchema,
});

const deed = { id: z.string().min(1).max(64), who: z.string().min(1).max(64), at: z.int().nonnegative() };
const requestSchema = z.object({
  ...deed,
  alarm: z.string().max(64),
  action: z.enum(alarmActions),
  to: z.string().optional(),
  minutes: z.number().optional(),
  reason: z.string().optional(),
  cause: z.string().optional(),
  remedy: z.string().optional(),
  comment: z.string().optional(),
});
const actionSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('alarm'), ...deed, request: requestSchema }),
  z.object({ kind: z.literal('override'), ...deed, placed: placedOverrideSchema }),
  z.object({ kind: z.literal('trial'), ...deed, channel: z.string() }),
  z.object({
    kind: z.literal('reclassify'),
    ...deed,
    line: z.string(),
    from: z.int(),
    to: z.int(),
    stop: z.string().nullable(),
    before: z.object({ state: z.enum(states), stop: z.string().nullable() }),
    why: z.string(),
  }),
]);

/** An action as it lies in the journal; null for what is none, or none that this version knows. */
export function parseAction(payload: Uint8Array): Action | null {
  try {
    const { data } = actionSchema.safeParse(JSON.parse(new TextDecoder().decode(payload)));
    // Left out and undefined are the same here: JSON knows only the former.
    return (data as Action | undefined) ?? null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

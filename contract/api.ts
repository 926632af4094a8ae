/**
 * Shapes of the HTTP API, `/api/v1`: what is asked and what is answered, used by server, web and tests alike.
 * Requests are schemas (they come from outside); answers are types.
 */
import { z } from 'zod';
import type { IntakeCounts } from './reading.ts';
import type { Calendar } from './calendar.ts';
import type { EquipmentType } from './equipment.ts';
import type { UtilizationRecord } from './figures.ts';
import type { LiveRecord } from './live.ts';
import { idSchema, type Text } from './text.ts';

export const roles = ['admin', 'supervisor', 'maintenance', 'official'] as const;
export type Role = (typeof roles)[number];

export const scopeSchema = z.strictObject({
  parks: z.array(idSchema).max(200).optional(),
  firms: z.array(idSchema).max(1000).optional(),
  workshops: z
    .array(z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}\/[a-z0-9][a-z0-9-]{0,62}$/, 'must look like "firm/workshop"'))
    .max(1000)
    .optional(),
});
export type Scope = z.infer<typeof scopeSchema>;

export const languages = ['zh', 'en'] as const;
export type Language = (typeof languages)[number];

/** Counted as people count: an emoji is one character, though a string holds two units for it. */
export const passwordSchema = z
  .string()
  .regex(/^.{8,}$/su, 'must have at least 8 characters')
  .regex(/^.{0,128}$/su, 'must have at most 128 characters');
const givenPasswordSchema = z.string().regex(/^.{1,128}$/su, 'must have 1 to 128 characters');

export const signInSchema = z.strictObject({ username: z.string().min(1).max(64), password: givenPasswordSchema });

export interface SessionAnswer {
  username: string;
  role: Role;
  scope: Scope;
  language: Language;
  /** Only there while the password is one to be used once: nothing but choosing another works. */
  mustChoosePassword?: true;
}

const usernameSchema = z.string().regex(/^[a-z0-9][a-z0-9._-]{0,62}$/, 'must be 1 to 63 of a-z, 0-9, ".", "_" and "-"');

export const newUserSchema = z.strictObject({
  username: usernameSchema,
  password: passwordSchema,
  role: z.enum(roles),
  scope: scopeSchema.default({}),
  language: z.enum(languages).default('zh'),
  /** The password opens the account once, to choose another. */
  oneTime: z.boolean().optional(),
});
export const changeUserSchema = z.strictObject({
  password: passwordSchema.optional(),
  role: z.enum(roles).optional(),
  scope: scopeSchema.optional(),
  language: z.enum(languages).optional(),
  disabled: z.boolean().optional(),
  oneTime: z.boolean().optional(),
});
/** Body of `POST /session/password`. */
export const passwordChoiceSchema = z.strictObject({ current: givenPasswordSchema, password: passwordSchema });
export type PasswordChoice = z.infer<typeof passwordChoiceSchema>;
export type NewUser = z.infer<typeof newUserSchema>;
export type ChangeUser = z.infer<typeof changeUserSchema>;

/** `mustChoosePassword`: has a password to be used once, and has not chosen another yet. */
export interface UserAnswer extends SessionAnswer {
  disabled: boolean;
  createdAt: number;
}

/** Who did what to what, when, from where; nothing edits or deletes it. `detail` says what changed, or with what reason. */
export interface AuditAnswer {
  at: number;
  who: string;
  action: string;
  subject: string | null;
  address: string | null;
  detail: string | null;
}

/** Of how many lines accounts are issued or revoked in one call. */
const devicesAtOnce = 5000;
const manyLines = z.array(idSchema).min(1).max(devicesAtOnce);
/** One line, answered with its account, or several, answered with a list of them. */
export const newDeviceSchema = z
  .strictObject({ line: idSchema.optional(), lines: manyLines.optional() })
  .refine(({ line, lines }) => (line === undefined) !== (lines === undefined), 'must have "line" or "lines"');
/** Body of `POST /devices/revoke`. */
export const revokedDevicesSchema = z.strictObject({ lines: manyLines });

/** A device account; the password is known only in the answer that issues it. */
export interface DeviceAnswer {
  username: string;
  line: string;
  createdAt: number;
}

/** Where devices connect, as far as the server knows: the host is the one this page came from, unless something stands in between. */
export interface DeviceAccess {
  port: number;
  tls: boolean;
}

/** Milliseconds from a reading's receipt to its live record being published. */
export interface LatencyMs {
  p50: number;
  p95: number;
  p99: number;
}

export interface StoreHealth {
  kind: 'duckdb' | 'influxdb';
  ok: boolean;
  /** How many journal records the store is behind, and for how long the oldest of them has waited. */
  behindRecords: number;
  behindMs: number;
  /** Null where the store does not tell. */
  sizeBytes: number | null;
  detail: string | null;
}

export interface HealthAnswer {
  status: 'ok' | 'degraded';
  version: string;
  uptimeSeconds: number;
  readings: IntakeCounts;
  store: StoreHealth;
  journal: { sizeBytes: number; limitBytes: number; withheld: boolean; damagedRecords: number };
  latencyMs: LatencyMs;
  /** Only there while anybody may do anything over MQTT. */
  mqttOpen?: true;
}

/** What share of the demo's past is stored, 0..1; null where all of it is, or none is told. */
export interface DemoAnswer {
  past: number | null;
}

export interface ErrorAnswer {
  error: { code: string; message: string };
}

/** `[ts, min, max, mean]` of one slice of the window; slices without a reading have no point. */
export type Point = [ts: number, min: number, max: number, mean: number];
export interface PointsAnswer {
  points: Point[];
}

/** A stretch of a line's time that was delivered late, and when it was: from its first to its last receipt. */
export interface Backfill {
  readonly from: number;
  readonly to: number;
  readonly receivedFrom: number;
  readonly receivedTo: number;
  readonly readings: number;
}

/** What of a window was delivered late, and the window's figures without it; `before` is null where nothing was. */
export interface BackfillsAnswer {
  readonly spans: readonly Backfill[];
  readonly before: UtilizationRecord | null;
}

export const aggregateLevels = ['zone', 'park', 'firm', 'workshop', 'line', 'cluster'] as const;
export type AggregateLevel = (typeof aggregateLevels)[number];

/** One step of one group; a workshop's id is "firm/workshop". `shift` names the shift where the window was cut by shift. */
export type AggregateAnswer = { id: string; shift?: string } & UtilizationRecord;

/** One line now, with what it is. */
export type LineAnswer = LiveRecord & { equipment: EquipmentType };

/** The zone as the caller may see it: only parks, firms, workshops and lines within the caller's scope. */
export interface PlantAnswer {
  zone: { id: string; name: Text; timezone: string };
  calendars: Record<string, Calendar>;
  types: Record<string, EquipmentType>;
  parks: ParkAnswer[];
}
export interface ParkAnswer {
  id: string;
  name: Text;
  cluster: string;
  clusterName?: Text | undefined;
  firms: FirmAnswer[];
}
export interface FirmAnswer {
  id: string;
  name: Text;
  workshops: WorkshopAnswer[];
}
export interface WorkshopAnswer {
  id: string;
  name: Text;
  building: string | null;
  lines: { id: string; name: Text; type: string; calendar: string }[];
}

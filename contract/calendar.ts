/**
 * Calendars as data: shifts, breaks, working days and holidays, in the zone's local time, and what changes from a date on.
 * Comes in: the `calendars` part of a plant file. What its parts must be together is in shifts.ts; what a calendar means for
 * an instant is worked out in kpi/calendar.ts.
 */
import { z } from 'zod';
import { idSchema, textSchema } from './text.ts';

export const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;

const timeOfDay = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a time of day such as "08:00"');
const endOfDay = z.string().regex(/^(([01]\d|2[0-3]):[0-5]\d|24:00)$/, 'must be a time of day such as "20:00", or "24:00"');
export const dateSchema = z.iso.date('must be a date such as "2026-12-01"');

const shiftSchema = z.strictObject({
  id: idSchema,
  name: textSchema.optional(),
  start: timeOfDay,
  /** An end at or before the start is on the next day. */
  end: endOfDay,
  breaks: z.array(z.tuple([timeOfDay, endOfDay])).default([]),
});

const shiftsSchema = z.array(shiftSchema).min(1);
/** By the day a shift starts. */
const daysSchema = z.array(z.enum(weekdays)).min(1);
/** Shifts that start on these local dates do not run. */
const holidaysSchema = z.array(z.iso.date());

const changeSchema = z.strictObject({
  /** The first local date whose shifts follow the change. One that began the day before runs to its end as it was. */
  from: dateSchema,
  shifts: shiftsSchema.optional(),
  days: daysSchema.optional(),
  holidays: holidaysSchema.optional(),
});

export const calendarSchema = z.strictObject({
  shifts: shiftsSchema,
  days: daysSchema,
  holidays: holidaysSchema.default([]),
  /** Oldest first. What a change leaves out stays as it was. */
  changes: z.array(changeSchema).optional(),
});

export type Calendar = z.infer<typeof calendarSchema>;
export type Shift = z.infer<typeof shiftSchema>;

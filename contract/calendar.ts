/**
 * Calendars as data: shifts, breaks, working days and holidays, in the zone's local time.
 * Comes in: the `calendars` part of a plant file. What a calendar means for an instant is worked out in kpi/calendar.ts.
 */
import { z } from 'zod';
import { idSchema, textSchema } from './text.ts';

export const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;

const timeOfDay = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a time of day such as "08:00"');
const endOfDay = z.string().regex(/^(([01]\d|2[0-3]):[0-5]\d|24:00)$/, 'must be a time of day such as "20:00", or "24:00"');

const shiftSchema = z.strictObject({
  id: idSchema,
  name: textSchema.optional(),
  start: timeOfDay,
  /** An end at or before the start is on the next day. */
  end: endOfDay,
  breaks: z.array(z.tuple([timeOfDay, endOfDay])).default([]),
});

export const calendarSchema = z.strictObject({
  shifts: z.array(shiftSchema).min(1),
  /** By the day a shift starts. */
  days: z.array(z.enum(weekdays)).min(1),
  /** Shifts that start on these local dates do not run. */
  holidays: z.array(z.iso.date()).default([]),
});

export type Calendar = z.infer<typeof calendarSchema>;
export type Shift = z.infer<typeof shiftSchema>;

/**
 * What callers ask with: windows of time, whole numbers, bodies against a schema.
 * Comes in: text of a query or a parsed body. Goes out: checked values, or a refusal that says what is wrong. It is pure.
 */
import type { z } from 'zod';
import { badRequest, type Call, type Refusal } from './route.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** How long a window of each kind of question may be. */
export const longest = {
  states: 31 * dayMs,
  series: 366 * dayMs,
  figures: 5 * 366 * dayMs,
  audit: 5 * 366 * dayMs,
} as const;

export interface Window {
  readonly from: number;
  readonly to: number;
}

type Query = Pick<Call, 'query'>;

/** `from` and `to` in ms; `to` defaults to now, `from` to 24 hours (or `usualMs`) before `to`. */
export function windowOf(call: Query, now: number, longestMs: number, usualMs = dayMs): Window | Refusal {
  const to = wholeNumber(call.query('to'), now);
  if (to === null) return badRequest('bad-window', '"to" must be a whole number of milliseconds since the epoch.');
  const from = wholeNumber(call.query('from'), Math.max(0, to - usualMs));
  if (from === null) return badRequest('bad-window', '"from" must be a whole number of milliseconds since the epoch.');
  if (from >= to) return badRequest('bad-window', '"from" must be before "to".');
  if (to - from > longestMs) {
    return badRequest('window-too-long', `The window must not be longer than ${String(Math.floor(longestMs / dayMs))} days.`);
  }
  return { from, to };
}

export function countOf(call: Query, name: string, usual: number, most: number): number | Refusal {
  const count = wholeNumber(call.query(name), usual);
  if (count !== null && count >= 1 && count <= most) return count;
  return badRequest('bad-number', `"${name}" must be a whole number from 1 to ${String(most)}.`);
}

export function bodyOf<T>(schema: z.ZodType<T>, body: unknown): { readonly value: T } | Refusal {
  const parsed = schema.safeParse(body);
  if (parsed.success) return { value: parsed.data };
  const [issue] = parsed.error.issues;
  const path = issue?.path.map(String).join('.') ?? '';
  return badRequest('bad-body', `${path === '' ? 'The body' : `"${path}"`}: ${issue?.message ?? 'is not valid'}`);
}

/** Digits only, short enough to be exact; null for anything else. */
function wholeNumber(text: string | null, usual: number): number | null {
  if (text === null) return usual;
  return /^\d{1,15}$/.test(text) ? Number(text) : null;
}

/**
 * Moments: points that stand at a nanosecond within their millisecond, so that many things of one instant have a place each.
 * Comes in: what happened, when, and what tells it apart. Goes out: points for a writer, and texts in pieces that fit a field.
 */
import { createHash } from 'node:crypto';
import { point, spelled, text } from './text.ts';
import type { Written } from './writer.ts';

const nanoseconds = 1_000_000;
/** Of UTF-16 units: written as `\u005c` at worst, they stay below the 64 KB that a text may have. */
const pieceUnits = 10_000;

export interface Moment {
  readonly measurement: string;
  readonly tags?: Readonly<Record<string, string>>;
  /** What is asked for by name; beside the time it is what tells one thing from another. */
  readonly id: string;
  readonly ms: number;
  /** 0 to 999,999, out of the id unless given. */
  readonly rank?: number;
  readonly fields?: readonly (readonly [name: string, value: string])[];
  /** Kept as JSON in the field `body`. */
  readonly body?: object;
}

export function placed({ measurement, tags = {}, id, ms, rank = fingerprint(id), fields = [], body }: Moment): Written {
  const all = [['id', text(spelled(id))] as const, ...fields, ...(body ? [['body', text(JSON.stringify(body))] as const] : [])];
  const written = point(measurement, tags, all, Math.max(0, ms));
  return { text: `${written}${String(rank).padStart(6, '0')}`, line: tags.line ?? '', time: ms, subject: body ?? id };
}

/** The same number for the same text, evenly spread. */
export function fingerprint(of: string): number {
  return createHash('sha256').update(of).digest().readUIntBE(0, 6) % nanoseconds;
}

export function pieces(whole: string): string[] {
  return Array.from({ length: Math.ceil(whole.length / pieceUnits) }, (_, index) =>
    whole.slice(index * pieceUnits, (index + 1) * pieceUnits),
  );
}

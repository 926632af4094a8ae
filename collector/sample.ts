/**
 * What was sent, made safe to keep and to show: comes in as parsed JSON, text or bytes, goes out as a short string without
 * control characters. It never walks further into a value than it shows, so that size and depth cost nothing.
 */
import { readingLimits } from '../contract/reading.ts';

/** Control and invisible characters, line separators, halves of a surrogate pair. */
const unseen = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** Text with every such character written as its escape, at most `limit` characters of it. */
export function visible(text: string, limit: number = readingLimits.rejectionSampleCharacters): string {
  return cut(escaped(text.slice(0, limit)), limit);
}

/** The beginning of a payload, whatever its bytes are. */
export function sampleOfBytes(bytes: Uint8Array): string {
  const limit = readingLimits.rejectionSampleCharacters;
  // A character takes at most 4 bytes; what the cut leaves of one at the end is not shown.
  return visible(new TextDecoder().decode(bytes.subarray(0, 4 * limit)), limit);
}

/** The beginning of a value as JSON; what is left out ends in "…". */
export function sampleOf(value: unknown, limit: number = readingLimits.rejectionSampleCharacters): string {
  const parts: string[] = [];
  const room = limit - 1;
  const left = write(value, room, parts);
  const text = escaped(parts.join(''));
  return left < 0 || text.length > room ? `${cut(text, room)}…` : text;
}

/** Writes what there is room for and gives the room left, negative where it did not suffice. Every level takes a character, so depth is bounded, too. */
function write(value: unknown, room: number, parts: string[]): number {
  if (room <= 0) return -1;
  if (typeof value === 'string') return push(JSON.stringify(value.slice(0, room)), room, parts);
  if (Array.isArray(value)) return writeList(value, room, parts);
  if (typeof value === 'object' && value !== null) return writeObject(value as Record<string, unknown>, room, parts);
  return push(String(value), room, parts);
}

function writeList(list: readonly unknown[], room: number, parts: string[]): number {
  let left = push('[', room, parts);
  for (let at = 0; at < list.length && left > 0; at += 1) {
    if (at > 0) left = push(',', left, parts);
    left = write(list[at], left, parts);
  }
  return push(']', left, parts);
}

function writeObject(object: Readonly<Record<string, unknown>>, room: number, parts: string[]): number {
  let left = push('{', room, parts);
  let comma = '';
  for (const key in object) {
    if (left <= 0) break;
    left = push(`${comma}${JSON.stringify(key.slice(0, left))}:`, left, parts);
    left = write(object[key], left, parts);
    comma = ',';
  }
  return push('}', left, parts);
}

function push(text: string, room: number, parts: string[]): number {
  parts.push(text.slice(0, Math.max(0, room)));
  return text.length > room ? -1 : room - text.length;
}

function cut(text: string, limit: number): string {
  return text.length <= limit ? text : text.slice(0, limit).replace(/\p{Cs}$/u, '');
}

function escaped(text: string): string {
  return text.replace(unseen, escapeOf);
}

function escapeOf(character: string): string {
  if (character === '\n') return '\\n';
  if (character === '\r') return '\\r';
  if (character === '\t') return '\\t';
  const code = character.codePointAt(0) ?? 0;
  return code > 0xffff ? `\\u{${code.toString(16)}}` : `\\u${code.toString(16).padStart(4, '0')}`;
}

/**
 * One message as a channel is handed it: one notice, or several folded into one, with the people it is for. Comes in: notices. Goes out: its lines in
 * the languages of its readers, cut to what a vendor takes. What makes a line harmless there is the channel's business.
 */
import type { Person } from '../../contract/duty.ts';
import { priorities, type Priority } from '../../contract/alarm.ts';
import type { Text } from '../../contract/text.ts';
import { foldedHead, moreText, type Notice } from './texts.ts';

/** What became of an attempt. `busy`: the vendor asks for a pause; `refused`: it will hardly be taken later either. */
export type Sent =
  | { readonly result: 'sent'; readonly note: string | null }
  | { readonly result: 'unreachable' | 'refused'; readonly error: string }
  | { readonly result: 'busy'; readonly error: string; readonly pauseMs: number };

/** One channel's way out. It gives up by itself after 10 s, and never throws. */
export type Sender = (message: Message) => Promise<Sent>;

export interface Message {
  /** The same for every attempt at it. */
  readonly key: string;
  readonly notices: readonly [Notice, ...Notice[]];
  readonly people: readonly Person[];
  /** Whether those people are called, or only meant to read it. */
  readonly calls: boolean;
  /** Where the list of all alarms is. */
  readonly listUrl: string;
  /** By delivery; in the order of the notices. */
  readonly deliveries: readonly string[];
}

/** Chinese, unless everybody reads English; both where readers differ. */
export function languagesOf({ people }: Message): (keyof Text)[] {
  const known = new Set(people.map(({ language }) => language));
  return known.size === 0 ? ['zh'] : (['zh', 'en'] as const).filter((language) => known.has(language));
}

export function headOf({ notices }: Message, language: keyof Text): string {
  const [first] = notices;
  return notices.length === 1 ? first.head[language] : foldedHead(notices.length, mostUrgent(notices))[language];
}

/** What follows the head: where and since when; or one line a notice, as many as fit into so many bytes, and how many more there are. */
export function bodyOf({ notices }: Message, language: keyof Text, bytes: number): string[] {
  const [first] = notices;
  if (notices.length === 1) return [first.body[language]];
  const lines: string[] = [];
  let left = bytes - sizeOf(moreText(notices.length)[language]);
  for (const { head, body } of notices) {
    const line = `${head[language]} · ${body[language]}`;
    left -= sizeOf(line);
    if (left < 0 || lines.length === mostLines) break;
    lines.push(line);
  }
  const more = notices.length - lines.length;
  return more > 0 ? [...lines, moreText(more)[language]] : lines;
}

export function urlOf({ notices, listUrl }: Message): string {
  return notices.length === 1 ? notices[0].url : listUrl;
}

export function mostUrgent(notices: readonly Notice[]): Priority {
  return priorities.find((priority) => notices.some((notice) => notice.priority === priority)) ?? 'low';
}

/** Nobody reads more on a phone. */
const mostLines = 20;

/** With room for the mark of a list item and the line's end. */
function sizeOf(line: string): number {
  return Buffer.byteLength(line) + 4;
}

/**
 * The access rule: what a signed-in device may publish, leave as its will and subscribe to.
 * Comes in: who it is, the plant, a topic. Goes out: a verdict. An allow-list of exact topics, so whatever is odd about
 * a topic or a name (wildcards, control characters, bad UTF-8, `$SYS`, `__proto__`) is refused without being looked for.
 */
import type { Plant } from '../contract/plant.ts';
import { idSchema } from '../contract/text.ts';
import { parseTopic, topicOf } from '../contract/topics.ts';

/**
 * What an identity may do. `role` is the place for other kinds of clients, such as rooms that run as processes of their
 * own and read everything; there are none yet. The topics are null where the account's line is no longer in the plant.
 */
export interface Rights {
  readonly role: 'device';
  readonly line: string;
  readonly topics: { readonly telemetry: string; readonly status: string; readonly command: string } | null;
}

export interface Message {
  readonly topic: string;
  readonly payloadBytes: number;
}

/** `telemetry` goes to the journal, `status` is passed on (and kept if retained), `stray-status` is passed on and never kept. */
export type PublishVerdict = 'telemetry' | 'status' | 'stray-status' | 'refused';

/** A client id must be the user name, and both must look like an id. */
export function nameAllowed(clientId: string, username: string | undefined): boolean {
  return clientId === username && idSchema.safeParse(clientId).success;
}

export function rightsOf(line: string, plant: Plant): Rights {
  const place = plant.lines.get(line);
  if (!place) return { role: 'device', line, topics: null };
  const topics = { telemetry: topicOf(place, 'telemetry'), status: topicOf(place, 'status'), command: topicOf(place, 'command') };
  return { role: 'device', line, topics };
}

/**
 * A line of the plant has exactly two topics to publish on. A line that has gone from it may go on publishing under any
 * well-formed topic that ends in its own name: its readings are counted as `unknown-line` instead of vanishing, and its
 * status is not kept, because nothing would ever clear it.
 */
export function publishVerdict(rights: Rights, message: Message, statusBytes: number): PublishVerdict {
  const { topic, payloadBytes } = message;
  if (rights.topics) {
    if (topic === rights.topics.telemetry) return 'telemetry';
    return topic === rights.topics.status && payloadBytes <= statusBytes ? 'status' : 'refused';
  }
  const parts = parseTopic(topic);
  if (parts?.line !== rights.line) return 'refused';
  if (parts.channel === 'telemetry') return 'telemetry';
  return parts.channel === 'status' && payloadBytes <= statusBytes ? 'stray-status' : 'refused';
}

/** A will is a status message that the broker sends for the device. */
export function willAllowed(rights: Rights, will: Message, statusBytes: number): boolean {
  const verdict = publishVerdict(rights, will, statusBytes);
  return verdict === 'status' || verdict === 'stray-status';
}

export function subscribeAllowed(rights: Rights, filter: string): boolean {
  return rights.topics !== null && filter === rights.topics.command;
}

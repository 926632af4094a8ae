/**
 * The access rule: what a signed-in device, or a process of the system's own, may publish, leave as its will and
 * subscribe to. Comes in: who it is, the plant, a topic. Goes out: a verdict. An allow-list of exact topics, so whatever is odd about
 * a topic or a name (wildcards, control characters, bad UTF-8, `$SYS`, `__proto__`) is refused without being looked for.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { Plant } from '../contract/plant.ts';
import { actionTopic, outcomeTopic, reporters, reportTopic, systemAlarmsTopic, type SystemName } from '../contract/system.ts';
import { idSchema } from '../contract/text.ts';
import { everyLine, parseTopic, topicOf, type Channel } from '../contract/topics.ts';

/** What an identity may do; `name` is its user name. */
export type Rights = DeviceRights | SystemRights | OpenRights;

/** A line's device. Its name is the line's id; the topics are null where that line is no longer in the plant. */
export interface DeviceRights {
  readonly role: 'device';
  readonly name: string;
  readonly topics: { readonly telemetry: string; readonly status: string; readonly command: string } | null;
}

/** One of the system's own processes: what it says of any line, what it says besides, and what it hears. */
export interface SystemRights {
  readonly role: 'system';
  readonly name: SystemName;
  /** Of every line; all are kept but `command`. */
  readonly channels: readonly Channel[];
  readonly topics: ReadonlyMap<string, PublishVerdict>;
  readonly filters: readonly string[];
}

/** Anybody, where the broker is open: every topic, and nothing of it into the journal. */
export interface OpenRights {
  readonly role: 'open';
  readonly name: '(anybody)';
}

export const openRights: OpenRights = { role: 'open', name: '(anybody)' };

export interface Message {
  readonly topic: string;
  readonly payloadBytes: number;
}

/** `telemetry` and `action` go to the journal, what is `kept` is passed on and kept if retained, what is `passed` is never kept. */
export type PublishVerdict = 'telemetry' | 'action' | 'kept' | 'passed' | 'refused';

/**
 * Characters that MQTT forbids (U+0000, and what cannot be read as UTF-8) or lets a server refuse (control characters). Devices need not be
 * asked: their names and topics are compared with what they must be.
 */
const illFormed = /[\p{Cc}\p{Noncharacter_Code_Point}\ufffd]/u;

export function isWellFormed(text: string): boolean {
  return !illFormed.test(text);
}

/** A client id must be the user name, and both must look like an id. */
export function nameAllowed(clientId: string, username: string | undefined): boolean {
  return clientId === username && idSchema.safeParse(clientId).success;
}

export function rightsOf(line: string, plant: Plant): DeviceRights {
  const place = plant.lines.get(line);
  if (!place) return { role: 'device', name: line, topics: null };
  const topics = { telemetry: topicOf(place, 'telemetry'), status: topicOf(place, 'status'), command: topicOf(place, 'command') };
  return { role: 'device', name: line, topics };
}

export function systemRightsOf(name: SystemName): SystemRights {
  switch (name) {
    case 'system-collector':
      return {
        role: 'system',
        name,
        channels: ['live', 'alarms'],
        topics: new Map([
          [reportTopic('collector'), 'kept'],
          [systemAlarmsTopic, 'kept'],
          [outcomeTopic, 'passed'],
        ]),
        filters: [everyLine('status')],
      };
    case 'system-dashboard':
      return {
        role: 'system',
        name,
        channels: ['command'],
        topics: new Map([[actionTopic, 'action']]),
        filters: [everyLine('live'), everyLine('alarms'), systemAlarmsTopic, outcomeTopic, ...reporters.map(reportTopic)],
      };
  }
}

export function publishVerdict(rights: Rights, message: Message, statusBytes: number): PublishVerdict {
  switch (rights.role) {
    case 'device':
      return deviceVerdict(rights, message, statusBytes);
    case 'system':
      return systemVerdict(rights, message.topic);
    case 'open':
      return openTopic(message.topic) ? 'kept' : 'refused';
  }
}

/** What a server keeps for itself is not for clients to publish on (MQTT 3.1.1, section 4.7.2). */
function openTopic(topic: string): boolean {
  return topic !== '' && isWellFormed(topic) && !/^\$|[+#]/.test(topic);
}

/** `+` is a whole level, `#` the last one. */
function isFilter(filter: string): boolean {
  return /^(?:(?:[^+#/]*|\+)\/)*(?:[^+#/]*|\+|#)$/.test(filter);
}

function systemVerdict({ channels, topics }: SystemRights, topic: string): PublishVerdict {
  const verdict = topics.get(topic);
  if (verdict !== undefined) return verdict;
  const channel = parseTopic(topic)?.channel;
  if (channel === undefined || !channels.includes(channel)) return 'refused';
  return channel === 'command' ? 'passed' : 'kept';
}

/**
 * A line of the plant has exactly two topics to publish on. A line that has gone from it may go on publishing under any
 * well-formed topic that ends in its own name: its readings are counted as `unknown-line` instead of vanishing, and its
 * status is not kept, because nothing would ever clear it.
 */
function deviceVerdict(rights: DeviceRights, { topic, payloadBytes }: Message, statusBytes: number): PublishVerdict {
  if (rights.topics) {
    if (topic === rights.topics.telemetry) return 'telemetry';
    return topic === rights.topics.status && payloadBytes <= statusBytes ? 'kept' : 'refused';
  }
  const parts = parseTopic(topic);
  if (parts?.line !== rights.name) return 'refused';
  if (parts.channel === 'telemetry') return 'telemetry';
  return parts.channel === 'status' && payloadBytes <= statusBytes ? 'passed' : 'refused';
}

/** A will is a status message that the broker sends for the device; the system's processes leave none. */
export function willAllowed(rights: Rights, will: Message, statusBytes: number): boolean {
  if (rights.role === 'system') return false;
  if (rights.role === 'open') return openTopic(will.topic) && will.payloadBytes <= statusBytes;
  const verdict = deviceVerdict(rights, will, statusBytes);
  return verdict === 'kept' || verdict === 'passed';
}

export function subscribeAllowed(rights: Rights, filter: string): boolean {
  if (rights.role === 'system') return rights.filters.includes(filter);
  if (rights.role === 'open') return filter !== '' && isWellFormed(filter) && isFilter(filter);
  return rights.topics !== null && filter === rights.topics.command;
}

/** Compares hashes: they have one length and say nothing of how much was right. Without a password nobody signs in this way. */
export function systemPasswordMatches(expected: string | null, given: string): boolean {
  return expected !== null && timingSafeEqual(hashOf(expected), hashOf(given));
}

function hashOf(password: string): Buffer {
  return createHash('sha256').update(password).digest();
}

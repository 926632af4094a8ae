/**
 * MQTT topics: `bobbin/v1/{park}/{firm}/{workshop}/{line}/{channel}`, built and parsed in one place.
 * Comes in: a line's place or a topic string. Goes out: a topic or its parts. `parseTopic(topicOf(x))` gives x back.
 */

export const channels = ['telemetry', 'status', 'command', 'live', 'alarms'] as const;
export type Channel = (typeof channels)[number];

/** Where a line stands: its own id and the ids of everything around it. */
export interface Place {
  readonly park: string;
  readonly firm: string;
  readonly workshop: string;
  readonly line: string;
}

export interface TopicParts extends Place {
  readonly channel: Channel;
}

const prefix = 'bobbin/v1/';
const part = /^[a-z0-9][a-z0-9-]{0,62}$/;

export function topicOf(place: Place, channel: Channel): string {
  return `${prefix}${place.park}/${place.firm}/${place.workshop}/${place.line}/${channel}`;
}

/** A subscription filter for one channel of every line. */
export function everyLine(channel: Channel): string {
  return `${prefix}+/+/+/+/${channel}`;
}

/** The parts of a topic, or null for anything that is not exactly one of ours. */
export function parseTopic(topic: string): TopicParts | null {
  if (!topic.startsWith(prefix)) return null;
  const parts = topic.slice(prefix.length).split('/');
  const [park, firm, workshop, line, channel] = parts;
  if (parts.length !== 5 || !park || !firm || !workshop || !line || !channel) return null;
  if (!part.test(park) || !part.test(firm) || !part.test(workshop) || !part.test(line)) return null;
  if (!isChannel(channel)) return null;
  return { park, firm, workshop, line, channel };
}

function isChannel(word: string): word is Channel {
  return (channels as readonly string[]).includes(word);
}

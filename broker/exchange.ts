/**
 * The exchange: who listens to which topic, and the handing over of every message to those who do.
 * Comes in: filters with listeners, and packets. Goes out: each packet to each listener that matches, at once. It takes
 * the place of Aedes's emitter, which makes publishers wait for subscribers: here nobody ever waits for anybody.
 */
import type { AedesPublishPacket } from 'aedes';

export type Deliver = (packet: AedesPublishPacket, done: () => void) => void;

type Done = (error?: Error | null) => void;

interface Pattern {
  readonly expression: RegExp;
  readonly listeners: Set<Deliver>;
}

/** What Aedes asks of an emitter: `on`, `removeListener`, `emit`, `close`. */
export class Exchange {
  /** Filters without wildcards, such as every device's `command`: found without a search however many there are. */
  readonly #exact = new Map<string, Set<Deliver>>();
  /** Filters with wildcards: few, because devices may not have any. */
  readonly #patterns = new Map<string, Pattern>();

  on(filter: string, deliver: Deliver, done?: Done): this {
    this.#listeners(filter).add(deliver);
    done?.();
    return this;
  }

  removeListener(filter: string, deliver: Deliver, done?: Done): this {
    const listeners = this.#listeners(filter);
    listeners.delete(deliver);
    if (listeners.size === 0) {
      this.#exact.delete(filter);
      this.#patterns.delete(filter);
    }
    done?.();
    return this;
  }

  emit(packet: AedesPublishPacket, done?: Done): this {
    // Aedes numbers packets as they are published and drops, for each receiver, what arrives out of that order, as it
    // may where QoS 0 and 1 or retained and plain messages mix. Numbered anew as they are handed over, all arrive.
    packet.brokerCounter = 0;
    for (const deliver of this.#exact.get(packet.topic) ?? []) deliver(packet, ignore);
    for (const { expression, listeners } of this.#patterns.values()) {
      if (expression.test(packet.topic)) for (const deliver of listeners) deliver(packet, ignore);
    }
    done?.();
    return this;
  }

  close(done: Done): this {
    this.#exact.clear();
    this.#patterns.clear();
    done();
    return this;
  }

  #listeners(filter: string): Set<Deliver> {
    if (!hasWildcard(filter)) {
      const listeners = this.#exact.get(filter) ?? new Set();
      this.#exact.set(filter, listeners);
      return listeners;
    }
    const pattern = this.#patterns.get(filter) ?? { expression: filterExpression(filter), listeners: new Set() };
    this.#patterns.set(filter, pattern);
    return pattern.listeners;
  }
}

export function hasWildcard(filter: string): boolean {
  return filter.includes('+') || filter.includes('#');
}

/**
 * A filter as a regular expression (MQTT 3.1.1, section 4.7): `+` is one level, `#` at the end is the level above it and
 * everything below, and neither stands for a first level that starts with `$`.
 */
export function filterExpression(filter: string): RegExp {
  const levels = filter.split('/');
  const isDeep = levels.at(-1) === '#';
  if (isDeep) levels.pop();
  const start = filter.startsWith('+') || filter.startsWith('#') ? '^(?!\\$)' : '^';
  const body = levels.map((level) => (level === '+' ? '[^/]*' : level.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'))).join('/');
  if (!isDeep) return new RegExp(`${start}${body}$`, 's');
  return new RegExp(levels.length === 0 ? start : `${start}${body}(?:/.*)?$`, 's');
}

function ignore(): void {
  // A listener's being done changes nothing for anybody else.
}

/**
 * The broker's other end: the bus for a room that runs as a process of its own, over MQTT.
 * Comes in: where the broker is, a name, the shared password; messages and listeners from the room. Goes out: the same
 * messages, in order, while there is a connection, which it makes anew by itself for as long as it is not closed. What is
 * published while cut off is dropped: whoever publishes retained messages publishes them again at every connection.
 */
import { rootCertificates } from 'node:tls';
import { connect, type MqttClient } from 'mqtt';
import type { Logger } from 'pino';
import { recordMs, type Bus, type BusListener } from '../contract/bus.ts';
import { systemClock, type Clock, type Stop } from '../contract/clock.ts';
import type { SystemName } from '../contract/system.ts';
import { filterExpression } from './exchange.ts';

export interface MqttBusOptions {
  /** `mqtt://host:port`, or mqtts. */
  readonly url: string;
  readonly name: SystemName;
  readonly password: string;
  /** A certificate to be trusted besides those that are trusted anyway, PEM. */
  readonly certificate?: string | Buffer | undefined;
  readonly log: Logger;
  /** Another clock than the system's, for tests. */
  readonly clock?: Clock | undefined;
  /** Smaller limits, for tests. */
  readonly limits?: Partial<ClientLimits> | undefined;
}

export interface MqttBus extends Bus {
  /** Calls back at every connection, the first one too: the broker may remember nothing of what was retained. */
  onConnect(listener: () => void): Stop;
  isConnected(): boolean;
  /** Waits a moment for what is not yet acknowledged, while there is a connection. */
  close(): Promise<void>;
}

interface ClientLimits {
  /** Half as long again without an answer, and the connection is given up: a broker that hangs costs as long as one that is gone. */
  readonly keepaliveSeconds: number;
  readonly connectMs: number;
  readonly retryMs: number;
  /** Published and not yet taken by the network; beyond it the connection is made anew. Three seconds of the largest plant's live records. */
  readonly backlogBytes: number;
  /** For PUBACKs that are still to come when the bus is closed. */
  readonly closeMs: number;
}

const defaultLimits: ClientLimits = { keepaliveSeconds: 4, connectMs: 5000, retryMs: 500, backlogBytes: 32 * 1024 * 1024, closeMs: 1000 };

/** Begins to connect; what is subscribed to before that is over waits for it. */
export function openMqttBus(options: MqttBusOptions): MqttBus {
  const { url, name, password, certificate, clock = systemClock } = options;
  const limits = { ...defaultLimits, ...options.limits };
  const client = connect(url, {
    clientId: name,
    username: name,
    password,
    protocolVersion: 4,
    clean: true,
    keepalive: limits.keepaliveSeconds,
    connectTimeout: limits.connectMs,
    reconnectPeriod: limits.retryMs,
    // A broker may refuse for a moment, as before it knows the password of a new installation.
    reconnectOnConnackError: true,
    resubscribe: false,
    queueQoSZero: false,
    ...(certificate !== undefined && { ca: [...rootCertificates, certificate.toString()].join('\n') }),
  });
  const subscriptions = new Map<string, { readonly expression: RegExp; readonly listeners: Set<BusListener> }>();
  const connectListeners = new Set<() => void>();
  const log = options.log.child({ part: 'bus', broker: url });

  const ask = (filter: string): void => {
    client.subscribe(filter, { qos: 0 }, (error, granted) => {
      if (error === null && granted?.every(({ qos }) => qos !== 128)) return;
      if (client.connected) log.error({ err: error, filter }, 'the broker refuses a subscription');
    });
  };
  client.on('connect', () => {
    for (const filter of subscriptions.keys()) ask(filter);
    for (const listener of connectListeners) listener();
  });
  client.on('message', (topic, payload) => {
    // A copy: the payload is a view of a larger chunk, and listeners keep what they are given.
    const bytes = Uint8Array.from(payload);
    for (const { expression, listeners } of subscriptions.values()) {
      if (expression.test(topic)) for (const listener of listeners) listener(topic, bytes);
    }
  });
  tellChanges(client, log);

  return {
    publish(topic, payload, { retain }) {
      if (!client.connected) return;
      const bytes = typeof payload === 'string' ? payload : Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength);
      // Retained messages are renewed by whoever publishes them; others, such as commands, are acknowledged.
      client.publish(topic, bytes, { qos: retain ? 0 : 1, retain }, ignore);
      if (client.stream.writableLength > limits.backlogBytes) client.stream.destroy(new Error('the broker does not read'));
    },

    record: recordsOver(client, clock),

    subscribe(filter, listener) {
      const known = subscriptions.get(filter);
      const { listeners } = known ?? { listeners: new Set<BusListener>() };
      if (!known) subscriptions.set(filter, { expression: filterExpression(filter), listeners });
      listeners.add(listener);
      // Also where it is known: then the retained messages come again, for the new listener.
      if (client.connected) ask(filter);
      return Promise.resolve(() => {
        if (!listeners.delete(listener) || listeners.size > 0) return;
        subscriptions.delete(filter);
        if (client.connected) client.unsubscribe(filter, ignore);
      });
    },

    onConnect(listener) {
      connectListeners.add(listener);
      if (client.connected) listener();
      return () => {
        connectListeners.delete(listener);
      };
    },

    isConnected: () => client.connected,

    async close() {
      subscriptions.clear();
      connectListeners.clear();
      // By itself MQTT.js waits without end: for PUBACKs, though the connection that should bring them has ended.
      const gone = new Promise<void>((resolve) => client.once('close', resolve));
      const stop = clock.after(limits.closeMs, () => client.stream.destroy());
      await Promise.race([client.endAsync(!client.connected), gone]);
      stop();
    },
  };
}

/**
 * Records, one promise each: kept at the PUBACK; broken where there is no connection, where it ends meanwhile, and where it takes too long.
 * What was on its way is sent again at the next connection, so it may be recorded all the same.
 */
function recordsOver(client: MqttClient, clock: Clock): Bus['record'] {
  const waiting = new Set<(error: Error) => void>();
  client.on('close', () => {
    for (const reject of waiting) reject(new Error('the connection to the broker was closed'));
  });
  return (topic, payload) =>
    new Promise((resolve, reject) => {
      if (!client.connected) {
        reject(new Error('no connection to the broker'));
        return;
      }
      const stop = clock.after(recordMs, () => {
        settle(new Error('the broker does not acknowledge at the moment'));
      });
      const settle = (error?: Error | null): void => {
        stop();
        waiting.delete(settle);
        if (error) reject(error);
        else resolve();
      };
      waiting.add(settle);
      client.publish(topic, payload, { qos: 1 }, settle);
    });
}

/** The log hears of every coming and going, and of each reason once until it changes. */
function tellChanges(client: MqttClient, log: Logger): void {
  let trouble: string | null = null;
  const tell = (reason: string): void => {
    if (reason !== trouble) log.warn({ reason }, 'no connection to the broker; trying again until there is one');
    trouble = reason;
  };
  client.on('connect', () => {
    trouble = null;
    log.info('joined the broker');
  });
  client.on('error', (error) => {
    // Several addresses of one host make an error without a message; its code says it all.
    tell(error.message !== '' ? error.message : 'code' in error ? String(error.code) : error.name);
  });
  client.on('close', () => {
    if (!client.disconnecting && trouble === null) tell('the connection was closed');
  });
}

function ignore(): void {
  // What cannot be sent is dropped, as promised; the connection's own events say why.
}

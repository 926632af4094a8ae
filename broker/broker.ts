/**
 * The broker: MQTT 3.1.1 for devices over TCP and WebSocket, and the bus for the rooms in its own process.
 * Comes in: connections, and what the rooms publish. Goes out: telemetry to the journal, acknowledged only when it is
 * safe there; status and live messages to whoever listens. Aedes speaks the protocol; gate, rules, exchange and memory
 * around it are ours. It never looks inside a reading.
 */
import { Aedes } from 'aedes';
import type { Logger } from 'pino';
import type { Bus } from '../contract/bus.ts';
import type { Clock } from '../contract/clock.ts';
import type { DeviceAccounts } from '../contract/devices.ts';
import type { Certificate, Endpoint } from '../contract/endpoint.ts';
import type { Plant } from '../contract/plant.ts';
import type { JournalWriter } from '../journal/journal.ts';
import { openBus } from './bus.ts';
import { Crowd } from './crowd.ts';
import { Exchange } from './exchange.ts';
import { Intake } from './intake.ts';
import { limits as defaultLimits, type Limits } from './limits.ts';
import { listenTcp, listenWebSocket, type House, type Listener } from './listeners.ts';
import { Memory } from './memory.ts';
import { protocolHooks, Refused } from './protocol.ts';
import { Refusals } from './refusals.ts';
import type { Session } from './session.ts';

export interface BrokerOptions {
  readonly tcp: Endpoint;
  readonly ws?: Endpoint | undefined;
  readonly tls?: Certificate | undefined;
  readonly devices: DeviceAccounts;
  /** By which collector and dashboard sign in where they are processes of their own; absent: nobody can. */
  readonly systemPassword?: string | null | undefined;
  /** Anybody may come in without a name and do anything: for conformance suites, on a loopback address alone. */
  readonly isOpen?: boolean | undefined;
  readonly journal: JournalWriter;
  readonly plant: Plant;
  readonly clock: Clock;
  readonly log: Logger;
  /** Smaller limits, for tests. */
  readonly limits?: Partial<Limits> | undefined;
}

export interface Broker {
  readonly bus: Bus;
  /** Where it really listens: the port is known only afterwards if 0 was asked for. */
  readonly address: Endpoint;
  readonly wsAddress: Endpoint | null;
  /** Devices signed in. */
  sessions(): number;
  isConnected(line: string): boolean;
  /** What has been refused so far, by reason. */
  refusals(): Record<string, number>;
  /** Stops listening and cuts every connection; their wills go out to the bus. */
  close(): Promise<void>;
}

export async function startBroker(options: BrokerOptions): Promise<Broker> {
  const { clock, devices } = options;
  const isOpen = options.isOpen ?? false;
  const limits = { ...defaultLimits, ...options.limits };
  const log = options.log.child({ room: 'broker' });
  const refusals = new Refusals(log, clock);
  const exchange = new Exchange();
  const memory = new Memory();
  const intake = new Intake(options.journal, clock, limits);
  const crowd = new Crowd(limits, refusals, intake);
  const aedes = await Aedes.createBroker({
    ...protocolHooks({
      devices,
      systemPassword: options.systemPassword ?? null,
      isOpen,
      plant: options.plant,
      intake,
      refusals,
      limits,
      sessionOf: (client) => crowd.sessionOf(client.conn),
    }),
    mq: exchange,
    persistence: memory,
    connectTimeout: limits.connectTimeoutMs,
    drainTimeout: limits.drainTimeoutMs,
    maxInflightInbound: limits.inflightQos2,
    // `bobbin/v1/…/telemetry` has seven.
    maxTopicLevels: isOpen ? 64 : 8,
  });
  for (const event of ['clientError', 'connectionError'] as const) {
    aedes.on(event, (client, error) => {
      noteEnd(crowd.sessionOf(client.conn), error, refusals);
    });
  }
  aedes.on('clientReady', (client) => {
    crowd.signIn(crowd.sessionOf(client.conn));
  });
  const stopRevocations = devices.onRevoked(crowd.revoke.bind(crowd));
  const house: House = {
    limits,
    knock: (address) => crowd.knock(address),
    accept(stream, address) {
      const session = crowd.admit(stream, address);
      if (session) aedes.handle(stream);
      return session;
    },
  };
  const listeners: Listener[] = [];
  const close = async (): Promise<void> => {
    stopRevocations();
    const closed = listeners.map((listener) => listener.close());
    await new Promise<void>((resolve) => {
      aedes.close(resolve);
    });
    crowd.close();
    refusals.close();
    await Promise.all(closed);
  };
  try {
    const tls = options.tls ?? null;
    const tcp = await listenTcp(options.tcp, tls, house);
    listeners.push(tcp);
    const webSocket = options.ws ? await listenWebSocket(options.ws, tls, house) : null;
    if (webSocket) listeners.push(webSocket);
    if (isOpen) log.warn({ mqtt: tcp.address }, 'the broker is OPEN: anybody on this machine may do anything (BOBBIN_MQTT_OPEN=1)');
    log.info({ mqtt: tcp.address, webSocket: webSocket?.address ?? null, tls: tls !== null }, 'broker listens');
    return {
      bus: openBus({ aedes, exchange, memory, journal: options.journal, clock }),
      address: tcp.address,
      wsAddress: webSocket?.address ?? null,
      sessions: () => crowd.signedIn,
      isConnected: (line) => crowd.isSignedIn(line),
      refusals: () => refusals.counts(),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function noteEnd(session: Session, error: Error, refusals: Refusals): void {
  // Errors with a code are the network's, not the peer's; what a rule has refused has been noted already.
  if (session.isCut || error instanceof Refused || 'code' in error) return;
  session.isCut = true;
  refusals.note('protocol', { ...session.about(), error: error.message });
}

/**
 * The dashboard's server, put together: accounts, floor, routes, live sockets, web files, metrics.
 * Comes in: what it serves (plant, history, bus, devices, health) and where. Goes out: where it listens, what to tell whoever
 * started it, and how to stop it. It wires its own parts and decides nothing itself.
 */
import type { RequestListener } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import type { Logger } from 'pino';
import type { DeviceAccess, HealthAnswer } from '../../contract/api.ts';
import type { Bus } from '../../contract/bus.ts';
import type { Clock } from '../../contract/clock.ts';
import type { DeviceAccounts } from '../../contract/devices.ts';
import type { Duty } from '../../contract/duty.ts';
import type { Certificate, Endpoint } from '../../contract/endpoint.ts';
import type { History } from '../../contract/history.ts';
import type { ChannelHealth } from '../../contract/notify.ts';
import type { Plant } from '../../contract/plant.ts';
import { createSchedules } from '../../kpi/calendar.ts';
import { openBoard, type Board } from './alarms/board.ts';
import { openDeeds, type Deeds } from './alarms/deeds.ts';
import { createAccounts, type Accounts } from './accounts.ts';
import { createAudit, type Audit } from './audit.ts';
import { demoAccounts, firstAdmin, removeDemoAccounts, type DemoAccount } from './beginnings.ts';
import { openDatabase } from './database.ts';
import { connectionsPerPeer, createDoor, listen } from './door.ts';
import { openFloor, type Floor } from './floor.ts';
import { createHttp } from './http.ts';
import { createMetrics } from './metrics.ts';
import { createPasswords, hashCost, type HashCost } from './passwords.ts';
import { createPatience, type Patience } from './patience.ts';
import type { Route } from './route.ts';
import { detailRoutes } from './routes/details.ts';
import { alarmActionRoutes } from './routes/alarmactions.ts';
import { alarmDutyRoutes } from './routes/alarmduty.ts';
import { alarmFigureRoutes } from './routes/alarmfigures.ts';
import { alarmRuleRoutes } from './routes/alarmrules.ts';
import { alarmRoutes } from './routes/alarms.ts';
import { auditRoutes } from './routes/audit.ts';
import { deviceRoutes } from './routes/devices.ts';
import { healthRoutes } from './routes/health.ts';
import { lineRoutes } from './routes/lines.ts';
import { notificationRoutes } from './routes/notifications.ts';
import { overviewRoutes } from './routes/overview.ts';
import { demoRoutes } from './routes/demo.ts';
import { plantRoutes } from './routes/plant.ts';
import { reclassifyRoutes } from './routes/reclassify.ts';
import { reportRoutes } from './routes/reports.ts';
import { screenRoutes } from './routes/screens.ts';
import { sessionRoutes } from './routes/session.ts';
import { userRoutes } from './routes/users.ts';
import { utilizationRoutes } from './routes/utilization.ts';
import { createScreens, type Screens } from './screens.ts';
import { createSessions, type Sessions } from './sessions.ts';
import { createThrottle } from './throttle.ts';
import { startWatching } from './watching.ts';
import { createWeb } from './web.ts';

/** The store is waited for this long; a page waits no longer either. */
const patienceMs = 10_000;
export interface DashboardParts {
  readonly http: Endpoint;
  /** Null where TLS ends in front of us or the address is loopback. */
  readonly tls: Certificate | null;
  readonly metrics: Endpoint | null;
  /** The built web app. */
  readonly webFolder: string;
  readonly plant: Plant;
  readonly history: History;
  readonly bus: Bus;
  readonly devices: DeviceAccounts;
  /** Where the broker listens for them. */
  readonly mqtt: DeviceAccess;
  readonly health: () => Promise<HealthAnswer>;
  /** Who is told of alarms; null where nobody is outside the page. */
  readonly duty: Duty | null;
  /** How the notification channels do. */
  readonly channels: () => Promise<readonly ChannelHealth[]>;
  /** False while the collector is silent; absent where it is in the same process. */
  readonly isCurrent?: (() => boolean) | undefined;
  readonly dataFolder: string;
  /** Of `admin`, on the first start of a data folder; null: one is made up. */
  readonly adminPassword: string | null;
  /** With accounts to try every role. */
  readonly demo: boolean;
  /** What share of the demo's past is stored; null where there is none to wait for. Absent where no demo runs in this process. */
  readonly demoPast?: (() => number | null) | undefined;
  readonly version: string;
  readonly clock: Clock;
  readonly log: Logger;
  /** What a password hash costs; less of it only where time matters more than secrets, as in tests. */
  readonly hashCost?: HashCost;
  /** Fewer connections of one peer, for tests. */
  readonly connectionsPerPeer?: number;
}

export interface Dashboard {
  /** host:port. */
  readonly address: string;
  readonly metricsAddress: string | null;
  /** Made up at the first start, to be shown this once; null otherwise. */
  readonly firstPassword: string | null;
  readonly demoAccounts: readonly DemoAccount[];
  close(): Promise<void>;
}

export async function startDashboard(parts: DashboardParts): Promise<Dashboard> {
  const { plant, clock, log, tls, dataFolder } = parts;
  const database = openDatabase(dataFolder);
  const people = createSessions(database, clock);
  const audit = createAudit(database, clock, dataFolder);
  const passwords = await createPasswords(parts.hashCost ?? hashCost);
  const throttle = createThrottle();
  const accounts = createAccounts({ database, clock, passwords, sessions: people, throttle, audit });
  const screens = createScreens({ database, clock, throttle, audit });
  const sessions = screens.beside(people);
  const firstPassword = await firstAdmin(accounts, parts.adminPassword);
  if (!parts.demo) removeDemoAccounts(accounts, dataFolder);
  const demo = parts.demo ? await demoAccounts(accounts, plant, dataFolder) : [];

  const floor = await openFloor(plant, parts.bus, clock, parts.isCurrent);
  const board = await openBoard(plant, parts.bus);
  const deeds = await openDeeds(parts.bus, clock, patienceMs);
  const patience = createPatience(clock, log, patienceMs);
  const routes = routesOf(parts, { accounts, sessions, screens, audit, floor, board, deeds, patience });
  const app = createHttp({ routes, sessions, web: createWeb(parts.webFolder), tls: tls !== null, log });
  const listener = getRequestListener(app.fetch, { overrideGlobalObjects: false });
  const answer: RequestListener = (request, response) => void listener(request, response);
  const server = createDoor(tls, answer, parts.connectionsPerPeer ?? connectionsPerPeer);
  const watching = startWatching({ server, plant, floor, board, sessions, clock, log });
  const counts = () => {
    const { received, unreadable } = floor.counts();
    return { ...watching.counts(), sessions: sessions.count(), liveRecords: received, unreadableRecords: unreadable };
  };
  const metrics = parts.metrics && { endpoint: parts.metrics, server: createMetrics({ health: parts.health, patience, counts }) };
  const close = async (): Promise<void> => {
    for (const one of metrics ? [server, metrics.server] : [server]) {
      one.close();
      one.closeAllConnections();
    }
    await watching.close();
    floor.close();
    board.close();
    deeds.close();
    database.close();
  };
  try {
    const address = await listen(server, parts.http);
    const metricsAddress = metrics && (await listen(metrics.server, metrics.endpoint));
    log.info({ address, metricsAddress, version: parts.version }, 'dashboard listens');
    return { address, metricsAddress, firstPassword, demoAccounts: demo, close };
  } catch (error) {
    await close();
    throw error;
  }
}

interface Inner {
  readonly accounts: Accounts;
  readonly sessions: Sessions;
  readonly screens: Screens;
  readonly audit: Audit;
  readonly floor: Floor;
  readonly board: Board;
  readonly deeds: Deeds;
  readonly patience: Patience;
}

/** Every route of the API. */
export function routesOf(
  parts: Pick<DashboardParts, 'plant' | 'history' | 'devices' | 'mqtt' | 'duty' | 'health' | 'channels' | 'clock' | 'demoPast'>,
  { accounts, sessions, screens, audit, floor, board, deeds, patience }: Inner,
): Route[] {
  const { plant, history, devices, channels, clock } = parts;
  const alarms = { plant, board, history, deeds, audit, duty: parts.duty, patience, clock };
  const schedules = createSchedules(plant.calendars, plant.timezone);
  return [
    ...sessionRoutes({ accounts, sessions, audit }),
    ...healthRoutes(parts.health, patience, clock),
    ...plantRoutes(plant),
    ...demoRoutes(parts.demoPast),
    ...lineRoutes({ plant, floor, history, patience, clock }),
    ...detailRoutes({ plant, history, patience, clock }),
    ...reclassifyRoutes({ plant, history, deeds, audit, patience, clock }),
    ...utilizationRoutes({ plant, schedules, history, patience, clock }),
    ...reportRoutes({ plant, history, patience, clock }),
    ...overviewRoutes({ plant, floor, history, patience, clock }),
    ...screenRoutes(plant, screens, sessions),
    ...alarmFigureRoutes(alarms),
    ...alarmRoutes(alarms),
    ...alarmActionRoutes(alarms),
    ...alarmDutyRoutes(alarms),
    ...alarmRuleRoutes(alarms),
    ...notificationRoutes({ ...alarms, channels }),
    ...deviceRoutes({ plant, devices, mqtt: parts.mqtt, audit }),
    ...userRoutes({ plant, accounts }),
    ...auditRoutes(audit, clock),
  ];
}

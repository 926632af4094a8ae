/**
 * The routes there are, as the server registers them, for tests that have to leave none out. Comes in: nothing. Goes out: "METHOD /path" of each.
 */
import pino from 'pino';
import { createAccounts } from './accounts.ts';
import { openBoard } from './alarms/board.ts';
import { openDeeds } from './alarms/deeds.ts';
import { createAudit } from './audit.ts';
import { routesOf } from './dashboard.ts';
import { openDatabase } from './database.ts';
import { openFloor } from './floor.ts';
import { createPasswords } from './passwords.ts';
import { createPatience } from './patience.ts';
import { createScreens } from './screens.ts';
import { createSessions } from './sessions.ts';
import { temporaryFolder } from '../../contract/folder.suite.ts';
import { startStage, wellBeing } from './stage.suite.ts';
import { createThrottle } from './throttle.ts';

export async function everyRoute(): Promise<string[]> {
  const { plant, bus, clock, past, devices } = await startStage();
  const folder = temporaryFolder();
  const database = openDatabase(folder);
  const [sessions, audit, throttle] = [createSessions(database, clock), createAudit(database, clock, folder), createThrottle()];
  const passwords = await createPasswords({ memoryCost: 64, timeCost: 1, parallelism: 1 });
  const accounts = createAccounts({ database, clock, passwords, sessions, throttle, audit });
  const [floor, board, deeds] = [await openFloor(plant, bus, clock), await openBoard(plant, bus), await openDeeds(bus, clock, 1000)];
  const screens = createScreens({ database, clock, throttle, audit });
  const patience = createPatience(clock, pino({ level: 'silent' }), 1000);
  const health = () => Promise.resolve(wellBeing);
  const channels = () => Promise.resolve([]);
  const routes = routesOf(
    { plant, history: past, devices, mqtt: { port: 1883, tls: false }, duty: null, health, channels, clock },
    { accounts, sessions, screens, audit, floor, board, deeds, patience },
  );
  database.close();
  return routes.map(({ method, path }) => `${method} ${path}`);
}

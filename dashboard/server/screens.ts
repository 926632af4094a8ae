/**
 * Wall screens: made and revoked by an admin, opened with a token instead of a password. Comes in: what a screen is to show, a token.
 * Goes out: screens, and sessions that may do what the screen shows and nothing else. Tokens hold 256 bits and are kept as SHA-256
 * only; a revoked screen takes its sessions with it, in every process that shares the file.
 */
import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { languages } from '../../contract/api.ts';
import type { Clock } from '../../contract/clock.ts';
import type { NewScreen, ScreenAnswer, ScreenShows } from '../../contract/screens.ts';
import type { Actor } from './accounts.ts';
import type { Audit } from './audit.ts';
import { wrote, type Database } from './database.ts';
import { callerOfScreen } from './scope.ts';
import { idOf, newToken, renewEveryMs, sessionMs, type Session, type Sessions } from './sessions.ts';
import type { Throttle } from './throttle.ts';

/** No zone has more walls; a script that runs wild does. */
const screensLimit = 200;
/** Sessions of one screen: a screen that starts with its link every morning begins one each time, and the oldest end. */
const sessionsPerScreen = 20;
/** When a screen was last seen is written at most this often. */
const seenEveryMs = 60_000;
/** Counted together, by address; no user can have this name. */
const throttled = 'screen:';

const schema = `
  create table if not exists screens (
    id text primary key,
    name text not null,
    shows text not null,
    language text not null,
    token text not null unique,
    created_at integer not null,
    created_by text not null,
    seen_at integer,
    seen_from text
  ) strict;
  create table if not exists screen_sessions (
    token text primary key,
    screen text not null references screens (id) on delete cascade,
    address text not null,
    created_at integer not null,
    renewed_at integer not null,
    expires_at integer not null
  ) strict;
  create index if not exists screen_sessions_of on screen_sessions (screen);
`;

export type Opening = { readonly token: string } | { readonly waitSeconds: number } | { readonly refused: true };

export interface Screens {
  list(): ScreenAnswer[];
  /** Null where there are too many already. */
  create(screen: NewScreen, by: Actor): { readonly screen: ScreenAnswer; readonly token: string } | null;
  /** False where there is none of that id. */
  revoke(id: string, by: Actor): boolean;
  /** A session for whoever has a screen's token. */
  open(token: string, address: string): Promise<Opening>;
  /** Sessions of screens beside those of people, behind one face. */
  beside(sessions: Sessions): Sessions;
}

interface Parts {
  readonly database: Database;
  readonly clock: Clock;
  readonly throttle: Throttle;
  readonly audit: Audit;
}

const screenSchema = z.object({
  id: z.string(),
  name: z.string(),
  shows: z.string(),
  language: z.enum(languages),
  created_at: z.number(),
  created_by: z.string(),
  seen_at: z.number().nullable(),
  seen_from: z.string().nullable(),
});
const sessionSchema = screenSchema.extend({ address: z.string(), renewed_at: z.number() });
const idSchema = z.object({ id: z.string() });
const countSchema = z.object({ open: z.number() });

export function createScreens({ database, clock, throttle, audit }: Parts): Screens {
  database.exec(schema);
  const columns = 'id, name, shows, language, screens.created_at, created_by, seen_at, seen_from';
  const all = database.prepare(`select ${columns} from screens order by created_at, id`);
  const one = database.prepare(`select ${columns} from screens where id = ?`);
  const byToken = database.prepare('select id from screens where token = ?');
  const insert = database.prepare(
    'insert into screens (id, name, shows, language, token, created_at, created_by) values (?, ?, ?, ?, ?, ?, ?)',
  );
  const erase = database.prepare('delete from screens where id = ?');
  const see = database.prepare('update screens set seen_at = ?, seen_from = ? where id = ?');
  const begin = database.prepare(
    'insert into screen_sessions (token, screen, address, created_at, renewed_at, expires_at) values (?, ?, ?, ?, ?, ?)',
  );
  const thin = database.prepare(
    `delete from screen_sessions where expires_at <= ? or
     (screen = ? and token not in (select token from screen_sessions where screen = ? order by renewed_at desc, created_at desc limit ?))`,
  );
  const find = database.prepare(
    `select ${columns}, address, renewed_at from screen_sessions join screens on id = screen where screen_sessions.token = ? and expires_at > ?`,
  );
  const renew = database.prepare('update screen_sessions set renewed_at = ?, expires_at = ? where token = ?');
  const end = database.prepare('delete from screen_sessions where token = ?');
  const open = database.prepare('select count(*) as open from screen_sessions where expires_at > ?');

  const sessionOf = (token: string): Session | null => {
    const [id, now] = [idOf(token), clock.now()];
    const found = find.get(id, now);
    if (found === undefined) return null;
    const row = sessionSchema.parse(found);
    const renewed = now - row.renewed_at >= renewEveryMs && wrote(() => renew.run(now, now + sessionMs, id));
    if (now - (row.seen_at ?? 0) >= seenEveryMs) wrote(() => see.run(now, row.address, row.id));
    const screen = { id: row.id, name: row.name, shows: JSON.parse(row.shows) as ScreenShows };
    return { id, caller: callerOfScreen(screen), language: row.language, renewed, mustChoose: false };
  };

  return {
    list: () => z.array(screenSchema).parse(all.all()).map(answerOf),
    create({ name, shows, language }, by) {
      if (all.all().length >= screensLimit) return null;
      const [id, token] = [randomBytes(5).toString('hex'), newToken()];
      insert.run(id, name, JSON.stringify(shows), language, idOf(token), clock.now(), by.who);
      audit.add({ ...by, action: 'screen-create', subject: id, detail: `${name}: ${wordsOf(shows)}` });
      return { screen: answerOf(screenSchema.parse(one.get(id))), token };
    },
    revoke(id, by) {
      if (erase.run(id).changes === 0) return false;
      audit.add({ ...by, action: 'screen-revoke', subject: id });
      return true;
    },
    async open(token, address) {
      const waitSeconds = await throttle.attempt(address, throttled);
      if (waitSeconds !== null) return { waitSeconds };
      const found = byToken.get(idOf(token));
      if (found === undefined) {
        audit.add({ who: '(unknown screen)', action: 'screen-refused', address });
        return { refused: true };
      }
      await throttle.succeeded(address, throttled);
      const { id } = idSchema.parse(found);
      const [now, session] = [clock.now(), newToken()];
      begin.run(idOf(session), id, address, now, now, now + sessionMs);
      thin.run(now, id, id, sessionsPerScreen);
      audit.add({ who: `screen:${id}`, action: 'screen-open', subject: id, address });
      return { token: session };
    },
    beside: (sessions) => ({
      ...sessions,
      use: (token) => sessions.use(token) ?? sessionOf(token),
      isOpen: (id) => sessions.isOpen(id) || find.get(id, clock.now()) !== undefined,
      end(token) {
        sessions.end(token);
        end.run(idOf(token));
      },
      count: () => sessions.count() + countSchema.parse(open.get(clock.now())).open,
    }),
  };
}

function answerOf(row: z.infer<typeof screenSchema>): ScreenAnswer {
  const { id, name, language, created_at: createdAt, created_by: createdBy, seen_at: seenAt, seen_from: seenFrom } = row;
  // Written here, from what the schema of the contract let in.
  return { id, name, shows: JSON.parse(row.shows) as ScreenShows, language, createdAt, createdBy, seenAt, seenFrom };
}

function wordsOf(shows: ScreenShows): string {
  return shows.kind === 'zone' ? 'zone' : `${shows.kind} ${shows.id}`;
}

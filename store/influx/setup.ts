/**
 * Making the server ready: which InfluxDB it is, and the two databases with their retention, made or brought to what is set.
 * Comes in: a server, names, how long things are kept. Goes out: what kind of server it is. A caller that may write but not
 * administer finds the databases as somebody else made them; that is said once and is no fault.
 */
import type { Logger } from 'pino';
import type { Retention } from '../store.ts';
import { ServerFault, type Answer, type Server } from './server.ts';
import { named } from './text.ts';

export type Generation = 1 | 2 | 3;

/** Readings and what goes with them is kept for days, all else for years: retention is a database's (a bucket's). */
export interface Databases {
  readonly kept: string;
  readonly raw: string;
}

export interface SetupParts {
  readonly server: Server;
  readonly databases: Databases;
  readonly retention: Retention;
  readonly org: string | undefined;
  readonly log: Logger;
}

interface Wanted {
  readonly name: string;
  /** Null: for good. */
  readonly hours: number | null;
  /** A shard is the unit that is dropped: readings go by the day, minutes by the week. */
  readonly shardHours: number;
}

const dayHours = 24;

export async function setUp(parts: SetupParts): Promise<Generation> {
  const { server, databases, retention } = parts;
  const generation = await generationOf(server);
  const wanted: Wanted[] = [
    { name: databases.kept, hours: hoursOf(retention.minuteYears * 366 * dayHours), shardHours: 7 * dayHours },
    { name: databases.raw, hours: hoursOf(retention.rawDays * dayHours), shardHours: dayHours },
  ];
  const make = { 1: makeDatabase, 2: makeBucket, 3: makeCatalogEntry }[generation];
  for (const one of wanted) {
    try {
      await make(parts, one);
    } catch (error) {
      if (!(error instanceof ServerFault) || (error.status !== 401 && error.status !== 403)) throw error;
      parts.log.warn({ database: one.name }, `cannot see to the retention of a database, which must be there: ${error.message}`);
    }
  }
  return generation;
}

async function generationOf(server: Server): Promise<Generation> {
  const { headers } = await server.call('GET', '/ping');
  const version = textOf(headers['x-influxdb-version']);
  const major = Number(/^v?(\d+)\./.exec(version)?.[1]);
  if (major === 1 || major === 2 || major === 3) return major;
  throw new ServerFault(`what answers there is no InfluxDB that Bobbin knows: its version is "${version}"`, null, version);
}

function hoursOf(hours: number): number | null {
  return Number.isFinite(hours) ? hours : null;
}

/** InfluxDB 1: a database with its default retention policy. */
async function makeDatabase({ server }: SetupParts, { name, hours, shardHours }: Wanted): Promise<void> {
  const duration = hours === null ? 'INF' : `${String(hours)}h`;
  const how = `DURATION ${duration} REPLICATION 1 SHARD DURATION ${String(shardHours)}h`;
  const policies = await server.command(`SHOW RETENTION POLICIES ON ${named(name)}`).catch((error: unknown) => {
    if (error instanceof ServerFault && error.words.startsWith('database not found')) return null;
    throw error;
  });
  if (policies === null) {
    await server.command(`CREATE DATABASE ${named(name)} WITH ${how} NAME "autogen"`);
    return;
  }
  const [series] = policies;
  const rows = (series?.values ?? []).map((row) => Object.fromEntries(series?.columns.map((column, index) => [column, row[index]]) ?? []));
  const policy = rows.find((row) => row.default === true);
  if (!policy) throw new ServerFault(`the database ${name} has no default retention policy`, null, '');
  const seen = /^(?:(\d+)h)?/.exec(String(policy.duration))?.[1] ?? '0';
  if (Number(seen) === (hours ?? 0)) return;
  await server.command(`ALTER RETENTION POLICY ${quoted(String(policy.name))} ON ${named(name)} ${how}`);
}

/** InfluxDB 2: a bucket of the database's name; the server maps one to the other by itself. */
async function makeBucket({ server, org }: SetupParts, { name, hours, shardHours }: Wanted): Promise<void> {
  const everySeconds = (hours ?? 0) * 3600;
  const rule = { type: 'expire', everySeconds, shardGroupDurationSeconds: shardHours * 3600 };
  const headers = { 'content-type': 'application/json' };
  const { body } = await server.call('GET', `/api/v2/buckets?name=${encodeURIComponent(name)}`).catch(absent);
  const [bucket] = (body as { buckets?: { id: string; retentionRules?: { everySeconds?: number }[] }[] } | undefined)?.buckets ?? [];
  if (!bucket) {
    const orgs = await server.call('GET', org === undefined ? '/api/v2/orgs' : `/api/v2/orgs?org=${encodeURIComponent(org)}`);
    const [found] = (orgs.body as { orgs?: { id: string }[] } | undefined)?.orgs ?? [];
    if (!found) throw new ServerFault(`there is no organisation ${org ?? ''} in InfluxDB`, null, '');
    await server.call('POST', '/api/v2/buckets', JSON.stringify({ orgID: found.id, name, retentionRules: [rule] }), headers);
  } else if ((bucket.retentionRules?.[0]?.everySeconds ?? 0) !== everySeconds) {
    await server.call('PATCH', `/api/v2/buckets/${encodeURIComponent(bucket.id)}`, JSON.stringify({ retentionRules: [rule] }), headers);
  }
}

/** InfluxDB 3 Core: a database; its retention is set when it is made. */
async function makeCatalogEntry({ server }: SetupParts, { name, hours }: Wanted): Promise<void> {
  const body = JSON.stringify({ db: name, ...(hours === null ? {} : { retention_period: `${String(hours)}h` }) });
  await server.call('POST', '/api/v3/configure/database', body, { 'content-type': 'application/json' }).catch((error: unknown) => {
    if (!(error instanceof ServerFault) || error.status !== 409) throw error;
  });
}

/** A bucket that is not there may be an empty list or a 404. */
function absent(error: unknown): Answer {
  if (error instanceof ServerFault && error.status === 404) return { headers: {}, body: undefined };
  throw error;
}

function textOf(header: string | string[] | undefined): string {
  return typeof header === 'string' ? header : (header?.[0] ?? '');
}

/** A policy's name is the server's own and may be anything. */
function quoted(name: string): string {
  return `"${name.replaceAll(/["\\]/g, '\\$&')}"`;
}

/**
 * The alarm book in the embedded store. Comes in: what the engine and the notifier write down. Goes out: the newest version of each.
 * Nothing is replaced where it lies: a version more is appended, the newest of an id counts, and upkeep deletes the others by the
 * thousand. Alarms are few beside readings, so their tables stay one each; only the engine's snapshot is a row that is overwritten,
 * which keeps its megabytes from piling up in the file.
 */
import { BIGINT, listValue, VARCHAR, type DuckDBConnection, type DuckDBValue } from '@duckdb/node-api';
import { createHash } from 'node:crypto';
import type { AlarmQuery, AlarmRecord, AlarmStep, Announcement, Incident } from '../../contract/alarm.ts';
import type { Clock } from '../../contract/clock.ts';
import type { Delivery, DeliveryQuery } from '../../contract/notify.ts';
import type { OverrideChange } from '../../contract/overrides.ts';
import { openUntil, type AlarmBook, type AlarmEntry, type AlarmSnapshot } from '../alarmbook.ts';
import type { Retention } from '../store.ts';
import { appendRows, createTable, whole, type Column } from './columns.ts';
import { rowsOf, type Database, type Transaction } from './database.ts';
import { dayMs, yearMs } from './periods.ts';

/** One version of something; `about` is an alarm's line, a step's alarm, a delivery's incident or alarm. */
interface Row {
  readonly id: string;
  readonly about: string;
  readonly from: number;
  readonly until: number;
  readonly state: string;
  readonly body: string;
}
type Version = Row & { readonly version: number };

const tables = {
  records: 'alarm_records',
  incidents: 'alarm_incidents',
  announcements: 'alarm_announcements',
  steps: 'alarm_steps',
  overrides: 'alarm_overrides',
  deliveries: 'alarm_deliveries',
} as const;
type Kind = keyof typeof tables;
const kinds = Object.keys(tables) as Kind[];

const columns: readonly Column<Version>[] = [
  { name: 'version', type: BIGINT, value: ({ version }) => BigInt(version) },
  { name: 'id', type: VARCHAR, value: ({ id }) => id },
  { name: 'about', type: VARCHAR, value: ({ about }) => about },
  { name: 'from', type: BIGINT, value: ({ from }) => BigInt(from) },
  { name: 'until', type: BIGINT, value: ({ until }) => BigInt(until) },
  { name: 'state', type: VARCHAR, value: ({ state }) => state },
  { name: 'body', type: VARCHAR, value: ({ body }) => body },
];

/** Code from before there were any leaves them alone, so the layout's version says nothing of them. In `alarm_compacted`: up to that version every id is there once. */
const alarmTables = `
  ${kinds.map((kind) => `${createTable(`IF NOT EXISTS ${tables[kind]}`, columns)};`).join('\n  ')}
  CREATE TABLE IF NOT EXISTS alarm_snapshot (position BIGINT, taken BIGINT, engine VARCHAR);
  CREATE TABLE IF NOT EXISTS alarm_compacted (kind VARCHAR, version BIGINT);
`;

/** So many versions are looked through for older ones at once. */
const compactedAtOnce = 2_000;
const forever = Number.MAX_SAFE_INTEGER;

export interface AlarmBookParts {
  readonly database: Database;
  readonly retention: Retention;
  readonly clock: Clock;
}

interface Choice {
  readonly kind: Kind;
  /** What holds of the version; `$1`… are `values`. */
  readonly where: string;
  readonly values: readonly DuckDBValue[];
  readonly newestFirst?: boolean;
  readonly limit?: number;
}

export class EmbeddedAlarmBook implements AlarmBook {
  readonly #parts: AlarmBookParts;
  readonly #compacted = new Map<Kind, number>();
  #version = 0;
  #expiredAt = Number.NEGATIVE_INFINITY;

  constructor(parts: AlarmBookParts) {
    this.#parts = parts;
  }

  async load(connection: DuckDBConnection): Promise<void> {
    await connection.run(alarmTables);
    for (const kind of kinds) {
      const [newest] = await rowsOf(connection, `SELECT max(version) FROM ${tables[kind]}`);
      this.#version = Math.max(this.#version, Number(newest?.[0] ?? 0));
    }
    for (const [kind, version] of await rowsOf(connection, 'SELECT kind, max(version) FROM alarm_compacted GROUP BY kind')) {
      this.#compacted.set(kind as Kind, Number(version));
    }
  }

  snapshot(): Promise<AlarmSnapshot | null> {
    return this.#parts.database.read(async (connection) => {
      const [row] = await rowsOf(connection, 'SELECT position, taken, engine FROM alarm_snapshot');
      return row ? { position: Number(row[0]), at: Number(row[1]), engine: row[2] as string } : null;
    });
  }

  async enter(entry: AlarmEntry): Promise<void> {
    const { snapshot } = entry;
    const rows = rowsOfEntry(entry);
    if (!snapshot && rows.every(([, some]) => some.length === 0)) return;
    await this.#parts.database.write('alarms', async (transaction) => {
      for (const [kind, some] of rows) await this.#append(transaction, kind, some);
      if (snapshot) await overwrite(transaction.connection, snapshot);
    });
  }

  async record(id: string): Promise<AlarmRecord | null> {
    return (await this.#newest<AlarmRecord>({ kind: 'records', where: 'id = $1', values: [id] }))[0] ?? null;
  }

  async records({ lines, from, to, states, limit }: AlarmQuery): Promise<AlarmRecord[]> {
    // DuckDB takes no empty list.
    if (lines.length === 0 || states?.length === 0) return [];
    const where = `"from" < ${whole(to)} AND until >= ${whole(from)} AND about IN (SELECT unnest($1::VARCHAR[]))`;
    const values = [listValue([...lines])];
    const choice = { kind: 'records', newestFirst: true, limit } as const;
    if (!states) return this.#newest({ ...choice, where, values });
    return this.#newest({
      ...choice,
      where: `${where} AND state IN (SELECT unnest($2::VARCHAR[]))`,
      values: [...values, listValue([...states])],
    });
  }

  incidents(from: number, to: number): Promise<Incident[]> {
    return this.#newest({ kind: 'incidents', where: `"from" < ${whole(to)} AND until >= ${whole(from)}`, values: [] });
  }

  async incident(id: string): Promise<Incident | null> {
    return (await this.#newest<Incident>({ kind: 'incidents', where: 'id = $1', values: [id] }))[0] ?? null;
  }

  steps(alarm: string): Promise<AlarmStep[]> {
    return this.#newest({ kind: 'steps', where: 'about = $1', values: [alarm] });
  }

  overrides(limit: number): Promise<OverrideChange[]> {
    return this.#newest({ kind: 'overrides', where: 'true', values: [], newestFirst: true, limit });
  }

  announcements(from: number, to: number): Promise<Announcement[]> {
    return this.#newest({ kind: 'announcements', where: `"from" >= ${whole(from)} AND "from" < ${whole(to)}`, values: [] });
  }

  async saveDeliveries(deliveries: readonly Delivery[]): Promise<void> {
    if (deliveries.length === 0) return;
    const now = this.#parts.clock.now();
    const rows = deliveries.map(({ id, alarm, incident, ...rest }): Row => {
      const body = JSON.stringify({ id, alarm, incident, ...rest });
      return { id, about: incident ?? alarm ?? '', from: now, until: now, state: '', body };
    });
    await this.#parts.database.write('alarms', (transaction) => this.#append(transaction, 'deliveries', rows));
  }

  deliveries(from: number): Promise<Delivery[]> {
    return this.#newest({ kind: 'deliveries', where: `"from" >= ${whole(from)}`, values: [] });
  }

  deliveriesOf({ from, about, limit }: DeliveryQuery): Promise<Delivery[]> {
    const since = `"from" >= ${whole(from)}`;
    const choice = { kind: 'deliveries', newestFirst: true, limit } as const;
    if (!about) return this.#newest({ ...choice, where: since, values: [] });
    return this.#newest({ ...choice, where: `${since} AND about IN ($1, $2)`, values: [about.alarm, about.incident ?? about.alarm] });
  }

  /** Deletes versions that newer ones have taken the place of, and what has been kept long enough; open alarms stay. */
  async maintain(now: number): Promise<void> {
    for (const kind of kinds) await this.#compact(kind);
    const { database, retention } = this.#parts;
    const until = Math.floor(now - retention.minuteYears * yearMs);
    if (now - this.#expiredAt < dayMs || !Number.isFinite(until)) return;
    await database.write('alarms', async ({ connection }) => {
      for (const kind of kinds) await connection.run(`DELETE FROM ${tables[kind]} WHERE until < ${whole(until)}`);
    });
    this.#expiredAt = now;
  }

  async #compact(kind: Kind): Promise<void> {
    const table = tables[kind];
    const since = this.#compacted.get(kind) ?? 0;
    const [found] = await this.#parts.database.read((connection) =>
      rowsOf(connection, `SELECT count(*), max(version) FROM ${table} WHERE version > ${whole(since)}`),
    );
    if (Number(found?.[0]) < compactedAtOnce) return;
    const until = Number(found?.[1]);
    await this.#parts.database.write('alarms', async ({ connection, committed }) => {
      await connection.run(
        `DELETE FROM ${table} USING (SELECT id, max(version) AS newest FROM ${table} WHERE version > ${whole(since)} GROUP BY id) AS recent
          WHERE ${table}.id = recent.id AND ${table}.version < recent.newest`,
      );
      await connection.run('DELETE FROM alarm_compacted WHERE kind = $1', [kind]);
      await connection.run('INSERT INTO alarm_compacted VALUES ($1, $2)', [kind, until]);
      committed(() => this.#compacted.set(kind, until));
    });
  }

  async #append(transaction: Transaction, kind: Kind, rows: readonly Row[]): Promise<void> {
    if (rows.length === 0) return;
    const versions = rows.map((row): Version => ({ ...row, version: ++this.#version }));
    appendRows(await transaction.appender(tables[kind]), columns, versions);
  }

  /** Bodies of the newest versions, where the condition holds of them. Bodies are read last: most of the bytes are theirs. */
  #newest<Body>({ kind, where, values, newestFirst = false, limit = forever }: Choice): Promise<Body[]> {
    const table = tables[kind];
    const order = newestFirst ? '"from" DESC, version DESC' : '"from", version';
    return this.#parts.database.read(async (connection) => {
      const rows = await rowsOf(
        connection,
        `WITH candidate AS MATERIALIZED (SELECT id, version, "from" FROM ${table} WHERE ${where}),
          newest AS (SELECT max(version) AS version FROM ${table} WHERE id IN (SELECT id FROM candidate) GROUP BY id),
          chosen AS (SELECT version FROM candidate WHERE version IN (SELECT version FROM newest) ORDER BY ${order} LIMIT ${whole(limit)})
        SELECT body FROM ${table} WHERE version IN (SELECT version FROM chosen) ORDER BY ${order}`,
        [...values],
      );
      return rows.map(([body]) => JSON.parse(body as string) as Body);
    });
  }
}

async function overwrite(connection: DuckDBConnection, { position, at, engine }: AlarmSnapshot): Promise<void> {
  const values = [BigInt(position), BigInt(at), engine];
  const { rowsChanged } = await connection.run('UPDATE alarm_snapshot SET position = $1, taken = $2, engine = $3', values);
  if (rowsChanged === 0) await connection.run('INSERT INTO alarm_snapshot VALUES ($1, $2, $3)', values);
}

function rowsOfEntry({ records, incidents, announcements, steps, overrides }: AlarmEntry): [Kind, Row[]][] {
  const instant = (at: number): Pick<Row, 'from' | 'until' | 'state'> => ({ from: at, until: at, state: '' });
  return [
    [
      'records',
      records.map((record) => {
        const { id, line, raisedAt, state } = record;
        return { id, about: line, from: raisedAt, until: openUntil(record), state, body: JSON.stringify(record) };
      }),
    ],
    [
      'incidents',
      incidents.map((incident) => {
        const { id, place, startedAt, clearedAt } = incident;
        return { id, about: place, from: startedAt, until: clearedAt ?? forever, state: '', body: JSON.stringify(incident) };
      }),
    ],
    ['announcements', announcements.map((one) => ({ id: one.id, about: one.place, ...instant(one.at), body: JSON.stringify(one) }))],
    [
      'steps',
      steps.map(({ alarm, at, what, who, detail }) => {
        const body = JSON.stringify({ at, what, who, detail });
        // A step is what it says: written again, it is the same one.
        const id = createHash('sha256').update(`${alarm}\n${body}`).digest('base64url');
        return { id, about: alarm, ...instant(at), body };
      }),
    ],
    ['overrides', overrides.map((one) => ({ id: one.id, about: '', ...instant(one.at), body: JSON.stringify(one) }))],
  ];
}

/**
 * The alarm book on InfluxDB. Comes in: what the engine and the notifier write down. Goes out: the same again. A record stands at the time it
 * was raised, so that writing it again takes its place; where the time is no name of its own, the nanoseconds within the millisecond
 * tell apart what happened at once. Deliveries, which have no time that stays, stand at the time of writing, and the newest counts.
 */
import type { AlarmQuery, AlarmRecord, AlarmStep, Announcement, Incident } from '../../contract/alarm.ts';
import type { Clock } from '../../contract/clock.ts';
import type { Delivery, DeliveryQuery } from '../../contract/notify.ts';
import type { OverrideChange } from '../../contract/overrides.ts';
import { openUntil, type AlarmBook, type AlarmEntry, type AlarmSnapshot, type StepOf } from '../alarmbook.ts';
import { fingerprint, pieces, placed } from './moments.ts';
import { inParallel, inParts } from './parallel.ts';
import type { Series, Server } from './server.ts';
import { AlarmSnapshots } from './snapshots.ts';
import { anyOf, instant, integer, tagged, text, uncarried, whole, within } from './text.ts';
import type { Writer, Written } from './writer.ts';

/** Steps of one alarm are in one series of so many: looking for them reads a small part of all. */
const stepSlots = 64;
const linesAtOnce = 400;
const questionsAtOnce = 4;
const dayMs = 86_400_000;
/** A delivery is written down a few times: before it is sent, at each attempt, when it arrived. */
const versionsEach = 8;

export interface AlarmBookParts {
  readonly server: Server;
  readonly writer: Writer;
  readonly database: string;
  readonly clock: Clock;
}

export class InfluxAlarmBook implements AlarmBook {
  readonly #parts: AlarmBookParts;
  readonly #snapshots: AlarmSnapshots;
  /** Milliseconds at which the newest version of any delivery stands, and how many stand there. */
  #written = { ms: 0, count: 0 };

  constructor(parts: AlarmBookParts) {
    this.#parts = parts;
    this.#snapshots = new AlarmSnapshots(parts.server, parts.writer, parts.database);
  }

  async load(): Promise<void> {
    const [newest] = await this.#select('SELECT last("id") FROM "deliveries"');
    this.#written = { ms: Number(newest?.values[0]?.[0] ?? 0), count: 1_000_000 };
  }

  snapshot(): Promise<AlarmSnapshot | null> {
    return this.#snapshots.read();
  }

  /** The snapshot comes last: until it is there the engine goes on from the one before, and writes the same things again. */
  async enter({ snapshot, records, incidents, announcements, steps, overrides }: AlarmEntry): Promise<void> {
    await this.#write([
      ...steps.map(stepPoint),
      ...announcements.map((one) => bodyPoint('announcements', one.id, one.at, one)),
      ...overrides.map((one) => bodyPoint('rule_changes', one.id, one.at, one)),
      ...incidents.map(incidentPoint),
      ...records.map(recordPoint),
    ]);
    if (snapshot) await this.#snapshots.write(snapshot);
  }

  async record(id: string): Promise<AlarmRecord | null> {
    return this.#named('alarms', id);
  }

  async records({ lines, from, to, states, limit }: AlarmQuery): Promise<AlarmRecord[]> {
    if (states?.length === 0) return [];
    const state = states ? ` AND (${states.map((one) => `"state" = '${one}'`).join(' OR ')})` : '';
    const most = whole(limit);
    const answers = await inParallel(inParts(lines, linesAtOnce), questionsAtOnce, async (some) => {
      const chosen = `${anyOf('line', some)}${state}`;
      const inside = await this.#bodies<AlarmRecord>('alarms', `${chosen} AND ${within(from, to)}`, `ORDER BY time DESC LIMIT ${most}`);
      return inside.length < limit ? [...inside, ...(await this.#openAt(chosen, from, limit - inside.length))] : inside;
    });
    return answers
      .flat()
      .sort((a, b) => b.raisedAt - a.raisedAt)
      .slice(0, limit);
  }

  async incidents(from: number, to: number): Promise<Incident[]> {
    const found = await this.#pieces<Incident>(`time < ${instant(to)} AND "until" >= ${whole(from)}`);
    return found.sort((a, b) => a.startedAt - b.startedAt);
  }

  async incident(id: string): Promise<Incident | null> {
    const at = timeIn(id);
    if (at === null) return null;
    return (await this.#pieces<Incident>(`${within(at, at + 1)} AND ${tagged('id', id)}`))[0] ?? null;
  }

  steps(alarm: string): Promise<AlarmStep[]> {
    return this.#bodies('alarm_steps', `${tagged('slot', slotOf(alarm))} AND ${tagged('id', alarm)}`);
  }

  overrides(limit: number): Promise<OverrideChange[]> {
    return this.#bodies('rule_changes', '', `ORDER BY time DESC LIMIT ${whole(limit)}`);
  }

  announcements(from: number, to: number): Promise<Announcement[]> {
    return this.#bodies('announcements', within(from, to));
  }

  async saveDeliveries(deliveries: readonly Delivery[]): Promise<void> {
    const points = deliveries.map((delivery): Written => {
      const { id, alarm, incident } = delivery;
      const fields = [['about', text(incident ?? alarm ?? '')] as const];
      const { ms, count } = this.#nextWriting();
      return placed({ measurement: 'deliveries', id, ms, rank: count, fields, body: delivery });
    });
    await this.#write(points);
  }

  async deliveries(from: number): Promise<Delivery[]> {
    return newestOfEach(await this.#bodies<Delivery>('deliveries', `time >= ${instant(from)}`, 'ORDER BY time DESC')).reverse();
  }

  async deliveriesOf({ from, about, limit }: DeliveryQuery): Promise<Delivery[]> {
    const among = about ? ` AND (${tagged('about', about.alarm)} OR ${tagged('about', about.incident ?? about.alarm)})` : '';
    const order = `ORDER BY time DESC LIMIT ${whole(Math.min(limit * versionsEach, Number.MAX_SAFE_INTEGER))}`;
    return newestOfEach(await this.#bodies<Delivery>('deliveries', `time >= ${instant(from)}${among}`, order)).slice(0, limit);
  }

  /** Each version stands after the one before, whatever the clock does. */
  #nextWriting(): { readonly ms: number; readonly count: number } {
    const { ms, count } = this.#written;
    const now = this.#parts.clock.now();
    if (now > ms) this.#written = { ms: now, count: 0 };
    else this.#written = count < 999_999 ? { ms, count: count + 1 } : { ms: ms + 1, count: 0 };
    return this.#written;
  }

  /** What was raised before `from` and open then. When they were raised is asked first, since most records are long over, and long to read. */
  async #openAt(chosen: string, from: number, limit: number): Promise<AlarmRecord[]> {
    const open = `${chosen} AND "until" >= ${whole(from)}`;
    const [found] = await this.#select(
      `SELECT "until" FROM "alarms" WHERE ${open} AND time < ${instant(from)} ORDER BY time DESC LIMIT ${whole(limit)}`,
    );
    const days = new Set((found?.values ?? []).map(([ms]) => Math.floor(Number(ms) / dayMs) * dayMs));
    const each = await inParallel([...days], questionsAtOnce, (day) =>
      this.#bodies<AlarmRecord>('alarms', `${open} AND ${within(day, Math.min(day + dayMs, from))}`),
    );
    return each.flat();
  }

  async #named<Body>(measurement: string, id: string): Promise<Body | null> {
    const at = timeIn(id);
    if (at === null) return null;
    return (await this.#bodies<Body>(measurement, `${within(at, at + 1)} AND ${tagged('id', id)}`))[0] ?? null;
  }

  async #bodies<Body>(measurement: string, where: string, order = ''): Promise<Body[]> {
    const condition = where === '' ? '' : ` WHERE ${where}`;
    const [series] = await this.#select(`SELECT "body" FROM "${measurement}"${condition} ${order}`);
    return (series?.values ?? []).map(([, body]) => JSON.parse(uncarried(String(body))) as Body);
  }

  /** Bodies of any length, in as many fields as it takes. */
  async #pieces<Body>(where: string): Promise<Body[]> {
    const [series] = await this.#select(`SELECT * FROM "incidents" WHERE ${where}`);
    if (!series) return [];
    const place = new Map(series.columns.map((column, index) => [column, index]));
    return series.values.map((row) => {
      const at = (column: string): unknown => row[place.get(column) ?? -1];
      const parts = Array.from({ length: Number(at('pieces')) }, (_, index) => uncarried(String(at(`body${String(index)}`))));
      return JSON.parse(parts.join('')) as Body;
    });
  }

  #select(statement: string): Promise<Series[]> {
    return this.#parts.server.query(this.#parts.database, statement);
  }

  async #write(points: readonly Written[]): Promise<void> {
    if (points.length > 0) await this.#parts.writer.write(this.#parts.database, points, 'ns');
  }
}

function recordPoint(record: AlarmRecord): Written {
  const { id, line, raisedAt, state } = record;
  const fields = [
    ['state', text(state)],
    ['until', integer(openUntil(record))],
  ] as const;
  return placed({ measurement: 'alarms', tags: { line }, id, ms: raisedAt, fields, body: record });
}

function incidentPoint(incident: Incident): Written {
  const { id, startedAt, clearedAt } = incident;
  const parts = pieces(JSON.stringify(incident));
  const fields = [
    ['until', integer(clearedAt ?? Number.MAX_SAFE_INTEGER)],
    ['pieces', integer(parts.length)],
    ...parts.map((part, index) => [`body${String(index)}`, text(part)] as const),
  ] as const;
  return placed({ measurement: 'incidents', id, ms: startedAt, fields });
}

/** A step is what it says: written again, it is the same one. */
function stepPoint({ alarm, at, what, who, detail }: StepOf): Written {
  const body = { at, what, who, detail };
  const rank = fingerprint(`${alarm}\n${JSON.stringify(body)}`);
  return placed({ measurement: 'alarm_steps', tags: { slot: slotOf(alarm) }, id: alarm, ms: at, rank, body });
}

function bodyPoint(measurement: string, id: string, at: number, body: object): Written {
  return placed({ measurement, id, ms: at, body });
}

function slotOf(alarm: string): string {
  return String(fingerprint(alarm) % stepSlots);
}

/** When something began, as its id says (contract/alarm.ts); null for what is no such id. */
function timeIn(id: string): number | null {
  const ms = Number.parseInt(/^[0-9a-z]{1,9}(?=-)/.exec(id)?.[0] ?? '', 36);
  return Number.isSafeInteger(ms) ? ms : null;
}

/** Newest first, as they are given. */
function newestOfEach(versions: readonly Delivery[]): Delivery[] {
  const newest = new Map<string, Delivery>();
  for (const version of versions) if (!newest.has(version.id)) newest.set(version.id, version);
  return [...newest.values()];
}

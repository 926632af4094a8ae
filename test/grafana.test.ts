/**
 * The dashboard for Grafana: every query in it runs on a real InfluxDB that the store has written, and has something to show.
 * Comes in: grafana/bobbin.json. Variables are put into the queries as Grafana does it; how it looks is not tested here.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../contract/clock.ts';
import { openInfluxStore } from '../store/influx.ts';
import { hourMs, minuteMs, minuteRow, patch, put, reading, start } from '../store/sample.suite.ts';
import { reasonAgainstInflux, startInflux, type Influx } from './influx.ts';
import { root } from './sources.ts';
import { workshopPlant } from './workshop.ts';

interface Query {
  readonly datasource: { readonly uid: string };
  readonly query: string;
}

interface Dashboard {
  readonly templating: { readonly list: readonly ({ readonly name: string; readonly type: string } & Query)[] };
  readonly panels: readonly { readonly title: string; readonly datasource: { readonly uid: string }; readonly targets: readonly Query[] }[];
}

const { templating, panels } = JSON.parse(readFileSync(join(root, 'grafana', 'bobbin.json'), 'utf8')) as Dashboard;
const variables = templating.list
  .filter(({ type }) => type === 'query')
  .map(({ name, ...query }): [string, Query] => [`variable ${name}`, query]);
const targets = panels.flatMap(({ title, targets: own }) => own.map((query): [string, Query] => [title, query]));
const missing = reasonAgainstInflux();

describe.skipIf(missing !== '')(`the dashboard for Grafana${missing}`, () => {
  let influx: Influx;
  beforeAll(async () => {
    influx = await startInflux();
    const clock = { ...systemClock, now: () => start + 3 * hourMs };
    const retention = { rawDays: Infinity, rawBytes: Infinity, minuteYears: Infinity };
    const log = pino({ level: 'silent' });
    const store = await openInfluxStore({ url: influx.url, database: 'bobbin', plant: workshopPlant(), retention, clock, log });
    // A text stands where numbers belong, so that a reading is set aside.
    const body = `readings,line=elsewhere hold="text",position=0i,received=0i ${String(start)}`;
    await fetch(`${influx.url}/write?db=bobbin_raw&precision=ms`, { method: 'POST', body });
    const readings = Array.from({ length: 90 }, (_, index) =>
      reading('mill-1', start + index * minuteMs, { state: 'running', metrics: { speed: index } }),
    );
    const rejection = { line: 'mill-1', receivedAt: start, reason: 'bad-value' as const, detail: 'm.speed', sample: '{}' };
    await put(store, [...readings, reading('mill-1', start + 1, { hold: 5 })], { rejections: [rejection] });
    const minutes = readings.map(({ ts }) => minuteRow('mill-1', ts, { output: 3, stoppedMs: 9, stops: { jam: { count: 1, ms: 9 } } }));
    await store.writeDerived([patch('mill-1', start, start + 2 * hourMs, { fresh: true, minutes })]);
    await store.maintain(start + 6 * hourMs);
    await store.close();
  });
  afterAll(() => influx.remove());

  /** The rows of a query, with what a person has chosen in place of variables. */
  const rowsOf = async ({ datasource, query }: Query): Promise<unknown[][]> => {
    const statement = query
      .replaceAll('$timeFilter', `time >= ${String(start)}ms and time <= ${String(start + 6 * hourMs)}ms`)
      .replaceAll('$__interval', '5m')
      .replaceAll('${firm:regex}', '(firm|other)')
      .replaceAll('${line:regex}', 'mill-1')
      .replaceAll('$metric', 'speed');
    expect(statement).not.toMatch(/\$(?!\/)/);
    const database = datasource.uid === '${readings}' ? 'bobbin_raw' : 'bobbin';
    const answer = (await influx.ask(statement, database)) as { results: { error?: string; series?: { values: unknown[][] }[] }[] };
    expect(answer.results[0]?.error).toBeUndefined();
    return answer.results[0]?.series?.flatMap(({ values }) => values) ?? [];
  };

  test.each([...variables, ...targets])('%s has something to show', async (_, query) => {
    const rows = await rowsOf(query);
    expect(rows.filter((row) => row.slice(1).some((value) => value !== null)).length).toBeGreaterThan(0);
  });

  test('utilization is the product’s own', async () => {
    const query = targets.find(([title]) => title.startsWith('Utilization of the window'))?.[1];
    const [row] = query ? await rowsOf(query) : [];
    expect(row?.[1]).toBeCloseTo(minuteMs / (minuteMs + 9), 9);
  });

  test('every panel asks the data source it names', () => {
    for (const { datasource, targets: own } of panels) for (const target of own) expect(target.datasource.uid).toBe(datasource.uid);
    expect(new Set(panels.map(({ datasource }) => datasource.uid))).toEqual(new Set(['${figures}', '${readings}']));
  });
});

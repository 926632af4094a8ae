/**
 * The docs against the code, both ways: what the code has is documented, and what is documented is there.
 * Comes in: the Markdown files and the rooms' own lists, schemas and limits.
 */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { limits } from '../broker/limits.ts';
import { createDecoder } from '../collector/decode.ts';
import { equipmentTypeSchema } from '../contract/equipment.ts';
import { plantSchema, resolvePlant, type Plant, type PlantFile } from '../contract/plant.ts';
import { contextNames, readingLimits, rejectReasons, states } from '../contract/reading.ts';
import { channels } from '../contract/topics.ts';
import { routesOf } from '../dashboard/server/dashboard.ts';
import { emptySums, recordOf } from '../kpi/utilization.ts';
import { loadEquipment } from '../plants/loader.ts';
import { environmentSchema, readSettings } from '../settings.ts';
import { root, sourceFiles, textOf } from './sources.ts';

const pages = sourceFiles().filter((path) => path.endsWith('.md'));
const types = loadEquipment(join(root, 'equipment'));

/** The cells of every table row whose first cell is written as code, without the backticks of that cell. */
function rows(page: string): string[][] {
  return textOf(page)
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => line.split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll('\\|', '|')))
    .map(([, first = '', ...rest]) => [first, ...rest]);
}

/** The words written as code in a row's first cell. */
function words(cell = ''): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, word = '']) => word);
}

/** The first columns of the rows of a page, below the heading that is named. */
function section(page: string, heading: string): string[] {
  const text = textOf(page);
  const start = text.indexOf(`\n## ${heading}\n`);
  if (start < 0) throw new Error(`${page} has no section "${heading}"`);
  const end = text.indexOf('\n## ', start + 1);
  const part = text.slice(start, end < 0 ? undefined : end).split('\n');
  return part.filter((line) => line.startsWith('| `')).flatMap((line) => words(line.split('|')[1]));
}

function blocks(page: string, kind: string): string[] {
  return [...textOf(page).matchAll(new RegExp(`\`\`\`${kind}\n([\\s\\S]*?)\`\`\``, 'g'))].map(([, block = '']) => block);
}

function plantOf(text: string): Plant {
  const { plant, mistakes } = resolvePlant(plantSchema.parse(parse(text)), types);
  if (mistakes) throw new Error(JSON.stringify(mistakes));
  return plant;
}

const sorted = (list: Iterable<string>): string[] => [...list].sort();

test('every call of the API is documented, and every documented one is there', () => {
  // Only the table of routes is looked at; none of them is called.
  const parts = [{ plant: plantOf(blocks('README.md', 'yaml')[0] ?? '') }, {}] as unknown as Parameters<typeof routesOf>;
  const routes = routesOf(...parts).map(({ method, path }) => `${method} ${path}`);
  expect(sorted(section('docs/api.md', 'Calls').filter((word) => /^[A-Z]+ /.test(word)))).toEqual(sorted(routes));
});

test('every setting is documented, and every documented setting is there', () => {
  const documented = rows('docs/settings.md').flatMap(([name]) => words(name));
  expect(sorted(documented)).toEqual(sorted(Object.keys(environmentSchema.shape)));
});

test.each(['docs/settings.md', 'README.md'])('the defaults in %s are the defaults', (page) => {
  const given = rows(page).filter(([name = '']) => name.startsWith('`BOBBIN_'));
  expect(given.length).toBeGreaterThan(5);
  for (const [name = '', fallback = ''] of given) {
    for (const variable of words(name)) {
      const [value] = words(fallback);
      if (value !== undefined) expect(readSettings({ [variable]: value }), variable).toEqual(readSettings({}));
      else expect(fallback, variable).toBe('none');
      expect(Object.keys(environmentSchema.shape), variable).toContain(variable);
    }
  }
});

test('reject reasons, states, channels and context names are those of the contract', () => {
  expect(section('docs/mqtt.md', 'What is rejected, and why')).toEqual([...rejectReasons]);
  expect(sorted(section('docs/figures.md', 'From readings to states'))).toEqual(sorted(states));
  expect(sorted([...section('docs/mqtt.md', 'Signing in'), 'live', 'alarms'])).toEqual(sorted(channels));
  const fields = section('docs/mqtt.md', 'Readings');
  expect(fields).toEqual(expect.arrayContaining([...contextNames]));
  expect(sorted(fields).filter((field) => !states.some((state) => state === field))).toEqual(
    sorted(['ts', 'state', 'stop', 'hold', 'seq', 'm', ...contextNames]),
  );
});

test('every figure of a utilization record is defined', () => {
  const record = recordOf({ from: 0, to: 0, sums: emptySums(), scheduledMs: 0, idealOutput: 0 });
  const defined = ['Time', 'Ratios', 'Counters'].flatMap((heading) => section('docs/figures.md', heading));
  expect(sorted(defined)).toEqual(sorted(Object.keys(record).filter((key) => key !== 'from' && key !== 'to')));
});

test('every field of a live record is documented', () => {
  const fields = /interface LiveRecord \{([\s\S]*?)\n\}/.exec(textOf('contract/live.ts'))?.[1] ?? '';
  const names = [...fields.matchAll(/^ {2}(\w+):/gm)].map(([, name = '']) => name);
  expect(names.length).toBeGreaterThan(10);
  const documented = textOf('docs/api.md').split('### Live record')[1]?.split('###')[0] ?? '';
  const rowsOfIt = documented.split('\n').filter((row) => row.startsWith('| `'));
  expect(sorted(rowsOfIt.flatMap((row) => words(row.split('|')[1])))).toEqual(sorted(names));
});

test('every rule of the figures has code and a test that carry its id', () => {
  const idsIn = (paths: readonly string[]): string[] => sorted(new Set(paths.flatMap((path) => textOf(path).match(/\[KPI-\d+\]/g) ?? [])));
  const kpi = [...sourceFiles('kpi'), ...sourceFiles('contract')];
  const ids = idsIn(['docs/figures.md']);
  expect(idsIn(kpi.filter((path) => !path.endsWith('.test.ts')))).toEqual(ids);
  expect(idsIn(kpi.filter((path) => path.endsWith('.test.ts')))).toEqual(ids);
});

test('the limits in the docs are the limits in the code', () => {
  const text = textOf('docs/mqtt.md').replace(/\s+/g, ' ');
  const kib = (bytes: number): string => `${String(bytes / 1024)} KiB`;
  const mib = (bytes: number): string => `${String(bytes / 1024 / 1024)} MiB`;
  const count = (value: number): string => value.toLocaleString('en');
  for (const sentence of [
    `TLS included | ${String(limits.connectTimeoutMs / 1000)} s |`,
    `CONNECT packet | ${kib(limits.connectBytes)} |`,
    `will payload | ${kib(limits.statusBytes)} |`,
    `PUBLISH payload | ${kib(limits.payloadBytes)} `,
    `not yet journaled | ${mib(limits.windowBytes)};`,
    `cut off after ${String(limits.drainTimeoutMs / 1000)} s, or ${mib(limits.backlogBytes)} `,
    `| ${count(limits.connections)}; ${count(limits.connectionsPerAddress)} from one address |`,
    `an array of 1 to ${count(readingLimits.readingsPerPacket)} readings; ${kib(readingLimits.payloadBytes)} at most`,
    `0 to ${String(readingLimits.holdSeconds / 86_400)} days`,
    `up to ${String(readingLimits.contextCharacters)} characters each`,
    `a text of up to ${String(readingLimits.metricTextCharacters)} characters`,
    `up to ${String(readingLimits.metricNameCharacters)} letters`,
    `up to ${String(readingLimits.undeclaredMetricsPerLine)} different names`,
    `the last ${count(readingLimits.rejectionsKeptPerLine)} of each line`,
    `more than ${String(readingLimits.aheadMs / 60_000)} minutes ahead`,
    `before ${new Date(readingLimits.earliestTs).getUTCFullYear().toString()}`,
  ]) {
    expect(text).toContain(sentence);
  }
});

test('the examples are accepted as they stand', () => {
  const [example = ''] = blocks('docs/plant.md', 'yaml plant');
  const plant = plantOf(example);
  expect(plant.lines.size).toBe(8);
  const file = parse(example) as PlantFile;
  const calendars = parse(blocks('docs/plant.md', 'yaml calendars')[0] ?? '') as PlantFile['calendars'];
  const kept = parse(blocks('docs/plant.md', 'yaml kept')[0] ?? '') as Pick<PlantFile['parks'][number], 'calendar'>;
  const changing = {
    ...file,
    calendars,
    parks: file.parks.map((park) => ({ ...park, firms: park.firms.map((firm) => ({ ...firm, ...kept })) })),
  };
  expect(plantOf(JSON.stringify(changing)).lines.get('emb-0001')?.calendar).toBe('two-shift>2026-12-01>day-shift');
  for (const text of blocks('docs/plant.md', 'yaml equipment')) equipmentTypeSchema.parse(parse(text));
  for (const text of blocks('README.md', 'yaml')) plantOf(text);
  const [reading = ''] = blocks('docs/mqtt.md', 'json');
  const payload = Buffer.from(reading);
  const topic = 'bobbin/v1/emb/f001/w1/emb-0001/telemetry';
  const receivedAt = 1_763_886_001_000;
  const record = { kind: 'telemetry', topic, receivedAt, payload, payloadBytes: payload.length } as const;
  expect(createDecoder(plant).decode(record)).toMatchObject({ received: 1, rejections: [], readings: [{ stop: 'thread-break' }] });
});

test('every key of plant and equipment files is documented', () => {
  const documented = new Set(rows('docs/plant.md').flatMap(([name]) => words(name)));
  const keys = [...Object.keys(plantSchema.shape), ...Object.keys(equipmentTypeSchema.shape)];
  expect(keys.filter((key) => !documented.has(key))).toEqual([]);
});

test('links lead somewhere', () => {
  const broken = pages.flatMap((page) =>
    [...textOf(page).matchAll(/\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)/g)].flatMap(([link, path = '', anchor]) => {
      const target = path === '' ? page : join(dirname(page), path);
      if (!existsSync(join(root, target))) return [`${page}: ${link}`];
      const headings = anchor === undefined ? [] : [...textOf(target).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => slug(heading));
      return anchor === undefined || headings.includes(anchor) ? [] : [`${page}: ${link}`];
    }),
  );
  expect(broken).toEqual([]);
});

function slug(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} -]/gu, '')
    .replaceAll(' ', '-');
}

test('every npm script is documented, and every documented one is there', () => {
  const { scripts } = JSON.parse(textOf('package.json')) as { scripts: Record<string, string> };
  const named = pages.flatMap((page) => [...textOf(page).matchAll(/npm (?:run ([a-z:]+)|(start|test)\b)/g)]);
  expect(sorted(new Set(named.map(([, run, plain]) => run ?? plain ?? '')))).toEqual(sorted(Object.keys(scripts)));
});

test('the rooms of the architecture are the folders there are', () => {
  const folders = new Set(sourceFiles().flatMap((path) => (path.includes('/') ? [path.split('/')[0] ?? ''] : [])));
  const named = rows('ARCHITECTURE.md').flatMap(([name]) => words(name).map((folder) => folder.split('/')[0] ?? ''));
  expect(sorted(new Set(named))).toEqual(sorted([...folders].filter((folder) => !folder.startsWith('.'))));
});

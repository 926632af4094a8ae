/**
 * Loading plant and equipment files: what is right loads, and every kind of mistake is told with file, path and reason.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadEquipment, loadPlant, PlantFileError } from './loader.ts';

const pressYaml = `id: press
name: { zh: 压片机, en: Press }
expectSeconds: 10
holdSeconds: 25
state: { metric: speed, above: 0, then: running, otherwise: stopped }
output: { metric: produced, unit: { zh: 片, en: tablets }, idealPerHour: 120000 }
metrics:
  speed: { name: { zh: 速度, en: Speed }, unit: k/h, kind: gauge, limits: { alertHigh: 8 } }
  produced: { name: { zh: 产量, en: Produced }, unit: k, kind: counter }
stops:
  thread-break: { state: stopped, name: { zh: 断线, en: Thread break } }
`;

const plantYaml = `zone: { id: zone, name: { zh: 区, en: Zone }, timezone: Asia/Shanghai }
calendars:
  always: { shifts: [{ id: all, start: "00:00", end: "24:00" }], days: [mon] }
parks:
  - id: pharma
    name: { zh: 园, en: Park }
    cluster: pharma
    firms:
      - id: runling
        name: { zh: 润灵药业, en: Runling Pharma }
        calendar: always
        workshops:
          - id: w1
            name: { zh: 一车间, en: Workshop 1 }
            building: "12"
            lines:
              - { id: press-01, type: press, name: { zh: 1号压片机, en: Press 1 } }
              - { ids: "press-{02..04}", type: press }
`;

let folder = '';
let equipmentFolder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bobbin-plants-'));
  equipmentFolder = join(folder, 'equipment');
  mkdirSync(equipmentFolder);
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function write(name: string, content: string | Uint8Array): string {
  const file = join(folder, name);
  writeFileSync(file, content);
  return file;
}

/** The message of loading these two files, `*` in place of the folder. */
function mistakesWith({ plant = plantYaml, press = pressYaml }: { plant?: string | Uint8Array; press?: string | Uint8Array }): string[] {
  const plantFile = write('plant.yaml', plant);
  write('equipment/press.yaml', press);
  try {
    loadPlant({ plantFile, equipmentFolder });
  } catch (error) {
    if (error instanceof PlantFileError) return error.message.replaceAll(folder, '*').split('\n');
    throw error;
  }
  return [];
}

/** The part of a good text exchanged for another; the part must be there. */
function changed(text: string, part: string, by: string): string {
  expect(text).toContain(part);
  return text.replace(part, () => by);
}

describe('good files', () => {
  it('make a plant with every line in its place', () => {
    const plantFile = write('plant.yaml', plantYaml);
    write('equipment/press.yaml', pressYaml);
    write('equipment/README.md', 'not a type');
    const plant = loadPlant({ plantFile, equipmentFolder });
    expect([...plant.lines.keys()]).toEqual(['press-01', 'press-02', 'press-03', 'press-04']);
    expect(plant.lines.get('press-03')).toMatchObject({
      park: 'pharma',
      firm: 'runling',
      workshop: 'w1',
      line: 'press-03',
      building: '12',
      cluster: 'pharma',
      calendar: 'always',
      name: { zh: '3号线', en: 'Line 3' },
      type: { id: 'press', output: { scale: 1 }, metrics: { speed: { limits: { deadband: 0 } } } },
    });
    expect([...loadEquipment(equipmentFolder).keys()]).toEqual(['press']);
  });
});

describe('files that are not there', () => {
  it('names a plant file that is not there', () => {
    write('equipment/press.yaml', pressYaml);
    expect(() => loadPlant({ plantFile: join(folder, 'none.yaml'), equipmentFolder })).toThrow(/none\.yaml: cannot be read: ENOENT/);
  });

  it('names a plant file that is a folder', () => {
    write('equipment/press.yaml', pressYaml);
    expect(() => loadPlant({ plantFile: folder, equipmentFolder })).toThrow(/cannot be read: EISDIR/);
  });

  it('names an equipment folder that is not there, or empty', () => {
    expect(() => loadEquipment(join(folder, 'none'))).toThrow(/none: cannot be read: ENOENT/);
    expect(() => loadEquipment(equipmentFolder)).toThrow(/equipment: holds no equipment types/);
  });

  it('says so of a file that is not text', () => {
    expect(mistakesWith({ plant: Uint8Array.of(0x7a, 0xff, 0xfe) })).toEqual(['*/plant.yaml: is not UTF-8 text']);
  });
});

describe('text that is not plain YAML', () => {
  it.each([
    ['a syntax error', 'zone: [1\nparks: 2\n', /^\*\/plant\.yaml: line 2, column 1: Flow sequence/],
    ['a tab', 'zone:\n\tid: zone\n', /line 2, column 1: Tabs are not allowed/],
    ['a key used twice', 'zone: 1\nparks: 2\nzone: 3\n', /line 3, column 1: Map keys must be unique/],
    ['a key that is a list', '? [1, 2]\n: 3\n', /line 1, column 3: With stringKeys/],
    ['a tag', 'zone: !!js/function "process.exit()"\n', /line 1, column 7: Unresolved tag/],
    ['a standard tag', 'zone: !!str 5\n', /line 1, column 13: Tags are not allowed: tag:yaml.org,2002:str/],
    ['an alias', 'a: &x [lol]\nb: [*x, *x]\n', /line 1, column 7: Anchors are not allowed: &x/],
    ['a merge key', 'a: &x { b: 1 }\nc: { <<: *x }\n', /line 2, column 10: Aliases are not allowed: \*x/],
    ['two documents', 'zone: 1\n---\nzone: 2\n', /line 2, column 1: Source contains multiple documents/],
    ['__proto__', 'zone: { __proto__: { id: zone } }\n', /line 1, column 9: This name is not allowed: "__proto__"/],
    ['constructor', 'calendars:\n  constructor: {}\n', /line 2, column 3: This name is not allowed: "constructor"/],
    ['a deep list', '['.repeat(20_000), /plant\.yaml: line 1, column \d+: /],
    ['nothing', '', /plant\.yaml: is empty/],
    ['nothing but a remark', '# later\n', /plant\.yaml: is empty/],
    ['far too much', 'a'.repeat(4 * 1024 * 1024 + 1), /plant\.yaml: is longer than 4194304 characters/],
  ])('refuses %s', (_, plant, message) => {
    const mistakes = mistakesWith({ plant });
    expect(mistakes.length).toBeLessThanOrEqual(21);
    expect(mistakes.find((mistake) => message.test(mistake)) ?? mistakes.slice(0, 3)).toMatch(message);
  });

  it('refuses a bomb of aliases without unfolding it', () => {
    const bomb = Array.from({ length: 60 }, (_, at) => `a${String(at + 1)}: &a${String(at + 1)} [${`*a${String(at)},`.repeat(9)}]`).join(
      '\n',
    );
    const mistakes = mistakesWith({ plant: `a0: &a0 [lol]\n${bomb}\n` });
    expect(mistakes).toHaveLength(21);
    expect(mistakes.at(-1)).toMatch(/^… and \d+ more$/);
  });
});

describe('a mistake in an equipment file', () => {
  it.each([
    ['a missing field', 'expectSeconds: 10\n', '', /^\*\/equipment\/press\.yaml: expectSeconds: Invalid input: expected number/],
    [
      'an unknown field',
      'expectSeconds: 10\n',
      'expectSeconds: 10\nexpectedSeconds: 5\n',
      /press\.yaml: Unrecognized key: "expectedSeconds"/,
    ],
    ['a wrong type', 'holdSeconds: 25', 'holdSeconds: long', /press\.yaml: holdSeconds: Invalid input: expected number, received string/],
    ['an infinite number', 'holdSeconds: 25', 'holdSeconds: .inf', /press\.yaml: holdSeconds: /],
    ['a hold shorter than the interval', 'holdSeconds: 25', 'holdSeconds: 5', /holdSeconds: must not be shorter than expectSeconds/],
    ['an unknown state', 'state: stopped, name', 'state: halted, name', /stops\.thread-break\.state: Invalid option/],
    ['an unknown kind', 'kind: gauge', 'kind: dial', /metrics\.speed\.kind: Invalid option/],
    ['limits without a limit', 'limits: { alertHigh: 8 }', 'limits: { deadband: 1 }', /metrics\.speed\.limits: needs at least one of/],
    ['a missing language', 'en: Thread break', 'de: Fadenbruch', /stops\.thread-break\.name\.en: .*expected string/],
    [
      'a state rule on nothing',
      'state: { metric: speed',
      'state: { metric: sped',
      /state\.metric: names a metric that is not declared: "sped"/,
    ],
    [
      'an output that is no counter',
      'output: { metric: produced',
      'output: { metric: speed',
      /output\.metric: "speed" is a gauge, must be a counter/,
    ],
    ['an id that is not the file name', 'id: press', 'id: presses', /press\.yaml: id: must be the file's name "press", is "presses"/],
    ['an id that is no id', 'id: press', 'id: Press 1', /press\.yaml: id: must be 1 to 63 of a-z/],
    ['a metric name that is none', '  speed: {', '  "1st speed": {', /metrics/],
  ])('tells of %s', (_, part, by, message) => {
    const mistakes = mistakesWith({ press: changed(pressYaml, part, by) });
    expect(mistakes.find((mistake) => message.test(mistake)) ?? mistakes).toMatch(message);
  });

  it('tells of two types with one id', () => {
    write('equipment/press.yml', pressYaml);
    expect(mistakesWith({})).toEqual(['*/equipment/press.yml: id: is the id of another file\'s type, too: "press"']);
  });
});

describe('a mistake in a plant file', () => {
  it.each([
    [
      'an unknown field',
      'cluster: pharma\n',
      'cluster: pharma\n    clustre: x\n',
      /^\*\/plant\.yaml: parks\[0\]: Unrecognized key: "clustre"/,
    ],
    ['a missing field', '    cluster: pharma\n', '', /parks\[0\]\.cluster: Invalid input: expected string/],
    ['an id that is no id', 'id: runling', 'id: Run ling', /parks\[0\]\.firms\[0\]\.id: must be 1 to 63 of a-z/],
    ['a time zone that is none', 'Asia/Shanghai', 'Asia/Ruzhou', /zone\.timezone: must be a time zone/],
    ['a time of day that is none', '"00:00"', '"25:00"', /calendars\.always\.shifts\[0\]\.start: must be a time of day/],
    ['a day that is none', 'days: [mon]', 'days: [monday]', /calendars\.always\.days\[0\]: Invalid option/],
    [
      'a holiday that is no date',
      'days: [mon]',
      'days: [mon], holidays: ["2026-02-30"]',
      /calendars\.always\.holidays\[0\]: Invalid ISO date/,
    ],
    [
      'a line without a type',
      '{ id: press-01, type: press, ',
      '{ id: press-01, ',
      /workshops\[0\]\.lines\[0\]\.type: Invalid input: expected string/,
    ],
    [
      'a field too many on a run',
      'press-{02..04}", type: press }',
      'press-{02..04}", type: press, kind: x }',
      /lines\[1\]: Unrecognized key: "kind"/,
    ],
    ['a run that is none', 'press-{02..04}', 'press-02..04', /lines\[1\]\.ids: must look like "emb-\{0002\.\.0008\}"/],
    ['a run that runs backwards', 'press-{02..04}', 'press-{04..02}', /lines\[1\]\.ids: runs backwards/],
    ['a line used twice', 'press-{02..04}', 'press-{01..04}', /lines\[1\]: line id is used twice: "press-01"/],
    ['a type that is none', 'id: press-01, type: press', 'id: press-01, type: pres', /lines\[0\]\.type: names no equipment type: "pres"/],
    ['a calendar that is none', 'calendar: always', 'calendar: never', /parks\[0\]\.firms\[0\]\.calendar: names no calendar: "never"/],
    ['no calendar', '        calendar: always\n', '', /lines\[0\]: has no calendar/],
    ['a firm without workshops', 'workshops:', 'workshops: []\n        was:', /firms\[0\]\.workshops: .*>=1/],
  ])('tells of %s', (_, part, by, message) => {
    const mistakes = mistakesWith({ plant: changed(plantYaml, part, by) });
    expect(mistakes.find((mistake) => message.test(mistake)) ?? mistakes).toMatch(message);
  });
});

describe('many mistakes', () => {
  it('are told at once, of all files, one line each', () => {
    const mistakes = mistakesWith({
      press: changed(pressYaml, 'expectSeconds: 10', 'expectSeconds: 0'),
      plant: changed(plantYaml, 'id: pharma', 'id: Pharma'),
    });
    expect(mistakes).toEqual([
      expect.stringMatching(/^\*\/equipment\/press\.yaml: expectSeconds: /),
      expect.stringMatching(/^\*\/plant\.yaml: parks\[0\]\.id: /),
    ]);
  });

  it('are cut off after twenty and counted', () => {
    const lines = Array.from({ length: 30 }, (_, at) => `              - { id: press-${String(at)}, type: none }`).join('\n');
    const mistakes = mistakesWith({ plant: plantYaml.replace(/ {14}- .*\n {14}- .*\n$/, `${lines}\n`) });
    expect(mistakes).toHaveLength(21);
    expect(mistakes.at(-1)).toBe('… and 10 more');
  });

  it('keep a name with line breaks or terminal codes on its line', () => {
    const [mistake, ...others] = mistakesWith({ plant: changed(plantYaml, 'type: press,', 'type: "a\\nb\\e[2J",') });
    expect(others).toEqual([]);
    expect(mistake).not.toMatch(/\p{Cc}/u);
  });
});

/**
 * The monthly report, from sums to files: units apart, growth with its reasons, ranking with its coverage, and names that were
 * written to do harm. The expected figures are worked out by hand beside each case.
 */
import { parse } from 'csv-parse/sync';
import { describe, expect, test } from 'vitest';
import type { LineSums } from '../../../contract/history.ts';
import type { Plant } from '../../../contract/plant.ts';
import type { ReportAnswer } from '../../../contract/report.ts';
import { emptySums } from '../../../kpi/utilization.ts';
import { smallPlant } from '../plant.suite.ts';
import { csvOf } from './csv.ts';
import { earlier, knownSpan, monthOf, sameSpan } from './months.ts';
import { reportOf, type ReportParts } from './report.ts';
import { tablesOf } from './tables.ts';
import { workbookOf } from './workbook.suite.ts';
import { xlsxOf } from './xlsx.ts';

const hourMs = 3_600_000;
const pieces = { zh: '件', en: 'pieces' };
const name = { zh: '甲', en: 'A' };
const tonnes = { zh: '吨', en: 't' };
const hostile = ['=1+1', '+cmd|calc', '-2', '@SUM(A1)', '\t=1', '\r=1', '＝1', ' =1', 'a,"b"\n<x>&\u0007'];

/** The plant of the stage, where presses count tonnes, and names are what they should not be. */
function plantOf(name = '绣坊'): Plant {
  const plant = smallPlant();
  const text = { zh: name, en: name };
  const lines = [...plant.lines].map(([id, line]) => {
    const output = { metric: 'pieces', scale: 1, unit: id === 'press-1' ? tonnes : pieces, idealPerHour: 100 };
    return [id, { ...line, type: { ...line.type, output, scrap: { metric: 'pieces', scale: 1 } } }] as const;
  });
  const file = {
    ...plant.file,
    parks: plant.file.parks.map((park) => ({ ...park, firms: park.firms.map((firm) => ({ ...firm, name: text })) })),
  };
  return { ...plant, file, lines: new Map(lines) };
}

/** Hours of a line: scheduled 100; running, stopped by a thread break, the rest unknown. */
function sums(line: string, running: number, stopped: number, output: number): LineSums {
  const stops = stopped > 0 ? { 'thread-break': { count: 2, ms: stopped * hourMs } } : {};
  return {
    ...{ line, known: running + stopped > 0, scheduledMs: 100 * hourMs, idealOutput: running * 100 },
    sums: { ...emptySums(), runningMs: running * hourMs, stoppedMs: stopped * hourMs, output, scrap: output / 10, stops },
  };
}

const ids = ['emb-1', 'emb-2', 'emb-3', 'emb-4', 'press-1'];
const nothing = ids.map((id) => sums(id, 0, 0, 0));

function report(own: readonly LineSums[], before: readonly LineSums[] = nothing, changes: Partial<ReportParts> = {}): ReportAnswer {
  const plant = changes.plant ?? plantOf();
  const month = monthOf('2026-10', plant.timezone);
  if (!month) throw new Error('no month');
  const span = { from: month.from, to: month.end };
  return reportOf({
    ...{
      plant,
      kind: 'zone',
      id: 'zone',
      lines: [...plant.lines.values()],
      month,
      known: { ...span, state: 'ended' },
      spans: [span, span],
    },
    ...{ sums: [own, before, []], seesLines: true, now: month.end, ...changes },
  });
}

describe('months', () => {
  test('begin and end where the time zone says, changes of the clock and of the year included', () => {
    const [shanghai, berlin] = [monthOf('2026-01', 'Asia/Shanghai'), monthOf('2026-03', 'Europe/Berlin')];
    expect(shanghai).toMatchObject({ from: Date.parse('2025-12-31T16:00Z'), end: Date.parse('2026-01-31T16:00Z') });
    expect(berlin).toMatchObject({ from: Date.parse('2026-02-28T23:00Z'), end: Date.parse('2026-03-31T22:00Z') });
    expect(shanghai && earlier(shanghai, 1, 'Asia/Shanghai')).toMatchObject({ name: '2025-12', from: Date.parse('2025-11-30T16:00Z') });
    expect(shanghai && earlier(shanghai, 12, 'Asia/Shanghai').name).toBe('2025-01');
  });

  test.each(['', '2026', '2026-13', '2026-00', '2026-1', '1999-01', '2026-10-01', ' 2026-10'])('%j is no month', (text) => {
    expect(monthOf(text, 'Asia/Shanghai')).toBeNull();
  });

  test('are known up to two minutes ago, and compared with as much of the earlier one', () => {
    const [march, february] = [monthOf('2026-03', 'UTC'), monthOf('2026-02', 'UTC')];
    if (!march || !february) throw new Error('no month');
    const at = (text: string): number => Date.parse(`2026-${text}Z`);
    expect(knownSpan(march, at('02-28T00:00'))).toEqual({ from: march.from, to: march.from, state: 'ahead' });
    expect(knownSpan(march, at('03-01T00:01'))).toEqual({ from: march.from, to: march.from, state: 'running' });
    const running = knownSpan(march, at('03-12T10:00:30'));
    expect(running).toEqual({ from: march.from, to: at('03-12T09:58'), state: 'running' });
    expect(sameSpan(february, march, running)).toEqual({ from: february.from, to: at('02-12T09:58') });
    expect(sameSpan(february, march, knownSpan(march, at('03-30T00:00')))).toEqual({ from: february.from, to: february.end });
    const ended = knownSpan(march, at('05-01T00:00'));
    expect(ended).toEqual({ from: march.from, to: march.end, state: 'ended' });
    expect(sameSpan(february, march, ended)).toEqual({ from: february.from, to: february.end });
  });
});

describe('the report', () => {
  test('adds times and counts, divides last, and never adds pieces and tonnes', () => {
    const { whole, clusters, firms } = report([
      ...[
        sums('emb-1', 60, 30, 600),
        sums('emb-2', 30, 60, 200),
        sums('emb-3', 0, 0, 0),
        sums('emb-4', 80, 20, 400),
        sums('press-1', 50, 40, 7),
      ],
    ]);
    expect([whole.lines, whole.activeLines]).toEqual([5, 4]);
    // 220 h running of 370 known, of 500 scheduled.
    expect(whole.figures).toMatchObject({ utilization: 220 / 370, low: 0.44, high: 0.7, coverage: 0.74 });
    expect(whole.outputs).toEqual([
      { unit: pieces, clusters: [name], lines: 4, activeLines: 3, output: 1200, scrap: 120, performance: 1200 / 17_000, quality: 0.9 },
      { unit: tonnes, clusters: [name], lines: 1, activeLines: 1, output: 7, scrap: 0.7, performance: 7 / 5000, quality: 0.9 },
    ]);
    expect(clusters.map(({ id, activeLines }) => [id, activeLines])).toEqual([
      ['embroidery', 3],
      ['pharma', 1],
    ]);
    expect(firms.map(({ id, outputs }) => [id, outputs.map(({ output }) => output)])).toEqual([
      ['f1', [800]],
      ['f2', [400]],
      ['f3', [7]],
    ]);
  });

  test('knows nothing of an empty month, and says null, not zero', () => {
    const { whole, stops, best, worst, unranked, monthOnMonth } = report(nothing, [sums('emb-1', 60, 30, 600), ...nothing.slice(1)]);
    expect(whole).toMatchObject({ activeLines: 0, figures: null });
    expect(whole.outputs.map(({ output, scrap, performance }) => [output, scrap, performance])).toEqual([
      [null, null, null],
      [null, null, null],
    ]);
    expect([stops, best, worst, unranked]).toEqual([[], [], [], 4]);
    expect(monthOnMonth.total.outputs.map(({ change, reason }) => [change, reason])).toEqual([
      [null, 'no-data'],
      [null, 'no-data'],
    ]);
  });

  test('tells growth by more lines from growth of the same lines', () => {
    const now = [sums('emb-1', 60, 40, 660), sums('emb-2', 50, 50, 600), ...nothing.slice(2)];
    const { monthOnMonth, yearOnYear } = report(now, [sums('emb-1', 50, 50, 600), ...nothing.slice(1)]);
    expect(monthOnMonth.total).toMatchObject({ lines: 2, linesBefore: 1, coverage: 1, coverageBefore: 1 });
    expect(monthOnMonth.total.outputs[0]).toMatchObject({ now: 1260, before: 600, change: 1.1, reason: null, uncertain: false });
    expect(monthOnMonth.sameLines).toMatchObject({ lines: 1, linesBefore: 1 });
    expect(monthOnMonth.sameLines.outputs[0]?.change).toBeCloseTo(0.1, 12);
    expect(monthOnMonth.sameLines.utilization.change).toBeCloseTo(0.1, 12);
    expect(monthOnMonth.total.outputs[1]).toMatchObject({ change: null, reason: 'no-data' });
    expect(yearOnYear.total.utilization).toMatchObject({ before: null, change: null, reason: 'no-earlier-data' });
    expect(yearOnYear.sameLines).toMatchObject({ lines: 0, utilization: { reason: 'no-data' } });
  });

  test('compares nothing where too little is known, marks what is uncertain, and divides by no zero', () => {
    const growth = (running: number, stopped: number, output: number): ReportAnswer['monthOnMonth']['total'] =>
      report([sums('emb-1', 50, 50, 600), ...nothing.slice(1)], [sums('emb-1', running, stopped, output), ...nothing.slice(1)]).monthOnMonth
        .total;
    expect(growth(30, 19, 300).outputs[0]).toMatchObject({ change: null, reason: 'short-coverage' });
    expect(growth(40, 40, 300).outputs[0]).toMatchObject({ change: 1, reason: null, uncertain: true });
    expect(growth(0, 100, 0)).toMatchObject({ runningSeconds: { reason: 'earlier-is-zero' }, utilization: { change: 0.5, reason: null } });
  });

  test('ranks workshops by utilization where coverage allows; who may not see lines sees no workshop of one line', () => {
    const own = [
      sums('emb-1', 60, 40, 1),
      sums('emb-2', 60, 40, 1),
      sums('emb-3', 30, 70, 1),
      sums('emb-4', 40, 9, 1),
      sums('press-1', 90, 0, 1),
    ];
    const all = report(own);
    expect([all.best.map(({ id }) => id), all.worst.map(({ id }) => id), all.unranked]).toEqual([['f3/w1', 'f1/w1'], ['f1/w2'], 1]);
    expect(all.worst[0]).toMatchObject({ lines: 1, figures: { utilization: 0.3, coverage: 1 } });
    const official = report(own, nothing, { seesLines: false });
    expect([official.best.map(({ id }) => id), official.worst, official.unranked]).toEqual([['f1/w1'], [], 3]);
  });

  test('lists stops by the time they took', () => {
    const [stop] = report([sums('emb-1', 60, 30, 1), sums('emb-2', 60, 10, 1), ...nothing.slice(2)]).stops;
    expect(stop).toEqual({ stop: 'thread-break', name: { zh: '甲', en: 'A' }, state: 'stopped', count: 4, seconds: 40 * 3600 });
  });
});

describe('files', () => {
  const own = [sums('emb-1', 60, 30, 1234.5), ...nothing.slice(1, 4), sums('press-1', 50, 50, 7)];

  test.each(hostile)('a firm named %j is a text in both, and never a formula', async (name) => {
    const tables = tablesOf(report(own, nothing, { plant: plantOf(name) }), 'zh');
    const bytes = csvOf(tables);
    expect([...bytes.subarray(0, 3)]).toEqual([0xef, 0xbb, 0xbf]);
    const read: string[][] = parse(bytes, { bom: true, relax_column_count: true });
    const cells = read.flat();
    expect(cells).toContain(name.startsWith('a') ? name : `'${name}`);
    expect(cells.filter((cell) => /^[=+@＝＋－＠\t\r]/.test(cell) || (cell.startsWith('-') && Number.isNaN(Number(cell))))).toEqual([]);
    const [overview] = workbookOf(await xlsxOf(tables)).sheets;
    const plain = (text: string): string => text.replaceAll(/\r/g, '\n').replaceAll('\u0007', ' ').trim();
    expect(overview?.rows.map((row) => (typeof row[1] === 'string' ? plain(row[1]) : ''))).toContain(plain(name));
  });

  test('the CSV holds numbers as numbers, in rows that end as Excel expects', () => {
    const text = csvOf(tablesOf(report(own), 'zh')).toString('utf8');
    expect(text.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
    const rows: string[][] = parse(text, { bom: true, relax_column_count: true });
    expect(rows[0]).toEqual([`甲 2026-10 生产月报`]);
    const [pieceRow, tonneRow] = rows.filter(([level]) => level === '集聚区');
    // 110 h running of 190 known, of 500.
    expect(pieceRow?.slice(2, 10)).toEqual(['5', '2', '57.89', '22', '84', '38', '500', '110']);
    expect([pieceRow?.slice(17, 19), tonneRow?.slice(17, 19), tonneRow?.slice(2, 17).join('')]).toEqual([
      ['1234.5', '件'],
      ['7', '吨'],
      '',
    ]);
    expect(rows.find(([level, name]) => level === '企业' && name === '绣坊')?.[4]).toBe('66.67');
  });

  test('the workbook has frozen headings with units, number formats, definitions on its second sheet, and both languages', async () => {
    const { sheets, files } = workbookOf(await xlsxOf(tablesOf(report(own), 'zh')));
    expect(sheets.map(({ name }) => name)).toEqual(['总览', '指标定义', '增长', '停机原因', '车间排名']);
    const [overview, definitions, growth] = sheets;
    expect(overview?.xml).toMatch(/<pane [^>]*ySplit="3"[^>]*state="frozen"/);
    expect(overview?.rows[2]?.slice(3, 5)).toEqual(['有数据生产线(条)', '时间稼动率(%)']);
    expect(overview?.rows[3]?.slice(0, 5)).toEqual(['集聚区', '甲', 5, 2, 110 / 190]);
    expect(files.get('xl/styles.xml')).toContain('0.0%');
    expect(definitions?.rows.map(([term]) => term)).toContain('数据覆盖率');
    expect(growth?.rows.at(-1)?.at(-1)).toBe('本期无数据');
    const english = workbookOf(await xlsxOf(tablesOf(report(own), 'en'))).sheets;
    expect(english.map(({ name }) => name)).toEqual(['Overview', 'Definitions', 'Growth', 'Stop reasons', 'Workshops']);
  });
});

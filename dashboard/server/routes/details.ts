/**
 * Details of one line's past over HTTP: thread breaks by head and hour, excursions beyond limits, changes of context, and tables to
 * take away as CSV. A line outside the caller's scope answers exactly like one that does not exist.
 */
import { languages, type Language } from '../../../contract/api.ts';
import type { Clock } from '../../../contract/clock.ts';
import { exportTables, type BreaksAnswer, type ExportTable, type ThreadBreak } from '../../../contract/details.ts';
import type { History } from '../../../contract/history.ts';
import type { Line, Plant } from '../../../contract/plant.ts';
import { cut } from '../../../kpi/calendar.ts';
import { sheetOf, type Told } from '../exports/sheets.ts';
import { longest, windowOf, type Window } from '../input.ts';
import type { Patience } from '../patience.ts';
import { csvInParts } from '../reports/csv.ts';
import { badRequest, isRefusal, notFound, ok, storeDown, type Call, type Outcome, type Refusal, type Route } from '../route.ts';
import { visibleLine } from '../scope.ts';
import { wholeMinutes } from '../steps.ts';

const dayMs = 86_400_000;
/** Every reading of these windows is looked at. */
const detailMs = 7 * dayMs;
const exportMs = { states: longest.states, metrics: longest.states, figures: longest.states } as const;
/** Slices of a metric in an export: a week in steps of two minutes. */
const exportPoints = 5000;
const metricsAtOnce = 20;

export interface DetailParts {
  readonly plant: Plant;
  readonly history: History;
  readonly patience: Patience;
  readonly clock: Clock;
}

interface Question {
  readonly line: Line;
  readonly table: ExportTable;
  readonly language: Language;
  readonly metrics: readonly string[];
  readonly window: Window;
}

export function detailRoutes({ plant, history, patience, clock }: DetailParts): Route[] {
  const about = (path: string, answer: (line: Line, call: Call) => Promise<Outcome> | Outcome): Route => ({
    method: 'GET',
    path: `/lines/{line}${path}`,
    needs: 'lines',
    handle(call) {
      const line = visibleLine(plant, call.caller, call.param('line'));
      return line ? answer(line, call) : notFound('line');
    },
  });
  const over = <T>(
    path: string,
    longestMs: number,
    ask: (line: Line, window: Window) => Promise<T>,
    tell: (found: T, window: Window) => unknown,
  ) =>
    about(path, async (line, call) => {
      const window = windowOf(call, clock.now(), longestMs);
      if (isRefusal(window)) return window;
      const found = await patience(ask(line, window));
      return found ? ok(tell(found.value, window)) : storeDown;
    });
  const same = <T>(found: T): T => found;

  return [
    over(
      '/breaks',
      detailMs,
      (line, { from, to }) => history.breaks(line.id, from, to),
      (breaks, window) => breaksAnswer(breaks, window, plant.timezone),
    ),
    over('/excursions', detailMs, (line, { from, to }) => history.excursions(line.id, from, to), same),
    over('/contexts', longest.states, (line, { from, to }) => history.contexts(line.id, from, to), same),
    about('/exports/{table}', async (line, call) => {
      const question = questionOf(call, line, clock.now());
      if (isRefusal(question)) return question;
      const told = await toldOf(history, patience, question, plant.timezone);
      if (!told) return storeDown;
      const rows = sheetOf({ ...question, timezone: plant.timezone, told });
      const day = new Intl.DateTimeFormat('sv-SE', { timeZone: plant.timezone }).format(question.window.from);
      const name = `bobbin-${line.id}-${question.table}-${day}.csv`;
      return { status: 200, file: { name, type: 'text/csv; charset=utf-8', bytes: await csvInParts(rows) } };
    }),
  ];
}

/** Breaks by head and by full hour of the zone. */
function breaksAnswer(breaks: readonly ThreadBreak[], { from, to }: Window, timezone: string): BreaksAnswer {
  const hours = cut(from, to, 'hour', timezone);
  const cells = new Map<string, { hour: number; head: number; count: number; upper: number; bobbin: number }>();
  for (const { ts, head, side } of breaks) {
    const hour = hours.find((slice) => slice.from <= ts && ts < slice.to)?.from;
    if (head === null || hour === undefined) continue;
    const key = `${String(hour)} ${String(head)}`;
    const cell = cells.get(key) ?? { hour, head, count: 0, upper: 0, bobbin: 0 };
    cells.set(key, cell);
    cell.count += 1;
    if (side) cell[side] += 1;
  }
  const headless = breaks.filter(({ head }) => head === null).length;
  return { from, to, total: breaks.length, headless, hours: hours.map((hour) => hour.from), cells: [...cells.values()] };
}

function questionOf(call: Call, line: Line, now: number): Question | Refusal {
  const table = exportTables.find((name) => name === call.param('table'));
  if (!table) return notFound('table');
  const language = languages.find((name) => name === (call.query('lang') ?? call.session.language));
  if (!language) return badRequest('bad-language', `"lang" must be one of ${languages.join(', ')}.`);
  const window = windowOf(call, now, exportMs[table]);
  if (isRefusal(window)) return window;
  const numbers = Object.entries(line.type.metrics).flatMap(([name, { kind }]) => (kind === 'text' ? [] : [name]));
  const metrics = call.query('metrics')?.split(',') ?? numbers;
  if (metrics.length > metricsAtOnce) return badRequest('too-many-metrics', `Name at most ${String(metricsAtOnce)} metrics.`);
  const unknown = metrics.find((name) => !numbers.includes(name));
  if (unknown !== undefined) return badRequest('bad-metric', 'A metric of "metrics" is not a number that this equipment declares.');
  return { line, table, language, metrics, window };
}

/** What a table is made of; null where the store does not answer. */
async function toldOf(history: History, patience: Patience, question: Question, timezone: string): Promise<Told | null> {
  const { line, table, metrics, window } = question;
  const { from, to } = window;
  switch (table) {
    case 'states': {
      const found = await patience(history.states(line.id, from, to));
      return found && { table, spans: found.value };
    }
    case 'figures': {
      const whole = wholeMinutes(window);
      const hours = cut(whole.from, whole.to, 'hour', timezone);
      const found = await patience(history.aggregates([[line.id]], hours));
      return found && { table, records: found.value[0] ?? [] };
    }
    case 'metrics': {
      const series: { metric: string; points: Awaited<ReturnType<History['series']>> }[] = [];
      for (const metric of metrics) {
        const found = await patience(history.series(line.id, metric, from, to, exportPoints));
        if (!found) return null;
        series.push({ metric, points: found.value });
      }
      return { table, series };
    }
  }
}

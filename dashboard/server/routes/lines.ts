/**
 * Questions about lines: how they are now, and their past out of the store. A line outside the caller's scope answers exactly
 * like one that does not exist; a store that does not answer is said so, and nobody waits longer than the patience allows.
 */
import type { LineAnswer } from '../../../contract/api.ts';
import type { Clock } from '../../../contract/clock.ts';
import type { History } from '../../../contract/history.ts';
import type { WatchFilter } from '../../../contract/live.ts';
import type { Line, Plant } from '../../../contract/plant.ts';
import type { Floor } from '../floor.ts';
import { countOf, longest, windowOf, type Window } from '../input.ts';
import type { Patience } from '../patience.ts';
import { badRequest, isRefusal, notFound, ok, storeDown, type Call, type Outcome, type Refusal, type Route } from '../route.ts';
import { visibleLine, visibleLines } from '../scope.ts';

/** Points of a series: enough for a wide screen unless asked otherwise. */
const points = { usual: 500, most: 5000 };
/** Every reading of the window is looked at: a shift, and the day around it. */
const backfillsMs = 48 * 3_600_000;
const rejections = { usual: 100, most: 1000 };

export interface LineParts {
  readonly plant: Plant;
  readonly floor: Floor;
  readonly history: History;
  readonly patience: Patience;
  readonly clock: Clock;
}

export function lineRoutes({ plant, floor, history, patience, clock }: LineParts): Route[] {
  const get = (path: string, answer: (call: Call) => Outcome | Promise<Outcome>): Route => ({
    method: 'GET',
    path,
    needs: 'lines',
    handle: answer,
  });
  /** A route about one visible line. */
  const about = (path: string, answer: (line: Line, call: Call) => Outcome | Promise<Outcome>): Route =>
    get(`/lines/{line}${path}`, (call) => {
      const line = visibleLine(plant, call.caller, call.param('line'));
      return line ? answer(line, call) : notFound('line');
    });
  /** A route about one visible line over a window. */
  const over = (path: string, longestMs: number, ask: (line: Line, window: Window, call: Call) => Promise<unknown> | Refusal): Route =>
    about(path, async (line, call) => {
      const window = windowOf(call, clock.now(), longestMs);
      if (isRefusal(window)) return window;
      const question = ask(line, window, call);
      return isRefusal(question) ? question : told(await patience(question));
    });

  return [
    get('/lines', (call) => {
      const lines = visibleLines(plant, call.caller, filterOf(call));
      return lines ? ok(lines.map((line) => floor.record(line.id))) : notFound('part of the plant');
    }),
    about('', (line) => {
      const answer: LineAnswer = { ...floor.record(line.id), equipment: line.type };
      return ok(answer);
    }),
    over('/utilization', longest.figures, (line, { from, to }) => history.utilization(line.id, from, to)),
    over('/states', longest.states, (line, { from, to }) => history.states(line.id, from, to)),
    over('/backfills', backfillsMs, (line, { from, to }) => history.backfills(line.id, from, to)),
    over('/metrics/{metric}', longest.series, (line, { from, to }, call) => {
      const metric = metricOf(line, call.param('metric'));
      const count = countOf(call, 'points', points.usual, points.most);
      if (isRefusal(metric)) return metric;
      if (isRefusal(count)) return count;
      return history.series(line.id, metric, from, to, count).then((found) => ({ points: found }));
    }),
    about('/batches', async (line) => told(await patience(history.batches(line.id)))),
    about('/batches/{batch}', async (line, call) => {
      const found = await patience(history.batch(line.id, call.param('batch')));
      return found?.value === null ? notFound('batch') : told(found);
    }),
    about('/rejections', async (line, call) => {
      const limit = countOf(call, 'limit', rejections.usual, rejections.most);
      return isRefusal(limit) ? limit : told(await patience(history.rejections(line.id, limit)));
    }),
  ];
}

function told(answer: { readonly value: unknown } | null): Outcome {
  return answer ? ok(answer.value) : storeDown;
}

function filterOf(call: Call): WatchFilter {
  const filter: WatchFilter = {};
  for (const part of ['park', 'firm', 'workshop'] as const) {
    const id = call.query(part);
    if (id !== null) filter[part] = id;
  }
  return filter;
}

/** Devices may send names that their type does not declare, so an unknown name is a series without points. */
function metricOf(line: Line, name: string): string | Refusal {
  if (name.length > 64) return badRequest('bad-metric', "A metric's name has at most 64 characters.");
  const declared = Object.hasOwn(line.type.metrics, name) ? line.type.metrics[name] : undefined;
  return declared?.kind === 'text' ? badRequest('not-a-number', `"${name}" is a text, not a number over time.`) : name;
}

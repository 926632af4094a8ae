/**
 * Figures over alarms, over HTTP: of a window, of the lines in the caller's scope. Comes in: a window and what to group by. Goes out: the figures. Nothing
 * is kept for it: records, deliveries and running time are asked of history, the records no more than a bound.
 */
import { figureLevels, type FigureLevel } from '../../../contract/alarms-api.ts';
import type { Line } from '../../../contract/plant.ts';
import { figuresOf } from '../alarms/figures.ts';
import { deliveriesFor } from '../alarms/deliveries.ts';
import { overlapping } from '../alarms/found.ts';
import { longest, windowOf, type Window } from '../input.ts';
import { badRequest, isRefusal, ok, storeDown, type Outcome, type Route } from '../route.ts';
import { alarmLines, isChief, maySeeAlarmsOf, visibleGroups, type Caller } from '../scope.ts';
import { wholeMinutes } from '../steps.ts';
import type { AlarmParts } from './alarms.ts';

const usualMs = 30 * 86_400_000;
/** A year of a large zone; of more, the newest are looked at, and the answer says so. */
const recordsAtMost = 50_000;

export function alarmFigureRoutes(parts: AlarmParts): Route[] {
  const { plant, clock } = parts;
  return [
    {
      method: 'GET',
      path: '/alarms/figures',
      needs: 'alarms',
      async handle(call): Promise<Outcome> {
        const now = clock.now();
        const window = windowOf(call, now, longest.series, usualMs);
        if (isRefusal(window)) return window;
        const by = figureLevels.find((level) => level === (call.query('by') ?? 'line'));
        if (!by) return badRequest('bad-level', `"by" must be one of ${figureLevels.join(', ')}.`);
        const lines = new Map(alarmLines(plant, call.caller, {}).map((line) => [line.id, line]));
        const found = await materialOf(parts, call.caller, window, lines);
        if (!found) return storeDown;
        const open = [...parts.board.open()].filter(({ line }) => maySeeAlarmsOf(plant, call.caller, line));
        return ok(figuresOf({ ...found, window, by, open, lines, isWhole: wholeGroups(parts, call.caller, by), now }));
      },
    },
  ];
}

/** What the figures are made of; null where the store does not answer. */
async function materialOf(parts: AlarmParts, caller: Caller, { from, to }: Window, lines: ReadonlyMap<string, Line>) {
  const { plant, duty, history, patience, clock } = parts;
  const ids = new Set(lines.keys());
  const overlap = await overlapping(parts, ids, { from, to }, undefined, recordsAtMost);
  const deliveries = overlap && (await patience(history.deliveries({ from, limit: recordsAtMost })));
  const minutes = wholeMinutes({ from, to: Math.min(to, clock.now()) });
  const sums =
    deliveries && (await patience(minutes.from < minutes.to ? history.lineSums([...ids], minutes.from, minutes.to) : Promise.resolve([])));
  if (!sums) return null;
  const records = overlap.filter(({ raisedAt }) => raisedAt >= from);
  // Whoever sees a part of the zone sees what people were told of that part.
  const about = new Set(overlap.flatMap(({ id, group }) => (group === null ? [id] : [id, group])));
  const seen = deliveries.value.filter(({ alarm, incident }) => isChief(caller) || about.has(incident ?? '') || about.has(alarm ?? ''));
  return {
    records,
    isPart: overlap.length >= recordsAtMost,
    deliveries: deliveriesFor(caller, seen, plant, duty),
    runningMs: new Map(sums.value.map(({ line, sums: { runningMs } }) => [line, runningMs])),
  };
}

/** A type is what lies within the scope of it; a firm or a workshop is all of its lines, or is not shown. */
function wholeGroups({ plant }: AlarmParts, caller: Caller, by: FigureLevel): (id: string) => boolean {
  if (by === 'type') return () => true;
  const whole = new Set(visibleGroups(plant, caller, by).map(({ id }) => id));
  return (id) => whole.has(id);
}

/**
 * Figures over alarms: how long repairs took and where, how often things fail and of what, how much is asked of people. Comes in: records and deliveries of
 * a window, running time of the lines. Goes out: one answer. It is pure; the definitions are in kpi/repair.ts and kpi/load.ts.
 */
import type { AlarmRecord } from '../../../contract/alarm.ts';
import type { AlarmFigures, AlarmGroup, FigureLevel } from '../../../contract/alarms-api.ts';
import type { Delivery } from '../../../contract/notify.ts';
import type { Line } from '../../../contract/plant.ts';
import { loadOf, mostFrequent, stale, type Told } from '../../../kpi/load.ts';
import { failureRates, pareto, repairTimes, repairTimesBy } from '../../../kpi/repair.ts';
import type { Window } from '../input.ts';
import { workshopId } from '../scope.ts';

const chattering = 'chattering';
const chatteringTold = 50;

export interface FiguresParts {
  readonly window: Window;
  readonly by: FigureLevel;
  /** Raised in the window. */
  readonly records: readonly AlarmRecord[];
  readonly isPart: boolean;
  /** Open now, whenever they were raised. */
  readonly open: readonly AlarmRecord[];
  readonly deliveries: readonly Delivery[];
  /** Those in the caller's scope. */
  readonly lines: ReadonlyMap<string, Line>;
  readonly runningMs: ReadonlyMap<string, number>;
  /** Whether a group of this id may be shown: a part must never pass for the whole. */
  readonly isWhole: (id: string) => boolean;
  readonly now: number;
}

export function figuresOf(parts: FiguresParts): AlarmFigures {
  const { window, by, records, isPart, open, deliveries, now } = parts;
  const [chatter, others] = [records.filter(({ rule }) => rule === chattering), records.filter(({ rule }) => rule !== chattering)];
  return {
    ...window,
    by,
    alarms: records.length,
    isPart,
    repair: repairTimes(records),
    groups: groupsOf(parts),
    causes: pareto(records, ({ cause }) => cause, 'count', now),
    rules: pareto(records, ({ rule }) => rule, 'count', now),
    load: loadOf(toldOf(deliveries), window.from, window.to),
    frequent: mostFrequent(others),
    chattering: mostFrequent(chatter, chatteringTold),
    stale: stale(open, now),
  };
}

function groupsOf({ by, records, lines, runningMs, isWhole }: FiguresParts): AlarmGroup[] {
  const groupOf = (line: string): string => {
    const place = lines.get(line);
    return place ? groupId(place, by) : line;
  };
  const running = new Map<string, number>();
  for (const [line, ms] of runningMs) running.set(groupOf(line), (running.get(groupOf(line)) ?? 0) + ms);
  const keyOf = ({ line }: AlarmRecord): string => groupOf(line);
  const ofLines = records.filter(({ line }) => lines.has(line));
  const repairs = repairTimesBy(ofLines, keyOf);
  const counts = new Map<string, number>();
  for (const record of ofLines) counts.set(keyOf(record), (counts.get(keyOf(record)) ?? 0) + 1);
  const groups = [...failureRates(ofLines, keyOf, running)].map(([id, failure]): AlarmGroup => {
    return { id, alarms: counts.get(id) ?? 0, repair: repairs.get(id) ?? repairTimes([]), failure };
  });
  return groups.filter(({ id }) => isWhole(id)).sort((a, b) => b.alarms - a.alarms || (a.id < b.id ? -1 : 1));
}

function groupId(line: Line, by: FigureLevel): string {
  switch (by) {
    case 'line':
      return line.id;
    case 'type':
      return line.type.id;
    case 'firm':
      return line.firm;
    case 'workshop':
      return workshopId(line);
  }
}

/** Whom each message reached when; a trial asks nothing of anybody. */
function toldOf(deliveries: readonly Delivery[]): Told[] {
  return deliveries.flatMap(({ deliveredAt, to, occasion }) =>
    deliveredAt === null || occasion === 'trial' ? [] : to.map((person) => ({ person, at: deliveredAt })),
  );
}

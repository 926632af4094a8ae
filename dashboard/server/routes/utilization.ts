/**
 * Utilization of groups: the figures of all lines below, summed and then divided, for a window or step by step of it.
 * A group shows only where all of its lines are in the caller's scope. Windows are taken on whole minutes, both ends going back.
 */
import { aggregateLevels, type AggregateAnswer, type AggregateLevel } from '../../../contract/api.ts';
import type { Clock } from '../../../contract/clock.ts';
import type { History } from '../../../contract/history.ts';
import type { Plant } from '../../../contract/plant.ts';
import type { Schedule } from '../../../kpi/calendar.ts';
import { longest, windowOf, type Window } from '../input.ts';
import type { Patience } from '../patience.ts';
import { badRequest, forbidden, isRefusal, notFound, ok, storeDown, type Call, type Outcome, type Refusal, type Route } from '../route.ts';
import { maySum, visibleGroups, type Group } from '../scope.ts';
import { stepNames, stepsOf, wholeMinutes, type Step, type StepName } from '../steps.ts';

/** Records of one answer. */
const recordsLimit = 1000;
/** Steps of one question to the store: what is cut finer than days is read from minutes, and those are many. */
const stepsAtOnce = { fine: 60, coarse: recordsLimit };
const hourMs = 3_600_000;
/** An answer that is not complete by then is given up. */
const answerMs = 60_000;

export interface UtilizationParts {
  readonly plant: Plant;
  readonly schedules: ReadonlyMap<string, Schedule>;
  readonly history: History;
  readonly patience: Patience;
  readonly clock: Clock;
}

interface Question {
  readonly group: Group;
  readonly steps: readonly Step[];
  readonly atOnce: number;
}
type Alike = Omit<Question, 'group'> & { readonly groups: Group[] };

export function utilizationRoutes({ plant, schedules, history, patience, clock }: UtilizationParts): Route[] {
  const questionsOf = (call: Call): Question[] | Refusal => {
    const by = levelOf(call.query('by'));
    const step = stepOf(call.query('step'));
    if (isRefusal(by)) return by;
    if (isRefusal(step)) return step;
    if (!maySum(call.caller, by)) return forbidden;
    const window = windowOf(call, clock.now(), longest.figures);
    if (isRefusal(window)) return window;
    const whole = wholeMinutes(window);
    if (whole.from === whole.to) return badRequest('bad-window', 'The window must hold a whole minute.');
    const groups = groupsOf(plant, call, by);
    return isRefusal(groups) ? groups : questions(groups, whole, step);
  };
  const questions = (groups: readonly Group[], window: Window, step: StepName | null): Question[] | Refusal => {
    const tooMany = badRequest('too-many-records', `Ask for fewer steps or groups: at most ${String(recordsLimit)} records an answer.`);
    if (step === 'hour' && window.to - window.from > recordsLimit * hourMs) return tooMany;
    const found: Question[] = [];
    let count = 0;
    for (const group of groups) {
      const steps = stepsOf(window, step, group.lines, schedules, plant.timezone);
      count += steps.length;
      if (count > recordsLimit) return tooMany;
      found.push({ group, steps, atOnce: step === 'hour' || step === 'shift' ? stepsAtOnce.fine : stepsAtOnce.coarse });
    }
    return found;
  };
  /** Groups that are cut alike are asked for at once, so many steps at a time that others get their turn in between. */
  const answer = async (asked: readonly Question[]): Promise<Outcome> => {
    const records = new Map<string, AggregateAnswer[]>();
    const until = clock.now() + answerMs;
    for (const { groups, steps, atOnce } of cutAlike(asked)) {
      const lines = groups.map((group) => group.lines.map(({ id }) => id));
      for (let first = 0; first < steps.length; first += atOnce) {
        const some = steps.slice(first, first + atOnce);
        const found = await patience(history.aggregates(lines, some));
        if (!found || clock.now() > until) return storeDown;
        for (const [index, { id }] of groups.entries()) {
          const own = (found.value[index] ?? []).map((record, step) => ({ id, ...nameOf(some[step]), ...record }));
          records.set(id, [...(records.get(id) ?? []), ...own]);
        }
      }
    }
    return ok(asked.flatMap(({ group }) => records.get(group.id) ?? []));
  };
  return [
    {
      method: 'GET',
      path: '/utilization',
      needs: 'aggregates',
      handle(call) {
        const asked = questionsOf(call);
        return isRefusal(asked) ? asked : answer(asked);
      },
    },
  ];
}

/** Groups whose windows are cut in the same places. */
function cutAlike(asked: readonly Question[]): Alike[] {
  const found = new Map<string, Alike>();
  for (const { group, ...rest } of asked) {
    const { steps } = rest;
    const key = steps.map(({ from, to, shift = '' }) => `${String(from)} ${String(to)} ${shift}`).join();
    const alike = found.get(key);
    if (alike) alike.groups.push(group);
    else found.set(key, { groups: [group], ...rest });
  }
  return [...found.values()];
}

function nameOf(step: Step | undefined): Pick<Step, 'shift'> {
  return step?.shift === undefined ? {} : { shift: step.shift };
}

function groupsOf(plant: Plant, call: Call, by: AggregateLevel): readonly Group[] | Refusal {
  const groups = visibleGroups(plant, call.caller, by);
  const id = call.query('id');
  if (id === null) return groups;
  const group = groups.find((candidate) => candidate.id === id);
  return group ? [group] : notFound(by);
}

function levelOf(text: string | null): AggregateLevel | Refusal {
  const level = aggregateLevels.find((name) => name === text);
  return level ?? badRequest('bad-level', `"by" must be one of ${aggregateLevels.join(', ')}.`);
}

function stepOf(text: string | null): StepName | null | Refusal {
  if (text === null) return null;
  const step = stepNames.find((name) => name === text);
  return step ?? badRequest('bad-step', `"step" must be one of ${stepNames.join(', ')}.`);
}

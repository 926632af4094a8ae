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

/** Records of one answer; each is a question to the store. */
const recordsLimit = 1000;
/** An answer that is not complete by then is given up. */
const answerMs = 60_000;

export interface UtilizationParts {
  readonly plant: Plant;
  readonly schedules: ReadonlyMap<string, Schedule>;
  readonly history: History;
  readonly patience: Patience;
  readonly clock: Clock;
}

interface Question extends Step {
  readonly group: Group;
}

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
    const found: Question[] = [];
    for (const group of groups) {
      for (const part of stepsOf(window, step, group.lines, schedules, plant.timezone)) {
        if (found.length >= recordsLimit) {
          return badRequest('too-many-records', `Ask for fewer steps or groups: at most ${String(recordsLimit)} records an answer.`);
        }
        found.push({ group, ...part });
      }
    }
    return found;
  };
  /** One question after the other, so that a long answer leaves the store free for others in between. */
  const answer = async (asked: readonly Question[]): Promise<Outcome> => {
    const records: AggregateAnswer[] = [];
    const until = clock.now() + answerMs;
    for (const { group, from, to, shift } of asked) {
      const lines = group.lines.map((line) => line.id);
      const record = await patience(history.aggregate(lines, from, to));
      if (!record || clock.now() > until) return storeDown;
      records.push({ id: group.id, ...(shift !== undefined && { shift }), ...record.value });
    }
    return ok(records);
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

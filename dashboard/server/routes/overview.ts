/**
 * The overview over HTTP: today, four weeks by the hour, and the trend, of the zone or one park, for those who see sums. What the
 * store is asked is shared by all who ask while it is true; the lines' states are those of the moment.
 */
import type { Clock } from '../../../contract/clock.ts';
import type { History } from '../../../contract/history.ts';
import { trendSteps, type OverviewAnswer } from '../../../contract/overview.ts';
import type { Plant } from '../../../contract/plant.ts';
import type { Floor } from '../floor.ts';
import { createMemory } from '../overview/memory.ts';
import { overviewOf, withStates } from '../overview/overview.ts';
import { createPast, type Lines } from '../overview/past.ts';
import { nextToday, today } from '../overview/spans.ts';
import type { Patience } from '../patience.ts';
import { badRequest, isRefusal, notFound, ok, storeDown, type Call, type Outcome, type Refusal, type Route } from '../route.ts';
import { may, maySeeSumOf, visibleGroups } from '../scope.ts';

export interface OverviewRouteParts {
  readonly plant: Plant;
  readonly floor: Floor;
  readonly history: History;
  readonly patience: Patience;
  readonly clock: Clock;
}

/** What an overview is of. */
interface Whole extends Lines {
  readonly kind: OverviewAnswer['kind'];
  readonly id: string;
}

export function overviewRoutes({ plant, floor, history, patience, clock }: OverviewRouteParts): Route[] {
  const memory = createMemory(clock);
  const past = createPast({ plant, history, clock, memory });
  const route = (path: string, how: (whole: Whole, call: Call) => Promise<object>): Route => ({
    ...{ method: 'GET', path, needs: 'overview' },
    async handle(call: Call): Promise<Outcome> {
      const whole = wholeOf(plant, call);
      if (isRefusal(whole)) return whole;
      const found = await patience(how(whole, call));
      if (!found) return storeDown;
      return isRefusal(found.value) ? found.value : ok(found.value);
    },
  });
  return [
    route('/overview', async ({ kind, id, key, lines }, { caller }) => {
      const span = today(clock.now(), plant.timezone);
      // Who sees single lines sees more of the buildings.
      const name = `overview ${key} ${String(span.from)} ${String(may(caller, 'lines'))}`;
      const answer = await memory.recall(name, nextToday(span), async () => {
        const sums = await past.sameHours(span);
        return overviewOf({ plant, kind, id, lines, today: span, sums, maySee: (own) => maySeeSumOf(caller, own) });
      });
      return withStates(answer, lines, (line) => floor.record(line.id).state, clock.now());
    }),
    route('/overview/hours', (whole) => past.hours(whole)),
    route('/overview/trend', async (whole, call) => {
      const step = trendSteps.find((name) => name === (call.query('step') ?? 'day'));
      return step ? past.trend(whole, step) : badRequest('bad-step', `"step" must be one of ${trendSteps.join(', ')}.`);
    }),
  ];
}

/** A park, or all firms that are the caller's from end to end: the zone, one park, or a part that is neither. */
function wholeOf(plant: Plant, call: Call): Whole | Refusal {
  const { caller } = call;
  const park = call.query('park');
  const parks = visibleGroups(plant, caller, 'park');
  if (park !== null) {
    const group = parks.find(({ id }) => id === park);
    return group ? { kind: 'park', key: `park ${park}`, ...group } : notFound('park');
  }
  const firms = visibleGroups(plant, caller, 'firm');
  const lines = firms.flatMap((group) => group.lines);
  const [only] = parks;
  if (lines.length === plant.lines.size) return { kind: 'zone', id: plant.file.zone.id, key: 'zone', lines };
  if (only?.lines.length === lines.length) return { kind: 'park', id: only.id, key: `park ${only.id}`, lines };
  return { kind: 'part', id: plant.file.zone.id, key: `firms ${firms.map(({ id }) => id).join(' ')}`, lines };
}

/**
 * Deliveries as they are told to whoever asks. Comes in: deliveries about alarms that the caller may see, the file of people on duty. Goes out: the same,
 * without people who are none of the caller's business: one message about a whole building may have gone to several firms at once. It is pure.
 */
import { covers, type Duty } from '../../../contract/duty.ts';
import type { Line, Plant } from '../../../contract/plant.ts';
import type { Delivery } from '../../../contract/notify.ts';
import { grouped } from '../../../kpi/grouping.ts';
import { alarmLines, isChief, workshopId, type Caller } from '../scope.ts';

export function deliveriesFor(caller: Caller, deliveries: readonly Delivery[], plant: Plant, duty: Duty | null): readonly Delivery[] {
  if (isChief(caller) || deliveries.every(({ incident }) => incident === null)) return deliveries;
  const known = peopleFor(alarmLines(plant, caller, {}), duty);
  return deliveries.flatMap((delivery) => {
    if (delivery.incident === null) return [delivery];
    const to = delivery.to.filter((name) => known.has(name));
    return to.length === 0 ? [] : [{ ...delivery, to }];
  });
}

/** Names of those who may be told of something that happens to one of the lines. */
function peopleFor(lines: readonly Line[], duty: Duty | null): ReadonlySet<string> {
  const { rosters = [], people = [] } = duty ?? {};
  const workshops = [...grouped(lines, workshopId).values()].flatMap(([one]) => one ?? []);
  const here = rosters.filter(({ where }) => workshops.some((place) => covers(where, place)));
  const ids = new Set(here.flatMap(({ levels }) => levels.flat()));
  return new Set(people.filter(({ id }) => ids.has(id)).map(({ name }) => name));
}

/**
 * What a stop really was, said afterwards over HTTP. Comes in: a span of a line's states that is over, a stop code of the line's type, and why. Goes
 * out: the record of it, once it is stored; and what was said before. Everything said is in the journal before it is answered, and in the audit
 * trail whatever became of it; undoing it is saying something again.
 */
import type { z } from 'zod';
import { reclassifyBody, type ReclassifyDeed } from '../../../contract/actions.ts';
import type { Clock } from '../../../contract/clock.ts';
import type { EquipmentType } from '../../../contract/equipment.ts';
import type { StateSpan } from '../../../contract/figures.ts';
import type { History } from '../../../contract/history.ts';
import type { Line, Plant } from '../../../contract/plant.ts';
import type { Reclassification } from '../../../contract/reclassification.ts';
import type { Deeds, Fate } from '../alarms/deeds.ts';
import type { Audit } from '../audit.ts';
import { bodyOf, longest, windowOf } from '../input.ts';
import type { Patience } from '../patience.ts';
import { badRequest, isRefusal, notFound, ok, storeDown, type Call, type Outcome, type Refusal, type Route } from '../route.ts';
import { visibleLine } from '../scope.ts';
import { deedId, unrecorded, waiting } from './alarmactions.ts';

export interface ReclassifyParts {
  readonly plant: Plant;
  readonly history: History;
  readonly deeds: Deeds;
  readonly audit: Audit;
  readonly patience: Patience;
  readonly clock: Clock;
}

type Body = z.infer<typeof reclassifyBody>;

const dayMs = 86_400_000;

export function reclassifyRoutes(parts: ReclassifyParts): Route[] {
  const { plant, history, deeds, audit, patience, clock } = parts;
  return [
    {
      method: 'POST',
      path: '/lines/{line}/reclassify',
      needs: 'reclassify',
      async handle(call): Promise<Outcome> {
        const line = visibleLine(plant, call.caller, call.param('line'));
        if (!line) return notFound('line');
        const deed = await deedOf(parts, call, line);
        if (isRefusal(deed)) return deed;
        const fate = await deeds.perform(deed);
        const { kind: _, ...record } = deed;
        audit.add({ who: deed.who, action: 'reclassify', subject: line.id, address: call.address, detail: detailOf(record, fate) });
        if (fate === 'unrecorded') return unrecorded;
        return fate === 'waiting' ? waiting : ok(record);
      },
    },
    {
      method: 'GET',
      path: '/lines/{line}/reclassifications',
      needs: 'lines',
      async handle(call): Promise<Outcome> {
        const line = visibleLine(plant, call.caller, call.param('line'));
        if (!line) return notFound('line');
        const window = windowOf(call, clock.now(), longest.series);
        if (isRefusal(window)) return window;
        const found = await patience(history.reclassifications(line.id, window.from, window.to));
        return found ? ok(found.value) : storeDown;
      },
    },
  ];
}

async function deedOf({ history, patience, clock }: ReclassifyParts, call: Call, line: Line): Promise<ReclassifyDeed | Refusal> {
  const body = bodyOf(reclassifyBody, call.body ?? {});
  if (isRefusal(body)) return body;
  const { from, to, stop, why } = body.value;
  const id = deedId(call, `reclassify ${line.id} ${String(from)}`);
  if (isRefusal(id)) return id;
  const now = clock.now();
  const mistake = mistakeOf(body.value, line.type, now);
  if (mistake) return mistake;
  // A little more than is asked about: a span that goes on beyond it shows.
  const spans = await patience(history.states(line.id, from - 1, to + 1));
  if (!spans) return storeDown;
  const span = spans.value.find((one) => one.from === from && one.to === to);
  if (!span)
    return badRequest(
      'no-span',
      'From "from" to "to" the line was not in one state, from its beginning to its end. Look again: it may have changed.',
    );
  if (!isStop(span)) return badRequest('no-stop', `The line was ${span.state} then. Only a stop can be given another reason.`);
  const before = { state: span.state, stop: span.stop };
  return { kind: 'reclassify', id, line: line.id, from, to, stop, before, who: call.caller.username, why, at: now };
}

function mistakeOf({ from, to, stop }: Body, type: EquipmentType, now: number): Refusal | null {
  if (from >= to) return badRequest('bad-window', '"from" must be before "to".');
  if (to - from > longest.states)
    return badRequest('window-too-long', `A stop of more than ${String(longest.states / dayMs)} days cannot be given another reason.`);
  if (to >= now) return badRequest('not-over', 'This stop is not over yet. Give it another reason once it is.');
  if (stop === null) return null;
  const code = Object.hasOwn(type.stops, stop) ? type.stops[stop] : undefined;
  if (!code) return badRequest('bad-stop', '"stop" must be a stop code of this kind of equipment, or null for what the machine said.');
  return isStop(code) ? null : badRequest('bad-stop', 'This code does not stand for a stop.');
}

/** Running time is measured, and of what is unknown nobody can say how long it was. */
function isStop({ state }: Pick<StateSpan, 'state'>): boolean {
  return state !== 'running' && state !== 'unknown';
}

function detailOf({ from, to, stop, before, why }: Pick<Reclassification, 'from' | 'to' | 'stop' | 'before' | 'why'>, fate: Fate): string {
  const told = fate === 'unrecorded' ? ['not recorded'] : fate === 'waiting' ? ['recorded, not worked off yet'] : [];
  const span = `${new Date(from).toISOString()} to ${new Date(to).toISOString()}`;
  const change = `${before.stop ?? before.state} to ${stop ?? 'what the machine said'}`;
  return [span, change, `why ${JSON.stringify(why)}`, ...told].join(', ');
}

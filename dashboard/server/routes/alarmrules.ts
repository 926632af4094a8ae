/**
 * Alarm rules over HTTP: those in force on a line, with what made them so and who changed what; and changes of them by admins, for what lies in their scope.
 * A change goes the way of every action: into the journal first, then answered.
 */
import { placedOverrideSchema } from '../../../contract/actions.ts';
import type { RulesAnswer } from '../../../contract/alarms-api.ts';
import type { Clock } from '../../../contract/clock.ts';
import type { History } from '../../../contract/history.ts';
import type { OverrideChange, PlacedOverride, Where } from '../../../contract/overrides.ts';
import type { Plant } from '../../../contract/plant.ts';
import { concerns, overrideKey } from '../../../kpi/rules.ts';
import type { Audit } from '../audit.ts';
import type { Deeds } from '../alarms/deeds.ts';
import { changesInForce, hasRule, rulesAnswer } from '../alarms/rules.ts';
import { bodyOf } from '../input.ts';
import type { Patience } from '../patience.ts';
import { badRequest, created, isRefusal, notFound, ok, storeDown, type Call, type Outcome, type Refusal, type Route } from '../route.ts';
import { alarmLines, mayPlace } from '../scope.ts';
import { deedId, unrecorded, waiting } from './alarmactions.ts';

/** A change a day for a generation. */
const changesAtMost = 10_000;

export interface RuleParts {
  readonly plant: Plant;
  readonly history: Pick<History, 'overrideChanges'>;
  readonly deeds: Deeds;
  readonly audit: Audit;
  readonly patience: Patience;
  readonly clock: Clock;
}

export function alarmRuleRoutes(parts: RuleParts): Route[] {
  const { plant, history, deeds, audit, patience, clock } = parts;
  return [
    {
      method: 'GET',
      path: '/alarm-rules',
      needs: 'alarms',
      async handle(call): Promise<Outcome> {
        const lines = alarmLines(plant, call.caller, {});
        const id = call.query('line');
        const line = id === null ? null : (lines.find((one) => one.id === id) ?? 'unknown');
        if (line === 'unknown') return notFound('line');
        const changes = await patience(history.overrideChanges(changesAtMost));
        if (!changes) return storeDown;
        const here = line ? [line] : lines;
        const seen = changes.value.filter(({ after }) => here.some((one) => concerns(one, after)));
        const answer: RulesAnswer = rulesAnswer(plant, line, here, seen);
        return ok(answer);
      },
    },
    {
      method: 'POST',
      path: '/alarm-rules',
      needs: 'rules',
      async handle(call): Promise<Outcome> {
        const placed = placedOf(call, plant);
        if (isRefusal(placed)) return placed;
        const id = deedId(call, `rule ${overrideKey(placed)}`);
        if (isRefusal(id)) return id;
        const known = await patience(history.overrideChanges(changesAtMost));
        if (!known) return storeDown;
        const [at, who] = [clock.now(), call.caller.username];
        const fate = await deeds.perform({ kind: 'override', id, who, at, placed });
        const isDone = fate !== 'unrecorded' && fate !== 'waiting';
        const detail = `${JSON.stringify(placed)}${isDone ? '' : fate === 'waiting' ? ', recorded, not worked off yet' : ', not recorded'}`;
        audit.add({ who, action: 'alarm-rule', subject: placed.override.rule, address: call.address, detail });
        if (!isDone) return fate === 'waiting' ? waiting : unrecorded;
        if (fate.outcome.kind === 'failed') return badRequest('refused', fate.outcome.message);
        const before = changesInForce(known.value).find((change) => overrideKey(change) === overrideKey(placed)) ?? null;
        const change: OverrideChange = { id, at, who, before, after: placed };
        return created(change);
      },
    },
  ];
}

/** A change of a rule that some line there has, on a place within the caller's scope. */
function placedOf(call: Call, plant: Plant): PlacedOverride | Refusal {
  const body = bodyOf(placedOverrideSchema, call.body);
  if (isRefusal(body)) return body;
  const { where: given, override } = body.value;
  if (Object.keys(given).length > 1)
    return badRequest('bad-place', '"where" names one of firm, workshop and line, or nothing for the whole zone.');
  if (override.why === undefined) return badRequest('bad-body', '"override.why": say why the rule is changed.');
  const where: Where = {
    ...(given.firm !== undefined && { firm: given.firm }),
    ...(given.workshop !== undefined && { workshop: given.workshop }),
    ...(given.line !== undefined && { line: given.line }),
  };
  if (!mayPlace(plant, call.caller, where)) return notFound('place');
  if (![...plant.lines.values()].some((line) => concerns(line, { where, override }) && hasRule(line.type, override.rule))) {
    return badRequest('no-such-rule', `No line there has a rule "${override.rule}".`);
  }
  return { where, override };
}

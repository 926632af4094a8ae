/**
 * What people do to alarms, over HTTP. Comes in: an action on an alarm that the caller may see. Goes out: the record as it became, or who was first. Every
 * action is in the journal before it is answered, and in the audit trail whatever became of it.
 */
import { createHash, randomUUID } from 'node:crypto';
import { alarmBodies, type AlarmDeed } from '../../../contract/actions.ts';
import { alarmActions, type ActionOutcome, type ActionRequest, type AlarmAction, type AlarmRecord } from '../../../contract/alarm.ts';
import type { Audit } from '../audit.ts';
import type { Deeds, Fate } from '../alarms/deeds.ts';
import { findAlarm } from '../alarms/found.ts';
import { bodyOf } from '../input.ts';
import { badRequest, isRefusal, notFound, ok, storeDown, type Call, type Outcome, type Refusal, type Route } from '../route.ts';
import type { AlarmParts } from './alarms.ts';

export interface ActionParts extends AlarmParts {
  readonly deeds: Deeds;
  readonly audit: Audit;
}

/** Told under its name in what is refused: "… cannot be acknowledged". */
const participles: Readonly<Record<AlarmAction, string>> = {
  acknowledge: 'acknowledged',
  assign: 'assigned',
  arrive: 'arrived at',
  resolve: 'resolved',
  shelve: 'shelved',
  unshelve: 'taken off the shelf',
  comment: 'commented on',
};

export const unrecorded: Refusal = {
  status: 503,
  code: 'not-recorded',
  message: 'It could not be recorded. Try again, with the same Idempotency-Key if there was one: nothing is done twice.',
  retryAfterSeconds: 5,
};
export const waiting: Refusal = {
  status: 503,
  code: 'recorded',
  message: 'It is recorded and will be worked off; what became of it is not known yet. Look again in a moment.',
  retryAfterSeconds: 5,
};

export function alarmActionRoutes(parts: ActionParts): Route[] {
  return alarmActions.map((action): Route => ({
    method: 'POST',
    path: `/alarms/{id}/${action}`,
    needs: 'alarms',
    async handle(call): Promise<Outcome> {
      const record = await findAlarm(parts, call.caller, call.param('id'));
      if (record === null) return storeDown;
      if (record === 'unknown') return notFound('alarm');
      const deed = deedOf(call, action, record, parts.clock.now());
      if (isRefusal(deed)) return deed;
      const fate = await parts.deeds.perform(deed);
      parts.audit.add({
        who: call.caller.username,
        action: `alarm-${action}`,
        subject: record.id,
        address: call.address,
        detail: detailOf(deed.request, record, fate),
      });
      return answerOf(fate, action, parts.plant.timezone);
    },
  }));
}

/**
 * The id of what is asked: made of the caller's own key, so that asking again does nothing twice, or a new one. `what` is in it, too: who uses a key
 * for two things means both. A hash, for an id has a bound and nobody's name and key may reach over it.
 */
export function deedId({ caller, header }: Pick<Call, 'caller' | 'header'>, what: string): string | Refusal {
  const key = header('idempotency-key');
  if (key === null) return randomUUID();
  if (!/^[\w.:-]{1,64}$/.test(key)) return badRequest('bad-key', 'An Idempotency-Key is 1 to 64 letters, digits, "_", ".", ":" or "-".');
  return createHash('sha256')
    .update(JSON.stringify([caller.username, key, what]))
    .digest('base64url');
}

function deedOf(call: Call, action: AlarmAction, { id: alarm }: AlarmRecord, at: number): AlarmDeed | Refusal {
  const body = bodyOf(alarmBodies[action], call.body ?? {});
  if (isRefusal(body)) return body;
  const id = deedId(call, `${action} ${alarm}`);
  if (isRefusal(id)) return id;
  const who = call.caller.username;
  return { kind: 'alarm', id, who, at, request: { id, alarm, action, who, at, ...body.value } };
}

function answerOf(fate: Fate, action: AlarmAction, timezone: string): Outcome {
  if (fate === 'unrecorded') return unrecorded;
  if (fate === 'waiting') return waiting;
  const { outcome } = fate;
  if (outcome.kind !== 'alarm') return notFound('alarm');
  switch (outcome.outcome.result) {
    case 'done':
    case 'repeated':
      return ok(outcome.outcome.record);
    case 'unknown':
      return notFound('alarm');
    case 'refused':
      return refusalOf(outcome.outcome, action, timezone);
  }
}

function refusalOf({ reason, by, at }: Extract<ActionOutcome, { result: 'refused' }>, action: AlarmAction, timezone: string): Refusal {
  if (reason === 'incomplete') return badRequest('incomplete', 'A reason, a name or a time is missing or not allowed.');
  if (reason === 'state') {
    return {
      status: 409,
      code: 'state',
      message: `An alarm in this state cannot be ${participles[action]}. Look at it again: it may have changed.`,
    };
  }
  const clock = new Intl.DateTimeFormat('sv-SE', { timeZone: timezone, dateStyle: 'short', timeStyle: 'medium' });
  const when = at === null ? '' : ` at ${clock.format(at)}`;
  return { status: 409, code: 'already', message: `It has been ${participles[action]} already, by ${by ?? 'somebody else'}${when}.` };
}

/** What was said with it, on which line, and what became of it where it was not done. */
function detailOf({ to, minutes, reason, cause, remedy, comment }: ActionRequest, { line, rule }: AlarmRecord, fate: Fate): string {
  const said = Object.entries({ to, minutes, reason, cause, remedy, comment }).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name} ${JSON.stringify(value)}`],
  );
  return [`${line} ${rule}`, ...said, ...resultOf(fate)].join(', ');
}

function resultOf(fate: Fate): string[] {
  if (fate === 'unrecorded') return ['not recorded'];
  if (fate === 'waiting') return ['recorded, not worked off yet'];
  if (fate.outcome.kind !== 'alarm' || fate.outcome.outcome.result === 'done') return [];
  const { outcome } = fate.outcome;
  return [outcome.result === 'refused' ? `refused: ${outcome.reason}` : outcome.result];
}

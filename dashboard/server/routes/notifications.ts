/**
 * Notification channels over HTTP, for an admin of the whole zone: how they do, what was delivered lately, and a trial of each. A trial goes the way of every
 * action, so it is done once, and it is in the audit trail.
 */
import type { NotificationsAnswer, TrialAnswer } from '../../../contract/alarms-api.ts';
import type { Clock } from '../../../contract/clock.ts';
import type { History } from '../../../contract/history.ts';
import type { ChannelHealth } from '../../../contract/notify.ts';
import type { Audit } from '../audit.ts';
import type { Deeds, Fate } from '../alarms/deeds.ts';
import { countOf } from '../input.ts';
import type { Patience } from '../patience.ts';
import { isRefusal, notFound, ok, storeDown, type Outcome, type Route } from '../route.ts';
import { deedId, unrecorded, waiting } from './alarmactions.ts';

const recentMs = 7 * 86_400_000;
const deliveries = { usual: 200, most: 2000 };

export interface NotificationParts {
  readonly channels: () => Promise<readonly ChannelHealth[]>;
  readonly history: Pick<History, 'deliveries'>;
  readonly deeds: Deeds;
  readonly audit: Audit;
  readonly patience: Patience;
  readonly clock: Clock;
}

export function notificationRoutes({ channels, history, deeds, audit, patience, clock }: NotificationParts): Route[] {
  return [
    {
      method: 'GET',
      path: '/notifications',
      needs: 'notifications',
      async handle(call): Promise<Outcome> {
        const limit = countOf(call, 'limit', deliveries.usual, deliveries.most);
        if (isRefusal(limit)) return limit;
        const found = await patience(Promise.all([channels(), history.deliveries({ from: clock.now() - recentMs, limit })]));
        if (!found) return storeDown;
        const [health, recent] = found.value;
        const answer: NotificationsAnswer = { channels: health, deliveries: recent };
        return ok(answer);
      },
    },
    {
      method: 'POST',
      path: '/notifications/{channel}/test',
      needs: 'notifications',
      async handle(call): Promise<Outcome> {
        const known = await patience(channels());
        if (!known) return storeDown;
        const channel = call.param('channel');
        if (!known.value.some(({ id }) => id === channel)) return notFound('channel');
        const id = deedId(call, `try ${channel}`);
        if (isRefusal(id)) return id;
        const who = call.caller.username;
        const fate = await deeds.perform({ kind: 'trial', id, who, at: clock.now(), channel });
        const answer = answerOf(fate);
        const detail = answer ? (answer.ok ? 'arrived' : `did not arrive: ${answer.message ?? ''}`) : 'no answer';
        audit.add({ who, action: 'channel-test', subject: channel, address: call.address, detail });
        if (answer) return ok(answer);
        return fate === 'waiting' ? waiting : unrecorded;
      },
    },
  ];
}

/** Null where it is not known. */
function answerOf(fate: Fate): TrialAnswer | null {
  if (fate === 'unrecorded' || fate === 'waiting') return null;
  const { outcome } = fate;
  return outcome.kind === 'failed' ? { ok: false, message: outcome.message } : { ok: true, message: null };
}

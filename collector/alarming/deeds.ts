/**
 * Deeds: what people do, worked off in the journal's order. Comes in: actions, each at its place. Goes out: what the engine makes of them, changes of
 * rules with what was there before, trials for the notifier; and of each what became of it, on the bus. Told of the same action again, it answers
 * again and changes nothing. Whether somebody may do it was decided where it came in.
 */
import type { Logger } from 'pino';
import type { AlarmDeed, Outcome, OverrideDeed, TrialDeed } from '../../contract/actions.ts';
import type { ActionOutcome } from '../../contract/alarm.ts';
import type { Bus } from '../../contract/bus.ts';
import type { Clock } from '../../contract/clock.ts';
import type { OverrideChange, PlacedOverride } from '../../contract/overrides.ts';
import { outcomeTopic } from '../../contract/system.ts';
import type { AlarmEvent } from '../alarms/events.ts';
import type { Deed } from '../intake.ts';
import type { Notifier } from '../notify/notifier.ts';

/** Nobody waits for a test message for longer; after a restart old ones are not sent once more. */
const trialMs = 30_000;

export interface DeedsParts {
  readonly bus: Bus;
  readonly notifier: Pick<Notifier, 'trial'> | null;
  readonly clock: Clock;
  readonly log: Logger;
  readonly feed: (event: AlarmEvent) => ActionOutcome | null;
  /** Sees to it that the engine knows an alarm, if anybody does. */
  readonly recall: (alarm: string) => void;
  readonly overrideBefore: (placed: PlacedOverride) => PlacedOverride | null;
  readonly changed: (change: OverrideChange) => void;
}

export class Deeds {
  readonly #parts: DeedsParts;

  constructor(parts: DeedsParts) {
    this.#parts = parts;
  }

  take({ action, receivedAt }: Deed): void {
    // Whoever took it in may have another clock; nothing is done before it was recorded.
    const at = Math.min(action.at, receivedAt);
    switch (action.kind) {
      case 'alarm':
        this.#alarm(action, at);
        return;
      case 'override':
        this.#override(action, at);
        return;
      case 'trial':
        this.#trial(action, receivedAt);
        return;
      case 'reclassify':
        // Worked off where readings are stored: it says of the past what it was, and raises no alarm.
        return;
    }
  }

  #alarm({ id, who, request }: AlarmDeed, at: number): void {
    const { feed, recall } = this.#parts;
    recall(request.alarm);
    const outcome = feed({ kind: 'action', request: { ...request, id, who, at } }) ?? { result: 'unknown' };
    this.#answer({ id, kind: 'alarm', outcome });
  }

  #override({ id, who, placed }: OverrideDeed, at: number): void {
    const { feed, overrideBefore, changed, log } = this.#parts;
    const before = overrideBefore(placed);
    if (before === null || JSON.stringify(before) !== JSON.stringify(placed)) {
      feed({ kind: 'override', at, placed });
      changed({ id, at, who, before, after: placed });
      log.info({ who, rule: placed.override.rule, where: placed.where }, 'an alarm rule was changed');
    }
    this.#answer({ id, kind: 'done' });
  }

  #trial({ id, channel, who }: TrialDeed, receivedAt: number): void {
    const { notifier, clock } = this.#parts;
    if (clock.now() - receivedAt > trialMs) this.#answer({ id, kind: 'failed', message: 'It came too late to be sent.' });
    else if (!notifier) this.#answer({ id, kind: 'failed', message: 'No notification channel is configured.' });
    else {
      void notifier.trial(channel, who).then((result) => {
        this.#answer(result.ok ? { id, kind: 'done' } : { id, kind: 'failed', message: result.message });
      });
    }
  }

  #answer(outcome: Outcome): void {
    this.#parts.bus.publish(outcomeTopic, JSON.stringify(outcome), { retain: false });
  }
}

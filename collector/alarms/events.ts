/**
 * What the alarm engine is told, and what it answers. Comes in: readings as they are decoded, signs of life of devices and of the system itself, what
 * people do, changes of rules, stretches of the past. Goes out: changes, each of them complete. The edges make the one and take the other.
 */
import type { ActionOutcome, ActionRequest, AlarmRecord, Priority } from '../../contract/alarm.ts';
import type { PlacedOverride } from '../../contract/overrides.ts';
import type { Reading } from '../../contract/reading.ts';
import type { Text } from '../../contract/text.ts';
import type { Stretch } from './past.ts';
import type { Changes } from './register.ts';

export type AlarmEvent =
  | { readonly kind: 'reading'; readonly reading: Reading }
  | { readonly kind: 'time'; readonly at: number }
  | { readonly kind: 'connection'; readonly line: string; readonly at: number; readonly connected: boolean }
  | { readonly kind: 'rejection'; readonly line: string; readonly at: number }
  /**
   * The system can hear its lines again at `at`, after a start or an outage of its own: silence since `from` was its own. `from` is the latest time
   * whose outcomes are known to be kept: what fell due before it falls due again, with the same ids.
   */
  | { readonly kind: 'listening'; readonly from: number; readonly at: number }
  | { readonly kind: 'action'; readonly request: ActionRequest }
  | { readonly kind: 'delivered'; readonly alarm: string; readonly at: number }
  /** Takes the place of an earlier one for the same place, rule and type. */
  | { readonly kind: 'override'; readonly at: number; readonly placed: PlacedOverride }
  | { readonly kind: 'stretch'; readonly at: number; readonly stretch: Stretch }
  /** Something is wrong with the system itself, or is right again; telling the same again changes nothing. */
  | { readonly kind: 'system'; readonly at: number; readonly trouble: Trouble }
  /**
   * What is written down of open alarms, after a restart: what led to them may not have come again. `told` has the ids of announcements that people
   * were told of.
   */
  | { readonly kind: 'known'; readonly at: number; readonly records: readonly AlarmRecord[]; readonly told: ReadonlySet<string> };

/** `what` makes the rule: `data:<what>`. */
export interface Trouble {
  readonly what: string;
  readonly raised: boolean;
  readonly priority: Priority;
  readonly text: Text;
}

export interface Outcome extends Changes {
  /** What became of an action; null for every other event. */
  readonly action: ActionOutcome | null;
}

/** When it happened, by the server's clock. */
export function timeOf(event: AlarmEvent): number {
  if (event.kind === 'reading') return event.reading.receivedAt;
  return event.kind === 'action' ? event.request.at : event.at;
}

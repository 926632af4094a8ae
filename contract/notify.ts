/**
 * Telling people: what is sent to whom over which channel, and what became of it.
 * Types only. Channels and rosters are configured in a file of their own (docs/notifications.md).
 */

export const channelKinds = ['email', 'dingtalk', 'wecom', 'feishu', 'webhook'] as const;
export type ChannelKind = (typeof channelKinds)[number];

/** The `error` of a delivery that was given up because somebody had taken the alarm on before it was sent. */
export const noLongerNeeded = 'no longer needed';

/** One message about one announcement over one channel: written down as it is decided on, and again with what became of it. */
export interface Delivery {
  /** The same announcement, channel and occasion always make the same id. */
  readonly id: string;
  readonly announcement: string;
  readonly alarm: string | null;
  readonly incident: string | null;
  readonly channel: string;
  /** Names of the people it is meant for. */
  readonly to: readonly string[];
  readonly occasion: 'raised' | 'reminder' | 'escalation' | 'cleared' | 'trial';
  /** 0 for the first person on the roster; each escalation is one more. */
  readonly level: number;
  /** When it is to be sent: later than it was decided on where quiet hours or a pause between attempts say so. */
  readonly dueAt: number;
  readonly attempts: number;
  readonly deliveredAt: number | null;
  /** Given up. */
  readonly failedAt: number | null;
  readonly error: string | null;
}

/** Deliveries that were written at or after `from`, the newest first, at most `limit`; only of one alarm or incident, or of all. */
export interface DeliveryQuery {
  readonly from: number;
  readonly about?: { readonly alarm: string; readonly incident: string | null } | undefined;
  readonly limit: number;
}

/** How a channel does, for the admin's page. */
export interface ChannelHealth {
  readonly id: string;
  readonly kind: ChannelKind;
  readonly ok: boolean;
  readonly waiting: number;
  readonly deliveredAt: number | null;
  readonly error: string | null;
}

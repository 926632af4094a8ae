/**
 * Channels by kind: how one is sent over, what its vendor allows, what of it is secret. Comes in: a channel of the duty file. Goes out: its sender and its
 * limits. Each vendor's protocol is in a file of its own; this one only chooses.
 */
import type { Clock } from '../../contract/clock.ts';
import type { Channel } from '../../contract/duty.ts';
import { dingtalkSender } from './dingtalk.ts';
import { emailSender } from './email.ts';
import { feishuSender } from './feishu.ts';
import type { Sender } from './message.ts';
import type { Allowance } from './pace.ts';
import { webhookSender } from './webhook.ts';
import { wecomSender } from './wecom.ts';

export function senderOf(channel: Channel, clock: Clock): Sender {
  switch (channel.kind) {
    case 'email':
      return emailSender(channel, clock);
    case 'dingtalk':
      return dingtalkSender(channel, clock);
    case 'wecom':
      return wecomSender(channel, clock);
    case 'feishu':
      return feishuSender(channel, clock);
    case 'webhook':
      return webhookSender(channel, clock);
  }
}

/** What vendors document, and for the others what people can still read. */
const allowances: Readonly<Record<Channel['kind'], Allowance>> = {
  dingtalk: { perMinute: 20, perSecond: 20 },
  wecom: { perMinute: 20, perSecond: 20 },
  feishu: { perMinute: 100, perSecond: 5 },
  email: { perMinute: 60, perSecond: 10 },
  webhook: { perMinute: 120, perSecond: 20 },
};

export function allowanceOf({ kind, perMinute }: Channel): Allowance {
  const usual = allowances[kind];
  return perMinute === undefined ? usual : { ...usual, perMinute };
}

/** In a group everybody reads everything. Mails and webhooks of different people are never put together: not everybody may know all. */
export function isShared({ kind }: Channel): boolean {
  return kind === 'dingtalk' || kind === 'wecom' || kind === 'feishu';
}

/** Never to be repeated anywhere: a robot's address holds its key. */
export function secretsOf(channel: Channel): string[] {
  if (channel.kind === 'email') return channel.password === undefined ? [] : [channel.password];
  const { pathname, search, searchParams } = new URL(channel.url);
  const own = [channel.url, search.slice(1), ...searchParams.values(), ...pathname.split('/').filter((part) => part.length >= 16)];
  return 'secret' in channel ? [...own, channel.secret] : own;
}

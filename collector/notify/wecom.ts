/**
 * WeCom (企业微信): a group robot. Comes in: a message. Goes out: a text message, because Markdown mentions nobody by phone number. The key in the address is
 * the robot's only secret; it is never repeated.
 *
 * https://developer.work.weixin.qq.com/document/path/91770: text of at most 2,048 bytes, mentioned_list, mentioned_mobile_list, 20 messages a minute.
 */
import type { Clock } from '../../contract/clock.ts';
import type { ChannelOf } from '../../contract/duty.ts';
import { harmless } from './harmless.ts';
import { bodyOf, headOf, languagesOf, urlOf, type Message, type Sender } from './message.ts';
import { judgeCode, post } from './post.ts';

/** "api freq out of limit", "system busy". */
const busy = new Map([
  [45009, 60_000],
  [-1, 10_000],
]);
const contentBytes = 2048;

export function wecomSender({ url }: ChannelOf<'wecom'>, clock: Clock): Sender {
  return (message) =>
    post({ url, body: JSON.stringify(contentOf(message)) }, clock, (answer) => judgeCode(answer, ['errcode', 'errmsg'], busy));
}

function contentOf(message: Message): object {
  const languages = languagesOf(message);
  const called = message.calls ? message.people : [];
  const link = urlOf(message);
  const heads = languages.map((language) => harmless(headOf(message, language)));
  const spent = Buffer.byteLength([...heads, link].join('\n')) + 8;
  const lines = languages.flatMap((language, index) => [
    heads[index] ?? '',
    ...bodyOf(message, language, (contentBytes - spent) / languages.length / twinFactor).map(harmless),
  ]);
  return {
    msgtype: 'text',
    text: {
      content: [...lines, link].join('\n'),
      mentioned_list: called.flatMap(({ wecomUserId }) => wecomUserId ?? []),
      mentioned_mobile_list: called.flatMap(({ phone, wecomUserId }) => (wecomUserId === undefined && phone !== undefined ? [phone] : [])),
    },
  };
}

/** Full-width twins take three bytes where the sign took one; few texts have many of them. */
const twinFactor = 1.2;

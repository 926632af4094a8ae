/**
 * Feishu (飞书): a custom bot in a group. Comes in: a message. Goes out: a signed text message that mentions people by their open_id; who has none is not
 * called by name. It keeps nothing.
 *
 * https://open.feishu.cn/document/client-docs/bot-v3/add-custom-bot: 100 messages a minute and 5 a second, 20 KB a message; the string to sign is the
 * key, and what is signed is empty.
 */
import { createHmac } from 'node:crypto';
import type { Clock } from '../../contract/clock.ts';
import type { ChannelOf } from '../../contract/duty.ts';
import { harmless } from './harmless.ts';
import { bodyOf, headOf, languagesOf, urlOf, type Message, type Sender } from './message.ts';
import { judgeCode, post } from './post.ts';

/** Limits of this robot, and of the whole platform when everybody sends at the full hour. */
const busy = new Map([
  [9499, 10_000],
  [11232, 10_000],
  [99991400, 60_000],
]);
const textBytes = 14_000;

export function feishuSender({ url, secret }: ChannelOf<'feishu'>, clock: Clock): Sender {
  return (message) => {
    const timestamp = String(Math.floor(clock.now() / 1000));
    const sign = createHmac('sha256', `${timestamp}\n${secret}`).update('').digest('base64');
    const body = JSON.stringify({ timestamp, sign, msg_type: 'text', content: { text: textOf(message) } });
    return post({ url, body }, clock, (answer) => judgeCode(answer, ['code', 'msg'], busy));
  };
}

function textOf(message: Message): string {
  const languages = languagesOf(message);
  const lines = languages.flatMap((language) => [
    harmless(headOf(message, language)),
    ...bodyOf(message, language, textBytes / languages.length).map(harmless),
  ]);
  const mentions = (message.calls ? message.people : []).flatMap(({ feishuOpenId, name }) =>
    feishuOpenId === undefined ? [] : [`<at user_id="${feishuOpenId}">${harmless(name)}</at>`],
  );
  return [...lines, urlOf(message), ...(mentions.length > 0 ? [mentions.join(' ')] : [])].join('\n');
}

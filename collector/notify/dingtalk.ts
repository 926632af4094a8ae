/**
 * DingTalk (钉钉): a custom robot in a group. Comes in: a message. Goes out: a signed Markdown message that mentions who is on duty. It keeps nothing and
 * never follows what the robot answers.
 *
 * Address, signature, limits: https://open.dingtalk.com/document/orgapp/custom-robot-access (20 messages a minute; over that, nothing for 10 minutes).
 * Messages: https://open.dingtalk.com/document/orgapp/custom-robot-send-message. An action card has a button but mentions nobody, so it is Markdown with a link.
 */
import { createHmac } from 'node:crypto';
import type { Clock } from '../../contract/clock.ts';
import type { ChannelOf } from '../../contract/duty.ts';
import { harmless } from './harmless.ts';
import { bodyOf, headOf, languagesOf, urlOf, type Message, type Sender } from './message.ts';
import { judgeCode, post } from './post.ts';
import { labels } from './texts.ts';

/** "send too fast", by either gate: then the robot is deaf for ten minutes. */
const busy = new Map([
  [130101, 600_000],
  [410100, 600_000],
  [-1, 10_000],
]);
const textBytes = 16_000;

export function dingtalkSender({ url, secret }: ChannelOf<'dingtalk'>, clock: Clock): Sender {
  return (message) => {
    const signed = new URL(url);
    const timestamp = String(clock.now());
    signed.searchParams.set('timestamp', timestamp);
    signed.searchParams.set('sign', createHmac('sha256', secret).update(`${timestamp}\n${secret}`).digest('base64'));
    return post({ url: signed.href, body: JSON.stringify(contentOf(message)) }, clock, (answer) =>
      judgeCode(answer, ['errcode', 'errmsg'], busy),
    );
  };
}

function contentOf(message: Message): object {
  const languages = languagesOf(message);
  const called = message.calls ? message.people : [];
  const atMobiles = called.flatMap(({ phone, dingtalkUserId }) => (dingtalkUserId === undefined && phone !== undefined ? [phone] : []));
  const atUserIds = called.flatMap(({ dingtalkUserId }) => dingtalkUserId ?? []);
  const parts = languages.flatMap((language) => {
    const lines = bodyOf(message, language, textBytes / languages.length).map(harmless);
    const mark = message.notices.length > 1 ? '- ' : '';
    return [
      `#### ${harmless(headOf(message, language))}`,
      lines.map((line) => `${mark}${line}`).join('\n'),
      `[${labels.open[language]}](${urlOf(message)})`,
    ];
  });
  // Who is in the list but not in the text is not mentioned.
  const mentions = [...atMobiles, ...atUserIds].map((id) => `@${id}`).join(' ');
  const text = [...parts, ...(mentions === '' ? [] : [mentions])].join('\n\n');
  return {
    msgtype: 'markdown',
    markdown: { title: harmless(headOf(message, languages[0] ?? 'zh')), text },
    at: { atMobiles, atUserIds, isAtAll: false },
  };
}

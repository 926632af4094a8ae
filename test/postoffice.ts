/**
 * The other ends of every channel, on this machine: DingTalk, WeCom, Feishu, a webhook's gateway, a mail server. Comes in: what the product sends.
 * Goes out: what a group or a person would see, with whom it calls and when it came. Each end checks what its vendor documents, by code of its own, and
 * answers as that vendor does; what it turns away is kept as a complaint.
 */
import { createHmac } from 'node:crypto';
import { expect } from 'vitest';
import { Mailbox } from '../collector/notify/mailbox.suite.ts';
import { Vendor, type Request } from '../collector/notify/stage.suite.ts';

export const ends = ['dingtalk', 'wecom', 'feishu', 'webhook', 'mail'] as const;
export type End = (typeof ends)[number];

export interface Arrival {
  readonly end: End;
  /** By `performance.now()` of this process. */
  readonly at: number;
  readonly text: string;
  /** Whom it calls: phone numbers, user ids, addresses, as the vendor knows them. */
  readonly calls: readonly string[];
}

/** What came, or why it is turned away in the vendor's own words. */
type Judgement = { readonly text: string; readonly calls: readonly string[] } | { readonly complaint: string };

const secrets = { dingtalk: 'SEC0123456789abcdef0123456789abcdef', feishu: 'a secret of feishu', webhook: 'a secret of the gateway' };
const tokens = {
  dingtalk: 'a-token-of-dingtalk',
  wecom: '693a91f6-7xxx-4bc4-97a0-0ec2sifa5aaa',
  feishu: 'xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx',
};
const hourMs = 3_600_000;

export class PostOffice {
  readonly arrivals: Arrival[] = [];
  readonly complaints: string[] = [];
  readonly #dingtalk = this.#vendor(
    'dingtalk',
    judgeDingtalk,
    '{"errcode":0,"errmsg":"ok"}',
    (why) => `{"errcode":310000,"errmsg":"${why}"}`,
  );
  readonly #wecom = this.#vendor('wecom', judgeWecom, '{"errcode":0,"errmsg":"ok"}', (why) => `{"errcode":93000,"errmsg":"${why}"}`);
  readonly #feishu = this.#vendor('feishu', judgeFeishu, '{"code":0,"msg":"success","data":{}}', (why) => `{"code":19021,"msg":"${why}"}`);
  readonly #webhook = this.#vendor('webhook', judgeWebhook, '', (why) => why);
  readonly #mailbox = new Mailbox({}, (mail) => {
    this.arrivals.push({ end: 'mail', at: performance.now(), text: mail.part('text/plain'), calls: mail.to });
  });

  async open(): Promise<this> {
    await Promise.all([...this.#vendors(), this.#mailbox].map((one) => one.open()));
    return this;
  }

  /** As in a duty file, one channel an end, each with the end's name for its id. */
  channels(): object[] {
    const { dingtalk, feishu, webhook } = secrets;
    return [
      { id: 'dingtalk', kind: 'dingtalk', url: this.#dingtalk.url(`/robot/send?access_token=${tokens.dingtalk}`), secret: dingtalk },
      { id: 'wecom', kind: 'wecom', url: this.#wecom.url(`/cgi-bin/webhook/send?key=${tokens.wecom}`) },
      { id: 'feishu', kind: 'feishu', url: this.#feishu.url(`/open-apis/bot/v2/hook/${tokens.feishu}`), secret: feishu },
      { id: 'webhook', kind: 'webhook', url: this.#webhook.url('/bobbin'), secret: webhook },
      { id: 'mail', kind: 'email', host: '127.0.0.1', port: this.#mailbox.port, security: 'none', from: 'bobbin@example.com' },
    ];
  }

  /** What has come with these words in it. */
  with(words: string): Arrival[] {
    return this.arrivals.filter(({ text }) => text.includes(words));
  }

  /** Once every end has something with these words: the first that each got. */
  async everywhere(words: string, timeoutMs: number): Promise<Record<End, Arrival>> {
    await expect
      .poll(() => ends.filter((end) => this.with(words).every((arrival) => arrival.end !== end)), { timeout: timeoutMs, interval: 10 })
      .toEqual([]);
    return Object.fromEntries(ends.map((end) => [end, this.with(words).find((arrival) => arrival.end === end)])) as Record<End, Arrival>;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#vendors(), this.#mailbox].map((one) => one.close()));
  }

  #vendors(): Vendor[] {
    return [this.#dingtalk, this.#wecom, this.#feishu, this.#webhook];
  }

  #vendor(end: End, judge: (request: Request) => Judgement, yes: string, no: (why: string) => string): Vendor {
    return new Vendor((request) => {
      const judged = judge(request);
      if ('complaint' in judged) {
        this.complaints.push(`${end}: ${judged.complaint}`);
        return { status: end === 'webhook' ? 401 : 200, body: no(judged.complaint) };
      }
      this.arrivals.push({ end, at: performance.now(), ...judged });
      return { body: yes };
    });
  }
}

function hmac(key: string, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

/**
 * Signed over "timestamp\nsecret" with the secret, the timestamp in ms and no older than an hour; who is in `at` but not in the text is not mentioned.
 * https://open.dingtalk.com/document/orgapp/custom-robot-access
 */
function judgeDingtalk({ query, json }: Request): Judgement {
  const timestamp = query.get('timestamp') ?? '';
  if (query.get('access_token') !== tokens.dingtalk) return { complaint: 'token is not exist' };
  if (Math.abs(Date.now() - Number(timestamp)) > hourMs) return { complaint: 'invalid timestamp' };
  const sign = hmac(secrets.dingtalk, `${timestamp}\n${secrets.dingtalk}`).toString('base64');
  if (query.get('sign') !== sign) return { complaint: 'sign not match' };
  const { text } = json.markdown as { text: string };
  const { atMobiles, atUserIds } = json.at as { atMobiles: string[]; atUserIds: string[] };
  return { text, calls: [...atMobiles, ...atUserIds].filter((id) => text.includes(`@${id}`)) };
}

/** The key in the address is all; at most 2,048 bytes of text. https://developer.work.weixin.qq.com/document/path/91770 */
function judgeWecom({ query, json }: Request): Judgement {
  if (query.get('key') !== tokens.wecom) return { complaint: 'invalid webhook url' };
  const { content, mentioned_list, mentioned_mobile_list } = json.text as Record<string, string[]> & { content: string };
  if (Buffer.byteLength(content) > 2048) return { complaint: 'content exceed max length' };
  return { text: content, calls: [...(mentioned_list ?? []), ...(mentioned_mobile_list ?? [])] };
}

/**
 * "timestamp\nsecret" is the key, what is signed is empty, the timestamp is in seconds and no older than an hour.
 * https://open.feishu.cn/document/client-docs/bot-v3/add-custom-bot
 */
function judgeFeishu({ path, json }: Request): Judgement {
  const { timestamp, sign, content } = json as { timestamp: string; sign: string; content: { text: string } };
  if (!path.endsWith(tokens.feishu)) return { complaint: 'Bad Request' };
  if (Math.abs(Date.now() / 1000 - Number(timestamp)) > 3600) return { complaint: 'timestamp is not within one hour from current time' };
  if (sign !== hmac(`${timestamp}\n${secrets.feishu}`, '').toString('base64')) return { complaint: 'sign match fail' };
  return { text: content.text, calls: [...content.text.matchAll(/<at user_id="([^"]*)">/g)].map(([, id = '']) => id) };
}

/** docs/notifications.md. */
function judgeWebhook({ headers, body, json }: Request): Judgement {
  const { 'x-bobbin-timestamp': timestamp, 'x-bobbin-signature': signature } = headers;
  const signed = hmac(secrets.webhook, `${String(timestamp)}.${body}`).toString('hex');
  if (signature !== `sha256=${signed}`) return { complaint: 'the signature is wrong' };
  const { text, to, url } = json as { text: { zh: string }; to: { id: string }[]; url: string };
  return { text: `${text.zh}\n${url}`, calls: to.map(({ id }) => id) };
}

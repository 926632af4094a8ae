/** Each channel against a server of its own on this machine, which checks what the vendor documents and answers as it would. */
import { createHmac } from 'node:crypto';
import { afterEach, describe, expect, test } from 'vitest';
import { channelSchema } from '../../contract/duty.ts';
import { allowanceOf, secretsOf, senderOf } from './channel.ts';
import { withoutSecrets } from './harmless.ts';
import type { Message, Sent } from './message.ts';
import { dutyOf, DrivenClock, monday, stagePlant, told, Vendor, type Reply } from './stage.suite.ts';
import { Wording } from './texts.ts';

const wording = new Wording(stagePlant(), 'https://bobbin.example.com');
const nasty = { zh: '断针 **@all** <at user_id="all"></at>\n[x](http://evil.example)', en: 'Needle *break*' };
const clock = new DrivenClock();
const closing: Vendor[] = [];

afterEach(async () => {
  for (const vendor of closing.splice(0)) await vendor.close();
});

async function open(reply?: () => Reply): Promise<Vendor> {
  const vendor = await new Vendor(reply).open();
  closing.push(vendor);
  return vendor;
}

function messageTo(ids: readonly string[], notices = 1): Message {
  const notice = wording.notice(told({ text: nasty, priority: 'critical' }), 'raised', monday);
  const list = Array.from({ length: notices - 1 }, () => notice);
  const people = dutyOf().people.filter(({ id }) => ids.includes(id));
  const deliveries = [notice, ...list].map((_, index) => `d${String(index)}`);
  return { key: 'd0', notices: [notice, ...list], people, calls: true, listUrl: wording.listUrl(null), deliveries };
}

async function send(channel: object, message: Message): Promise<Sent> {
  return senderOf(channelSchema.parse(channel), clock)(message);
}

const secret = 'SECa-secret-of-the-robot';
const dingtalk = (vendor: Vendor): object => ({ id: 'ding', kind: 'dingtalk', url: vendor.url('/robot/send?access_token=t0ken'), secret });
const wecom = (vendor: Vendor): object => ({ id: 'we', kind: 'wecom', url: vendor.url('/cgi-bin/webhook/send?key=k3y') });
const feishu = (vendor: Vendor): object => ({
  id: 'fei',
  kind: 'feishu',
  url: vendor.url('/open-apis/bot/v2/hook/0123456789abcdef0123'),
  secret,
});
const webhook = (vendor: Vendor): object => ({ id: 'sms', kind: 'webhook', url: vendor.url('/sms'), secret });

describe('DingTalk', () => {
  test('is signed as documented, and mentions by user id where known, else by phone, in list and text', async () => {
    const vendor = await open();
    expect(await send(dingtalk(vendor), messageTo(['wang', 'li']))).toEqual({ result: 'sent', note: null });
    const [request] = vendor.requests;
    const timestamp = request?.query.get('timestamp') ?? '';
    expect(timestamp).toBe(String(monday));
    expect(request?.query.get('access_token')).toBe('t0ken');
    expect(request?.query.get('sign')).toBe(createHmac('sha256', secret).update(`${timestamp}\n${secret}`).digest('base64'));
    expect(request?.headers['content-type']).toBe('application/json; charset=utf-8');
    expect(request?.json).toEqual({
      msgtype: 'markdown',
      markdown: {
        title: '【紧急】emb-0007 7号线 断针 ＊＊＠all＊＊ ＜at user＿id="all"＞＜/at＞ ［x］(http：／／evil.example)',
        text: [
          '#### 【紧急】emb-0007 7号线 断针 ＊＊＠all＊＊ ＜at user＿id="all"＞＜/at＞ ［x］(http：／／evil.example)',
          '汝绣产业园 锦绣机绣 一车间 12号楼 · 14:03 起',
          '[打开](https://bobbin.example.com/faults/a1)',
          '@13800002222 @dt-wang',
        ].join('\n\n'),
      },
      at: { atMobiles: ['13800002222'], atUserIds: ['dt-wang'], isAtAll: false },
    });
  });

  test('asks for a pause of ten minutes where it sends too fast', async () => {
    const vendor = await open(() => ({ body: '{"errcode":130101,"errmsg":"send too fast, exceed 20 times per minute"}' }));
    expect(await send(dingtalk(vendor), messageTo(['wang']))).toMatchObject({ result: 'busy', pauseMs: 600_000 });
  });

  test('a code that is not 0 is no success, though the status is 200', async () => {
    const vendor = await open(() => ({ body: '{"errcode":310000,"errmsg":"sign not match"}' }));
    expect(await send(dingtalk(vendor), messageTo(['wang']))).toEqual({ result: 'refused', error: 'answered code 310000: sign not match' });
  });
});

describe('WeCom', () => {
  test('is text, with both lists of mentions', async () => {
    const vendor = await open();
    expect(await send(wecom(vendor), messageTo(['wang', 'li']))).toMatchObject({ result: 'sent' });
    const [request] = vendor.requests;
    expect(request?.query.get('key')).toBe('k3y');
    expect(request?.json).toMatchObject({ msgtype: 'text', text: { mentioned_list: ['LiNa'], mentioned_mobile_list: ['13800001111'] } });
    expect((request?.json.text as { content: string }).content.split('\n')).toHaveLength(3);
  });

  test('never has more than 2,048 bytes, and keeps the link', async () => {
    const vendor = await open();
    await send(wecom(vendor), messageTo(['wang', 'smith'], 200));
    const { content } = vendor.requests[0]?.json.text as { content: string };
    expect(Buffer.byteLength(content)).toBeLessThanOrEqual(2048);
    expect(content).toMatch(/^【紧急】200 条通知\n/);
    expect(content).toMatch(/\nhttps:\/\/bobbin\.example\.com\/faults$/);
  });

  test('asks for a pause where it sends too fast', async () => {
    const vendor = await open(() => ({ body: '{"errcode":45009,"errmsg":"api freq out of limit"}' }));
    expect(await send(wecom(vendor), messageTo(['wang']))).toMatchObject({ result: 'busy', pauseMs: 60_000 });
  });
});

describe('Feishu', () => {
  test('is signed with seconds, and mentions by open_id', async () => {
    const vendor = await open();
    expect(await send(feishu(vendor), messageTo(['wang', 'li']))).toMatchObject({ result: 'sent' });
    const { timestamp, sign, msg_type: kind, content } = vendor.requests[0]?.json as Record<string, string> & { content: unknown };
    expect(timestamp).toBe(String(monday / 1000));
    expect(sign).toBe(
      createHmac('sha256', `${timestamp ?? ''}\n${secret}`)
        .update('')
        .digest('base64'),
    );
    expect(kind).toBe('text');
    const { text } = content as { text: string };
    expect(text.match(/<at user_id="[^"]*">[^<]*<\/at>/g)).toEqual(['<at user_id="ou_wang">王伟</at>']);
  });

  test('code 0 is success, a wrong signature is not', async () => {
    const vendor = await open(() => ({
      body: '{"code":19021,"msg":"sign match fail or timestamp is not within one hour from current time"}',
    }));
    expect(await send(feishu(vendor), messageTo(['wang']))).toMatchObject({ result: 'refused' });
  });
});

describe('a webhook', () => {
  test('is signed over time and body, and has the delivery for its idempotency key', async () => {
    const vendor = await open(() => ({ status: 204 }));
    expect(await send(webhook(vendor), messageTo(['wang']))).toMatchObject({ result: 'sent' });
    const [request] = vendor.requests;
    const { 'x-bobbin-timestamp': time, 'x-bobbin-signature': signature, 'idempotency-key': key } = request?.headers ?? {};
    expect(signature).toBe(
      `sha256=${createHmac('sha256', secret)
        .update(`${String(time)}.${request?.body ?? ''}`)
        .digest('hex')}`,
    );
    expect(key).toBe('d0');
    expect(request?.json).toMatchObject({
      id: 'd0',
      at: monday,
      priority: 'critical',
      url: 'https://bobbin.example.com/faults/a1',
      to: [{ id: 'wang', name: '王伟', phone: '13800001111', email: 'wang@example.com', language: 'zh' }],
      notices: [{ delivery: 'd0', occasion: 'raised', priority: 'critical', url: 'https://bobbin.example.com/faults/a1' }],
    });
  });
});

describe('what goes wrong', () => {
  test.each<[string, Reply, Sent['result'], RegExp]>([
    ['a fault of the server', { status: 500, body: 'oops' }, 'unreachable', /^answered 500: oops$/],
    ['a refusal', { status: 403 }, 'refused', /^answered 403$/],
    ['a limit', { status: 429, headers: { 'retry-after': '30' } }, 'busy', /^answered 429$/],
    ['a redirect', { status: 302, headers: { location: 'http://127.0.0.1:1/' } }, 'unreachable', /redirect/],
    ['no JSON', { body: '<html>' }, 'refused', /not of this vendor/],
    ['JSON of another kind', { body: '[1]' }, 'refused', /not of this vendor/],
    ['success in words only', { body: '{"errmsg":"ok"}' }, 'refused', /not of this vendor/],
  ])('%s', async (_, reply, result, error) => {
    const vendor = await open(() => reply);
    const sent = await send(dingtalk(vendor), messageTo(['wang']));
    expect(sent.result).toBe(result);
    expect(sent).toMatchObject({ error: expect.stringMatching(error) as string });
    if (sent.result === 'busy') expect(sent.pauseMs).toBe(30_000);
  });

  test('no answer is waited for 10 s, by the clock', async () => {
    const vendor = await open(() => 'hang');
    const sending = send(dingtalk(vendor), messageTo(['wang']));
    await vendor.has(1);
    await clock.pass(10_000);
    expect(await sending).toEqual({ result: 'unreachable', error: 'no answer within 10 s' });
  });

  test('nobody there', async () => {
    const vendor = await open();
    const channel = dingtalk(vendor);
    await vendor.close();
    expect(await send(channel, messageTo(['wang']))).toEqual({ result: 'unreachable', error: 'cannot be reached: ECONNREFUSED' });
  });

  test('an answer without end is not read to its end', async () => {
    const vendor = await open(() => ({ body: 'x'.repeat(5_000_000) }));
    expect((await send(dingtalk(vendor), messageTo(['wang']))).result).toBe('refused');
  });

  test('a vendor that repeats a secret is not quoted with it', async () => {
    const vendor = await open();
    const channel = channelSchema.parse(feishu(vendor));
    expect(withoutSecrets(`bad hook 0123456789abcdef0123, secret ${secret}`, secretsOf(channel))).toBe('bad hook ***, secret ***');
    const other = channelSchema.parse(dingtalk(vendor));
    expect(withoutSecrets('token t0ken', secretsOf(other))).toBe('token ***');
  });
});

test('the limits are the vendors’', () => {
  const of = (kind: object): object => allowanceOf(channelSchema.parse({ id: 'c', url: 'https://x.example/', secret, ...kind }));
  expect(of({ kind: 'dingtalk' })).toMatchObject({ perMinute: 20 });
  expect(of({ kind: 'feishu' })).toEqual({ perMinute: 100, perSecond: 5 });
  expect(of({ kind: 'dingtalk', perMinute: 5 })).toMatchObject({ perMinute: 5 });
  expect(allowanceOf(channelSchema.parse({ id: 'c', kind: 'wecom', url: 'https://x.example/' }))).toMatchObject({ perMinute: 20 });
});

/** What messages say, and that nothing a device or a plant file says can become markup, a mention, a link or a second line. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { escapeHtml, harmless, oneLine, withoutSecrets } from './harmless.ts';
import { bodyOf, type Message } from './message.ts';
import { hourMs, minuteMs, monday, stagePlant, told, toldIncident } from './stage.suite.ts';
import { Wording } from './texts.ts';

const wording = new Wording(stagePlant(), 'https://bobbin.example.com');

describe('notices', () => {
  test('an alarm', () => {
    const { head, body, url } = wording.notice(told({ priority: 'critical' }), 'raised', monday);
    expect(head).toEqual({ zh: '【紧急】emb-0007 7号线 断针', en: '[Critical] emb-0007 Line 7 Needle break' });
    expect(body).toEqual({
      zh: '汝绣产业园 锦绣机绣 一车间 12号楼 · 14:03 起',
      en: 'Ru-Embroidery Park Jinxiu Workshop 1 Building 12 · since 14:03',
    });
    expect(url).toBe('https://bobbin.example.com/faults/a1');
  });

  test('a limit says what was measured; another day is named', () => {
    const { body } = wording.notice(told({ rule: 'limit:dp:alertLow', value: 9.123456 }), 'raised', monday + 24 * hourMs);
    expect(body.zh).toBe('汝绣产业园 锦绣机绣 一车间 12号楼 · 实测 9.1235 · 11-23 14:03 起');
  });

  test('reminders and escalations say for how long nobody has come', () => {
    const reminder = wording.notice(told(), 'reminder', monday + 30 * minuteMs);
    expect([reminder.head.zh, reminder.body.zh]).toEqual([
      '【高·提醒】emb-0007 7号线 断针',
      '汝绣产业园 锦绣机绣 一车间 12号楼 · 14:03 起 · 30 分钟无人确认',
    ]);
    expect(wording.notice(told(), 'escalation', monday + 30 * minuteMs).head.en).toBe('[High, escalated] emb-0007 Line 7 Needle break');
  });

  test('the end says from when to when', () => {
    const over = wording.notice(told({ clearedAt: monday + 6 * minuteMs }, 'cleared'), 'cleared', monday + 6 * minuteMs);
    expect(over.head.zh).toBe('【恢复】emb-0007 7号线 断针');
    expect(over.body.zh).toMatch(/ · 14:03–14:09$/);
  });

  test('an incident is one sentence, whatever it lists', () => {
    const { head, body, url } = wording.notice(toldIncident(200), 'raised', monday);
    expect(head.zh).toBe('【高】12号楼 200 条线：断电');
    expect(body.zh).toBe('汝绣产业园 · 14:03 起');
    expect(url).toBe('https://bobbin.example.com/faults/i1-1');
    const mixed = toldIncident(3);
    const [first, ...others] = mixed.records;
    if (!first) throw new Error('no alarms');
    const records = [{ ...first, text: { zh: '无数据或离线', en: 'No data' } }, ...others];
    expect(wording.notice({ ...mixed, records }, 'raised', monday).head.zh).toBe('【高】12号楼 3 条线：断电（2）、无数据或离线（1）');
  });

  test('a flood, and an alarm of the system itself', () => {
    const { announcement } = told({}, 'flood');
    const flood = wording.notice(
      { announcement: { ...announcement, alarm: null, count: 11 }, records: [], incident: null },
      'raised',
      monday,
    );
    expect(flood.head.zh).toBe('【报警泛滥】锦绣机绣 一车间：10 分钟内 11 条报警');
    expect(flood.url).toBe('https://bobbin.example.com/faults');
    const own = wording.notice(told({ line: 'system', text: { zh: '通知渠道 sms 发送失败', en: 'Channel sms fails' } }), 'raised', monday);
    expect([own.head.zh, own.body.zh]).toEqual(['【高】通知渠道 sms 发送失败', '14:03 起']);
  });
});

test('several notices fit into what a vendor takes, and say how many are left out', () => {
  const notice = wording.notice(told(), 'raised', monday);
  const message: Message = {
    key: 'k',
    notices: [notice, ...Array.from({ length: 99 }, () => notice)],
    people: [],
    calls: true,
    listUrl: '',
    deliveries: [],
  };
  const lines = bodyOf(message, 'zh', 1500);
  expect(Buffer.byteLength(lines.join('\n'))).toBeLessThanOrEqual(1500);
  expect(lines.at(-1)).toBe(`另有 ${String(100 - lines.length + 1)} 条，见列表`);
  expect(lines.length).toBeGreaterThan(5);
});

describe('harmless', () => {
  test.each([
    ['**bold** _x_ `code` ~~y~~', '＊＊bold＊＊ ＿x＿ ｀code｀ ～～y～～'],
    ['[click](http://evil.example)', '［click］(http：／／evil.example)'],
    ['<at user_id="all">all</at> @all <@U1>', '＜at user＿id="all"＞all＜/at＞ ＠all ＜＠U1＞'],
    ['# head', '＃ head'],
    ['- item', '· item'],
    ['1. item', '· item'],
    ['one\r\ntwo\u2028three\u0000', 'one two three'],
    ['left\u202Eright\u200B', 'left right'],
  ])('%j', (text, safe) => {
    expect(harmless(text)).toBe(safe);
  });

  const signs = [
    '<',
    '>',
    '[x](http://y)',
    '*',
    '#',
    '@all',
    '`',
    '|',
    '~',
    '\\',
    '_',
    '\n',
    '\r',
    '\0',
    '\u2028',
    '\u202E',
    '\u{1F9F5}',
    '\uD83D',
    '://',
    '&',
    '"',
    '- ',
  ];

  test('whatever comes in, one short line without a sign that means something', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.constantFrom(...signs), fc.string({ maxLength: 5 })), { maxLength: 80 }), (parts) => {
        const text = parts.join('');
        const safe = harmless(text);
        expect(safe.length).toBeLessThanOrEqual(200);
        expect(safe).not.toMatch(/[<>[\]*#@`|~\\_\p{Cc}\u2028\u2029\u202A-\u202E\u2066-\u2069]|:\/\//u);
        expect(escapeHtml(text)).not.toMatch(/[<>"']|&(?!#\d+;)/);
        expect(oneLine(text)).not.toMatch(/[\r\n]/);
      }),
    );
  });

  test('secrets are nowhere, in none of their forms', () => {
    const said = withoutSecrets('bad key s3cret+/= at ?k=s3cret%2B%2F%3D, czNjcmV0Ky89', ['s3cret+/=']);
    expect(said).toBe('bad key *** at ?k=***, ***');
  });
});

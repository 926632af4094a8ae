/** The file of people on duty: the example of the docs is one, secrets come from the environment, and mistakes are told with their paths. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { loadDuty } from './duty.ts';
import { loadPlant, PlantFileError } from './loader.ts';

const folder = mkdtempSync(join(tmpdir(), 'bobbin-duty-'));
const file = join(folder, 'notify.yaml');
const example = resolve('docs/notify.example.yaml');
const text = readFileSync(example, 'utf8');
const plant = loadPlant({ plantFile: 'plants/ruzhou.yaml', equipmentFolder: 'equipment' });
const secrets = {
  DINGTALK_TOKEN: 'ding-token',
  DINGTALK_SECRET: 'SECding',
  WECOM_KEY: 'wecom-key',
  FEISHU_HOOK: 'feishu-hook',
  FEISHU_SECRET: 'feishu-secret',
  SMTP_PASSWORD: 'smtp-password',
  SMS_SECRET: 'a secret of sixteen',
};

afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** The mistakes of the example with one thing changed in it. */
function mistakes(from: string | RegExp, to: string, environment: Readonly<Record<string, string>> = secrets): string[] {
  const changed = text.replace(from, to);
  expect(changed).not.toBe(text);
  writeFileSync(file, changed);
  try {
    loadDuty(file, plant, environment);
    return [];
  } catch (error) {
    if (!(error instanceof PlantFileError)) throw error;
    expect(error.message).not.toMatch(/ding-token|SECding|wecom-key|smtp-password/);
    return error.mistakes.map(({ path, reason }) => `${path}: ${reason}`);
  }
}

test('the example of the docs is a valid file for the demo zone', () => {
  const duty = loadDuty(example, plant, secrets);
  expect(duty.channels.map(({ kind }) => kind).sort()).toEqual(['dingtalk', 'email', 'feishu', 'webhook', 'wecom']);
  expect(duty.channels[0]).toMatchObject({ url: 'https://oapi.dingtalk.com/robot/send?access_token=ding-token', secret: 'SECding' });
});

test('every variable that is not set is named, and no other mistake beside it', () => {
  expect(mistakes('password: ${SMTP_PASSWORD}', 'password: ${SMTP_PASS}', { ...secrets, WECOM_KEY: '' })).toEqual([
    'channels[1].url: names an environment variable that is not set: ${WECOM_KEY}',
    'channels[3].password: names an environment variable that is not set: ${SMTP_PASS}',
  ]);
});

describe('mistakes', () => {
  test.each<[string | RegExp, string, string]>([
    ['kind: wecom', 'kind: wechat', 'channels[1].kind: '],
    ['https://qyapi', 'http://qyapi', 'channels[1].url: must begin with https://, or allowHttp be true'],
    ['secret: ${DINGTALK_SECRET}', '', 'channels[0].secret: '],
    ['secret: ${SMS_SECRET}', 'secret: short', 'channels[4].secret: must have 16 characters or more'],
    ['security: tls ', 'security: none ', 'channels[3].security: must be tls or starttls where a password is sent'],
    ['user: bobbin@example.com', '', 'channels[3].password: and user go together'],
    ['\npeople:', '  - { id: sms, kind: wecom, url: https://x.example/ }\npeople:', 'channels[5].id: is used twice: "sms"'],
    ["'13800001111'", "'138 0000'", 'people[0].phone: must be a phone number'],
    ['name: 李娜', 'name: 王伟', 'people[1].name: is used twice: "王伟"'],
    ['workshop: f001/w1', 'workshop: f001/w9', 'rosters[0].where: names no place of the plant'],
    ['shift: night', 'shift: late', 'rosters[1].shift: names no shift that is worked there: "late"; there are day, night'],
    ['[zhao-min, ann]', '[zhao-min, bob]', 'rosters[2].levels[1]: names nobody: "bob"'],
    ['[ding-embroidery, sms]', '[ding, sms]', 'rosters[0].channels: names no channel: "ding"'],
    ['language: en', 'langauge: en', 'people[3]: '],
    ["['22:00', '07:00']", "['22:00', '24:00']", 'quietHours[1]: must be a time of day'],
    ['where: { firm: runling }', 'where: { firm: runling, park: emb }', 'rosters[2].where: names one of park, firm and workshop'],
    ['email: ann@example.com, ', '', 'rosters[3].levels[1]: has nobody with an e-mail address for channel "mail"'],
  ])('%s → %s', (from, to, expected) => {
    const [first = '', ...others] = mistakes(from, to);
    expect(first.slice(0, expected.length)).toBe(expected);
    expect(others).toEqual([]);
  });
});

test('plain HTTP is for this machine, or for who says so', () => {
  expect(mistakes('https://sms-gateway.example.com', 'http://127.0.0.1:9000')).toEqual([]);
  expect(mistakes('url: https://sms-gateway.example.com/bobbin', 'url: http://sms.example/\n    allowHttp: true')).toEqual([]);
});

/**
 * What settings come out of an environment, and how its mistakes are told. `readSettings` is pure, so nothing here
 * touches the real environment but the one test that starts a process to see its exit code.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { mistakeLine, readSettings, type Environment, type Settings } from './settings.ts';

function accepted(environment: Environment): Settings {
  const settings = readSettings(environment);
  if (Array.isArray(settings)) throw new Error(settings.map(mistakeLine).join('\n'));
  return settings;
}

function refused(environment: Environment): string[] {
  const mistakes = readSettings(environment);
  if (!Array.isArray(mistakes)) throw new Error('was accepted');
  return mistakes.map(mistakeLine);
}

test('an empty environment gives the documented defaults', () => {
  expect(accepted({ PATH: '/bin', BOBBIN_HTTP: '' })).toEqual({
    dataFolder: resolve('data'),
    plantFile: resolve('plants/ruzhou.yaml'),
    http: { host: '127.0.0.1', port: 8080 },
    mqtt: { host: '127.0.0.1', port: 1883 },
    mqttWs: null,
    mqttOpen: false,
    simulate: true,
    adminPassword: null,
    store: 'duckdb',
    journal: 'level',
    systemPassword: null,
    tls: null,
    plaintext: false,
    metrics: null,
    retention: { rawDays: 14, rawBytes: 20e9, minuteYears: 5 },
    journalBytes: 4e9,
    logLevel: 'info',
    notifyFile: null,
    publicUrl: 'http://127.0.0.1:8080',
  });
});

test('every variable has its place', () => {
  const environment = {
    BOBBIN_DATA: '/srv/bobbin',
    BOBBIN_PLANT: '/srv/plant.yaml',
    BOBBIN_HTTP: '0.0.0.0:443',
    BOBBIN_MQTT: '[::]:8883',
    BOBBIN_MQTT_WS: 'mqtt.example.com:8884',
    BOBBIN_SIMULATE: '0',
    BOBBIN_ADMIN_PASSWORD: 'correct horse',
    BOBBIN_STORE: 'http://influx:8086',
    BOBBIN_INFLUX_DATABASE: 'zone',
    BOBBIN_INFLUX_USER: 'bobbin',
    BOBBIN_INFLUX_PASSWORD: 'hunter2',
    BOBBIN_JOURNAL: 'redis://:hunter2@redis:6379',
    BOBBIN_SYSTEM_PASSWORD: 'sixteen or more.',
    BOBBIN_TLS_CERT: '/srv/cert.pem',
    BOBBIN_TLS_KEY: '/srv/key.pem',
    BOBBIN_METRICS: '127.0.0.1:9464',
    BOBBIN_RAW_DAYS: '30',
    BOBBIN_RAW_GB: '0.5',
    BOBBIN_MINUTE_YEARS: '10',
    BOBBIN_JOURNAL_GB: '1',
    BOBBIN_LOG: 'debug',
    BOBBIN_NOTIFY: '/srv/notify.yaml',
    BOBBIN_PUBLIC_URL: 'https://bobbin.example.com/',
    BOBBIN_RECORDINGS: '/srv/recordings',
  };
  expect(accepted(environment)).toEqual({
    dataFolder: '/srv/bobbin',
    plantFile: '/srv/plant.yaml',
    http: { host: '0.0.0.0', port: 443 },
    mqtt: { host: '::', port: 8883 },
    mqttWs: { host: 'mqtt.example.com', port: 8884 },
    mqttOpen: false,
    simulate: false,
    adminPassword: 'correct horse',
    store: { url: 'http://influx:8086', database: 'zone', token: undefined, org: undefined, user: 'bobbin', password: 'hunter2' },
    journal: { url: 'redis://:hunter2@redis:6379' },
    systemPassword: 'sixteen or more.',
    tls: { cert: '/srv/cert.pem', key: '/srv/key.pem' },
    plaintext: false,
    metrics: { host: '127.0.0.1', port: 9464 },
    retention: { rawDays: 30, rawBytes: 5e8, minuteYears: 10 },
    journalBytes: 1e9,
    logLevel: 'debug',
    notifyFile: '/srv/notify.yaml',
    publicUrl: 'https://bobbin.example.com',
  });
});

test.each([
  [{ BOBBIN_HTTP: '127.0.0.1:9000' }, 'http://127.0.0.1:9000'],
  [{ BOBBIN_HTTP: '[::1]:9000' }, 'http://[::1]:9000'],
  [{ BOBBIN_HTTP: '0.0.0.0:443', BOBBIN_TLS_CERT: 'c', BOBBIN_TLS_KEY: 'k' }, 'https://localhost:443'],
])('where links lead unless it is said: %o → %s', (environment, url) => {
  expect(accepted(environment).publicUrl).toBe(url);
});

test('settings cannot be changed after they are read', () => {
  const settings = accepted({});
  expect(Object.isFrozen(settings)).toBe(true);
  expect(Object.isFrozen(settings.http)).toBe(true);
  expect(Object.isFrozen(settings.retention)).toBe(true);
});

describe('a mistake is one line that names the variable, the value seen and what is allowed', () => {
  test.each([
    ['BOBBIN_HTTP', '8080'],
    ['BOBBIN_HTTP', '127.0.0.1:65536'],
    ['BOBBIN_MQTT', 'mqtt://127.0.0.1:1883'],
    ['BOBBIN_MQTT_WS', 'on'],
    ['BOBBIN_SIMULATE', 'yes'],
    ['BOBBIN_RAW_DAYS', '0'],
    ['BOBBIN_RAW_DAYS', '1.5'],
    ['BOBBIN_RAW_GB', '1e3'],
    ['BOBBIN_JOURNAL_GB', '-1'],
    ['BOBBIN_LOG', 'loud'],
    ['BOBBIN_STORE', 'influx'],
    ['BOBBIN_STORE', 'ftp://127.0.0.1:8086'],
    ['BOBBIN_STORE', 'http://127.0.0.1:8086?db=x'],
    ['BOBBIN_PUBLIC_URL', 'bobbin.example.com'],
    ['BOBBIN_PUBLIC_URL', 'https://bobbin.example.com/?x'],
    ['BOBBIN_JOURNAL', 'redis'],
    ['BOBBIN_JOURNAL', 'redis://'],
    ['BOBBIN_JOURNAL', 'unix://'],
    ['BOBBIN_JOURNAL', 'http://127.0.0.1:6379'],
    ['BOBBIN_INFLUX_DATABASE', 'a b'],
    ['BOBBIN_INFLUX_DATABASE', 'zone'],
    ['BOBBIN_INFLUX_ORG', 'zone'],
    ['BOBBIN_HTPP', '127.0.0.1:8080'],
  ])('%s=%s', (variable, value) => {
    const lines = refused({ [variable]: value });
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(new RegExp(`^${variable} is "`));
    expect(lines[0]).toContain(JSON.stringify(value));
    expect(lines[0]).toContain('; allowed: ');
    expect(lines[0]).not.toContain('\n');
  });

  test('every mistake is told, not the first alone', () => {
    expect(refused({ BOBBIN_HTTP: 'x', BOBBIN_LOG: 'y', BOBBIN_NEW: 'z' })).toHaveLength(3);
  });

  test.each([
    ['BOBBIN_ADMIN_PASSWORD', 'hunter2'],
    ['BOBBIN_ADMIN_PASSWROD', 'hunter2'],
    ['BOBBIN_SYSTEM_PASSWORD', 'hunter2'],
    ['BOBBIN_INFLUX_TOKEN', 'hunter2'],
    ['BOBBIN_INFLUX_PASSWORD', 'hunter2'],
    ['BOBBIN_STORE', 'http://bobbin:hunter2@influx:8086'],
    ['BOBBIN_JOURNAL', 'redsi://:hunter2@redis:6379'],
    ['BOBBIN_JOURNAL', 'redis:hunter2@@redis'],
  ])('%s=%s is masked', (variable, value) => {
    expect(refused({ [variable]: value }).join()).not.toContain('hunter2');
  });
});

describe('an InfluxDB', () => {
  const url = 'https://influx.example.com:8086';

  test('is reached with a token, with user and password, or with neither', () => {
    expect(accepted({ BOBBIN_STORE: url }).store).toMatchObject({ url, database: 'bobbin', token: undefined, user: undefined });
    const token = { BOBBIN_STORE: url, BOBBIN_INFLUX_TOKEN: 't', BOBBIN_INFLUX_ORG: 'zone' };
    expect(accepted(token).store).toMatchObject({ url, token: 't', org: 'zone' });
    const user = { BOBBIN_STORE: url, BOBBIN_INFLUX_USER: 'u', BOBBIN_INFLUX_PASSWORD: 'p' };
    expect(accepted(user).store).toMatchObject({ url, user: 'u', password: 'p' });
    expect(refused({ ...token, ...user })[0]).toMatch(/^BOBBIN_INFLUX_TOKEN .*not both$/);
  });

  test.each([
    ['BOBBIN_INFLUX_USER', 'BOBBIN_INFLUX_PASSWORD'],
    ['BOBBIN_INFLUX_PASSWORD', 'BOBBIN_INFLUX_USER'],
  ])('%s goes with %s', (given, missing) => {
    expect(refused({ BOBBIN_STORE: url, [given]: 'x' })).toEqual([expect.stringMatching(new RegExp(`^${missing} is not set;`))]);
  });

  test('that is not there needs no way in', () => {
    const names = ['DATABASE', 'TOKEN', 'ORG', 'USER', 'PASSWORD'].map((name) => `BOBBIN_INFLUX_${name}`);
    for (const name of names) expect(refused({ [name]: 'x' }), name).toEqual([expect.stringContaining('BOBBIN_STORE is the URL')]);
  });
});

describe('an address beyond loopback needs TLS, or a word that something in front ends it', () => {
  const open = { BOBBIN_HTTP: '0.0.0.0:8080', BOBBIN_MQTT: '192.168.1.5:1883', BOBBIN_MQTT_WS: '[::]:9001' };

  test('each one is refused', () => {
    expect(refused(open).map((line) => line.split(' ')[0])).toEqual(['BOBBIN_HTTP', 'BOBBIN_MQTT', 'BOBBIN_MQTT_WS']);
  });

  test('TLS allows it, and so does BOBBIN_PLAINTEXT=1', () => {
    accepted({ ...open, BOBBIN_TLS_CERT: 'c.pem', BOBBIN_TLS_KEY: 'k.pem' });
    accepted({ ...open, BOBBIN_PLAINTEXT: '1' });
  });

  test('the metrics port never speaks TLS', () => {
    const tls = { BOBBIN_TLS_CERT: 'c.pem', BOBBIN_TLS_KEY: 'k.pem', BOBBIN_METRICS: '0.0.0.0:9464' };
    expect(refused(tls)[0]).toMatch(/^BOBBIN_METRICS /);
    accepted({ ...tls, BOBBIN_PLAINTEXT: '1' });
  });

  test('half a key pair is no key pair', () => {
    expect(refused({ BOBBIN_TLS_CERT: 'c.pem' })[0]).toMatch(/^BOBBIN_TLS_KEY is not set;/);
    expect(refused({ BOBBIN_TLS_KEY: 'k.pem' })[0]).toMatch(/^BOBBIN_TLS_CERT is not set;/);
  });

  test.each(['localhost:1', '127.9.9.9:1', '[::1]:1'])('%s is loopback', (place) => {
    accepted({ BOBBIN_HTTP: place, BOBBIN_METRICS: place });
  });

  test.each(['127.example.com:1', 'localhost.example.com:1', '[::]:1', '0.0.0.0:1'])('%s is not', (place) => {
    expect(refused({ BOBBIN_HTTP: place })).toHaveLength(1);
  });
});

test('an open broker is one for this machine alone, whatever else is said', () => {
  expect(accepted({ BOBBIN_MQTT_OPEN: '1', BOBBIN_MQTT_WS: '[::1]:1884' }).mqttOpen).toBe(true);
  for (const [name, more] of [
    ['BOBBIN_MQTT', { BOBBIN_PLAINTEXT: '1' }],
    ['BOBBIN_MQTT_WS', { BOBBIN_TLS_CERT: 'c', BOBBIN_TLS_KEY: 'k' }],
  ] as const) {
    expect(refused({ BOBBIN_MQTT_OPEN: '1', [name]: '0.0.0.0:1', ...more })).toEqual([
      `${name} is "0.0.0.0:1"; allowed: a loopback address and no other, because BOBBIN_MQTT_OPEN is 1`,
    ]);
  }
});

test.each(['1234567', 'x'.repeat(129), 'password', 'Woaini1314', '88888888', 'abcdefgh', 'admin2026', 'adminadmin'])(
  '%j is no password for an admin',
  (password) => {
    const [line = ''] = refused({ BOBBIN_ADMIN_PASSWORD: password });
    expect(line).toMatch(/^BOBBIN_ADMIN_PASSWORD is "\*\*\*"; allowed: 8 to 128 characters/);
  },
);

test('a process reads .env beneath its environment, and ends with code 1 at a mistake', () => {
  const folder = mkdtempSync(join(tmpdir(), 'bobbin-settings-'));
  try {
    writeFileSync(join(folder, '.env'), 'BOBBIN_LOG=silent\nBOBBIN_RAW_DAYS=3\n');
    const program = `import { loadSettings } from ${JSON.stringify(resolve('settings.ts'))}; console.log(JSON.stringify(loadSettings()));`;
    const run = (extra: Environment): { status: number | null; stdout: string; stderr: string } =>
      spawnSync(process.execPath, ['--import', import.meta.resolve('tsx'), '--input-type=module', '-e', program], {
        cwd: folder,
        encoding: 'utf8',
        env: { PATH: process.env.PATH, ...extra },
      });
    const good = run({ BOBBIN_LOG: 'error' });
    expect(JSON.parse(good.stdout)).toMatchObject({ logLevel: 'error', retention: { rawDays: 3 } });
    const bad = run({ BOBBIN_MQTT: 'here' });
    expect(bad.status).toBe(1);
    expect(bad.stderr.trim().split('\n')).toEqual(['BOBBIN_MQTT is "here"; allowed: host:port, such as 127.0.0.1:8080 or [::1]:8080']);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

/** The access rule, case by case and over generated topics. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { channels } from '../contract/topics.ts';
import { nameAllowed, publishVerdict, rightsOf, subscribeAllowed, systemPasswordMatches, systemRightsOf, willAllowed } from './access.ts';
import type { Rights } from './access.ts';
import { smallPlant, topic } from './rig.suite.ts';

const rights = rightsOf('emb-1', smallPlant());
const gone = rightsOf('gone-1', smallPlant());
const statusBytes = 1024;

function verdict(of: Rights, on: string, payloadBytes = 6): string {
  return publishVerdict(of, { topic: on, payloadBytes }, statusBytes);
}

/** Everything but the exact topics of the rule. */
const elsewhere = [
  topic('emb-1', 'command'),
  topic('emb-1', 'live'),
  topic('emb-1', 'alarms'),
  'bobbin/v1/system/actions',
  'bobbin/v1/system/outcomes',
  'bobbin/v1/system/alarms',
  topic('emb-2', 'telemetry'),
  topic('emb-2', 'status'),
  topic('gone-1', 'telemetry'),
  'bobbin/v1/emb/f2/w1/emb-1/telemetry',
  'bobbin/v2/emb/f1/w1/emb-1/telemetry',
  'bobbin/v1/emb/f1/w1/emb-1',
  'bobbin/v1/emb/f1/w1/emb-1/telemetry/',
  '/bobbin/v1/emb/f1/w1/emb-1/telemetry',
  'Bobbin/v1/emb/f1/w1/emb-1/telemetry',
  `${topic('emb-1', 'telemetry')}\0`,
  `${topic('emb-1', 'telemetry')}\ufffd`,
  topic('emb-1', 'TELEMETRY'),
  topic('+', 'telemetry'),
  'bobbin/v1/emb/f1/w1/#',
  '#',
  '',
  '/',
  '$SYS/broker/uptime',
  '$share/group/bobbin',
  '__proto__',
  'constructor',
  topic('__proto__', 'telemetry'),
  'bobbin/v1/__proto__/f1/w1/emb-1/telemetry',
  'a/'.repeat(200),
];

describe('a line of the plant', () => {
  it('publishes its own telemetry, of any size, and its own status, if short', () => {
    expect(verdict(rights, topic('emb-1', 'telemetry'), 300_000)).toBe('telemetry');
    expect(verdict(rights, topic('emb-1', 'status'), statusBytes)).toBe('kept');
    expect(verdict(rights, topic('emb-1', 'status'), statusBytes + 1)).toBe('refused');
  });

  it.each(elsewhere)('may not publish on %j', (on) => {
    expect(verdict(rights, on)).toBe('refused');
    expect(willAllowed(rights, { topic: on, payloadBytes: 7 }, statusBytes)).toBe(false);
  });

  it('leaves its will on its own status only', () => {
    expect(willAllowed(rights, { topic: topic('emb-1', 'status'), payloadBytes: 7 }, statusBytes)).toBe(true);
    expect(willAllowed(rights, { topic: topic('emb-1', 'status'), payloadBytes: 1025 }, statusBytes)).toBe(false);
    expect(willAllowed(rights, { topic: topic('emb-1', 'telemetry'), payloadBytes: 7 }, statusBytes)).toBe(false);
  });

  it('subscribes to its own command and to nothing else', () => {
    expect(subscribeAllowed(rights, topic('emb-1', 'command'))).toBe(true);
    const others = elsewhere.filter((filter) => filter !== topic('emb-1', 'command'));
    for (const filter of [...others, topic('emb-1', 'status'), topic('emb-1', 'telemetry'), topic('emb-1', '+'), topic('+', 'command')]) {
      expect(subscribeAllowed(rights, filter), filter).toBe(false);
    }
  });

  it('is refused any topic but its two, whatever it is made of', () => {
    const part = fc.oneof(fc.constantFrom('emb', 'f1', 'w1', 'emb-1', 'emb-2', 'gone-1', '+', '#', '', ...channels), fc.string());
    const any = fc.oneof(
      fc.uint8Array().map((bytes) => Buffer.from(bytes).toString()),
      fc.array(part, { maxLength: 7 }).map((parts) => ['bobbin', 'v1', ...parts].join('/')),
    );
    fc.assert(
      fc.property(any, (on) => {
        const own = [topic('emb-1', 'telemetry'), topic('emb-1', 'status')].includes(on);
        expect(verdict(rights, on) !== 'refused').toBe(own);
        expect(subscribeAllowed(rights, on)).toBe(on === topic('emb-1', 'command'));
      }),
    );
  });
});

describe('a line that has gone from the plant', () => {
  it('publishes telemetry and status under any place that ends in its name', () => {
    expect(verdict(gone, topic('gone-1', 'telemetry'))).toBe('telemetry');
    expect(verdict(gone, 'bobbin/v1/x/y/z/gone-1/telemetry')).toBe('telemetry');
    expect(verdict(gone, topic('gone-1', 'status'))).toBe('passed');
    expect(willAllowed(gone, { topic: topic('gone-1', 'status'), payloadBytes: 7 }, statusBytes)).toBe(true);
  });

  it('may publish nothing else and subscribe to nothing', () => {
    const others = elsewhere.filter((on) => on !== topic('gone-1', 'telemetry'));
    for (const on of [...others, topic('gone-1', 'live'), topic('gone-1', 'command'), 'bobbin/v1/X/y/z/gone-1/telemetry']) {
      expect(verdict(gone, on), on).toBe('refused');
    }
    expect(verdict(gone, topic('gone-1', 'status'), 1025)).toBe('refused');
    expect(subscribeAllowed(gone, topic('gone-1', 'command'))).toBe(false);
  });
});

describe('the system itself', () => {
  const collector = systemRightsOf('system-collector');
  const dashboard = systemRightsOf('system-dashboard');

  it('publishes live records, alarms and its report as the collector, which are kept, and outcomes, which are not', () => {
    expect(verdict(collector, topic('emb-1', 'live'), 100_000)).toBe('kept');
    expect(verdict(collector, topic('emb-1', 'alarms'), 1_000_000)).toBe('kept');
    expect(verdict(collector, 'bobbin/v1/system/collector', 5000)).toBe('kept');
    expect(verdict(collector, 'bobbin/v1/system/alarms', 5000)).toBe('kept');
    expect(verdict(collector, 'bobbin/v1/system/outcomes', 5000)).toBe('passed');
    expect(verdict(collector, 'bobbin/v1/system/actions', 5000)).toBe('refused');
    for (const channel of ['telemetry', 'status', 'command']) expect(verdict(collector, topic('emb-1', channel))).toBe('refused');
  });

  it('publishes commands as the dashboard, which are never kept, and what people do, for the journal', () => {
    expect(verdict(dashboard, topic('emb-1', 'command'))).toBe('passed');
    expect(verdict(dashboard, 'bobbin/v1/system/actions')).toBe('action');
    for (const on of ['outcomes', 'alarms', 'actions/']) expect(verdict(dashboard, `bobbin/v1/system/${on}`)).toBe('refused');
    for (const channel of ['telemetry', 'status', 'live', 'alarms']) expect(verdict(dashboard, topic('emb-1', channel))).toBe('refused');
  });

  it('hears what each needs and nothing else', () => {
    const filters = [
      ...channels.map((channel) => topic('+', channel).replace('emb/f1/w1', '+/+/+')),
      ...['broker', 'collector'].map((reporter) => `bobbin/v1/system/${reporter}`),
      ...elsewhere.filter((on) => on !== topic('emb-1', 'alarms')),
      'bobbin/v1/#',
      'bobbin/v1/system/+',
    ];
    const heard = (rights: Rights): string[] => filters.filter((filter) => subscribeAllowed(rights, filter));
    expect(heard(collector)).toEqual(['bobbin/v1/+/+/+/+/status']);
    expect(heard(dashboard)).toEqual([
      'bobbin/v1/+/+/+/+/live',
      'bobbin/v1/+/+/+/+/alarms',
      'bobbin/v1/system/broker',
      'bobbin/v1/system/collector',
      'bobbin/v1/system/outcomes',
      'bobbin/v1/system/alarms',
    ]);
  });

  it.each([collector, dashboard])('may not publish elsewhere, nor leave a will ($name)', (rights) => {
    const some = [topic('emb-1', 'live'), topic('emb-1', 'alarms'), topic('emb-1', 'command')];
    const others = elsewhere.filter((on) => !some.includes(on) && !on.startsWith('bobbin/v1/system/'));
    for (const on of [...others, 'bobbin/v1/system/broker', 'bobbin/v1/system/other']) expect(verdict(rights, on), on).toBe('refused');
    for (const on of [...elsewhere, topic('emb-1', 'status'), 'bobbin/v1/system/collector']) {
      expect(willAllowed(rights, { topic: on, payloadBytes: 7 }, statusBytes), on).toBe(false);
    }
  });

  it('has one password, and without it none', () => {
    expect(systemPasswordMatches('a shared secret!', 'a shared secret!')).toBe(true);
    expect(systemPasswordMatches('a shared secret!', 'a shared secret')).toBe(false);
    expect(systemPasswordMatches('a shared secret!', '')).toBe(false);
    expect(systemPasswordMatches(null, '')).toBe(false);
  });
});

describe('names', () => {
  it('lets a client id be its user name', () => {
    expect(nameAllowed('emb-1', 'emb-1')).toBe(true);
  });

  it.each([
    ['', ''],
    ['', 'emb-1'],
    ['emb-1', undefined],
    ['emb-1', 'emb-2'],
    ['emb-1 ', 'emb-1'],
    ['EMB-1', 'EMB-1'],
    ['emb\0', 'emb\0'],
    ['emb\n', 'emb\n'],
    ['\ufffd', '\ufffd'],
    ['__proto__', '__proto__'],
    ['a'.repeat(64), 'a'.repeat(64)],
    ['emb/1', 'emb/1'],
    ['+', '+'],
  ])('refuses client id %j with user name %j', (clientId, username) => {
    expect(nameAllowed(clientId, username)).toBe(false);
  });
});

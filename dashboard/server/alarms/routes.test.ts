/** Alarms over real HTTP, with a real engine behind the bus: what is found, what is done, by whom first, and what the audit trail says of it. */
import { describe, expect, test } from 'vitest';
import { parseAction } from '../../../contract/actions.ts';
import { alarmOf, closed } from '../../../contract/alarm.suite.ts';
import type { AlarmRecord, Incident } from '../../../contract/alarm.ts';
import type { AlarmAnswer, AlarmFigures, NotificationsAnswer, RulesAnswer } from '../../../contract/alarms-api.ts';
import type { AuditAnswer, ErrorAnswer } from '../../../contract/api.ts';
import { dutySchema } from '../../../contract/duty.ts';
import type { Delivery } from '../../../contract/notify.ts';
import { outcomeTopic } from '../../../contract/system.ts';
import { begin } from '../plant.suite.ts';
import { startStage, type Stage } from '../stage.suite.ts';
import type { Answer, Visitor } from '../visitor.suite.ts';
import { playCollector, standingAlarms } from './access.suite.ts';

const hourMs = 3_600_000;
const ids = ({ body }: Answer): string[] => (body as AlarmRecord[]).map(({ id }) => id);
const messageOf = ({ body }: Answer): string => (body as ErrorAnswer).error.message;
const codeOf = ({ body }: Answer): string => (body as ErrorAnswer).error.code;

function delivery(changes: Partial<Delivery>): Delivery {
  return {
    ...{ id: 'd-1', announcement: 'a-1', alarm: 'of-emb-1', incident: null, channel: 'mail', to: ['li'], occasion: 'raised', level: 0 },
    ...{ dueAt: begin, attempts: 1, deliveredAt: begin, failedAt: null, error: null },
    ...changes,
  };
}

describe('asking for alarms', () => {
  const first = alarmOf('emb-1', begin - hourMs, { id: 'a', rule: 'stop:machine-error', priority: 'critical', assignedTo: 'li' });
  const second = alarmOf('emb-2', begin - 60_000, { id: 'b', state: 'shelved', text: { zh: '温度过高', en: 'Too Hot' } });
  const third = alarmOf('emb-4', begin - 30_000, { id: 'c', state: 'acknowledged', priority: 'low' });
  const over = closed(alarmOf('emb-1', begin - 3 * hourMs, { id: 'd' }), begin - 2 * hourMs);
  const standing = async (): Promise<{ stage: Stage; admin: Visitor }> => {
    const stage = await startStage();
    stage.alarms('emb-1', [first]);
    stage.alarms('emb-2', [second]);
    stage.alarms('emb-4', [third]);
    stage.past.alarmsKept.push(over, { ...first, state: 'returned' });
    return { stage, admin: await stage.signedIn('admin') };
  };

  test('answers what is open, newest first, and narrows it as asked', async () => {
    const { stage, admin } = await standing();
    const cases: [query: string, ids: string[]][] = [
      ['', ['c', 'b', 'a']],
      ['?line=emb-2', ['b']],
      ['?line=nothing', []],
      ['?firm=f1', ['b', 'a']],
      ['?workshop=f1/w1&priority=critical,high', ['a']],
      ['?type=embroidery', ['c', 'b', 'a']],
      ['?type=press', []],
      ['?state=shelved,acknowledged', ['c', 'b']],
      ['?assignedTo=li', ['a']],
      [`?text=${encodeURIComponent('温度')}`, ['b']],
      ['?text=too%20hot', ['b']],
      ['?text=emb-4', ['c']],
      ['?limit=2', ['c', 'b']],
    ];
    for (const [query, expected] of cases) expect([query, ids(await admin.get(`/alarms${query}`))]).toEqual([query, expected]);
    const supervisor = await stage.signedIn({ username: 'f1', role: 'supervisor', scope: { firms: ['f1'] } });
    expect(ids(await supervisor.get('/alarms'))).toEqual(['b', 'a']);
    expect(ids(await supervisor.get('/alarms?line=emb-4'))).toEqual([]);
    expect(stage.past.asked).toBe(0);
  });

  test('asks history of the past, and tells of an alarm that both know what the board knows', async () => {
    const { stage, admin } = await standing();
    const window = `from=${String(begin - 4 * hourMs)}&to=${String(begin)}`;
    expect(ids(await admin.get('/alarms?state=normal'))).toEqual(['d']);
    const { body } = await admin.get(`/alarms?${window}&state=normal,unacknowledged,shelved`);
    expect((body as AlarmRecord[]).map(({ id, state }) => [id, state])).toEqual([
      ['b', 'shelved'],
      ['a', 'unacknowledged'],
      ['d', 'normal'],
    ]);
    // What has just closed is not written down yet.
    stage.alarms('emb-1', [closed(first, begin)]);
    expect(ids(await admin.get('/alarms'))).toEqual(['c', 'b']);
    expect(ids(await admin.get('/alarms?state=normal'))).toEqual(['a', 'd']);
    stage.past.mood = 'fails';
    expect((await admin.get('/alarms?state=normal')).status).toBe(503);
    expect((await admin.get('/alarms')).status).toBe(200);
  });

  test('says in plain words what is wrong with a question', async () => {
    const { admin } = await standing();
    const wrong = [
      'state=open',
      'priority=urgent',
      'from=yesterday',
      'from=5&to=4',
      'limit=0',
      'format=pdf',
      'lang=fr',
      `text=${'x'.repeat(101)}`,
    ];
    for (const query of wrong) {
      const answer = await admin.get(`/alarms?${query}`);
      expect([query, answer.status]).toEqual([query, 400]);
      expect(messageOf(answer)).toMatch(/^[A-Z"].*\.$/);
    }
  });

  test('is a table for Excel where that is asked for, with nothing in it that a spreadsheet would run', async () => {
    const { stage, admin } = await standing();
    stage.alarms('emb-1', [{ ...first, assignedTo: '=cmd()' }]);
    const { body, headers } = await admin.get('/alarms?format=csv&lang=zh');
    const text = body as string;
    expect(headers.get('content-disposition')).toMatch(/bobbin-alarms-2025-11-24\.csv/);
    expect(text.replace(/^\uFEFF/, '').split('\r\n')).toHaveLength(5);
    expect(text).toContain('温度过高');
    expect(text).toContain("'=cmd()");
    expect(text).toContain('2025-11-24 15:00:00');
    expect((await admin.get('/alarms?format=csv&lang=en')).body).toContain('Too Hot');
  });

  test('tells of one alarm all that is known, and of its incident only what is in scope', async () => {
    const { stage, admin } = await standing();
    const incident: Incident = {
      ...{ id: 'i', place: 'emb/12', placeKind: 'building', startedAt: begin, clearedAt: null },
      ...{ lines: ['emb-1', 'emb-4'], alarms: ['a', 'c'] },
    };
    stage.alarms('emb-1', [{ ...first, group: 'i' }], [incident]);
    stage.past.stepsKept.set('a', [{ at: begin, what: 'raised', who: null, detail: null }]);
    stage.past.deliveriesKept.push(delivery({ alarm: null, incident: 'i' }), delivery({ alarm: 'other' }));
    const answer = (await admin.get('/alarms/a')).body as AlarmAnswer;
    expect(answer).toMatchObject({ record: { id: 'a' }, line: { id: 'emb-1', firm: 'f1', workshop: 'w1', type: 'embroidery' }, incident });
    expect(answer.steps).toHaveLength(1);
    expect(answer.deliveries).toEqual([delivery({ alarm: null, incident: 'i' })]);
    const supervisor = await stage.signedIn({ username: 'f1', role: 'supervisor', scope: { firms: ['f1'] } });
    expect(((await supervisor.get('/alarms/a')).body as AlarmAnswer).incident).toEqual({ ...incident, lines: ['emb-1'], alarms: ['a'] });
    expect(((await admin.get('/alarms/d')).body as AlarmAnswer).record.state).toBe('normal');
  });
});

test('who is on duty where an alarm is: names and accounts, those told first before the others, and nothing by which they are reached', async () => {
  const duty = dutySchema.parse({
    channels: [{ id: 'sms', kind: 'webhook', url: 'https://sms.example/', secret: 'a secret of sixteen' }],
    people: [
      { id: 'wang', name: '王伟', phone: '13800001111', username: 'wang' },
      { id: 'li', name: '李娜', phone: '13800002222' },
      { id: 'zhao', name: '赵敏', username: 'zhao' },
    ],
    rosters: [
      { where: { workshop: 'f1/w1' }, levels: [['wang', 'li'], ['zhao']], channels: ['sms'] },
      { where: {}, levels: [['zhao']], channels: ['sms'] },
    ],
  });
  const stage = await startStage({ duty });
  playCollector(stage, standingAlarms());
  const admin = await stage.signedIn('admin');
  expect((await admin.get('/alarms/of-emb-1/duty')).body).toEqual([
    { name: '王伟', username: 'wang', level: 0 },
    { name: '李娜', username: null, level: 0 },
    { name: '赵敏', username: 'zhao', level: 1 },
  ]);
  const zhao = [{ name: '赵敏', username: 'zhao', level: 0 }];
  expect((await admin.get('/alarms/of-press-1/duty')).body).toEqual(zhao);
  expect((await admin.get('/alarms/of-system/duty')).body).toEqual(zhao);
  const nobody = await startStage();
  playCollector(nobody, standingAlarms());
  expect((await (await nobody.signedIn('admin')).get('/alarms/of-emb-1/duty')).body).toEqual([]);
});

describe('doing something to an alarm', () => {
  const playing = async (): Promise<{ stage: Stage; li: Visitor; wang: Visitor }> => {
    const stage = await startStage();
    playCollector(stage, standingAlarms());
    const person = (username: string): Promise<Visitor> => stage.signedIn({ username, role: 'maintenance', scope: { firms: ['f1'] } });
    return { stage, li: await person('li'), wang: await person('wang') };
  };

  test('changes the record; who comes second is told who was first, and when', async () => {
    const { stage, li, wang } = await playing();
    const done = await li.post('/alarms/of-emb-1/acknowledge', {});
    expect(done.status).toBe(200);
    expect(done.body).toMatchObject({ id: 'of-emb-1', state: 'acknowledged', acknowledgedBy: 'li', acknowledgedAt: begin });
    stage.clock.advance(5000);
    const late = await wang.post('/alarms/of-emb-1/acknowledge', {});
    expect([late.status, codeOf(late)]).toEqual([409, 'already']);
    expect(messageOf(late)).toBe('It has been acknowledged already, by li at 2025-11-24 16:00:00.');
    const early = await wang.post('/alarms/of-emb-1/unshelve', {});
    expect([early.status, codeOf(early)]).toEqual([409, 'state']);
    expect((await wang.get('/alarms/of-emb-1')).body).toMatchObject({ record: { acknowledgedBy: 'li' } });
  });

  test('goes through assign, arrive and resolve, with what was said in the audit trail', async () => {
    const { stage, li, wang } = await playing();
    await li.post('/alarms/of-emb-1/acknowledge', {});
    await li.post('/alarms/of-emb-1/assign', { to: 'wang' });
    await wang.post('/alarms/of-emb-1/arrive', {});
    const { status, body } = await wang.post('/alarms/of-emb-1/resolve', { cause: 'wear', remedy: 'replaced', comment: '换了皮带' });
    expect(status).toBe(200);
    expect(body).toMatchObject({ assignedTo: 'wang', arrivedBy: 'wang', resolvedBy: 'wang', cause: 'wear', remedy: 'replaced' });
    expect((await li.post('/alarms/of-emb-1/resolve', { cause: 'power' })).status).toBe(409);
    const admin = await stage.signedIn('admin');
    const { body: trail } = await admin.get('/audit');
    const entries = (trail as AuditAnswer[])
      .filter(({ action }) => action.startsWith('alarm-'))
      .map(({ who, action, subject }) => [who, action, subject]);
    expect(entries.reverse()).toEqual([
      ['li', 'alarm-acknowledge', 'of-emb-1'],
      ['li', 'alarm-assign', 'of-emb-1'],
      ['wang', 'alarm-arrive', 'of-emb-1'],
      ['wang', 'alarm-resolve', 'of-emb-1'],
      ['li', 'alarm-resolve', 'of-emb-1'],
    ]);
    const details = (trail as AuditAnswer[]).map(({ detail }) => detail);
    expect(details).toContain('emb-1 stop:fault, cause "wear", remedy "replaced", comment "换了皮带"');
    expect(details).toContain('emb-1 stop:fault, cause "power", refused: already');
  });

  test('refuses what a body lacks, and records nothing of it', async () => {
    const { stage, li } = await playing();
    const bodies: [action: string, body: unknown][] = [
      ['assign', {}],
      ['resolve', { cause: 'magic' }],
      ['shelve', { minutes: 481, reason: 'x' }],
      ['shelve', { minutes: 5, reason: ' ' }],
      ['comment', {}],
      ['comment', { comment: 'cut\0off' }],
      ['assign', { to: 'half of \ud83d' }],
      ['acknowledge', { who: 'somebody else' }],
      ['acknowledge', 'not json'],
    ];
    for (const [action, body] of bodies)
      expect([action, (await li.post(`/alarms/of-emb-1/${action}`, body)).status]).toEqual([action, 400]);
    const odd = await li.ask('POST', '/alarms/of-emb-1/acknowledge', {}, { origin: li.url, 'idempotency-key': 'a b' });
    expect([odd.status, codeOf(odd)]).toEqual([400, 'bad-key']);
    expect(stage.bus.recorded).toEqual([]);
  });

  test('does nothing twice that is asked twice under one key', async () => {
    const { stage, li, wang } = await playing();
    const headers = { origin: li.url, 'idempotency-key': 'k-1' };
    const comment = (visitor: Visitor): Promise<Answer> =>
      visitor.ask('POST', '/alarms/of-emb-1/comment', { comment: 'on my way' }, headers);
    const [one, two] = [await comment(li), await comment(li)];
    expect([one.status, two.status]).toEqual([200, 200]);
    await comment(wang);
    // One key for two things means both.
    expect((await li.ask('POST', '/alarms/of-emb-1/acknowledge', {}, headers)).status).toBe(200);
    const ids = stage.bus.recorded.map((payload) => (JSON.parse(payload) as { id: string }).id);
    expect(ids[0]).toBe(ids[1]);
    expect(new Set(ids).size).toBe(3);
  });

  test('records nothing that the collector could not read, however long names and keys are', async () => {
    const { stage, li } = await playing();
    const headers = { origin: li.url, 'idempotency-key': 'k'.repeat(64) };
    expect((await li.ask('POST', '/alarms/of-emb-1/acknowledge', { comment: '长'.repeat(500) }, headers)).status).toBe(200);
    expect(stage.bus.recorded.map((payload) => parseAction(Buffer.from(payload))?.kind)).toEqual(['alarm']);
  });

  test('says that it is recorded where nobody answers, and that it is not where the journal does not take it', async () => {
    const { stage, li } = await playing();
    let heard: (() => void) | null = null;
    const recorded = new Promise<void>((resolve) => (heard = resolve));
    stage.bus.onRecord = () => {
      heard?.();
    };
    const asked = li.post('/alarms/of-emb-1/acknowledge', {});
    await recorded;
    // Its promise settles before the request's own turn comes again.
    await li.get('/session');
    stage.clock.advance(10_000);
    const waiting = await asked;
    expect([waiting.status, codeOf(waiting)]).toEqual([503, 'recorded']);
    stage.bus.onRecord = () => Promise.reject(new Error('the journal is closed'));
    const refused = await li.post('/alarms/of-emb-1/acknowledge', {});
    expect([refused.status, codeOf(refused)]).toEqual([503, 'not-recorded']);
    // An outcome that nobody waits for any more, and one that cannot be read, hurt nobody.
    stage.bus.publish(outcomeTopic, JSON.stringify({ id: 'nobody', kind: 'done' }), { retain: false });
    stage.bus.publish(outcomeTopic, 'null', { retain: false });
    stage.bus.publish(outcomeTopic, '{', { retain: false });
  });
});

test('figures are those of the window and the scope, with MTTR in its steps, and groups that are whole', async () => {
  const stage = await startStage();
  const repaired = {
    deliveredAt: begin - 3000,
    acknowledgedAt: begin - 2000,
    arrivedAt: begin - 1500,
    resolvedAt: begin - 1000,
    cause: 'wear',
  };
  const fault = alarmOf('emb-1', begin - 4000, { rule: 'stop:fault', state: 'normal', clearedAt: begin - 1200, ...repaired });
  stage.past.alarmsKept.push(
    fault,
    alarmOf('emb-2', begin - 5000, { rule: 'chattering', raises: 4 }),
    alarmOf('emb-3', begin - 30 * hourMs),
    alarmOf('emb-4', begin - 6000, { rule: 'stop:fault' }),
  );
  stage.alarms('emb-3', [alarmOf('emb-3', begin - 30 * hourMs)]);
  stage.past.deliveriesKept.push(
    delivery({ alarm: fault.id, to: ['li', 'wang'], deliveredAt: begin - 3000 }),
    delivery({ alarm: 'elsewhere' }),
  );
  const supervisor = await stage.signedIn({ username: 'f1', role: 'supervisor', scope: { firms: ['f1'] } });
  const query = `from=${String(begin - hourMs)}&to=${String(begin)}`;
  const figures = (await supervisor.get(`/alarms/figures?${query}&by=workshop`)).body as AlarmFigures;
  expect(figures).toMatchObject({ alarms: 2, isPart: false, by: 'workshop' });
  expect(figures.repair.total).toMatchObject({ count: 1, meanMs: 3000 });
  expect(figures.repair.steps.arrived).toMatchObject({ count: 1, meanMs: 500 });
  expect(figures.groups.map(({ id, alarms }) => [id, alarms])).toEqual([
    ['f1/w1', 2],
    ['f1/w2', 0],
  ]);
  // Two lines that ran half of the hour, one failure.
  expect(figures.groups[0]?.failure).toEqual({ failures: 1, runningMs: hourMs, mtbfMs: hourMs });
  expect(figures.causes).toMatchObject([{ key: 'wear', count: 1, share: 1 }]);
  expect(figures.load.map(({ person, count }) => [person, count])).toEqual([
    ['li', 1],
    ['wang', 1],
  ]);
  expect(figures.chattering).toMatchObject([{ line: 'emb-2', raises: 4 }]);
  expect(figures.frequent).toMatchObject([{ line: 'emb-1', rule: 'stop:fault' }]);
  expect(figures.stale.map(({ line }) => line)).toEqual(['emb-3']);
  const part = await stage.signedIn({ username: 'w1', role: 'maintenance', scope: { workshops: ['f1/w1'] } });
  expect(((await part.get(`/alarms/figures?${query}&by=firm`)).body as AlarmFigures).groups).toEqual([]);
  expect(((await part.get(`/alarms/figures?${query}&by=type`)).body as AlarmFigures).groups.map(({ id }) => id)).toEqual(['embroidery']);
  expect((await part.get('/alarms/figures?by=country')).status).toBe(400);
});

test('rules are told as they are in force, with what made them so; a change is checked, recorded and audited', async () => {
  const stage = await startStage();
  playCollector(stage, []);
  const admin = await stage.signedIn('admin');
  const silence = async (): Promise<unknown> =>
    ((await admin.get('/alarm-rules?line=emb-1')).body as RulesAnswer).rules.find(({ id }) => id === 'silence');
  expect(await silence()).toMatchObject({ values: { enabled: true, limit: 20, priority: 'medium' }, overrides: [] });
  const change = (where: object, override: object): Promise<Answer> => admin.post('/alarm-rules', { where, override });
  const first = await change({}, { rule: 'silence', limit: 60, why: 'slow network' });
  expect(first.status).toBe(201);
  expect(first.body).toMatchObject({ who: 'admin', at: begin, before: null, after: { override: { limit: 60 } } });
  const off = { rule: 'silence', enabled: false, why: 'works on the network' };
  stage.past.changesKept.unshift({
    id: '1',
    at: begin,
    who: 'admin',
    before: null,
    after: { where: {}, override: { rule: 'silence', limit: 60, why: 'x' } },
  });
  stage.past.changesKept.unshift({
    id: '2',
    at: begin,
    who: 'admin',
    before: null,
    after: { where: { firm: 'f1' }, override: off },
  });
  expect(await silence()).toMatchObject({
    values: { enabled: false, limit: 60 },
    standard: { enabled: true, limit: 20 },
    overrides: [
      { source: 'change', where: {} },
      { source: 'change', where: { firm: 'f1' } },
    ],
  });
  expect((await change({}, { rule: 'silence', limit: 30, why: 'y' })).body).toMatchObject({ before: { override: { limit: 60 } } });
  const wrong: [where: object, override: object, status: number][] = [
    [{}, { rule: 'silence', limit: 5 }, 400],
    [{}, { rule: 'limit:speed:actionHigh', limit: 5, why: 'x' }, 400],
    [{}, { rule: 'silence', why: 'x' }, 400],
    [{ firm: 'f1', line: 'emb-1' }, { rule: 'silence', limit: 5, why: 'x' }, 400],
    [{ firm: 'nobody' }, { rule: 'silence', limit: 5, why: 'x' }, 404],
  ];
  for (const [where, override, status] of wrong) expect([override, (await change(where, override)).status]).toEqual([override, status]);
  const all = (await admin.get('/alarm-rules')).body as RulesAnswer;
  expect(all).toMatchObject({
    line: null,
    rules: [],
    overrides: [{ source: 'change' }, { source: 'change' }],
    changes: [{ id: '2' }, { id: '1' }],
  });
  const press = await stage.signedIn({ username: 'f3', role: 'supervisor', scope: { firms: ['f3'] } });
  expect(((await press.get('/alarm-rules')).body as RulesAnswer).changes.map(({ id }) => id)).toEqual(['1']);
});

test('channels are shown with what was delivered lately; a trial says in plain words how it went', async () => {
  const stage = await startStage();
  playCollector(stage, []);
  stage.past.deliveriesKept.push(delivery({}));
  const admin = await stage.signedIn('admin');
  expect((await admin.get('/notifications')).body as NotificationsAnswer).toMatchObject({
    channels: [{ id: 'mail' }],
    deliveries: [{ id: 'd-1' }],
  });
  expect((await admin.post('/notifications/mail/test', undefined)).body).toEqual({ ok: true, message: null });
  stage.bus.onRecord = (payload) => {
    const { id } = JSON.parse(payload) as { id: string };
    stage.bus.publish(outcomeTopic, JSON.stringify({ id, kind: 'failed', message: 'The mail server refuses the password.' }), {
      retain: false,
    });
  };
  expect((await admin.post('/notifications/mail/test', undefined)).body).toEqual({
    ok: false,
    message: 'The mail server refuses the password.',
  });
  const { body } = await admin.get('/audit');
  const details = (body as AuditAnswer[]).filter(({ action }) => action === 'channel-test').map(({ detail }) => detail);
  expect(details).toEqual(['did not arrive: The mail server refuses the password.', 'arrived']);
});

/** What people of one firm might learn of another by its alarms, and do not: that there are any, who is told of them, what kinds of machines it has. */
import { expect, test } from 'vitest';
import { alarmOf } from '../../../contract/alarm.suite.ts';
import type { Incident } from '../../../contract/alarm.ts';
import type { AlarmAnswer, AlarmFigures } from '../../../contract/alarms-api.ts';
import { dutySchema } from '../../../contract/duty.ts';
import type { Delivery } from '../../../contract/notify.ts';
import { begin } from '../plant.suite.ts';
import { startStage, type Stage } from '../stage.suite.ts';
import type { Visitor } from '../visitor.suite.ts';

const person = (id: string) => ({ id, name: `${id} of the firm`, phone: '13800001111' });
const duty = dutySchema.parse({
  channels: [{ id: 'sms', kind: 'webhook', url: 'https://sms.example/', secret: 'a secret of sixteen' }],
  people: ['wang', 'li', 'zhao'].map(person),
  rosters: [
    { where: { firm: 'f1' }, levels: [['wang']], channels: ['sms'] },
    { where: { firm: 'f2' }, levels: [['li']], channels: ['sms'] },
    { where: { park: 'emb' }, levels: [['zhao']], channels: ['sms'] },
  ],
});
const own = alarmOf('emb-1', begin - 5000, { id: 'a', group: 'i' });
const others = alarmOf('emb-4', begin - 5000, { id: 'c', group: 'i' });
const incident: Incident = {
  ...{ id: 'i', place: 'emb/12', placeKind: 'building', startedAt: begin - 5000, clearedAt: null },
  ...{ lines: ['emb-1', 'emb-4'], alarms: ['a', 'c'] },
};
/** One message about the building, to everybody who has lines there. */
const delivery: Delivery = {
  ...{
    id: 'd',
    announcement: 'n',
    alarm: null,
    incident: 'i',
    channel: 'sms',
    occasion: 'raised',
    level: 0,
    dueAt: begin - 4000,
    attempts: 1,
  },
  ...{ to: ['wang of the firm', 'li of the firm', 'zhao of the firm'], deliveredAt: begin - 4000, failedAt: null, error: null },
};

async function playing(): Promise<{ stage: Stage; supervisor: Visitor }> {
  const stage = await startStage({ duty });
  stage.alarms('emb-1', [own], [incident]);
  stage.alarms('emb-4', [others], [incident]);
  stage.past.alarmsKept.push(own, others);
  stage.past.deliveriesKept.push(delivery, { ...delivery, id: 'e', to: ['li of the firm'] });
  return { stage, supervisor: await stage.signedIn({ username: 'f1', role: 'supervisor', scope: { firms: ['f1'] } }) };
}

test('an alarm elsewhere answers like none, also while the store is down, and costs the same question', async () => {
  const { stage, supervisor } = await playing();
  for (const path of ['', '/duty', '/acknowledge', '/comment']) {
    const method = ['/acknowledge', '/comment'].includes(path) ? 'POST' : 'GET';
    for (const mood of ['answers', 'fails'] as const) {
      stage.past.mood = mood;
      const seen = [];
      for (const id of ['c', 'nothing']) {
        const before = stage.past.asked;
        const { status, body } = await supervisor.ask(method, `/alarms/${id}${path}`, method === 'POST' ? {} : undefined);
        seen.push({ status, body, asked: stage.past.asked - before });
      }
      expect(seen[0], `${path} ${mood}`).toEqual(seen[1]);
      expect(seen[0]?.status).toBe(mood === 'fails' ? 503 : 404);
    }
  }
});

test('of a message that went to several firms it tells those who belong to the caller, and of one that went elsewhere nothing', async () => {
  const { stage, supervisor } = await playing();
  const told = async (visitor: Visitor): Promise<unknown> =>
    ((await visitor.get('/alarms/a')).body as AlarmAnswer).deliveries.map(({ id, to }) => [id, to.map((name) => name.split(' ')[0])]);
  expect(await told(supervisor)).toEqual([['d', ['wang', 'zhao']]]);
  expect(await told(await stage.signedIn('admin'))).toEqual([
    ['d', ['wang', 'li', 'zhao']],
    ['e', ['li']],
  ]);
  const load = async (visitor: Visitor): Promise<unknown> =>
    ((await visitor.get('/alarms/figures')).body as AlarmFigures).load.map(
      ({ person, count }) => `${person.split(' ')[0] ?? ''} ${String(count)}`,
    );
  expect(await load(supervisor)).toEqual(['wang 1', 'zhao 1']);
  expect(await load(await stage.signedIn('admin'))).toEqual(['li 2', 'wang 1', 'zhao 1']);
});

test('rules for kinds of machines that the caller does not have are not told, though they hold in the whole zone', async () => {
  const { stage, supervisor } = await playing();
  const change = (id: string, type?: string) => {
    const after = {
      where: {},
      override: { rule: 'silence', ...(type !== undefined && { type }), priority: 'high', why: 'quiet' },
    } as const;
    return { id, at: begin, who: 'admin', before: null, after };
  };
  stage.past.changesKept.push(change('all'), change('own', 'embroidery'), change('other', 'press'));
  const rules = async (visitor: Visitor): Promise<string> => JSON.stringify((await visitor.get('/alarm-rules')).body);
  expect(await rules(supervisor)).toContain('"own"');
  expect(await rules(supervisor)).not.toContain('press');
  expect(await rules(await stage.signedIn('admin'))).toContain('press');
});

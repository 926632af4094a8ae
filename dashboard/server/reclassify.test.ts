/** Giving a stop another reason over real HTTP: what is refused and in which words, what is recorded, what the audit trail says. */
import { expect, test } from 'vitest';
import type { Outcome, ReclassifyDeed } from '../../contract/actions.ts';
import type { AuditAnswer, ErrorAnswer } from '../../contract/api.ts';
import { outcomeTopic } from '../../contract/system.ts';
import { begin } from './plant.suite.ts';
import { startStage, type Stage } from './stage.suite.ts';

const span = { from: begin - 120_000, to: begin - 60_000, state: 'stopped', stop: null } as const;
const asked = { from: span.from, to: span.to, stop: 'thread-break', why: 'the operator said so' };

/** Plays the storing half: what is recorded is stored at once. */
function playStore(stage: Stage): void {
  const { bus, past } = stage;
  past.spansKept.push(span);
  bus.onRecord = (payload) => {
    const { kind: _, ...record } = JSON.parse(payload) as ReclassifyDeed;
    past.saidKept.push(record);
    bus.publish(outcomeTopic, JSON.stringify({ id: record.id, kind: 'done' } satisfies Outcome), { retain: false });
  };
}

test('is recorded with what it was, answered once it is stored, listed, and in the audit trail', async () => {
  const stage = await startStage();
  playStore(stage);
  const admin = await stage.signedIn('admin');
  const supervisor = await stage.signedIn({ username: 'wang', role: 'supervisor', scope: { firms: ['f1'] } });
  const { status, body } = await supervisor.post('/lines/emb-1/reclassify', asked);
  const record = { ...asked, line: 'emb-1', before: { state: 'stopped', stop: null }, who: 'wang' };
  expect(status).toBe(200);
  expect(body).toMatchObject(record);
  const window = `from=${String(begin - 3_600_000)}&to=${String(begin)}`;
  expect((await admin.get(`/lines/emb-1/reclassifications?${window}`)).body).toEqual([body]);
  expect((await supervisor.post('/lines/emb-1/reclassify', { ...asked, stop: null, why: 'undone' })).status).toBe(200);
  const trail = (await admin.get('/audit')).body as AuditAnswer[];
  const said = trail.filter(({ action }) => action === 'reclassify');
  expect(said.map(({ who, subject }) => [who, subject])).toEqual([
    ['wang', 'emb-1'],
    ['wang', 'emb-1'],
  ]);
  expect(said.map(({ detail }) => detail).join('\n')).toMatch(/stopped to thread-break, why "the operator said so"/);
  expect(said.map(({ detail }) => detail).join('\n')).toMatch(/to what the machine said, why "undone"/);
});

test('is refused in plain words where there is no such stop, no such code, no reason; nothing is recorded', async () => {
  const stage = await startStage();
  playStore(stage);
  const admin = await stage.signedIn('admin');
  const wrong: [body: unknown, code: string][] = [
    [{}, 'bad-body'],
    [{ ...asked, why: ' ' }, 'bad-body'],
    [{ ...asked, from: asked.to, to: asked.from }, 'bad-window'],
    [{ ...asked, from: asked.from + 1 }, 'no-span'],
    [{ ...asked, to: asked.to - 1 }, 'no-span'],
    [{ ...asked, to: begin + 3_600_000 }, 'not-over'],
    [{ ...asked, from: begin - 40 * 86_400_000 }, 'window-too-long'],
    [{ ...asked, stop: 'no-code' }, 'bad-stop'],
    [{ ...asked, stop: 'toString' }, 'bad-stop'],
    [{ ...asked, stop: 'sewing' }, 'bad-stop'],
    [{ ...asked, from: begin - 50_000, to: begin - 40_000 }, 'no-span'],
  ];
  for (const [body, code] of wrong) {
    const { status, body: answer } = await admin.post('/lines/emb-1/reclassify', body);
    expect([body, status, (answer as ErrorAnswer).error.code]).toEqual([body, 400, code]);
    expect((answer as ErrorAnswer).error.message).toMatch(/^[A-Z"].+[.a-z0-9>=]$/);
  }
  stage.past.spansKept[0] = { ...span, state: 'running' };
  expect((await admin.post('/lines/emb-1/reclassify', asked)).body).toMatchObject({ error: { code: 'no-stop' } });
  stage.past.mood = 'fails';
  expect((await admin.post('/lines/emb-1/reclassify', asked)).status).toBe(503);
  expect((await admin.get('/lines/emb-1/reclassifications')).status).toBe(503);
  expect(stage.bus.recorded).toEqual([]);
});

test('one that nobody works off in time is recorded all the same, and said so; one that cannot be recorded is said so too', async () => {
  const stage = await startStage();
  stage.past.spansKept.push(span);
  const admin = await stage.signedIn('admin');
  stage.bus.onRecord = () => Promise.reject(new Error('the disk is full'));
  expect((await admin.post('/lines/emb-1/reclassify', asked)).body).toMatchObject({ error: { code: 'not-recorded' } });
  stage.bus.onRecord = () => {
    setImmediate(() => {
      stage.clock.advance(10_000);
    });
  };
  const answer = await admin.post('/lines/emb-1/reclassify', asked);
  expect([answer.status, (answer.body as ErrorAnswer).error.code]).toEqual([503, 'recorded']);
  expect(stage.bus.recorded).toHaveLength(2);
});

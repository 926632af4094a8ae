/** Live events of alarms over real sockets: who hears of what. */
import { describe, expect, test } from 'vitest';
import { alarmOf, closed } from '../../../contract/alarm.suite.ts';
import type { AlarmRecord } from '../../../contract/alarm.ts';
import { systemLine } from '../../../contract/system.ts';
import { begin } from '../plant.suite.ts';
import { startStage } from '../stage.suite.ts';
import { listening, told } from './listening.suite.ts';

describe('alarm events', () => {
  test('reach those who may see the alarm, as it becomes; officials hear none', async () => {
    const stage = await startStage();
    const person = async (username: string, role: 'supervisor' | 'maintenance' | 'official', scope: object): Promise<AlarmRecord[]> =>
      (await listening(await stage.signedIn({ username, role, scope }))).heard;
    const admin = (await listening(await stage.signedIn('admin'))).heard;
    const f1 = await person('f1', 'supervisor', { firms: ['f1'] });
    const w1 = await person('w1', 'maintenance', { workshops: ['f1/w1'] });
    const official = await person('li', 'official', {});
    const nobody = await person('no', 'supervisor', {});
    const one = alarmOf('emb-1', begin);
    stage.alarms('emb-1', [one]);
    stage.alarms('emb-3', [alarmOf('emb-3', begin)]);
    stage.alarms('press-1', [alarmOf('press-1', begin)]);
    stage.alarms(systemLine, [alarmOf(systemLine, begin, { rule: 'data:channel-mail' })]);
    await told(stage, admin, 4);
    stage.alarms('emb-1', [{ ...one, state: 'acknowledged' }]);
    // The same once more is no news.
    stage.alarms('emb-1', [{ ...one, state: 'acknowledged' }]);
    await told(stage, admin, 5);
    stage.alarms('emb-1', [closed(one, begin)]);
    await told(stage, admin, 6);
    expect(admin.map(({ line, state }) => `${line} ${state}`).sort()).toEqual([
      'emb-1 acknowledged',
      'emb-1 normal',
      'emb-1 unacknowledged',
      'emb-3 unacknowledged',
      'press-1 unacknowledged',
      'system unacknowledged',
    ]);
    await told(stage, w1, 4);
    expect(w1.map(({ line, state }) => `${line} ${state}`)).toEqual([
      'emb-1 unacknowledged',
      'system unacknowledged',
      'emb-1 acknowledged',
      'emb-1 normal',
    ]);
    await told(stage, f1, 4);
    expect(new Set(f1.map(({ line }) => line))).toEqual(new Set(['emb-1', 'emb-3']));
    expect([...official, ...nobody]).toEqual([]);
  });
});

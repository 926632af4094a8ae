/**
 * Live events of alarms when it comes thick: a thousand in one moment, and a browser that takes nothing. Runs with the system tests, since both take
 * their time.
 */
import type { Socket as WireSocket } from 'node:net';
import { describe, expect, test, vi } from 'vitest';
import { alarmOf } from '../../../contract/alarm.suite.ts';
import { begin } from '../plant.suite.ts';
import { startStage } from '../stage.suite.ts';
import { next } from '../visitor.suite.ts';
import { listening, told } from './listening.suite.ts';

describe('alarm events', () => {
  test('tell a thousand alarms of one moment each once, a part at a time', async () => {
    const stage = await startStage();
    const { heard } = await listening(await stage.signedIn('admin'));
    const records = Array.from({ length: 1000 }, (_, index) => alarmOf('emb-1', begin + index, { id: `a-${String(index)}` }));
    stage.alarms('emb-1', records);
    // Changed before they were told: only what they became is.
    stage.alarms(
      'emb-1',
      records.map((record) => ({ ...record, raises: 2 })),
    );
    stage.clock.advance(50);
    await told(stage, heard, 1);
    expect(heard.length).toBeLessThanOrEqual(300);
    await told(stage, heard, 1000);
    expect(new Set(heard.map(({ id, raises }) => `${id} ${String(raises)}`)).size).toBe(1000);
    expect(heard).toHaveLength(1000);
    expect(heard.every(({ raises }) => raises === 2)).toBe(true);
  });

  test('leave out a browser that takes nothing, and cut it off when it takes something again', async () => {
    const stage = await startStage();
    const admin = await stage.signedIn('admin');
    const [frozen, lively] = [await listening(admin), await listening(admin)];
    const { ws } = frozen.socket.io.engine.transport as unknown as { ws: { _socket: WireSocket } };
    ws._socket.pause();
    const text = { zh: '汉'.repeat(100_000), en: 'x' };
    const gone = next(frozen.socket as never, 'disconnect' as never);
    for (let count = 1; count <= 60; count += 1) {
      stage.alarms('emb-1', [alarmOf('emb-1', begin, { raises: count, text })]);
      await told(stage, lively.heard, count);
      stage.clock.advance(250);
    }
    ws._socket.resume();
    await vi.waitFor(() => {
      stage.clock.advance(50);
      expect(frozen.socket.connected).toBe(false);
    });
    await gone;
    expect(lively.heard).toHaveLength(60);
    expect(frozen.heard.length).toBeLessThan(60);
    expect(lively.socket.connected).toBe(true);
  });
});

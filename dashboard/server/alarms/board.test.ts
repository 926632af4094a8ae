/** The board of open alarms: what a line's message changes on it, what it cannot read, and that it is bounded. */
import { describe, expect, test } from 'vitest';
import { alarmOf, closed } from '../../../contract/alarm.suite.ts';
import type { AlarmRecord } from '../../../contract/alarm.ts';
import { systemAlarmsTopic, systemLine } from '../../../contract/system.ts';
import { topicOf } from '../../../contract/topics.ts';
import { begin, lineOf, smallPlant } from '../plant.suite.ts';
import { LocalBus } from '../stage.suite.ts';
import { openBoard, type Board } from './board.ts';

describe('the board', () => {
  const plant = smallPlant();
  const opened = async (): Promise<{ bus: LocalBus; board: Board; news: AlarmRecord[]; say: (line: string, payload: string) => void }> => {
    const bus = new LocalBus();
    const say = (line: string, payload: string): void => {
      bus.publish(line === systemLine ? systemAlarmsTopic : topicOf(lineOf(plant, line), 'alarms'), payload, { retain: true });
    };
    say('emb-1', JSON.stringify({ at: begin, records: [alarmOf('emb-1', begin)], incidents: [] }));
    const board = await openBoard(plant, bus, { open: 50, closed: 20 });
    const news: AlarmRecord[] = [];
    board.listen((record) => news.push(record));
    return { bus, board, news, say };
  };

  test('begins with what is retained, and takes each message of a line for all of its alarms', async () => {
    const { board, news, say } = await opened();
    const [kept] = [...board.open()];
    expect(kept).toMatchObject({ line: 'emb-1' });
    const other = alarmOf('emb-1', begin + 5, { rule: 'stop:fault' });
    say('emb-1', JSON.stringify({ at: begin, records: [other, closed(alarmOf('emb-1', begin), begin + 5)], incidents: [{ id: 'i' }] }));
    expect([...board.open()]).toEqual([other]);
    expect(board.openOf('emb-1')).toEqual([other]);
    expect([...board.closed()].map(({ id }) => id)).toEqual([kept?.id]);
    expect(board.find(kept?.id ?? '')).toMatchObject({ state: 'normal' });
    expect(board.incident('i')).toEqual({ id: 'i' });
    expect(news.map(({ state }) => state)).toEqual(['normal', 'unacknowledged']);
    say('emb-1', '');
    expect([...board.open()]).toEqual([]);
    expect(board.incident('i')).toBeNull();
  });

  test('counts what it cannot read, and takes no line at its word about another', async () => {
    const { board, say } = await opened();
    for (const payload of ['{', 'null', '[]', '{"records":{}}', JSON.stringify({ records: [] })]) say('emb-2', payload);
    say('emb-2', JSON.stringify({ at: begin, records: [alarmOf('emb-1', begin + 1)], incidents: [] }));
    expect(board.counts()).toEqual({ open: 1, unreadable: 5, beyond: 0 });
  });

  test('is bounded, and forgets the oldest of what has closed', async () => {
    const { board, say } = await opened();
    const many = Array.from({ length: 60 }, (_, index) => alarmOf('emb-2', begin + index, { id: `a-${String(index)}` }));
    say('emb-2', JSON.stringify({ at: begin, records: many, incidents: [] }));
    expect(board.counts()).toEqual({ open: 50, unreadable: 0, beyond: 11 });
    const over = many.slice(0, 30).map((record) => closed(record, begin));
    say('emb-2', JSON.stringify({ at: begin, records: over, incidents: [] }));
    expect(board.counts().open).toBe(1);
    expect([...board.closed()]).toHaveLength(20);
    expect(board.find('a-29')).toMatchObject({ state: 'normal' });
    expect(board.find('a-0')).toBeNull();
  });
});

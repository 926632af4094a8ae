/**
 * What every store's alarm book must do. Comes in: a way to open a store again and again in one place. Goes out: tests.
 */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { alarmOf, closed } from '../contract/alarm.suite.ts';
import type { AlarmRecord, AlarmState, Announcement, Incident } from '../contract/alarm.ts';
import type { Delivery } from '../contract/notify.ts';
import type { OverrideChange } from '../contract/overrides.ts';
import type { AlarmBook, AlarmEntry, StepOf } from './alarmbook.ts';
import { dayMs, hostileTexts, hourMs, minuteMs, start } from './sample.suite.ts';
import type { StoreHome } from './store.suite.ts';
import type { Store } from './store.ts';

const nothing: AlarmEntry = { snapshot: null, records: [], incidents: [], announcements: [], steps: [], overrides: [] };
const forever = Number.MAX_SAFE_INTEGER;

const ids = (records: readonly { readonly id: string }[]): string[] => records.map(({ id }) => id);

export function alarmBookSuite(makeHome: () => Promise<StoreHome>): void {
  describe('the alarm book', () => {
    let home: StoreHome;
    let store: Store;
    let book: AlarmBook;
    const open = async (): Promise<void> => {
      store = await home.open();
      book = store.alarms;
    };
    beforeEach(async () => {
      home = await makeHome();
      await open();
    });
    afterEach(async () => {
      await store.close();
      await home.remove();
    });
    const reopen = async (): Promise<void> => {
      await store.close();
      await open();
    };
    const enter = (entry: Partial<AlarmEntry>): Promise<void> => book.enter({ ...nothing, ...entry });
    const found = (from: number, to: number, states?: AlarmState[], lines = ['mill-1', 'mill-2'], limit = 100): Promise<AlarmRecord[]> =>
      book.records({ lines, from, to, states, limit });

    test('an empty book says so', async () => {
      expect(await book.snapshot()).toBeNull();
      expect(await book.record('mien5x2o-1abc')).toBeNull();
      expect(await book.record("'; DROP TABLE")).toBeNull();
      expect(await found(0, forever)).toEqual([]);
      expect(await book.incidents(0, forever)).toEqual([]);
      expect(await book.incident('mien5x2o-1abc')).toBeNull();
      expect(await book.steps('mien5x2o-1abc')).toEqual([]);
      expect(await book.overrides(10)).toEqual([]);
      expect(await book.announcements(0, forever)).toEqual([]);
      expect(await book.deliveries(0)).toEqual([]);
      expect(await book.deliveriesOf({ from: 0, limit: 10 })).toEqual([]);
      await enter({});
    });

    test('gives the newest snapshot back whole, whatever its size and letters', async () => {
      const long = (letter: string): string => JSON.stringify(Array.from({ length: 30_000 }, (_, index) => [letter, index, '汉\\"']));
      const engines = [long('a'), 'short', ...hostileTexts.filter((one) => one !== ''), long('b'), '{}'];
      for (const [index, engine] of engines.entries()) {
        await enter({ snapshot: { position: index, at: start + index, engine } });
        expect(await book.snapshot()).toEqual({ position: index, at: start + index, engine });
      }
      await reopen();
      expect(await book.snapshot()).toEqual({ position: engines.length - 1, at: start + engines.length - 1, engine: '{}' });
    });

    test('a record takes the place of the one with its id; written twice it is there once', async () => {
      const first = alarmOf('mill-1', start, { text: { zh: '汉😀"\\\n', en: 'it\'s "off"' }, value: -0.5 });
      const second = alarmOf('mill-1', start, { rule: 'stop:jam' });
      await enter({ records: [first, second] });
      const acknowledged: AlarmRecord = { ...first, state: 'acknowledged', acknowledgedAt: start + 5, acknowledgedBy: 'li', raises: 2 };
      await enter({ records: [acknowledged] });
      await enter({ records: [acknowledged] });
      expect(await book.record(first.id)).toEqual(acknowledged);
      expect(await book.record(second.id)).toEqual(second);
      expect(await book.record(`${start.toString(36)}-x`)).toBeNull();
      await reopen();
      await enter({ records: [closed(second, start + 9)] });
      expect(await found(start, start + 1)).toHaveLength(2);
      expect(await found(start, start + 1)).toEqual(expect.arrayContaining([acknowledged, closed(second, start + 9)]));
    });

    test('finds what was open in a window, of the lines and states asked for, newest first, no more than asked for', async () => {
      const old = alarmOf('mill-1', start - 40 * dayMs);
      const over = closed(alarmOf('mill-1', start - 3 * hourMs), start - 2 * hourMs);
      const across = closed(alarmOf('mill-2', start - hourMs), start + hourMs);
      const inside: AlarmRecord = { ...alarmOf('mill-1', start + minuteMs), state: 'returned', clearedAt: start + 2 * minuteMs };
      const later = alarmOf('mill-2', start + 5 * hourMs);
      await enter({ records: [later, inside, over, old, across] });
      expect(ids(await found(start, start + 2 * hourMs))).toEqual(ids([inside, across, old]));
      expect(ids(await found(start, start + 2 * hourMs, ['normal']))).toEqual(ids([across]));
      expect(ids(await found(start, start + 2 * hourMs, ['unacknowledged', 'returned']))).toEqual(ids([inside, old]));
      expect(ids(await found(start, start + 2 * hourMs, undefined, ['mill-1']))).toEqual(ids([inside, old]));
      expect(ids(await found(0, forever))).toEqual(ids([later, inside, across, over, old]));
      expect(ids(await found(0, forever, undefined, ['mill-1', 'mill-2'], 2))).toEqual(ids([later, inside]));
      expect(ids(await found(start, start + 2 * hourMs, undefined, ['mill-1', 'mill-2'], 2))).toEqual(ids([inside, across]));
      expect(ids(await found(start + hourMs, start + hourMs + 1))).toEqual(ids([inside, across, old]));
      expect(ids(await found(start + hourMs + 1, start + 2 * hourMs))).toEqual(ids([inside, old]));
      expect(await found(0, forever, undefined, [])).toEqual([]);
      expect(await found(0, forever, [])).toEqual([]);
      // No longer open, it is no longer found by what it was before.
      await enter({ records: [closed(old, start - dayMs)] });
      expect(ids(await found(start, start + 2 * hourMs))).toEqual(ids([inside, across]));
      expect(ids(await found(0, forever, ['unacknowledged']))).toEqual(ids([later]));
    });

    test('keeps apart what rises on one line in one millisecond', async () => {
      const records = Array.from({ length: 300 }, (_, index) => alarmOf('mill-1', start, { rule: `breaks:head-${String(index)}` }));
      await enter({ records });
      expect(ids(await found(start, start + 1, undefined, ['mill-1'], 1000)).sort()).toEqual(ids(records).sort());
    });

    test('keeps incidents of any size, each as it became last', async () => {
      const incident = (id: string, startedAt: number, changes: Partial<Incident> = {}): Incident => ({
        ...{ id: `${startedAt.toString(36)}-${id}`, place: 'park-1/7', placeKind: 'building', startedAt, clearedAt: null },
        ...{ lines: ['mill-1'], alarms: ['a'] },
        ...changes,
      });
      const lines = Array.from({ length: 3500 }, (_, index) => `line-${String(index)}`);
      const large = incident('large', start, { lines, alarms: lines.map((line) => `${start.toString(36)}-${line}`) });
      const over = incident('over', start - hourMs, { clearedAt: start - minuteMs });
      await enter({ incidents: [{ ...large, lines: [] }, over] });
      await enter({ incidents: [large] });
      await reopen();
      expect(await book.incident(large.id)).toEqual(large);
      expect(await book.incidents(start, start + 1)).toEqual([large]);
      expect(await book.incidents(0, start + 1)).toEqual([over, large]);
      await enter({ incidents: [{ ...large, lines: ['mill-2'], alarms: [], clearedAt: start + 5 }] });
      expect(await book.incidents(start, start + 1)).toEqual([{ ...large, lines: ['mill-2'], alarms: [], clearedAt: start + 5 }]);
      expect(await book.incidents(start + 6, forever)).toEqual([]);
    });

    test('keeps steps in their order, each once however often it is written', async () => {
      const step = (at: number, what: StepOf['what'], who: string | null = null, detail: string | null = null): StepOf => ({
        ...{ alarm: 'mien5x2o-1abc', at, what, who, detail },
      });
      const steps = [
        step(start, 'raised'),
        step(start + 1, 'delivered', null, '钉钉 → 李'),
        step(start + 1, 'delivered', null, 'sms "x"\\'),
        step(start + 2, 'comment', 'li', "it's ok\n😀"),
        step(start + 2, 'comment', 'wang', "it's ok\n😀"),
      ];
      await enter({ steps: [...steps.slice(3), { ...step(start, 'raised'), alarm: 'mien5x2o-other' }] });
      await enter({ steps });
      await enter({ steps });
      const told = await book.steps('mien5x2o-1abc');
      const plain = steps.map(({ at, what, who, detail }) => ({ at, what, who, detail }));
      expect(told).toHaveLength(steps.length);
      expect(told).toEqual(expect.arrayContaining(plain));
      expect(told.map(({ at }) => at)).toEqual(plain.map(({ at }) => at));
    });

    test('keeps changes of rules, newest first, and announcements, oldest first, each once', async () => {
      const change = (index: number): OverrideChange => ({
        ...{ id: `change-${String(index)}`, at: start + index, who: 'admin', before: null },
        after: { where: { firm: 'f1' }, override: { rule: 'silence', enabled: false, why: `"because" ${String(index)}` } },
      });
      const announcement = (index: number): Announcement => ({
        ...{ id: `mien5x2o-1abc-raised-${String(index)}`, kind: 'raised', at: start + Math.floor(index / 2), alarm: 'mien5x2o-1abc' },
        ...{ incident: null, place: 'f1/w1', priority: 'high', count: index },
      });
      await enter({ overrides: [change(0), change(1)], announcements: [announcement(2), announcement(0)] });
      await enter({ overrides: [change(1), change(2)], announcements: [announcement(0), announcement(1)] });
      expect(await book.overrides(10)).toEqual([change(2), change(1), change(0)]);
      expect(await book.overrides(1)).toEqual([change(2)]);
      const told = await book.announcements(start, start + 2);
      expect(told.map(({ at }) => at)).toEqual([start, start, start + 1]);
      expect(ids(told).sort()).toEqual(ids([announcement(0), announcement(1), announcement(2)]));
      expect(await book.announcements(start + 1, start + 2)).toEqual([announcement(2)]);
    });

    test('keeps deliveries as they became last, by when they were written, what they are about, and how many are wanted', async () => {
      const delivery = (index: number, changes: Partial<Delivery> = {}): Delivery => ({
        ...{
          id: `delivery-${String(index)}`,
          announcement: 'x',
          alarm: `alarm-${String(index)}`,
          incident: null,
          channel: 'ding',
          to: ['李'],
        },
        ...{ occasion: 'raised', level: 0, dueAt: start, attempts: 0, deliveredAt: null, failedAt: null, error: null },
        ...changes,
      });
      const group = delivery(9, { alarm: null, incident: 'incident-1' });
      await book.saveDeliveries([delivery(0), delivery(1), group]);
      const arrived = delivery(0, { attempts: 2, deliveredAt: start + 5, dueAt: start + 4 });
      await book.saveDeliveries([delivery(0, { attempts: 1, error: '502 "bad gateway"' }), delivery(2)]);
      await book.saveDeliveries([arrived]);
      await reopen();
      await book.saveDeliveries([delivery(1, { attempts: 1 })]);
      expect(await book.deliveries(0)).toEqual([group, delivery(2), arrived, delivery(1, { attempts: 1 })]);
      expect(await book.deliveriesOf({ from: 0, limit: 2 })).toEqual([delivery(1, { attempts: 1 }), arrived]);
      const about = (alarm: string, incident: string | null): Promise<Delivery[]> =>
        book.deliveriesOf({ from: 0, limit: 10, about: { alarm, incident } });
      expect(await about('alarm-0', null)).toEqual([arrived]);
      expect(await about('alarm-2', 'incident-1')).toEqual([delivery(2), group]);
      expect(await book.deliveries(start + 1000 * dayMs)).toEqual([]);
    });

    test('an entry of everything is there after the store was opened anew, and beside the readings', async () => {
      const record = alarmOf('mill-1', start);
      const snapshot = { position: 7, at: start, engine: '{"alarms":1}' };
      await enter({ snapshot, records: [record], steps: [{ alarm: record.id, at: start, what: 'raised', who: null, detail: null }] });
      await store.maintain(start + hourMs);
      await reopen();
      expect(await book.snapshot()).toEqual(snapshot);
      expect(await found(start, start + 1)).toEqual([record]);
      expect(await book.steps(record.id)).toEqual([{ at: start, what: 'raised', who: null, detail: null }]);
      expect((await store.cursor()).position).toBe(0);
    });
  });
}

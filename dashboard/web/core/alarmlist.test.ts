/** The list: mine first, the gravest first, what belongs together as one; and ten thousand of them in no time. */
import { describe, expect, it } from 'vitest';
import { priorities } from '../../../contract/alarm.ts';
import { listingOf, placeOf, rowsOfListing, type AlarmListing } from './alarmlist.ts';
import { acknowledged, alarm } from './alarmrecords.suite.ts';
import { firstFaults } from './faults.ts';
import { now, plant } from './samples.suite.ts';

const shape = ({ groups }: AlarmListing): [string, string[]][] =>
  groups.map(({ section, entries }) => [section, entries.map(({ key }) => key)]);

describe('the list of alarms', () => {
  it('has sections by whose they are, and the gravest and oldest first in each', () => {
    const records = [
      alarm('low', { priority: 'low' }),
      alarm('young', { raisedAt: now - 5 }),
      alarm('old', { raisedAt: now - 50_000_000 }),
      alarm('gone', { priority: 'critical', state: 'returned', clearedAt: now }),
      alarm('aside', { state: 'shelved', priority: 'critical' }),
      acknowledged('theirs', 'you'),
      acknowledged('my own', 'me', { priority: 'medium' }),
      alarm('given to me', { assignedTo: 'me' }),
    ];
    expect(shape(listingOf(records, plant, 'me', firstFaults))).toEqual([
      ['mine', ['given to me', 'my own']],
      ['open', ['old', 'young', 'low', 'gone']],
      ['working', ['theirs']],
      ['shelved', ['aside']],
    ]);
    expect(shape(listingOf(records, plant, 'me', { ...firstFaults, show: 'open', order: 'newest' }))).toEqual([
      ['open', ['young', 'gone', 'low', 'old']],
    ]);
  });

  it('shows an incident as one entry, where its gravest trouble is, and chattering under its own alarm', () => {
    const records = [
      acknowledged('i1', 'you', { group: 'incident', line: 'a1' }),
      alarm('i2', { group: 'incident', line: 'a2' }),
      alarm('i3', { group: 'incident', line: 'a3' }),
      alarm('chatter', { rule: 'chattering', priority: 'low' }),
      alarm('c1', { group: 'chatter' }),
    ];
    const { groups, counts } = listingOf(records, plant, 'me', firstFaults);
    expect(groups.flatMap(({ entries }) => entries).map(({ key, kind, lead, members }) => [key, kind, lead.id, members.length])).toEqual([
      ['incident', 'incident', 'i2', 3],
      ['chatter', 'chattering', 'chatter', 2],
    ]);
    expect(counts).toEqual({ mine: 0, open: 2, working: 0, shelved: 0 });
    expect(rowsOfListing(groups).map(({ kind }) => kind)).toEqual(['heading', 'entry', 'entry']);
  });

  it('says where an incident is: the building all share, else the workshop', () => {
    expect(placeOf([alarm('a', { line: 'a1' }), alarm('b', { line: 'a2' })], plant)).toMatchObject({ kind: 'building', name: '3' });
    expect(placeOf([alarm('a', { line: 'a1' }), alarm('b', { line: 'a4' })], plant)?.kind).toBe('workshop');
    expect(placeOf([alarm('a', { line: 'system' })], plant)).toBeNull();
  });

  it('is narrowed by everything people know of an alarm', () => {
    const records = [
      alarm('a', { line: 'a1' }),
      acknowledged('b', 'zhang', { line: 'b1', priority: 'critical' }),
      alarm('s', { line: 'system' }),
    ];
    const found = (filter: Partial<typeof firstFaults>): string[] =>
      listingOf(records, plant, 'me', { ...firstFaults, ...filter })
        .groups.flatMap(({ entries }) => entries)
        .map(({ key }) => key)
        .sort();
    expect(found({ firm: 'beta' })).toEqual(['b']);
    expect(found({ firm: 'alpha', workshop: 'w2' })).toEqual([]);
    expect(found({ priorities: ['critical'] })).toEqual(['b']);
    expect(found({ line: 'a1' })).toEqual(['a']);
    expect(found({ type: 'press' })).toEqual(['a', 'b']);
    expect(found({ text: 'zhang' })).toEqual(['b']);
    expect(found({ text: 'ALPHA breakdown' })).toEqual(['a']);
  });

  it('orders ten thousand alarms well within a frame’s patience', () => {
    const lines = [...plant.lines()].map(({ id }) => id);
    const records = Array.from({ length: 10_000 }, (_, index) =>
      alarm(String(index), {
        line: lines[index % lines.length] ?? 'a1',
        priority: priorities[index % 4] ?? 'low',
        raisedAt: now - ((index * 7919) % 100_000),
      }),
    );
    listingOf(records, plant, 'me', firstFaults);
    const began = performance.now();
    const { counts } = listingOf(records, plant, 'me', { ...firstFaults, text: 'breakdown' });
    expect(counts.open).toBe(10_000);
    // Some 20 ms where nothing else runs; a list that grows with the square takes minutes.
    expect(performance.now() - began).toBeLessThan(1_000);
  });
});

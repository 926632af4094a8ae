/** The fault centre's addresses: every view has one, and it leads back to the view. */
import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { priorities } from '../../../contract/alarm.ts';
import {
  faultAddress,
  faultDays,
  faultOrders,
  faultShows,
  faultTabs,
  faultViewOf,
  firstFaults,
  historyQuery,
  narrowings,
  type FaultView,
} from './faults.ts';

function read(address: string): FaultView | null {
  const { pathname, searchParams } = new URL(address, 'http://host');
  return faultViewOf(pathname.split('/').filter(Boolean).slice(1), searchParams);
}

const word = fc.option(fc.constantFrom('f001', 'w1', 'a b', '1号'), { nil: null });
const view: fc.Arbitrary<FaultView> = fc
  .record({
    tab: fc.constantFrom(...faultTabs),
    alarm: fc.option(fc.constantFrom('mtyabc12-9x', 'm-1'), { nil: null }),
    show: fc.constantFrom(...faultShows),
    order: fc.constantFrom(...faultOrders),
    days: fc.constantFrom(...faultDays),
    priorities: fc.subarray([...priorities]),
    firm: word,
    workshop: word,
    type: word,
    line: word,
    text: fc.constantFrom('', 'head 7', '断线&'),
  })
  .map((one) => ({ ...one, tab: one.alarm === null ? one.tab : 'now', workshop: one.firm === null ? null : one.workshop }));

describe('the address of the fault centre', () => {
  it('says everything about how it is looked at', () => {
    fc.assert(
      fc.property(view, (one) => {
        expect(read(faultAddress(one))).toEqual(one);
      }),
    );
  });

  it('is short where nothing is special, and ignores what it does not know', () => {
    expect(faultAddress(firstFaults)).toBe('/faults');
    expect(read('/faults?priority=huge.high&order=sideways&workshop=w1')).toEqual({ ...firstFaults, priorities: ['high'] });
    expect(read('/faults/history/more')).toBeNull();
  });

  it('counts its filters', () => {
    expect(narrowings(firstFaults)).toBe(0);
    expect(narrowings({ ...firstFaults, priorities: ['low', 'high'], firm: 'f001', text: 'x' })).toBe(2);
  });
});

describe('the question to the history', () => {
  it('names the window, every state and the filters', () => {
    const query = new URLSearchParams(
      historyQuery({ ...firstFaults, days: 1, firm: 'f001', type: 'tablet-press', text: '断线' }, 86_400_005),
    );
    expect(Object.fromEntries(query)).toEqual({
      state: 'unacknowledged,acknowledged,returned,normal,shelved',
      from: '5',
      to: '86400005',
      firm: 'f001',
      type: 'tablet-press',
      text: '断线',
      limit: '500',
    });
    expect(historyQuery(firstFaults, 1e12, { format: 'csv', lang: 'zh' })).toMatch(/format=csv&lang=zh$/);
  });
});

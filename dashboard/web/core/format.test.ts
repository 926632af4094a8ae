/** Numbers, spans and times as people read them, in both languages. */
import { describe, expect, it } from 'vitest';
import { Format, nothing } from './format.ts';
import { now } from './samples.suite.ts';

const zh = new Format('zh', 'Asia/Shanghai');
const en = new Format('en', 'Asia/Shanghai');

describe('numbers', () => {
  it('show ratios with one decimal and what is not known as a dash', () => {
    expect([zh.percent(0.7134), zh.percent(1), zh.percent(0), zh.percent(null)]).toEqual(['71.3', '100.0', '0.0', nothing]);
    expect([zh.bounds(0.701, 0.728), zh.bounds(null, 1)]).toEqual(['70.1–72.8%', '']);
    expect([zh.wholeBounds(0.007, 0.997), zh.wholeBounds(0, undefined)]).toEqual(['1–100%', nothing]);
  });

  it('group digits, and shorten where they would not fit', () => {
    expect([en.amount(184_320), en.amount(18_432_000), zh.amount(251_600_000)]).toEqual(['184,320', '18.43M', '2.516亿']);
    expect([en.short(9999), en.short(180_507), zh.short(180_507)]).toEqual(['9,999', '181K', '18.1万']);
  });

  it('give a metric its decimals, or three digits', () => {
    expect([en.metric(119.926, 1), en.metric(4.5678), en.metric(45.678), en.metric(456.78), en.metric(183204.2, 1)]).toEqual([
      '119.9',
      '4.57',
      '45.7',
      '457',
      '183,204.2',
    ]);
    expect([en.metric(null), en.metric(undefined), en.metric('upper')]).toEqual([nothing, nothing, 'upper']);
  });

  it('give sizes their unit', () => {
    expect([en.bytes(0), en.bytes(999), en.bytes(12_000_000), en.bytes(4.12e11)]).toEqual(['0 B', '999 B', '12.0 MB', '412 GB']);
  });
});

describe('time', () => {
  it('runs as a clock', () => {
    expect([0, 48_000, 862_000, 3_920_000, 183_600_000, -5].map((ms) => en.clock(ms))).toEqual([
      '0:00',
      '0:48',
      '14:22',
      '1:05:20',
      '2 d 3 h',
      '0:00',
    ]);
  });

  it('is said in its two largest parts', () => {
    expect([zh.span(41), zh.span(2460), zh.span(6240), en.span(7200), en.span(90_000)]).toEqual([
      '41 秒',
      '41 分',
      '1 小时 44 分',
      '2 h',
      '1 d 1 h',
    ]);
  });

  it('is that of the zone, wherever the browser stands', () => {
    expect([zh.time(now), zh.timeSeconds(now), en.dateTime(now)]).toEqual(['10:00', '10:00:00', '2 Mar 10:00']);
    expect(new Format('en', 'America/New_York').time(now)).toBe('21:00');
  });
});

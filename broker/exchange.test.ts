/** Filters against topics as the standard has them, and delivery without waiting. */
import type { AedesPublishPacket } from 'aedes';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Exchange, filterExpression } from './exchange.ts';
import { Memory } from './memory.ts';

function packet(topic: string, payload = 'x'): AedesPublishPacket {
  return { cmd: 'publish', topic, payload: Buffer.from(payload), qos: 0, retain: true, dup: false, brokerId: 'b', brokerCounter: 9 };
}

/** MQTT 3.1.1, section 4.7, word by word. */
function matches(filter: readonly string[], topic: readonly string[]): boolean {
  if (topic[0]?.startsWith('$') && (filter[0] === '+' || filter[0] === '#')) return false;
  const step = (at: number): boolean => {
    if (filter[at] === '#') return true;
    if (at === filter.length || at === topic.length) return filter.length === topic.length;
    return (filter[at] === '+' || filter[at] === topic[at]) && (step(at + 1) || (filter[at + 1] === '#' && at + 1 === topic.length));
  };
  return step(0);
}

describe('filters', () => {
  it.each([
    ['sport/#', 'sport', true],
    ['sport/#', 'sport/a/b', true],
    ['sport/#', 'sports', false],
    ['sport/+', 'sport', false],
    ['sport/+', 'sport/', true],
    ['+/+', '/finance', true],
    ['+', '/finance', false],
    ['#', 'a/b', true],
    ['#', '$SYS/a', false],
    ['+/a', '$SYS/a', false],
    ['$SYS/#', '$SYS/a', true],
    ['a.c/+', 'abc/d', false],
    ['a(/+', 'a(/b', true],
  ])('%j against %j: %j', (filter, topic, expected) => {
    expect(filterExpression(filter).test(topic)).toBe(expected);
  });

  it('agree with the standard on anything', () => {
    const word = fc.constantFrom('a', 'b', '$x', '', 'a.b', '\n');
    const filter = fc
      .tuple(fc.array(fc.oneof(word, fc.constant('+')), { minLength: 1, maxLength: 4 }), fc.boolean())
      .map(([levels, isDeep]) => (isDeep ? [...levels, '#'] : levels));
    fc.assert(
      fc.property(filter, fc.array(word, { minLength: 1, maxLength: 5 }), (levels, topic) => {
        expect(filterExpression(levels.join('/')).test(topic.join('/'))).toBe(matches(levels, topic));
      }),
    );
  });
});

describe('delivery', () => {
  it('reaches every listener that matches, and is done whether or not they are', () => {
    const exchange = new Exchange();
    const heard: string[] = [];
    let isDone = false;
    const exact = (): void => void heard.push('exact');
    exchange
      .on('a/b', exact)
      .on('a/+', () => heard.push('plus'))
      .on('b/#', () => heard.push('other'));
    exchange.emit(packet('a/b'), () => {
      isDone = true;
    });
    expect(heard).toEqual(['exact', 'plus']);
    expect(isDone).toBe(true);
    exchange.removeListener('a/b', exact).emit(packet('a/b'));
    expect(heard).toEqual(['exact', 'plus', 'plus']);
  });

  it('leaves the numbering to the moment of delivery', () => {
    const exchange = new Exchange();
    const seen: number[] = [];
    exchange.on('a', ({ brokerCounter }) => seen.push(brokerCounter)).emit(packet('a'));
    expect(seen).toEqual([0]);
  });
});

describe('retained messages', () => {
  it('are the last of each topic, found by topic and by filter, and removed by an empty one', async () => {
    const memory = new Memory();
    for (const each of [packet('a/b', '1'), packet('a/b', '2'), packet('a/c', '3'), packet('a/c', '')]) await memory.storeRetained(each);
    await memory.storeRetained(packet('$SYS/x', '4'));
    const found = (filter: string): string[] => memory.retained(filter).map(({ payload }) => String(payload));
    expect(found('a/b')).toEqual(['2']);
    expect(found('a/+')).toEqual(['2']);
    expect(found('#')).toEqual(['2']);
    expect(found('a/c')).toEqual([]);
    expect(found('__proto__')).toEqual([]);
  });

  it('hold on to no more memory than they are long', async () => {
    const memory = new Memory();
    await memory.storeRetained({ ...packet('a'), payload: Buffer.alloc(65_536).subarray(7, 13) });
    const [kept] = memory.retained('a');
    expect((kept?.payload as Buffer).buffer.byteLength).toBe(6);
  });
});

/** How many may be inside, and who counts as one. */
import { expect, test } from 'vitest';
import { createTurnstile, networkOf } from './turnstile.ts';

test('lets so many of one key in, others beside them, and more when some have left; leaving twice is leaving once', () => {
  const turnstile = createTurnstile(2);
  const [first, second] = [turnstile.enter('a'), turnstile.enter('a')];
  expect([first, second, turnstile.enter('a')]).toEqual([expect.any(Function), expect.any(Function), null]);
  expect(turnstile.enter('b')).not.toBeNull();
  first?.();
  first?.();
  expect([turnstile.enter('a'), turnstile.enter('a')]).toEqual([expect.any(Function), null]);
});

test.each([
  ['192.168.1.5', '192.168.1.5'],
  ['::ffff:192.168.1.5', '192.168.1.5'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:db8:1:2::6', '2001:db8:1:2::/64'],
  ['2001:db8::6', '2001:db8:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['::', '0:0:0:0::/64'],
  ['', ''],
])('%s is of %s', (address, network) => {
  expect(networkOf(address)).toBe(network);
});

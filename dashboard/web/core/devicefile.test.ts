/** What is taken along to the devices: nothing in it is a formula, and a password is what it was. */
import { parse } from 'csv-parse/sync';
import { expect, test } from 'vitest';
import { accountsByLine, brokerAddress, cardOf, tableText } from './devicefile.ts';
import { oneTimePassword } from './passwords.ts';
import { plant } from './samples.suite.ts';

test('a card has what a device needs: broker, account, topic', () => {
  const [line] = [...plant.lines()];
  if (!line) throw new Error('the small plant has lines');
  const card = cardOf(line, brokerAddress('10.0.0.7', { port: 8883, tls: true }), { username: line.id, password: 'Xy-_9' });
  expect(card).toMatchObject({ broker: 'mqtts://10.0.0.7:8883', username: line.id, password: 'Xy-_9' });
  expect(card.topic).toBe(`bobbin/v1/${line.park.id}/${line.firm.id}/${line.workshop.id}/${line.id}/telemetry`);
  expect(accountsByLine([{ username: line.id, line: line.id, createdAt: 1 }]).get(line.id)?.createdAt).toBe(1);
});

test.each(['=1+1', '+1', '-1', '@SUM(A1)', '＝1', '\t=1', ' =1', '=cmd|"/c calc"!A1'])('the table makes no formula of %o', (name) => {
  const text = tableText([
    ['name', 'password'],
    [name, 'A-=+@,"secret'],
  ]);
  expect(text.startsWith('\uFEFF')).toBe(true);
  const rows: string[][] = parse(text, { bom: true });
  expect(rows[1]).toEqual([`'${name}`, 'A-=+@,"secret']);
});

test('a password to be used once is never made twice, and holds no letter taken for another', () => {
  let next = 0;
  const counting = (bytes: Uint8Array): void => {
    for (let at = 0; at < bytes.length; at += 1) bytes[at] = (next += 37) % 256;
  };
  const made = new Set(Array.from({ length: 50 }, () => oneTimePassword(counting)));
  expect(made.size).toBeGreaterThan(1);
  for (const password of made) expect(password).toMatch(/^([a-km-np-zA-HJ-NP-Z2-9]{5}-){3}[a-km-np-zA-HJ-NP-Z2-9]{5}$/);
});

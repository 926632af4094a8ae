/** E-mail against a real SMTP server on this machine: what arrives, what is refused, what never answers. */
import { createServer, type AddressInfo } from 'node:net';
import type { SMTPServerOptions } from 'smtp-server';
import { afterEach, expect, test } from 'vitest';
import { channelSchema } from '../../contract/duty.ts';
import { senderOf } from './channel.ts';
import { Mailbox } from './mailbox.suite.ts';
import type { Message, Sent } from './message.ts';
import { DrivenClock, dutyOf, monday, stagePlant, told } from './stage.suite.ts';
import { Wording } from './texts.ts';

const wording = new Wording(stagePlant(), 'https://bobbin.example.com');
const closing: (() => Promise<void>)[] = [];
let box: Mailbox;

afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function smtp(options: SMTPServerOptions = {}): Promise<number> {
  box = await new Mailbox(options).open();
  closing.push(() => box.close());
  return box.port;
}

function message(ids: readonly string[]): Message {
  const notice = wording.notice(told({ text: { zh: '断针 <b>&', en: 'Needle break' } }), 'raised', monday);
  const people = dutyOf().people.filter(({ id }) => ids.includes(id));
  return { key: 'd0', notices: [notice], people, calls: true, listUrl: wording.listUrl(null), deliveries: ['d0'] };
}

function send(port: number, ids: readonly string[], more: object = {}, clock = new DrivenClock()): Promise<Sent> {
  const channel = { id: 'mail', kind: 'email', host: '127.0.0.1', port, security: 'none', from: 'bobbin@example.com', ...more };
  return senderOf(channelSchema.parse(channel), clock)(message(ids));
}

test('one mail to everybody, as text and as HTML that nothing can break out of', async () => {
  const port = await smtp();
  expect(await send(port, ['wang', 'li'])).toEqual({ result: 'sent', note: null });
  const [mail] = box.mails;
  expect(mail?.to).toEqual(['wang@example.com', 'li@example.com']);
  expect(mail?.part('text/plain')).toContain('【高】emb-0007 7号线 断针 <b>&');
  expect(mail?.part('text/plain')).toContain('https://bobbin.example.com/faults/a1');
  const html = mail?.part('text/html');
  expect(html).toContain('断针 &#60;b&#62;&#38;');
  expect(html).toContain('<a href="https://bobbin.example.com/faults/a1">打开</a>');
});

test('in the language of its readers, in both where they differ', async () => {
  const port = await smtp();
  await send(port, ['smith']);
  await send(port, ['wang', 'smith']);
  const [english = '', both = ''] = box.mails.map((mail) => mail.part('text/plain'));
  expect(english).toContain('[High] emb-0007 Line 7 Needle break');
  expect(english).not.toContain('断针');
  expect(both).toMatch(/断针[\s\S]*Needle break/);
});

test('signs in, and says when it may not, without the password', async () => {
  const port = await smtp({
    authOptional: false,
    allowInsecureAuth: true,
    onAuth({ username, password }, _session, callback) {
      if (username === 'bobbin' && password === 'right') callback(null, { user: 'bobbin' });
      else callback(new Error(`no such password: ${String(password)}`));
    },
  });
  expect((await send(port, ['wang'], { user: 'bobbin', password: 'right' })).result).toBe('sent');
  expect(box.mails).toHaveLength(1);
  const refused = await send(port, ['wang'], { user: 'bobbin', password: 'wrong' });
  expect(refused.result).toBe('refused');
});

test('a mailbox that is not there is refused; one of two is a note', async () => {
  const port = await smtp({
    onRcptTo({ address }, _session, callback) {
      callback(address.startsWith('li') ? Object.assign(new Error('no such mailbox'), { responseCode: 550 }) : null);
    },
  });
  expect(await send(port, ['li'])).toMatchObject({ result: 'refused' });
  expect(await send(port, ['wang', 'li'])).toEqual({ result: 'sent', note: 'not accepted for 1 of them' });
});

test('a server that is busy may be asked again', async () => {
  const port = await smtp({
    onMailFrom(_address, _session, callback) {
      callback(Object.assign(new Error('try later'), { responseCode: 451 }));
    },
  });
  expect(await send(port, ['wang'])).toMatchObject({ result: 'unreachable' });
});

test('STARTTLS is never done without', async () => {
  const port = await smtp();
  expect(await send(port, ['wang'], { security: 'starttls' })).not.toMatchObject({ result: 'sent' });
  expect(box.mails).toEqual([]);
});

test('a server that never says anything is given up after 10 s', async () => {
  const clock = new DrivenClock();
  let connected: () => void = () => undefined;
  const connection = new Promise<void>((resolve) => (connected = resolve));
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    closing.unshift(() => {
      socket.destroy();
      return Promise.resolve();
    });
    connected();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(
    () =>
      new Promise((resolve) =>
        server.close(() => {
          resolve();
        }),
      ),
  );
  const sending = send((server.address() as AddressInfo).port, ['wang'], {}, clock);
  await connection;
  await clock.pass(10_000);
  expect(await sending).toEqual({ result: 'unreachable', error: 'no answer within 10 s' });
});

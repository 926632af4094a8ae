/**
 * A real SMTP server on this machine, for tests: keeps the mails it takes, with their parts as people read them. Comes in: SMTP. Goes out: mails, and a
 * word whenever one has come. It passes nothing on.
 */
import type { AddressInfo } from 'node:net';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';

export class Mail {
  readonly to: readonly string[];
  readonly raw: string;

  constructor(to: readonly string[], raw: string) {
    this.to = to;
    this.raw = raw;
  }

  /** The part of that type, with its transfer encoding undone. */
  part(type: 'text/plain' | 'text/html'): string {
    const body = this.raw.split(/\r\n--/).find((section) => section.includes(`Content-Type: ${type}`)) ?? '';
    const [head = '', ...rest] = body.split('\r\n\r\n');
    const encoded = rest.join('\r\n\r\n');
    if (head.includes('base64')) return Buffer.from(encoded, 'base64').toString('utf8');
    const bytes = encoded.replace(/=\r\n/g, '').replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
    return Buffer.from(bytes, 'latin1').toString('utf8');
  }
}

export class Mailbox {
  readonly mails: Mail[] = [];
  readonly #server: SMTPServer;

  constructor(options: SMTPServerOptions = {}, onMail: (mail: Mail) => void = () => undefined) {
    this.#server = new SMTPServer({
      authOptional: true,
      disabledCommands: ['STARTTLS'],
      onData: (stream, session, callback) => {
        const parts: Buffer[] = [];
        stream.on('data', (part: Buffer) => parts.push(part));
        stream.on('end', () => {
          const to = session.envelope.rcptTo.map(({ address }) => address);
          const mail = new Mail(to, Buffer.concat(parts).toString('utf8'));
          this.mails.push(mail);
          onMail(mail);
          callback();
        });
      },
      ...options,
    });
    // Clients that hang up are part of the tests.
    this.#server.on('error', () => undefined);
  }

  async open(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return this;
  }

  get port(): number {
    return (this.#server.server.address() as AddressInfo).port;
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(resolve);
    });
  }
}

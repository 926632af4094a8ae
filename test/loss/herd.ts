/**
 * Many devices that lose their connections all at once, as when the power of a whole park comes back, and come back all at once. Comes in: their accounts,
 * where the broker is. Goes out: how long it takes until each is signed in again and has delivered what it kept. A device that is not let in tries
 * again a little later, as real ones do.
 */
import { connect, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { AnswerReader, connectPacket, PublishWriter, type SignIn } from '../load/packets.ts';

export interface HerdAccount extends SignIn {
  readonly telemetry: string;
  readonly status: string;
}

export interface Return {
  /** From the loss of all connections until every device has delivered what it kept. */
  readonly seconds: number;
  /** Connections that were tried; one a device where all went well. */
  readonly attempts: number;
}

/** One address is let in only so many times, and has only so many ports. */
const devicesPerAddress = 4000;
const shortestRestMs = 200;
const longestRestMs = 1_500;

export class Herd {
  readonly #members: readonly Member[];

  constructor(port: number, accounts: readonly HerdAccount[]) {
    this.#members = accounts.map(
      (account, index) => new Member(port, `127.0.0.${String(1 + Math.floor(index / devicesPerAddress))}`, account),
    );
  }

  /** Signs everybody in, a hundred at a time, each with one reading. */
  async gather(payload: string): Promise<void> {
    for (let start = 0; start < this.#members.length; start += 100) {
      await Promise.all(this.#members.slice(start, start + 100).map((member) => member.come(payload)));
    }
  }

  /** Everybody is cut off at once, and comes back at once with what `kept` gives. */
  async scatter(kept: () => string): Promise<Return> {
    for (const member of this.#members) member.lose();
    const begun = performance.now();
    const attempts = await Promise.all(this.#members.map((member) => member.come(kept())));
    return { seconds: (performance.now() - begun) / 1000, attempts: attempts.reduce((sum, count) => sum + count, 0) };
  }

  leave(): void {
    for (const member of this.#members) member.lose();
  }
}

class Member {
  readonly #port: number;
  readonly #localAddress: string;
  readonly #account: HerdAccount;
  #socket: Socket | null = null;

  constructor(port: number, localAddress: string, account: HerdAccount) {
    this.#port = port;
    this.#localAddress = localAddress;
    this.#account = account;
  }

  /** Until it is connected and both its word and its readings are acknowledged; gives how often it tried. */
  async come(payload: string): Promise<number> {
    for (let attempts = 1; ; attempts += 1) {
      if (await this.#try(payload)) return attempts;
      await pause(shortestRestMs + Math.random() * (longestRestMs - shortestRestMs));
    }
  }

  lose(): void {
    this.#socket?.resetAndDestroy();
    this.#socket = null;
  }

  #try(payload: string): Promise<boolean> {
    return new Promise((resolve) => {
      const options = { host: '127.0.0.1', port: this.#port, noDelay: true };
      const socket = connect(process.platform === 'linux' ? { ...options, localAddress: this.#localAddress } : options);
      let acknowledged = 0;
      const answers = new AnswerReader(
        (code) => {
          if (code === 0) socket.write(Buffer.concat([this.#word(), this.#readings(payload)]));
          else socket.destroy(new Error(`${this.#account.username} is refused`));
        },
        () => {
          acknowledged += 1;
          if (acknowledged === 2) resolve(true);
        },
      );
      socket.on('data', (chunk) => {
        answers.take(chunk);
      });
      socket.on('error', () => undefined);
      socket.on('close', () => {
        resolve(false);
      });
      socket.write(connectPacket(this.#account));
      this.#socket = socket;
    });
  }

  #word(): Buffer {
    const writer = new PublishWriter(this.#account.status);
    writer.add(1, 'online', false, true);
    return writer.take();
  }

  #readings(payload: string): Buffer {
    const writer = new PublishWriter(this.#account.telemetry);
    writer.add(2, payload);
    return writer.take();
  }
}

/**
 * Everybody connected: sessions by connection and by line, and how many there are of each address.
 * Comes in: streams, sign-ins, revocations. Goes out: sessions, or none where there is no room.
 */
import type { Duplex } from 'node:stream';
import type { Intake } from './intake.ts';
import type { Limits } from './limits.ts';
import type { Refusals } from './refusals.ts';
import { Session } from './session.ts';

export class Crowd {
  readonly #limits: Limits;
  readonly #refusals: Refusals;
  readonly #intake: Intake;
  readonly #sessions = new Set<Session>();
  /** Also of connections that have ended: their wills are still to be judged. */
  readonly #byStream = new WeakMap<Duplex, Session>();
  readonly #byLine = new Map<string, Session>();
  readonly #perAddress = new Map<string, number>();

  constructor(limits: Limits, refusals: Refusals, intake: Intake) {
    this.#limits = limits;
    this.#refusals = refusals;
    this.#intake = intake;
  }

  get signedIn(): number {
    return this.#byLine.size;
  }

  isSignedIn(line: string): boolean {
    return this.#byLine.has(line);
  }

  /** A new connection's session, or null where there is no room: then the stream has been destroyed. */
  admit(stream: Duplex, address: string): Session | null {
    const sameAddress = this.#perAddress.get(address) ?? 0;
    if (this.#sessions.size >= this.#limits.connections || sameAddress >= this.#limits.connectionsPerAddress) {
      this.#refusals.note('too-many-connections', { address });
      stream.on('error', ignore).destroy();
      return null;
    }
    const session = new Session(stream, address, this.#limits, this.#refusals);
    this.#sessions.add(session);
    this.#byStream.set(stream, session);
    this.#perAddress.set(address, sameAddress + 1);
    stream.once('close', () => {
      this.#leave(session);
    });
    return session;
  }

  sessionOf(stream: Duplex): Session {
    const session = this.#byStream.get(stream);
    if (!session) throw new Error('a connection that was never admitted');
    return session;
  }

  /** The session's CONNECT has been accepted and answered. */
  signIn(session: Session): void {
    if (session.rights === null || session.stream.destroyed) return;
    session.isSignedIn = true;
    if (session.rights.role === 'device') this.#byLine.set(session.rights.name, session);
    session.gate.open();
  }

  /** Cuts whoever has signed in with the account, or is about to. */
  revoke(username: string): void {
    for (const session of this.#sessions) if (session.rights?.name === username) session.cut('revoked');
  }

  close(): void {
    for (const session of this.#sessions) session.stream.destroy();
  }

  #leave(session: Session): void {
    this.#sessions.delete(session);
    this.#intake.forget(session);
    const sameAddress = this.#perAddress.get(session.address) ?? 1;
    if (sameAddress > 1) this.#perAddress.set(session.address, sameAddress - 1);
    else this.#perAddress.delete(session.address);
    const line = session.rights?.name;
    if (line !== undefined && this.#byLine.get(line) === session) this.#byLine.delete(line);
  }
}

function ignore(): void {
  // A connection that is turned away may fail as it likes.
}

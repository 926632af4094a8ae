/**
 * Everybody connected: sessions by connection and by line, and how many there are of each peer.
 * Comes in: sockets at the door, streams, sign-ins, revocations. Goes out: sessions, or none where there is no room.
 */
import type { Duplex } from 'node:stream';
import type { Stop } from '../contract/clock.ts';
import { createTurnstile, networkOf, type Turnstile } from '../contract/turnstile.ts';
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
  readonly #atTheDoor: Turnstile;

  constructor(limits: Limits, refusals: Refusals, intake: Intake) {
    this.#limits = limits;
    this.#refusals = refusals;
    this.#intake = intake;
    this.#atTheDoor = createTurnstile(limits.connectionsPerAddress);
  }

  get signedIn(): number {
    return this.#byLine.size;
  }

  isSignedIn(line: string): boolean {
    return this.#byLine.has(line);
  }

  /** A socket has been opened, and what it is to become has not been said yet: how it leaves, or null where its peer has enough of them. */
  knock(address: string): Stop | null {
    const leave = this.#atTheDoor.enter(networkOf(address));
    if (!leave) this.#refusals.note('too-many-connections', { address });
    return leave;
  }

  /** A new connection's session, or null where there is no room: then the stream has been destroyed. */
  admit(stream: Duplex, address: string): Session | null {
    if (this.#sessions.size >= this.#limits.connections) {
      this.#refusals.note('too-many-connections', { address });
      stream.on('error', ignore).destroy();
      return null;
    }
    const session = new Session(stream, address, this.#limits, this.#refusals);
    this.#sessions.add(session);
    this.#byStream.set(stream, session);
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
    const line = session.rights?.name;
    if (line !== undefined && this.#byLine.get(line) === session) this.#byLine.delete(line);
  }
}

function ignore(): void {
  // A connection that is turned away may fail as it likes.
}

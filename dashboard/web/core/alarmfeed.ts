/**
 * Keeps the open alarms true: asks for all of them at every connection and now and then, takes what is told in between, and carries
 * deeds to the server. Comes in: a socket, the API, a clock. Goes out: changes, risen alarms, what became of a deed. It
 * shows nothing and says nothing to people.
 */
import type { AlarmAction, AlarmRecord } from '../../../contract/alarm.ts';
import type { Clock, Stop } from '../../../contract/clock.ts';
import { Alarms } from './alarms.ts';
import type { Api, Problem } from './api.ts';
import { forestalled, isPossible, supposed, type DeedBody } from './deeds.ts';
import type { LiveSocket } from './feed.ts';

/** What became of something done to one alarm or to all of an incident. */
export interface Deed {
  readonly action: AlarmAction;
  readonly asked: number;
  readonly done: number;
  /** Somebody else was first; of several, with the last of them. */
  readonly forestalled: { readonly who: string; readonly at: number } | null;
  readonly problem: Problem | null;
}

export interface AlarmFeedParts {
  readonly socket: LiveSocket;
  readonly api: Pick<Api, 'alarms' | 'alarm' | 'act'>;
  readonly clock: Clock;
  readonly me: string;
  /** The server's time. */
  readonly now: () => number;
  /** Something is different. */
  readonly changed: () => void;
  readonly risen: (records: readonly AlarmRecord[]) => void;
  /** Whether the last question for all alarms had no answer. */
  readonly failed: (failed: boolean) => void;
}

/** Twice as many as are open in the worst hour. */
const mostAlarms = 20_000;
/** What is over but wants its cause from me is asked for so far back. */
const closedMs = 12 * 3_600_000;
const mostClosed = 500;
/** A browser that slept may have missed something without noticing. */
const renewMs = 120_000;
const retryMs = 2_000;
/** Deeds on an incident's alarms that are on their way at once. */
const abreast = 6;

export class AlarmFeed {
  readonly alarms: Alarms;
  readonly #parts: AlarmFeedParts;
  readonly #stops: Stop[] = [];
  #retry: Stop | null = null;
  #asked = 0;

  constructor(parts: AlarmFeedParts) {
    this.#parts = parts;
    this.alarms = new Alarms(parts.me);
    parts.socket.on('alarm', (record) => {
      const risen = this.alarms.tell(record);
      parts.changed();
      if (risen) parts.risen([risen]);
    });
    parts.socket.on('connect', () => void this.renew());
    this.#stops.push(
      parts.clock.every(renewMs, () => {
        if (parts.socket.connected) void this.renew();
      }),
    );
  }

  close(): void {
    for (const stop of this.#stops) stop();
    this.#retry?.();
    this.#asked += 1;
  }

  /** Asks for everything anew. */
  async renew(): Promise<void> {
    this.#asked += 1;
    const asked = this.#asked;
    this.#retry?.();
    const moment = this.alarms.moment();
    const { api, now } = this.#parts;
    const at = Math.floor(now());
    const closed = `?state=normal&from=${String(at - closedMs)}&to=${String(at)}&limit=${String(mostClosed)}`;
    const [open, over] = await Promise.all([api.alarms(`?limit=${String(mostAlarms)}`), api.alarms(closed)]);
    if (asked !== this.#asked) return;
    this.#parts.failed(open.problem !== null);
    if (!open.value) {
      this.#retry = this.#parts.clock.after(retryMs, () => void this.renew());
      return;
    }
    const risen = this.alarms.replace([...(over.value ?? []), ...open.value], moment);
    this.#parts.changed();
    if (risen.length > 0) this.#parts.risen(risen);
  }

  /** Does it to all of them that allow it; what is certain is shown at once, and taken back where it fails. */
  async act(records: readonly AlarmRecord[], action: AlarmAction, body: DeedBody): Promise<Deed> {
    const waiting = records.filter((record) => isPossible(record, action));
    let deed: Deed = { action, asked: waiting.length, done: 0, forestalled: null, problem: null };
    for (const record of waiting) {
      const expected = supposed(record, action, body, this.#parts.me, this.#parts.now());
      if (expected) this.alarms.suppose(expected);
    }
    this.#parts.changed();
    const queue = [...waiting];
    const work = async (): Promise<void> => {
      for (let record = queue.shift(); record; record = queue.shift()) {
        const one = await this.#one(record, action, body);
        deed = added(deed, one);
      }
    };
    await Promise.all(Array.from({ length: Math.min(abreast, queue.length) }, work));
    return deed;
  }

  async #one(record: AlarmRecord, action: AlarmAction, body: DeedBody): Promise<Omit<Deed, 'action' | 'asked'>> {
    const { api, me, changed } = this.#parts;
    const moment = this.alarms.moment();
    const { value, problem } = await api.act(record.id, action, body);
    if (value) {
      this.alarms.answer(value, moment);
      changed();
      return { done: 1, forestalled: null, problem: null };
    }
    this.alarms.withdraw(record.id);
    changed();
    if (problem.status !== 409) return { done: 0, forestalled: null, problem };
    // Somebody else has been there: see what it is now, and who it was.
    const again = this.alarms.moment();
    const now = await api.alarm(record.id);
    if (now.value) this.alarms.answer(now.value.record, again);
    changed();
    const first = now.value ? forestalled(now.value.record, action, me) : null;
    return { done: 0, forestalled: first, problem: first ? null : problem };
  }
}

function added(deed: Deed, { done, forestalled: first, problem }: Omit<Deed, 'action' | 'asked'>): Deed {
  return { ...deed, done: deed.done + done, forestalled: first ?? deed.forestalled, problem: problem ?? deed.problem };
}

/**
 * The notebook: what became of deliveries, on its way to the alarm book. Comes in: deliveries as they change. Goes out: the newest state of each, written
 * in groups as fast as the book takes them. Nobody waits for it: a store that is down delays what is written, never what is sent.
 */
import type { Logger } from 'pino';
import type { Clock } from '../../contract/clock.ts';
import type { Delivery } from '../../contract/notify.ts';
import type { AlarmBook } from '../../store/alarmbook.ts';
import { Patience, pause } from '../retry.ts';

/** With the store down for so long that these are not enough, the oldest go unwritten: they may be sent again after a restart. */
const mostWaiting = 50_000;
const groupMost = 1_000;
const closeWithinMs = 10_000;

export class Notebook {
  readonly #book: Pick<AlarmBook, 'saveDeliveries'>;
  readonly #patience: Patience;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #waiting = new Map<string, Delivery>();
  #writing: Promise<void> | null = null;
  #lost = 0;

  constructor(book: Pick<AlarmBook, 'saveDeliveries'>, clock: Clock, log: Logger) {
    this.#book = book;
    this.#clock = clock;
    this.#log = log;
    this.#patience = new Patience(clock, log);
  }

  note(delivery: Delivery): void {
    this.#waiting.delete(delivery.id);
    this.#waiting.set(delivery.id, delivery);
    const [oldest] = this.#waiting.keys();
    if (oldest !== undefined && this.#waiting.size > mostWaiting) {
      this.#waiting.delete(oldest);
      this.#lost += 1;
    }
    this.#writing ??= this.#write();
  }

  /** Resolves once everything is written, or after 10 s. */
  async close(): Promise<void> {
    await Promise.race([this.#writing, pause(this.#clock, closeWithinMs)]);
  }

  async #write(): Promise<void> {
    // What is noted within one turn is written together.
    await Promise.resolve();
    while (this.#waiting.size > 0) {
      const group = [...this.#waiting.values()].slice(0, groupMost);
      for (const { id } of group) this.#waiting.delete(id);
      await this.#patience.untilDone('write down deliveries', () => this.#book.saveDeliveries(group));
      if (this.#lost > 0) this.#log.warn({ deliveries: this.#lost }, 'could not write down all deliveries while the store was away');
      this.#lost = 0;
    }
    this.#writing = null;
  }
}

/**
 * Short words at the edge of the page, reactive: what has just happened, with one way on. Each goes by itself after a while, and
 * stays while somebody points at it.
 */
import type { Clock } from '../../../contract/clock.ts';
import type { Priority } from '../../../contract/alarm.ts';

export interface Toast {
  readonly id: number;
  readonly text: string;
  readonly detail?: string;
  /** `alarm` ones carry their priority; `problem` is what did not work. */
  readonly tone: 'done' | 'problem' | Priority;
  readonly href?: string;
  readonly action?: { readonly text: string; readonly run: () => void };
}

const most = 4;
const shortMs = 5_000;
/** A way back, or something that went wrong, needs a little more time. */
const longMs = 9_000;

export class Toasts {
  list: readonly Toast[] = $state.raw([]);
  /** Somebody points at one of them. */
  held = false;
  readonly #clock: Clock;
  #next = 1;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  show(toast: Omit<Toast, 'id'>): void {
    const id = this.#next;
    this.#next += 1;
    this.list = [...this.list, { ...toast, id }].slice(-most);
    this.#end(id, toast.tone === 'done' && !toast.action ? shortMs : longMs);
  }

  dismiss(id: number): void {
    this.list = this.list.filter((toast) => toast.id !== id);
  }

  #end(id: number, afterMs: number): void {
    this.#clock.after(afterMs, () => {
      if (this.held) this.#end(id, shortMs);
      else this.dismiss(id);
    });
  }
}

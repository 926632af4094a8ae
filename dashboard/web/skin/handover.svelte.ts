/**
 * The handover sheet's data, reactive: the shift of each line, its figures and its long stops, a few lines at a time.
 * Comes in: lines, which shift, the API, the live records. Goes out: rows in the order of the plant, and how far it has come.
 */
import type { Api } from '../core/api.ts';
import { byCalendar, longStopsOf, type HandoverRow, type HandoverView } from '../core/handover.ts';
import { shiftBefore } from '../core/period.ts';
import type { PlantLine } from '../core/plant.ts';
import type { Live } from './live.svelte.ts';

/** A shift, with the lines that keep it. */
export interface HandoverWindow {
  /** One of them, whose calendar it is written in; and all of them. */
  readonly line: PlantLine;
  readonly lines: readonly PlantLine[];
  readonly id: string;
  readonly from: number;
  readonly to: number;
}

const backMs = 4 * 86_400_000;
const linesAtOnce = 4;

export class HandoverSheet {
  rows: readonly HandoverRow[] = $state.raw([]);
  /** Null where there was no such shift. */
  shift: HandoverWindow | null = $state.raw(null);
  done = $state.raw(0);
  /** Lines that could not be asked about. */
  failed = $state.raw(0);
  asking = $state.raw(true);
  readonly #api: Api;
  readonly #live: Live;
  #asked = 0;

  constructor(api: Api, live: Live) {
    this.#api = api;
    this.#live = live;
  }

  async ask(lines: readonly PlantLine[], { shift, minutes }: Pick<HandoverView, 'shift' | 'minutes'>): Promise<void> {
    const asked = (this.#asked += 1);
    [this.asking, this.done, this.failed] = [true, 0, 0];
    const windows = await Promise.all(byCalendar(lines).map((group) => this.#window(group, shift)));
    const waiting = windows.flatMap((window) => (window ? window.lines.map((line) => ({ line, window })) : []));
    const total = waiting.length;
    const rows: HandoverRow[] = [];
    const work = async (): Promise<void> => {
      for (let next = waiting.shift(); next && asked === this.#asked; next = waiting.shift()) {
        const row = await this.#row(next.line, next.window, minutes);
        if (row) rows.push(row);
        if (asked === this.#asked) this.done += 1;
      }
    };
    await Promise.all(Array.from({ length: linesAtOnce }, work));
    if (asked !== this.#asked) return;
    this.rows = rows.sort((a, b) => a.line.position - b.line.position);
    this.shift = windows.find((window) => window !== null) ?? null;
    this.failed = total - rows.length;
    this.asking = false;
  }

  async #row(line: PlantLine, { from, to }: HandoverWindow, minutes: number): Promise<HandoverRow | null> {
    const [figures, spans] = await Promise.all([this.#api.utilization(line.id, from, to), this.#api.states(line.id, from, to)]);
    return figures.value && spans.value ? { line, figures: figures.value, longStops: longStopsOf(spans.value, minutes) } : null;
  }

  /** The shift of lines that keep one calendar: the first of them tells. */
  async #window(lines: readonly PlantLine[], which: HandoverView['shift']): Promise<HandoverWindow | null> {
    const [line] = lines;
    if (!line) return null;
    const running = this.#live.line(line.id)?.shift ?? null;
    const now = this.#live.now;
    if (which === 'running') return running && { line, lines, id: running.id, from: running.from, to: now };
    const shifts = await this.#api.shifts(line.id, now - backMs, now);
    const before = shiftBefore(shifts.value ?? [], running, now);
    return before && { line, lines, id: before.shift ?? '', from: before.from, to: before.to };
  }
}

/**
 * The state language: in which order states are shown, and which of them are calls for help.
 * Colour, shape and word always go together; colours live in the style sheet, words in the catalogue, shapes here.
 */
import type { State } from '../../../contract/reading.ts';

/** As they stand in every bar and legend: work first, knowledge gaps last. */
export const stateOrder = ['running', 'setup', 'stopped', 'fault', 'idle', 'planned', 'unknown'] as const satisfies readonly State[];

/** A stop longer than this is no longer one of the short interruptions that belong to the work. */
export const longStopMs = 3 * 60_000;

/** Outlines on a 16 × 16 field, filled by the even-odd rule: ● ❚❚ ▲ ◆ ○ ☾ ?. */
export const stateShapes: Readonly<Record<State, string>> = {
  running: 'M8 2.5a5.5 5.5 0 1 1 0 11a5.5 5.5 0 0 1 0-11z',
  stopped: 'M3.5 3h3.5v10H3.5zM9 3h3.5v10H9z',
  fault: 'M8 1.8l6.8 12.2H1.2z',
  setup: 'M8 1.5l6.5 6.5L8 14.5L1.5 8z',
  idle: 'M8 2.5a5.5 5.5 0 1 1 0 11a5.5 5.5 0 0 1 0-11zM8 4.3a3.7 3.7 0 1 0 0 7.4a3.7 3.7 0 0 0 0-7.4z',
  planned: 'M10.6 2.2a6 6 0 1 0 3.2 8.9a5.2 5.2 0 0 1-3.2-8.9z',
  unknown:
    'M5 5.6C5 3.6 6.4 2.4 8.2 2.4c1.8 0 3.1 1.1 3.1 2.8c0 1.3-.7 2-1.6 2.7c-.8.6-1 .9-1 1.8v.3H7.2v-.6c0-1.3.5-1.9 1.4-2.6c.7-.5 1-.9 1-1.5c0-.8-.6-1.3-1.4-1.3c-.9 0-1.5.6-1.5 1.6zM7 11.6h1.9v1.9H7z',
};

export function isState(word: string): word is State {
  return (stateOrder as readonly string[]).includes(word);
}

export function emptyCounts(): Record<State, number> {
  return { running: 0, setup: 0, stopped: 0, fault: 0, idle: 0, planned: 0, unknown: 0 };
}

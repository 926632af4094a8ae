/**
 * What the board says beyond its states and figures, in English: exactly the keys of the Chinese texts. No component has a text of its own.
 */
import type { board as zh } from '../zh/board.ts';

export const board: Record<keyof typeof zh, string> = {
  'layout.rows': 'Rows',
  'board.type': 'Filter by equipment',
  'board.everyType': 'All equipment',
  'board.overtaken': 'Order has changed · update',
  'board.shiftOf': 'Shift of {{line}}',
  'board.openLine': 'Open the line',
  'board.closeShift': 'Close',
  'figure.attained': '{{percent}}% of target',
  'define.target':
    'Target = ideal rate × planned busy time of the shift so far: the output without any stop and at full speed. The equipment type gives the ideal rate. Stops, slow running and time without data all lower the share reached.',
};

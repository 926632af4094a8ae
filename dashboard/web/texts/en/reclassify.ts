/**
 * What is said, in English, of giving a stop another reason: exactly the keys of the Chinese texts. No component has a text of its own.
 */
import type { reclassify as zh } from '../zh/reclassify.ts';

export const reclassify: Record<keyof typeof zh, string> = {
  'reclassify.title': 'Correct the reason',
  'reclassify.open': 'Correct the reason: {{what}}, {{time}}',
  'reclassify.hint': 'Click to correct the reason',
  'reclassify.original': 'Originally: {{what}}',
  'reclassify.undo': 'Back to the original',
  'reclassify.said': 'Corrections so far',
  'reclassify.asMachine': 'what the machine said',
  'reclassify.find': 'Find a reason',
  'reclassify.reasons': 'Reasons for stops',
  'reclassify.none': 'There is no such reason.',
  'reclassify.why': 'Why it is changed',
  'reclassify.about': 'Readings stay as they are; states, reasons and figures follow within seconds. Who changed it, when and why is kept.',
  'reclassify.save': 'Correct',
  'reclassify.done': 'The reason is corrected; figures follow within seconds.',
  'reclassify.undone': 'The original reason is back.',
  'reclassify.problem': 'It did not work. Try again.',
  'reclassify.problem.no-span': 'This stop has just changed, by late readings for example. Close this and look again.',
  'reclassify.problem.no-stop': 'The line was not stopped then.',
  'reclassify.problem.not-over': 'This stop is not over yet. It can be corrected once it is.',
  'reclassify.problem.not-recorded': 'It cannot be recorded at the moment. Try again in a moment.',
  'reclassify.problem.recorded': 'It is recorded and will be worked off. Look again in a moment.',
};

/**
 * What the handover sheet says, in English: exactly the keys of the Chinese texts. No component has a text of its own.
 */
import type { handover as zh } from '../zh/handover.ts';

export const handover: Record<keyof typeof zh, string> = {
  'handover.title': 'Handover',
  'handover.heading': 'Shift handover',
  'handover.shift': 'Shift',
  'handover.shift.running': 'This shift, so far',
  'handover.shift.last': 'Last shift',
  'handover.longStops': 'List stops',
  'handover.minutes': '≥ {{minutes}} min',
  'handover.print': 'Print',
  'handover.copy': 'Copy as text',
  'handover.copied': 'Copied',
  'handover.made': 'Generated {{time}}',
  'handover.soFar': 'As of {{time}}; the shift is still running',
  'handover.line': 'Line',
  'handover.madeTarget': 'Output / target',
  'handover.stops': 'Stops',
  'handover.stopSum': '{{times}} · {{span}}',
  'handover.long': 'Stops of {{minutes}} min and more',
  'handover.more': '{{formatted}} more',
  'handover.now': 'Now',
  'handover.faults': 'Open faults',
  'handover.faults.none': 'No open faults.',
  'handover.since': 'since {{time}}, for {{span}}',
  'handover.notes': 'Notes',
  'handover.from': 'Handed over by',
  'handover.to': 'Taken over by',
  'handover.loading': 'Summing up {{done}} of {{total}} lines…',
  'handover.incomplete': 'No data for {{formatted}} lines. Please try again.',
  'handover.tooMany.title': 'Choose a workshop first',
  'handover.tooMany.text': 'There are {{lines}} lines here; a handover sheet has at most {{most}}.',
  'handover.none.title': 'No shift to hand over',
  'handover.none.text': 'Within the last four days there was no such shift.',
};

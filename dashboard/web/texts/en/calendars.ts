/**
 * What the page about calendars says, in English. No component has a text of its own.
 */
import type { calendars as zh } from '../zh/calendars.ts';

export const calendars: Record<keyof typeof zh, string> = {
  'calendars.title': 'Calendars',
  'calendars.about':
    'Calendars are in the plant file and change from a date on; figures of the past keep the calendar of their time. How is one changed?',
  'calendars.how.first': 'Open the plant file (BOBBIN_PLANT names it) and find the calendar.',
  'calendars.how.second':
    'Do not rewrite shifts that have been in use: add an entry to changes with the date it begins (from) and the shifts, days or holidays that change; the rest stays. Holidays to come may simply be added to holidays.',
  'calendars.how.third': 'Restart the server. With a mistake in the file it does not start, and says where the mistake is.',
  'calendars.example': 'An example of the plant file',
  'calendars.none': 'There is no calendar.',
  'calendars.week': 'This week',
  'calendars.from': 'from {{date}}',
  'calendars.fromFirst': 'At first',
  'calendars.now': 'in force',
  'calendars.breaks': 'breaks',
  'calendars.days': 'Working days',
  'calendars.everyDay': 'every day',
  'calendars.holidays': 'Holidays',
  'calendars.past': '({{formatted}} more are past)',
  'calendars.followers': 'Followed by',
  'calendars.unused': 'No line follows it',
  'calendars.holiday': 'Holiday',
  'calendars.off': 'Day off',
};

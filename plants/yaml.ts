/**
 * The demo zone as the text of a plant file: comes in as a list of phases, goes out as YAML laid out for people to read.
 * It never touches a file, and writes nothing that plants/loader.ts would not read back.
 */
import type { Text } from '../contract/text.ts';
import { otherParks, type Park } from './parks.ts';
import { embroideryFirms, type Firm, type Phase, type Run, type Workshop } from './zone.ts';

const head = `# The Ruzhou zone for demonstrations. Made by plants/generate.ts: change that, then run \`npx tsx plants/generate.ts\`.
# Runling Pharma, Renhua Bio and Tianrui Cement are known to be there; every other firm's name is invented.

zone: { id: ruzhou, name: { zh: 汝州市产业集聚区, en: Ruzhou Industrial Agglomeration Zone }, timezone: Asia/Shanghai }
`;

/** The public holidays fixed by law (make-up days and bridges differ from year to year and are left out). */
const holidays = [
  [
    '2026-01-01',
    '2026-02-16',
    '2026-02-17',
    '2026-02-18',
    '2026-02-19',
    '2026-04-05',
    '2026-05-01',
    '2026-05-02',
    '2026-06-19',
    '2026-09-25',
    '2026-10-01',
    '2026-10-02',
    '2026-10-03',
  ],
  [
    '2027-01-01',
    '2027-02-05',
    '2027-02-06',
    '2027-02-07',
    '2027-02-08',
    '2027-04-05',
    '2027-05-01',
    '2027-05-02',
    '2027-06-09',
    '2027-09-15',
    '2027-10-01',
    '2027-10-02',
    '2027-10-03',
  ],
];
const holidayText = holidays.map((year) => `      ${year.map((day) => `"${day}"`).join(', ')},\n`).join('');

function twoShifts(id: string, dayBreak: readonly [string, string], nightBreak: readonly [string, string], days: string): string {
  return `  ${id}:
    shifts:
      - { id: day, name: { zh: 白班, en: Day shift }, start: "08:00", end: "20:00", breaks: [["${dayBreak.join('", "')}"]] }
      - { id: night, name: { zh: 夜班, en: Night shift }, start: "20:00", end: "08:00", breaks: [["${nightBreak.join('", "')}"]] }
    days: [${days}]
`;
}

const everyDay = 'mon, tue, wed, thu, fri, sat, sun';
const calendars = `calendars:
${twoShifts('two-shift', ['12:00', '12:30'], ['00:00', '00:30'], 'mon, tue, wed, thu, fri, sat')}    holidays: [
${holidayText}    ]
  # Orders before Sundays: the same two shifts every day of the year, the breaks staggered so that the canteens cope.
${twoShifts('daily-1130', ['11:30', '12:00'], ['23:30', '00:00'], everyDay)}${twoShifts('daily-1200', ['12:00', '12:30'], ['00:00', '00:30'], everyDay)}${twoShifts('daily-1230', ['12:30', '13:00'], ['00:30', '01:00'], everyDay)}  day-shift:
    shifts:
      - { id: day, name: { zh: 白班, en: Day shift }, start: "08:00", end: "17:30", breaks: [["12:00", "13:00"]] }
    days: [mon, tue, wed, thu, fri, sat]
    holidays: [
${holidayText}    ]
  always:
    shifts: [{ id: all, name: { zh: 全天, en: All day }, start: "00:00", end: "24:00" }]
    days: [${everyDay}]
`;

export function plantText(phases: readonly Phase[]): string {
  const embroidery: Park = {
    id: 'emb',
    name: { zh: '汝绣产业园', en: 'Ru-Embroidery Park' },
    cluster: 'embroidery',
    clusterName: { zh: '绣品', en: 'Embroidery' },
    calendar: 'daily-1200',
    firms: embroideryFirms(phases),
  };
  return `${head}\n${calendars}\nparks:\n${[embroidery, ...otherParks].map(parkText).join('')}`;
}

function parkText(park: Park): string {
  return `  - id: ${park.id}
    name: ${textText(park.name)}
    cluster: ${park.cluster}
    clusterName: ${textText(park.clusterName)}
    calendar: ${park.calendar}
    firms:
${park.firms.map(firmText).join('')}`;
}

function firmText(firm: Firm): string {
  const calendar = firm.calendar === undefined ? '' : `        calendar: ${firm.calendar}\n`;
  return `      - id: ${firm.id}
        name: ${textText(firm.name)}
${calendar}        workshops:
${firm.workshops.map(workshopText).join('')}`;
}

function workshopText(workshop: Workshop, at: number): string {
  const building = workshop.building === undefined ? '' : `            building: "${workshop.building}"\n`;
  return `          - id: w${String(at + 1)}
            name: ${textText(workshop.name)}
${building}            lines:
${workshop.runs.map(runText).join('')}`;
}

function runText({ type, prefix, from, to, digits, name }: Run): string {
  const padded = (number: number): string => String(number).padStart(digits, '0');
  if (name === undefined) return `              - { ids: "${prefix}-{${padded(from)}..${padded(to)}}", type: ${type} }\n`;
  let text = '';
  for (let number = from; number <= to; number += 1) {
    const named = { zh: `${String(number)}号${name.zh}`, en: `${name.en} ${String(number)}` };
    text += `              - { id: ${prefix}-${padded(number)}, type: ${type}, name: ${textText(named)} }\n`;
  }
  return text;
}

function textText({ zh, en }: Text): string {
  return `{ zh: ${zh}, en: ${en} }`;
}

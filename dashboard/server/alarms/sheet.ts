/**
 * Alarms as a table to take away, the headings first, so that a spreadsheet can filter it as it is. Comes in: records, the plant, a language. Goes out: CSV.
 * Times are the zone's own; what a text must not begin with is seen to where all CSV is made.
 */
import { causes, remedies, type AlarmRecord, type AlarmState, type Priority } from '../../../contract/alarm.ts';
import type { Language } from '../../../contract/api.ts';
import type { Plant } from '../../../contract/plant.ts';
import type { Text } from '../../../contract/text.ts';
import { csvInParts } from '../reports/csv.ts';
import type { Cell } from '../reports/tables.ts';

const stateWords: Readonly<Record<AlarmState, Text>> = {
  unacknowledged: { zh: '未确认', en: 'Unacknowledged' },
  acknowledged: { zh: '已确认', en: 'Acknowledged' },
  returned: { zh: '已恢复未确认', en: 'Returned, unacknowledged' },
  normal: { zh: '正常', en: 'Normal' },
  shelved: { zh: '搁置', en: 'Shelved' },
};
const priorityWords: Readonly<Record<Priority, Text>> = {
  critical: { zh: '紧急', en: 'Critical' },
  high: { zh: '高', en: 'High' },
  medium: { zh: '中', en: 'Medium' },
  low: { zh: '低', en: 'Low' },
};

interface Column {
  readonly heading: Text;
  readonly value: (record: AlarmRecord) => Cell;
}

export function alarmCsv(records: readonly AlarmRecord[], plant: Plant, language: Language): Promise<Uint8Array<ArrayBuffer>> {
  return csvInParts(rowsOf(records, columnsOf(plant, language), language));
}

/** Each as it is asked for: fifty thousand at once would take seconds. */
function* rowsOf(records: readonly AlarmRecord[], columns: readonly Column[], language: Language): Iterable<Cell[]> {
  yield columns.map(({ heading }) => heading[language]);
  for (const record of records) yield columns.map(({ value }) => value(record));
}

function columnsOf(plant: Plant, language: Language): Column[] {
  const clock = new Intl.DateTimeFormat('sv-SE', { timeZone: plant.timezone, dateStyle: 'short', timeStyle: 'medium' });
  const column = (zh: string, en: string, value: Column['value']): Column => ({ heading: { zh, en }, value });
  const time = (zh: string, en: string, at: (record: AlarmRecord) => number | null): Column =>
    column(`${zh} (${plant.timezone})`, `${en} (${plant.timezone})`, (record) => {
      const ts = at(record);
      return ts === null ? null : clock.format(ts);
    });
  const names = namesOf(plant);
  return [
    column('编号', 'Id', ({ id }) => id),
    column('优先级', 'Priority', ({ priority }) => priorityWords[priority][language]),
    column('状态', 'State', ({ state }) => stateWords[state][language]),
    column('企业', 'Firm', ({ line }) => names.get(line)?.firm[language]),
    column('车间', 'Workshop', ({ line }) => names.get(line)?.workshop[language]),
    column('楼栋', 'Building', ({ line }) => plant.lines.get(line)?.building),
    column('生产线', 'Line', ({ line }) => plant.lines.get(line)?.name[language] ?? line),
    column('生产线编号', 'Line id', ({ line }) => line),
    column('报警', 'Alarm', ({ text }) => text[language]),
    column('规则', 'Rule', ({ rule }) => rule),
    column('数值', 'Value', ({ value }) => value),
    column('限值', 'Limit', ({ limit }) => limit),
    column('次数', 'Raises', ({ raises }) => raises),
    time('发生', 'Raised', ({ raisedAt }) => raisedAt),
    time('恢复', 'Cleared', ({ clearedAt }) => clearedAt),
    time('送达', 'Delivered', ({ deliveredAt }) => deliveredAt),
    time('确认', 'Acknowledged', ({ acknowledgedAt }) => acknowledgedAt),
    column('确认人', 'Acknowledged by', ({ acknowledgedBy }) => acknowledgedBy),
    column('派单', 'Assigned to', ({ assignedTo }) => assignedTo),
    time('到场', 'Arrived', ({ arrivedAt }) => arrivedAt),
    column('到场人', 'Arrived by', ({ arrivedBy }) => arrivedBy),
    time('解决', 'Resolved', ({ resolvedAt }) => resolvedAt),
    column('解决人', 'Resolved by', ({ resolvedBy }) => resolvedBy),
    column('原因', 'Cause', ({ cause }) => (cause === null ? null : (causes[cause]?.[language] ?? cause))),
    column('措施', 'Remedy', ({ remedy }) => (remedy === null ? null : (remedies[remedy]?.[language] ?? remedy))),
    time('搁置至', 'Shelved until', ({ shelvedUntil }) => shelvedUntil),
    column('搁置理由', 'Shelved because', ({ shelvedWhy }) => shelvedWhy),
    column('补传', 'Found late', ({ late }) => (late ? { zh: '是', en: 'yes' }[language] : null)),
    column('归并', 'Part of', ({ group }) => group),
  ];
}

/** Names of firm and workshop by line. */
function namesOf(plant: Plant): Map<string, { readonly firm: Text; readonly workshop: Text }> {
  const places = plant.file.parks.flatMap(({ firms }) =>
    firms.flatMap((firm) =>
      firm.workshops.map((workshop) => [`${firm.id}/${workshop.id}`, { firm: firm.name, workshop: workshop.name }] as const),
    ),
  );
  const byPlace = new Map(places);
  const names = new Map<string, { readonly firm: Text; readonly workshop: Text }>();
  for (const { id, firm, workshop } of plant.lines.values()) {
    const found = byPlace.get(`${firm}/${workshop}`);
    if (found) names.set(id, found);
  }
  return names;
}

/**
 * What is said of alarms in short phrases: where one is, what became of a deed, what is new. Comes in: records, deeds, news.
 * Goes out: text in the chosen language.
 */
import type { AlarmRecord } from '../../../contract/alarm.ts';
import type { FigureLevel } from '../../../contract/alarms-api.ts';
import { systemLine } from '../../../contract/system.ts';
import type { Deed } from '../core/alarmfeed.ts';
import { placeOf } from '../core/alarmlist.ts';
import type { DeedBody } from '../core/deeds.ts';
import type { Piece } from '../core/news.ts';
import type { Plant, PlantLine } from '../core/plant.ts';
import type { TextKey } from '../texts/catalogue.ts';
import type { Toast } from './toasts.svelte.ts';
import type { Tongue } from './tongue.svelte.ts';

/** "1号线"; what is not of a line is of the system. */
export function lineName(record: AlarmRecord, plant: Plant, { t, name }: Tongue): string {
  const line = plant.line(record.line);
  return line ? name(line.name) : record.line === systemLine ? t('faults.system') : record.line;
}

/** "锦绣机绣 · 一车间"; and apart from it the building, which tells where to walk. */
export function whereOf(line: PlantLine | undefined, { t, name }: Tongue): { place: string; building: string } {
  if (!line) return { place: '', building: '' };
  const { firm, workshop } = line;
  return {
    place: `${name(firm.name)} · ${name(workshop.name)}`,
    building: workshop.building === null ? '' : t('board.building', { building: workshop.building }),
  };
}

/** The place of an incident in few words: "12号楼", or firm and workshop. */
export function incidentPlace(members: readonly AlarmRecord[], plant: Plant, { t, name }: Tongue): string {
  const place = placeOf(members, plant);
  const line = place ? plant.line(place.line) : undefined;
  if (!place || !line) return '';
  return place.kind === 'building'
    ? `${name(line.park.name)} · ${t('board.building', { building: place.name })}`
    : `${name(line.firm.name)} · ${name(line.workshop.name)}`;
}

export function newsWords(piece: Piece, plant: Plant, tongue: Tongue): { title: string; detail: string } {
  const { record } = piece;
  const { t, name, count } = tongue;
  const { place, building } = whereOf(plant.line(record.line), tongue);
  if (piece.kind === 'many') return { title: count('faults.news.many', piece.count), detail: t('faults.news.manyAbout') };
  if (piece.kind === 'incident') {
    return {
      title: count('faults.news.incident', piece.count),
      detail: [building || place, name(record.text)].filter(Boolean).join(' · '),
    };
  }
  return { title: name(record.text), detail: [lineName(record, plant, tongue), place, building].filter(Boolean).join(' · ') };
}

/** Nothing where the screen itself shows well enough what was done. */
export function deedWord(deed: Deed, body: DeedBody, { t, count, format }: Tongue): Pick<Toast, 'text' | 'detail' | 'tone'> | null {
  const { action, asked, done, forestalled, problem } = deed;
  const some = asked > 1 ? count('faults.deed.of', asked) : '';
  if (forestalled && (action === 'acknowledge' || action === 'arrive' || action === 'resolve')) {
    const first = t(`faults.first.${action}`, { who: forestalled.who, time: format.timeSeconds(forestalled.at) });
    return { tone: 'problem', text: first, detail: asked > 1 ? t('faults.deed.partly', { done, asked }) : t('faults.first.about') };
  }
  if (problem) {
    const detail = asked > 1 ? t('faults.deed.partly', { done, asked }) : '';
    const why = problem.status === 0 ? t('faults.problem.unreachable') : problem.status === 409 ? t('faults.problem.state') : '';
    const other = problem.status === 403 || problem.status === 404 ? t('faults.problem.gone') : problem.message || problem.code;
    return { tone: 'problem', text: t(`faults.problem.${action}`), detail: [why || other, detail].filter(Boolean).join(' · ') };
  }
  if (asked === 0) return { tone: 'problem', text: t('faults.problem.state') };
  if (action === 'shelve') {
    return { tone: 'done', text: t('faults.done.shelve', { span: format.span((body.minutes ?? 0) * 60) }), detail: some };
  }
  return action === 'arrive' && asked === 1
    ? null
    : { tone: 'done', text: t(`faults.done.${action}`, { who: body.to ?? '' }), detail: some };
}

/** The name of a group of figures; one that is not in the plant any more stands for itself. */
export function groupName(id: string, by: FigureLevel, plant: Plant, { name }: Tongue): string {
  const firms = plant.parks.flatMap((park) => park.firms);
  switch (by) {
    case 'line': {
      const line = plant.line(id);
      return line ? `${name(line.name)} · ${name(line.firm.name)} · ${name(line.workshop.name)}` : id;
    }
    case 'type':
      return plant.types[id] ? name(plant.types[id].name) : id;
    case 'firm': {
      const firm = firms.find((one) => one.id === id);
      return firm ? name(firm.name) : id;
    }
    case 'workshop': {
      const [firmId, workshopId] = id.split('/');
      const firm = firms.find((one) => one.id === firmId);
      const workshop = firm?.workshops.find((one) => one.id === workshopId);
      return firm && workshop ? `${name(firm.name)} · ${name(workshop.name)}` : id;
    }
  }
}

/** What a rule is about, by its id and the names of the line's type. */
export function ruleName(rule: string, line: PlantLine | undefined, { t, name }: Tongue): string {
  const [kind = '', what = '', side = ''] = rule.split(':');
  if (kind === 'stop') {
    const stop = line?.type.stops[what];
    return stop ? name(stop.name) : t('faults.rule.stop');
  }
  if (kind === 'limit') {
    const metric = line?.type.metrics[what];
    return t(side.startsWith('alert') ? 'faults.rule.alert' : 'faults.rule.action', { metric: metric ? name(metric.name) : what });
  }
  if (kind === 'breaks') return what === '' ? t('faults.rule.breaks') : t('faults.rule.breaksHead', { head: what.replace('head-', '') });
  const key = ruleKeys.get(rule);
  return key ? t(key) : rule;
}

const ruleKeys: ReadonlyMap<string, TextKey> = new Map([
  ['silence', 'faults.rule.silence'],
  ['break-rate', 'faults.rule.breakRate'],
  ['chattering', 'faults.rule.chattering'],
  ['data:clock', 'faults.rule.clock'],
  ['data:rejected', 'faults.rule.rejected'],
  ['data:sequence', 'faults.rule.sequence'],
]);

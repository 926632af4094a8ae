/**
 * What a rule says, in words: its limit, delays, priority, or that it is out of service; where an override holds; what a change
 * changed. Comes in: rules and overrides. Goes out: text in the chosen language.
 */
import type { RuleAnswer } from '../../../contract/alarms-api.ts';
import type { Override, OverrideChange, Where } from '../../../contract/overrides.ts';
import type { Plant } from '../core/plant.ts';
import type { Tongue } from './tongue.svelte.ts';

type Key = 'enabled' | 'priority' | 'limit' | 'deadband' | 'onDelaySeconds' | 'offDelaySeconds' | 'settleSeconds' | 'when';
const keys: readonly Key[] = ['enabled', 'priority', 'limit', 'deadband', 'onDelaySeconds', 'offDelaySeconds', 'settleSeconds', 'when'];

/** What a limit counts that is no metric's. */
const measures: Partial<Record<string, 'rules.unit.seconds' | 'rules.unit.breaks' | 'rules.unit.perHour' | 'rules.unit.perMinute'>> = {
  silence: 'rules.unit.seconds',
  'data:clock': 'rules.unit.seconds',
  breaks: 'rules.unit.breaks',
  'break-rate': 'rules.unit.perHour',
  chattering: 'rules.unit.perMinute',
};

export function ruleValue({ id, values, unit }: RuleAnswer, { t, format }: Tongue): string {
  if (!values.enabled) return t('rules.off');
  const measure = measures[id];
  const word = measure === undefined ? (unit === null || unit === '1' ? '' : unit) : t(measure);
  const parts = [
    t(`priority.${values.priority}`),
    values.limit === null ? '' : `${t('rules.limit')} ${format.metric(values.limit)}${word === '' ? '' : ` ${word}`}`,
    values.deadband > 0 ? `${t('rules.deadband')} ${format.metric(values.deadband)}` : '',
    values.onDelaySeconds > 0 ? `${t('rules.onDelaySeconds')} ${format.span(values.onDelaySeconds)}` : '',
    values.when === null ? '' : t('rules.onlyWhen', { state: t(`state.${values.when}`) }),
  ];
  return parts.filter(Boolean).join(' · ');
}

/** "全园区", or the firm, workshop or line; a place that is not in the plant any more by its id. */
export function placeName({ firm, workshop, line }: Where, plant: Plant, { t, name }: Tongue): string {
  const firms = plant.parks.flatMap((park) => park.firms);
  if (line !== undefined) {
    const known = plant.line(line);
    return known ? `${name(known.name)} · ${name(known.firm.name)}` : line;
  }
  if (workshop !== undefined) {
    const [firmId, workshopId] = workshop.split('/');
    const known = firms.find(({ id }) => id === firmId);
    const part = known?.workshops.find(({ id }) => id === workshopId);
    return known && part ? `${name(known.name)} · ${name(part.name)}` : workshop;
  }
  const known = firms.find(({ id }) => id === firm);
  return firm === undefined ? t('rules.everywhere') : known ? name(known.name) : firm;
}

/** What an override says, a word a value: "限值 9 · 优先级 高". */
export function saidBy(override: Override, tongue: Tongue): string[] {
  return keys.flatMap((key) => {
    const value = wordOf(override, key, tongue);
    return value === null ? [] : [`${tongue.t(`rules.${key}`)} ${value}`];
  });
}

/** What was said there before and is now, value by value. */
export function changesOf({ before, after }: OverrideChange, tongue: Tongue): { what: string; before: string; after: string }[] {
  const none = tongue.t('rules.asBefore');
  return keys.flatMap((key) => {
    const [was, is] = [before ? wordOf(before.override, key, tongue) : null, wordOf(after.override, key, tongue)];
    return was === is ? [] : [{ what: tongue.t(`rules.${key}`), before: was ?? none, after: is ?? none }];
  });
}

function wordOf(override: Override, key: Key, { t, format }: Tongue): string | null {
  if (key === 'enabled') return override.enabled === undefined ? null : t(override.enabled ? 'rules.on' : 'rules.off');
  if (key === 'priority') return override.priority === undefined ? null : t(`priority.${override.priority}`);
  if (key === 'when') return override.when === undefined ? null : t(`state.${override.when}`);
  const value = override[key];
  if (value === undefined) return null;
  return key.endsWith('Seconds') ? format.span(value) : format.metric(value);
}

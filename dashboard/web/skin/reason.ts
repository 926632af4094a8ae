/**
 * Why a line is as it is, in one short phrase: the reason of a stop, the silence of a device, or what it works on.
 * Comes in: a live record and its type. Goes out: text in the chosen language.
 */
import type { EquipmentType } from '../../../contract/equipment.ts';
import type { StateSpan } from '../../../contract/figures.ts';
import type { LiveRecord } from '../../../contract/live.ts';
import { progressOf } from '../core/target.ts';
import type { Tongue } from './tongue.svelte.ts';

/** The name of a stop code; a code the type does not know stands for itself. */
export function stopName(stop: string | null, type: EquipmentType | undefined, tongue: Tongue): string {
  if (stop === null) return '';
  const known = type?.stops[stop]?.name;
  return known ? tongue.name(known) : stop;
}

/** The reason of a stop, or its state where there is none. */
export function situationText({ state, stop }: Pick<StateSpan, 'state' | 'stop'>, type: EquipmentType, tongue: Tongue): string {
  return stopName(stop, type, tongue) || tongue.t(`state.${state}`);
}

export function reasonOf(record: LiveRecord, type: EquipmentType | undefined, tongue: Tongue): string {
  const { t, format } = tongue;
  if (record.state === 'unknown') {
    if (record.ts === null) return t('needs.neverSeen');
    return `${t('needs.silent')} · ${t('needs.lastSeen', { time: format.time(record.ts) })}`;
  }
  if (record.state === 'running' || record.stop === null) {
    return [workOf(record, tongue, 1), progressText(record, type, tongue)].filter(Boolean).join(' · ');
  }
  const head = record.metrics.breakHead;
  const reason = stopName(record.stop, type, tongue);
  return record.stop.endsWith('-break') && typeof head === 'number' && head > 0
    ? `${reason} · ${t('tile.head', { head: format.whole(head) })}`
    : reason;
}

/** The reason of a stop alone, without what the line works on; empty while it runs. */
export function stopReason(record: LiveRecord, type: EquipmentType | undefined, tongue: Tongue): string {
  return record.state === 'unknown' || record.stop !== null ? (record.state === 'running' ? '' : reasonOf(record, type, tongue)) : '';
}

/** What the line works on, the most telling first: design, batch, product, order; at most so many of them. */
export function workOf(record: LiveRecord, { t }: Tongue, most: number): string {
  const parts = [
    record.design,
    record.batch === null ? null : t('line.batch', { batch: record.batch }),
    record.product === null ? null : t('line.product', { product: record.product }),
    record.order,
  ];
  return parts
    .filter((part) => part !== null)
    .slice(0, most)
    .join(' · ');
}

/** "41%" of the design in hand. */
function progressText(record: LiveRecord, type: EquipmentType | undefined, { format }: Tongue): string {
  const progress = progressOf(type, record.metrics);
  return progress === null ? '' : format.wholePercentDown(progress);
}

/** "779 rpm": the metric its type puts first. */
export function headlineOf(record: LiveRecord, type: EquipmentType | undefined, tongue: Tongue): string {
  const metric = type?.headline === undefined ? undefined : type.metrics[type.headline];
  if (!type?.headline || !metric) return '';
  const value = tongue.format.metric(record.metrics[type.headline], metric.decimals);
  return metric.unit === '1' ? value : `${value} ${metric.unit}`;
}

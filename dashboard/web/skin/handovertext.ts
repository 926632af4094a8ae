/**
 * The handover as plain text, to be sent on in whatever people write to each other with.
 * Comes in: rows, and what the lines do now. Goes out: lines of text in the chosen language. It is pure.
 */
import type { LiveRecord } from '../../../contract/live.ts';
import { stopSumOf, type HandoverRow } from '../core/handover.ts';
import { targetOf } from '../core/target.ts';
import { ratesOf, type Rates } from '../core/totals.ts';
import { reasonOf, stopName } from './reason.ts';
import type { Tongue } from './tongue.svelte.ts';

const stopsNamed = 3;

export function handoverText(
  title: string,
  rows: readonly HandoverRow[],
  recordOf: (line: string) => LiveRecord | undefined,
  tongue: Tongue,
): string {
  const { t, format, name } = tongue;
  const rate = ratesOf(rows.map(({ figures }) => figures));
  const lines = rows.map(({ line, figures, longStops }) => {
    const record = recordOf(line.id);
    const target = targetOf(line.type, figures);
    const made = line.type.output
      ? `${format.short(figures.output)}${target ? ` / ${format.short(target)}` : ''} ${name(line.type.output.unit)}`
      : '';
    const stops = longStops
      .slice(0, stopsNamed)
      .map(
        ({ from, to, stop, state }) =>
          `${format.time(from)} ${stopName(stop, line.type, tongue) || t(`state.${state}`)} ${format.span((to - from) / 1000)}`,
      );
    const { count, seconds } = stopSumOf(figures, line);
    const parts = [
      `${name(line.name)} ${rateText(figures, tongue)}`,
      made,
      t('handover.stopSum', { times: tongue.count('line.times', count), span: format.span(seconds) }),
      ...stops,
      record ? [t(`state.${record.state}`), reasonOf(record, line.type, tongue)].filter(Boolean).join(' ') : '',
    ];
    return parts.filter(Boolean).join(' · ');
  });
  return [title, `${t('figure.utilization')} ${rateText(rate, tongue)}`, '', ...lines].join('\n');
}

/** "71.3% (70.1–72.8%)": never without its range where that says anything. */
function rateText({ utilization, low, high }: Omit<Rates, 'coverage'>, { format }: Tongue): string {
  const bounds = format.bounds(low, high);
  const one = utilization === null ? format.percent(null) : `${format.percent(utilization)}%`;
  return bounds === '' || low === high ? one : `${one} (${bounds})`;
}

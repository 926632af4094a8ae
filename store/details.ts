/**
 * Details of one line's past, out of its raw readings: thread breaks, excursions beyond limits, changes of context.
 * Comes in: a line and a window. Goes out: lists, bounded in length. One pass over the readings from the checkpoint before the
 * window, with the few metrics that matter; nothing is kept, so nothing can disagree with the readings.
 */
import type { ContextSince, Excursion, ExcursionsAnswer, ThreadBreak } from '../contract/details.ts';
import { breakSides, detailLimits } from '../contract/details.ts';
import type { EquipmentType, Metric } from '../contract/equipment.ts';
import type { Reading } from '../contract/reading.ts';
import { foldMetricsOf } from '../kpi/counters.ts';
import { take, type Carry, type LineKind } from '../kpi/fold.ts';
import { numberOf } from '../kpi/states.ts';
import { resumeAt } from './resumption.ts';
import type { Store } from './store.ts';

interface Window {
  readonly from: number;
  readonly to: number;
}

/** A stretch of a break code is one break, however many readings tell of it; the first that names a head decides. */
export async function breaksOf(store: Store, kind: LineKind, window: Window): Promise<ThreadBreak[]> {
  const { breaks } = kind.type;
  if (!breaks) return [];
  const found: ThreadBreak[] = [];
  let open: ThreadBreak | null = null;
  await walk(
    store,
    kind,
    window,
    [breaks.head, ...(breaks.side === undefined ? [] : [breaks.side])],
    (reading, before, { state, stop }) => {
      if (stop === null || state === 'planned' || !breaks.stops.includes(stop)) {
        open = null;
        return true;
      }
      const begins = before?.stop !== stop || before.state !== state;
      if (!begins && open === null) return true;
      const head = begins || open?.head === null ? headIn(reading, breaks.head) : (open?.head ?? null);
      const side = begins || open?.side === null ? sideIn(reading, breaks.side) : (open?.side ?? null);
      open = { ts: begins ? reading.ts : (open?.ts ?? reading.ts), head, side };
      if (begins) found.push(open);
      else found[found.length - 1] = open;
      return found.length < detailLimits.breaks;
    },
  );
  return found;
}

/** Where a limit holds in one state alone, it holds there once the line has settled. */
export async function excursionsOf(store: Store, kind: LineKind, window: Window): Promise<ExcursionsAnswer> {
  const watched = Object.entries(kind.type.metrics).flatMap(([name, metric]) => (metric.limits ? [{ name, metric }] : []));
  const excursions: Running[] = [];
  if (watched.length === 0) return { excursions, complete: true };
  const open = new Map<string, Running>();
  let complete = true;
  await walk(
    store,
    kind,
    window,
    watched.map(({ name }) => name),
    (reading, _, carry) => {
      for (const { name, metric } of watched) {
        const value = numberOf(reading.metrics[name]);
        const running = open.get(name);
        if (value === null) continue;
        const breach = breachOf(metric, value, reading.ts, carry);
        if (running) running.to = Math.min(running.to, reading.ts);
        const goesOn = running?.side === breach?.side && running?.to === reading.ts ? running : undefined;
        if (!breach) open.delete(name);
        else if (goesOn) extend(goesOn, breach, value, carry.holdUntil);
        else {
          const begun = { metric: name, ...breach, from: reading.ts, to: carry.holdUntil, extreme: value, readings: 1 };
          open.set(name, begun);
          excursions.push(begun);
        }
      }
      complete = excursions.length <= detailLimits.excursions;
      return complete;
    },
  );
  const told = excursions.slice(0, detailLimits.excursions);
  return { excursions: told.map((one) => ({ ...one, to: Math.min(one.to, window.to) })), complete };
}

export async function contextsOf(store: Store, line: string, { from, to }: Window): Promise<ContextSince[]> {
  const changes = await store.contexts(line, from, to);
  return changes.map(({ ts, order, batch, design, product }) => ({ ts, order, batch, design, product }));
}

type Running = { -readonly [Field in keyof Excursion]: Excursion[Field] };
type Breach = Pick<Excursion, 'side' | 'kind' | 'limit'>;
type Step = (reading: Reading, before: Carry | null, carry: Carry) => boolean;

/** Every reading of the window, with what was carried into it and what it leaves; until `step` has had enough. */
async function walk(store: Store, kind: LineKind, { from, to }: Window, wanted: readonly string[], step: Step): Promise<void> {
  const { fold, at } = await resumeAt(store, kind, from);
  const metrics = [...new Set([...stateMetrics(kind.type), ...wanted])];
  for await (const chunk of store.readings({ lines: [kind.line], from: at, to, metrics })) {
    for (const reading of chunk) {
      const before = fold.carry;
      take(fold, reading, {});
      if (reading.ts >= from && fold.carry && !step(reading, before, fold.carry)) return;
    }
  }
}

/** Counters say nothing of states. */
function stateMetrics(type: EquipmentType): string[] {
  return foldMetricsOf(type).filter((name) => name === type.state?.metric);
}

function headIn(reading: Reading, metric: string): number | null {
  const head = numberOf(reading.metrics[metric]);
  return head !== null && Number.isInteger(head) && head >= 1 ? head : null;
}

function sideIn(reading: Reading, metric: string | undefined): ThreadBreak['side'] {
  const value = metric === undefined ? undefined : reading.metrics[metric];
  return breakSides.find((side) => side === value) ?? null;
}

function breachOf({ limits }: Metric, value: number, ts: number, { state, since }: Carry): Breach | null {
  if (!limits || (limits.when !== undefined && (limits.when !== state || ts - since < (limits.settleSeconds ?? 0) * 1000))) return null;
  const { alertHigh, alertLow, actionHigh, actionLow } = limits;
  if (actionHigh !== undefined && value >= actionHigh) return { side: 'high', kind: 'action', limit: actionHigh };
  if (actionLow !== undefined && value <= actionLow) return { side: 'low', kind: 'action', limit: actionLow };
  if (alertHigh !== undefined && value >= alertHigh) return { side: 'high', kind: 'alert', limit: alertHigh };
  return alertLow !== undefined && value <= alertLow ? { side: 'low', kind: 'alert', limit: alertLow } : null;
}

function extend(running: Running, { side, kind, limit }: Breach, value: number, holdUntil: number): void {
  if (kind === 'action') [running.kind, running.limit] = [kind, limit];
  running.extreme = side === 'high' ? Math.max(running.extreme, value) : Math.min(running.extreme, value);
  running.to = holdUntil;
  running.readings += 1;
}

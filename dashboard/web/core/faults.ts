/**
 * How the fault centre is looked at, said by the address alone: which part of it, which alarm is open, what is filtered.
 * Comes in: an address. Goes out: a view; and back. Unknown words in an address are ignored, never an error.
 */
import { alarmStates, priorities, type Priority } from '../../../contract/alarm.ts';

/** `now`: what is open; the others look back, or at how alarms are made. */
export const faultTabs = ['now', 'history', 'figures', 'rules'] as const;
export type FaultTab = (typeof faultTabs)[number];

/** Of what is open: all of it, what nobody has acknowledged, what somebody is on. */
export const faultShows = ['all', 'open', 'working'] as const;
export type FaultShow = (typeof faultShows)[number];

export const faultOrders = ['urgent', 'newest', 'oldest'] as const;
export type FaultOrder = (typeof faultOrders)[number];

/** Windows of history and figures, in days up to now. */
export const faultDays = [1, 7, 30, 90] as const;
export type FaultDays = (typeof faultDays)[number];

export interface FaultFilter {
  readonly priorities: readonly Priority[];
  readonly firm: string | null;
  /** Beside its firm. */
  readonly workshop: string | null;
  readonly type: string | null;
  readonly line: string | null;
  readonly text: string;
}

export interface FaultView extends FaultFilter {
  readonly tab: FaultTab;
  readonly alarm: string | null;
  readonly show: FaultShow;
  readonly order: FaultOrder;
  readonly days: FaultDays;
}

export const firstFaults: FaultView = {
  tab: 'now',
  alarm: null,
  show: 'all',
  order: 'urgent',
  days: 7,
  priorities: [],
  firm: null,
  workshop: null,
  type: null,
  line: null,
  text: '',
};

/** `path` is what follows `/faults` in the address; null where there is no such page. */
export function faultViewOf(path: readonly string[], query: URLSearchParams): FaultView | null {
  const [first, ...rest] = path;
  if (rest.length > 0) return null;
  const tab = faultTabs.find((one) => one === first);
  const wanted = (query.get('priority') ?? '').split('.');
  const firm = query.get('firm');
  return {
    tab: tab ?? 'now',
    alarm: first === undefined || tab !== undefined ? null : decodeURIComponent(first),
    show: faultShows.find((one) => one === query.get('show')) ?? firstFaults.show,
    order: faultOrders.find((one) => one === query.get('order')) ?? firstFaults.order,
    days: faultDays.find((one) => String(one) === query.get('days')) ?? firstFaults.days,
    priorities: priorities.filter((one) => wanted.includes(one)),
    firm,
    workshop: firm === null ? null : query.get('workshop'),
    type: query.get('type'),
    line: query.get('line'),
    text: query.get('q') ?? '',
  };
}

export function faultAddress(view: FaultView): string {
  const query = new URLSearchParams();
  if (view.show !== firstFaults.show) query.set('show', view.show);
  if (view.order !== firstFaults.order) query.set('order', view.order);
  if (view.days !== firstFaults.days) query.set('days', String(view.days));
  if (view.priorities.length > 0) query.set('priority', view.priorities.join('.'));
  if (view.firm !== null) query.set('firm', view.firm);
  if (view.firm !== null && view.workshop !== null) query.set('workshop', view.workshop);
  if (view.type !== null) query.set('type', view.type);
  if (view.line !== null) query.set('line', view.line);
  if (view.text !== '') query.set('q', view.text);
  const page = view.alarm === null ? (view.tab === 'now' ? '' : `/${view.tab}`) : `/${encodeURIComponent(view.alarm)}`;
  const text = query.toString();
  return `/faults${page}${text === '' ? '' : `?${text}`}`;
}

/** How many of the filters narrow what is shown; the search counts for itself. */
export function narrowings({ priorities: chosen, firm, workshop, type, line }: FaultFilter): number {
  return [chosen.length > 0, firm !== null, workshop !== null, type !== null, line !== null].filter(Boolean).length;
}

/** So many rows are read on a screen; a file has all of them. */
export const mostRecords = 500;

/** What to ask the history for: everything of the window that was open at some time, whatever became of it. */
export function historyQuery(view: FaultView, to: number, file?: { format: 'csv'; lang: string }): string {
  const query = new URLSearchParams({ state: alarmStates.join(','), from: String(to - view.days * 86_400_000), to: String(to) });
  if (view.priorities.length > 0) query.set('priority', view.priorities.join(','));
  if (view.firm !== null) query.set('firm', view.firm);
  if (view.firm !== null && view.workshop !== null) query.set('workshop', view.workshop);
  if (view.type !== null) query.set('type', view.type);
  if (view.line !== null) query.set('line', view.line);
  if (view.text !== '') query.set('text', view.text);
  if (file) for (const [key, value] of Object.entries(file)) query.set(key, value);
  else query.set('limit', String(mostRecords));
  return `?${query.toString()}`;
}

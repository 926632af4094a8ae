/**
 * Which page is open and how the board is looked at, said by the address alone: a link shows others what you see.
 * Comes in: an address. Goes out: a route; and back. Unknown words in an address are ignored, never an error.
 */
import type { State } from '../../../contract/reading.ts';
import { faultAddress, faultViewOf, type FaultView } from './faults.ts';
import { handoverAddress, handoverViewOf, type HandoverView } from './handover.ts';
import { periods, type Period } from './period.ts';
import { everywhere, placeOf, setPlace, type Place } from './plant.ts';
import { reportAddress, reportViewOf, type ReportView } from './report.ts';
import { isState, stateOrder } from './states.ts';
import { wallAddress, wallOf, type WallAsked } from './wall.ts';

/** `groups`: tiles under their workshops; `list`: all tiles in one order; `rows`: a row a line, with all of it; `mosaic`: small squares; `needs`: only what needs you. */
export const layouts = ['groups', 'list', 'rows', 'mosaic', 'needs'] as const;
export type Layout = (typeof layouts)[number];

export const orders = ['worst', 'place'] as const;
export type Order = (typeof orders)[number];

export interface View {
  readonly place: Place;
  /** None: all of them. */
  readonly states: readonly State[];
  readonly text: string;
  /** Only lines of this equipment type. */
  readonly type: string | null;
  /** The line whose shift is unfolded. */
  readonly open: string | null;
  readonly order: Order;
  readonly layout: Layout;
}

/** Pages whose address says nothing but which one it is. */
const plainPages = ['admin', 'users', 'devices', 'calendars', 'screens', 'audit', 'system', 'account'] as const;
export type PlainPage = (typeof plainPages)[number];

export type Route =
  | { readonly page: 'board'; readonly view: View }
  | { readonly page: 'line'; readonly id: string; readonly period: Period }
  | { readonly page: 'batch'; readonly id: string; readonly batch: string }
  | { readonly page: 'handover'; readonly handover: HandoverView }
  | { readonly page: 'reports'; readonly report: ReportView }
  | { readonly page: 'faults'; readonly faults: FaultView }
  | { readonly page: 'zone'; readonly park: string | null }
  | { readonly page: 'wall'; readonly wall: WallAsked }
  | { readonly page: 'device'; readonly id: string }
  | { readonly page: PlainPage | 'missing' };

export const firstView: View = { place: everywhere, states: [], text: '', type: null, open: null, order: 'worst', layout: 'groups' };

export function routeOf(address: { readonly pathname: string; readonly search: string }): Route {
  const [first = '', second = '', ...rest] = address.pathname.split('/').filter((part) => part !== '');
  if (first === '') return { page: 'board', view: viewOf(new URLSearchParams(address.search)) };
  if (first === 'lines' && second !== '') return lineRoute(second, rest, new URLSearchParams(address.search));
  if (first === 'handover' && second === '') return { page: 'handover', handover: handoverViewOf(new URLSearchParams(address.search)) };
  if (first === 'faults') {
    const faults = faultViewOf(second === '' ? [] : [second, ...rest], new URLSearchParams(address.search));
    return faults ? { page: 'faults', faults } : { page: 'missing' };
  }
  if (first === 'reports' && second === '') return { page: 'reports', report: reportViewOf(new URLSearchParams(address.search)) };
  if (first === 'zone' && second === '') return { page: first, park: new URLSearchParams(address.search).get('park') };
  if (first === 'wall' && second === '') return { page: first, wall: wallOf(new URLSearchParams(address.search)) };
  if (first === 'devices' && second !== '' && rest.length === 0) return { page: 'device', id: second };
  const plain = plainPages.find((page) => page === first);
  return plain && second === '' ? { page: plain } : { page: 'missing' };
}

export function addressOf(route: Route): string {
  switch (route.page) {
    case 'board':
      return boardAddress(route.view);
    case 'line':
      return lineAddress(route.id, route.period);
    case 'batch':
      return `${lineAddress(route.id)}/batches/${encodeURIComponent(route.batch)}`;
    case 'handover':
      return handoverAddress(route.handover);
    case 'reports':
      return reportAddress(route.report);
    case 'faults':
      return faultAddress(route.faults);
    case 'zone':
      return zoneAddress(route.park);
    case 'wall':
      return wallAddress(route.wall);
    case 'device':
      return deviceAddress(route.id);
    case 'missing':
      return '/';
    default:
      return `/${route.page}`;
  }
}

export function lineAddress(id: string, period: Period = 'shift'): string {
  return `/lines/${encodeURIComponent(id)}${period === 'shift' ? '' : `?period=${period}`}`;
}

export function deviceAddress(id: string): string {
  return `/devices/${encodeURIComponent(id)}`;
}

export function zoneAddress(park: string | null): string {
  return park === null ? '/zone' : `/zone?park=${encodeURIComponent(park)}`;
}

export function boardAddress(view: View): string {
  const query = new URLSearchParams();
  setPlace(query, view.place);
  if (view.states.length > 0) query.set('state', view.states.join('.'));
  if (view.text !== '') query.set('q', view.text);
  if (view.type !== null) query.set('type', view.type);
  if (view.order !== firstView.order) query.set('order', view.order);
  if (view.layout !== firstView.layout) query.set('layout', view.layout);
  if (view.open !== null) query.set('open', view.open);
  const text = query.toString();
  return text === '' ? '/' : `/?${text}`;
}

function viewOf(query: URLSearchParams): View {
  const wanted = (query.get('state') ?? '').split('.').filter(isState);
  return {
    place: placeOf(query),
    states: stateOrder.filter((state) => wanted.includes(state)),
    text: query.get('q') ?? '',
    type: query.get('type'),
    open: query.get('open'),
    order: orders.find((order) => order === query.get('order')) ?? firstView.order,
    layout: layouts.find((layout) => layout === query.get('layout')) ?? firstView.layout,
  };
}

function lineRoute(id: string, rest: readonly string[], query: URLSearchParams): Route {
  const [what, batch, ...more] = rest;
  const line = decodeURIComponent(id);
  if (what === undefined) return { page: 'line', id: line, period: periods.find((period) => period === query.get('period')) ?? 'shift' };
  if (what !== 'batches' || batch === undefined || more.length > 0) return { page: 'missing' };
  return { page: 'batch', id: line, batch: decodeURIComponent(batch) };
}

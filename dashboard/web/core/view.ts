/**
 * Which page is open and how the board is looked at, said by the address alone: a link shows others what you see.
 * Comes in: an address. Goes out: a route; and back. Unknown words in an address are ignored, never an error.
 */
import type { State } from '../../../contract/reading.ts';
import { faultAddress, faultViewOf, type FaultView } from './faults.ts';
import { everywhere, type Place } from './plant.ts';
import { reportAddress, reportViewOf, type ReportView } from './report.ts';
import { isState, stateOrder } from './states.ts';

/** `groups`: tiles under their workshops; `list`: all tiles in one order; `mosaic`: small squares; `needs`: only what needs you. */
export const layouts = ['groups', 'list', 'mosaic', 'needs'] as const;
export type Layout = (typeof layouts)[number];

export const orders = ['worst', 'place'] as const;
export type Order = (typeof orders)[number];

export interface View {
  readonly place: Place;
  /** None: all of them. */
  readonly states: readonly State[];
  readonly text: string;
  readonly order: Order;
  readonly layout: Layout;
}

export type Route =
  | { readonly page: 'board'; readonly view: View }
  | { readonly page: 'line'; readonly id: string }
  | { readonly page: 'reports'; readonly report: ReportView }
  | { readonly page: 'faults'; readonly faults: FaultView }
  | { readonly page: 'zone' | 'audit' | 'devices' | 'system' | 'missing' };

export const firstView: View = { place: everywhere, states: [], text: '', order: 'worst', layout: 'groups' };

export function routeOf(address: { readonly pathname: string; readonly search: string }): Route {
  const [first = '', second = '', ...rest] = address.pathname.split('/').filter((part) => part !== '');
  if (first === '') return { page: 'board', view: viewOf(new URLSearchParams(address.search)) };
  if (first === 'lines' && second !== '' && rest.length === 0) return { page: 'line', id: decodeURIComponent(second) };
  if (first === 'faults') {
    const faults = faultViewOf(second === '' ? [] : [second, ...rest], new URLSearchParams(address.search));
    return faults ? { page: 'faults', faults } : { page: 'missing' };
  }
  if (first === 'reports' && second === '') return { page: 'reports', report: reportViewOf(new URLSearchParams(address.search)) };
  if ((first === 'zone' || first === 'audit' || first === 'devices' || first === 'system') && second === '') return { page: first };
  return { page: 'missing' };
}

export function addressOf(route: Route): string {
  switch (route.page) {
    case 'board':
      return boardAddress(route.view);
    case 'line':
      return `/lines/${encodeURIComponent(route.id)}`;
    case 'reports':
      return reportAddress(route.report);
    case 'faults':
      return faultAddress(route.faults);
    case 'missing':
      return '/';
    default:
      return `/${route.page}`;
  }
}

export function boardAddress(view: View): string {
  const query = new URLSearchParams();
  const { park, firm, workshop } = view.place;
  if (park !== null) query.set('park', park);
  if (park !== null && firm !== null) query.set('firm', firm);
  if (park !== null && firm !== null && workshop !== null) query.set('workshop', workshop);
  if (view.states.length > 0) query.set('state', view.states.join('.'));
  if (view.text !== '') query.set('q', view.text);
  if (view.order !== firstView.order) query.set('order', view.order);
  if (view.layout !== firstView.layout) query.set('layout', view.layout);
  const text = query.toString();
  return text === '' ? '/' : `/?${text}`;
}

function viewOf(query: URLSearchParams): View {
  const wanted = (query.get('state') ?? '').split('.').filter(isState);
  const park = query.get('park');
  const firm = park === null ? null : query.get('firm');
  return {
    place: { park, firm, workshop: firm === null ? null : query.get('workshop') },
    states: stateOrder.filter((state) => wanted.includes(state)),
    text: query.get('q') ?? '',
    order: orders.find((order) => order === query.get('order')) ?? firstView.order,
    layout: layouts.find((layout) => layout === query.get('layout')) ?? firstView.layout,
  };
}

/**
 * Wall mode as an address says it, and which view it shows when: views follow one another by the clock alone, so that screens side
 * by side turn together and nothing is counted. Comes in: an address, the time. Goes out: views and places of tiles. It is pure.
 */
import type { ScreenShows } from '../../../contract/screens.ts';

export const wallViews = ['overview', 'parks', 'plan', 'ranking', 'trend'] as const;
export type WallViewName = (typeof wallViews)[number];

export interface WallAsked {
  /** None: all that there are for what is shown. */
  readonly views: readonly WallViewName[];
  readonly everySeconds: number;
  /** Walls are dark; in a bright hall one may be light. */
  readonly isLight: boolean;
  /** Of somebody signed in; a screen knows itself what it shows. */
  readonly shows: ScreenShows | null;
}

const seconds = { usual: 20, least: 5, most: 3600 };

export const firstWall: WallAsked = { views: [], everySeconds: seconds.usual, isLight: false, shows: null };

export function wallOf(query: URLSearchParams): WallAsked {
  const wanted = (query.get('views') ?? '').split(/[.,]/);
  const every = Number(query.get('every') ?? seconds.usual);
  const [park, workshop] = [query.get('park'), query.get('workshop')];
  return {
    views: wallViews.filter((view) => wanted.includes(view)),
    everySeconds: Number.isFinite(every) ? Math.min(seconds.most, Math.max(seconds.least, Math.round(every))) : seconds.usual,
    isLight: query.get('theme') === 'light',
    shows: workshop !== null ? { kind: 'workshop', id: workshop } : park !== null ? { kind: 'park', id: park } : null,
  };
}

export function wallAddress({ views, everySeconds, isLight, shows }: WallAsked): string {
  const query = new URLSearchParams();
  if (shows !== null && shows.kind !== 'zone') query.set(shows.kind, shows.id);
  if (views.length > 0) query.set('views', views.join('.'));
  if (everySeconds !== seconds.usual) query.set('every', String(everySeconds));
  if (isLight) query.set('theme', 'light');
  const text = query.toString().replaceAll('%2F', '/');
  return text === '' ? '/wall' : `/wall?${text}`;
}

/** The views of a wall: those asked for, of those there are something for. */
export function viewsFor(asked: readonly WallViewName[], there: { readonly parks: number; readonly buildings: number }): WallViewName[] {
  const possible = wallViews.filter((view) => (view === 'parks' ? there.parks > 1 : view === 'plan' ? there.buildings > 0 : true));
  const chosen = possible.filter((view) => asked.includes(view));
  return chosen.length > 0 ? chosen : possible;
}

/** Which of `count` is shown at a time. */
export function turnAt(now: number, everySeconds: number, count: number): number {
  return count <= 1 ? 0 : Math.floor(now / (everySeconds * 1000)) % count;
}

/** Tiles of one page, as large as they can be in a room of that ratio; what does not fit is on further pages. */
export interface TilePages {
  readonly columns: number;
  readonly rows: number;
  readonly perPage: number;
  readonly pages: number;
}

const tiles = { mostColumns: 6, mostRows: 5, ratio: 1.5 };

export function tilePages(count: number, roomRatio: number): TilePages {
  const columnsFor = (room: number): number => Math.max(1, Math.round(Math.sqrt((room * roomRatio) / tiles.ratio)));
  const columns = Math.min(tiles.mostColumns, Math.max(2, columnsFor(Math.max(1, count))));
  const rows = Math.min(tiles.mostRows, Math.max(1, Math.ceil(count / columns)));
  const perPage = columns * rows;
  return { columns, rows, perPage, pages: Math.max(1, Math.ceil(count / perPage)) };
}

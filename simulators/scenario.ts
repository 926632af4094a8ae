/**
 * What can befall the zone: a building without power, a firm's gateway cut off, a line that chatters, everybody reconnecting.
 * Comes in: what was asked for, the lines, chance. Goes out: incidents, each naming its lines and how long it lasts. Pure: what
 * happens to devices is done by stage.ts.
 */
import type { Line } from '../contract/plant.ts';
import type { Random } from './random.ts';

export const incidentKinds = ['power-loss', 'gateway-cut', 'chatter', 'morning-reconnect'] as const;
export type IncidentKind = (typeof incidentKinds)[number];

export interface Incident {
  readonly kind: IncidentKind;
  /** What it is about, for the log: a building, a firm, a line. */
  readonly place: string;
  readonly lines: readonly string[];
  readonly seconds: number;
}

/** A wish such as `power-loss` or `power-loss:12`; the target is a building, a firm or a line, as the kind has it. */
export interface Wish {
  readonly kind: IncidentKind;
  readonly target: string | null;
}

/** The wish, or null where the text is none. */
export function parseWish(text: string): Wish | null {
  const [word, target, ...rest] = text.split(':');
  const kind = incidentKinds.find((known) => known === word);
  if (kind === undefined || rest.length > 0 || target === '') return null;
  if (kind === 'morning-reconnect' && target !== undefined) return null;
  return { kind, target: target ?? null };
}

/** The incident a wish comes to, or null where no line fits its target. Without a target, chance picks one. */
export function incidentOf({ kind, target }: Wish, lines: readonly Line[], random: Random): Incident | null {
  const place = target ?? pickPlace(kind, lines, random);
  const struck = lines.filter((line) => kind === 'morning-reconnect' || placeOf(kind, line) === place);
  if (place === null || struck.length === 0) return null;
  return { kind, place, lines: struck.map(({ id }) => id), seconds: secondsOf(kind, random) };
}

export interface Appointment extends Wish {
  readonly afterSeconds: number;
}

/** The default demonstration: quiet at first, then something every few minutes, the whole zone reconnecting rarely. */
export function* demonstration(random: Random): Generator<Appointment, never> {
  yield { kind: 'chatter', target: null, afterSeconds: random.between(75, 120) };
  for (;;) {
    const chance = random.next();
    const kind = chance < 0.45 ? 'chatter' : chance < 0.75 ? 'power-loss' : chance < 0.96 ? 'gateway-cut' : 'morning-reconnect';
    yield { kind, target: null, afterSeconds: random.between(180, 420) };
  }
}

/** Where a line is struck from: its building for the power, its firm for the gateway, itself. */
function placeOf(kind: IncidentKind, line: Line): string | null {
  switch (kind) {
    case 'power-loss':
      return line.building;
    case 'gateway-cut':
      return line.firm;
    case 'chatter':
      return line.id;
    case 'morning-reconnect':
      return 'zone';
  }
}

function pickPlace(kind: IncidentKind, lines: readonly Line[], random: Random): string | null {
  const places = [...new Set(lines.map((line) => placeOf(kind, line)))].filter((place) => place !== null);
  const [first, ...others] = places;
  return first === undefined ? null : random.pick([first, ...others]);
}

function secondsOf(kind: IncidentKind, random: Random): number {
  switch (kind) {
    case 'power-loss':
      return Math.round(random.between(40, 120));
    case 'gateway-cut':
      return 600;
    case 'chatter':
      return 120;
    case 'morning-reconnect':
      return 0;
  }
}

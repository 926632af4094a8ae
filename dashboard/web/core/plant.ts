/**
 * The plant as the screen works with it: every line with its place, its position in the plant, its type and what it can
 * be found by. Comes in: the plant answer of the API. Goes out: look-ups. It knows nothing of what is going on now.
 */
import type { FirmAnswer, ParkAnswer, PlantAnswer, WorkshopAnswer } from '../../../contract/api.ts';
import type { Shift } from '../../../contract/calendar.ts';
import type { EquipmentType } from '../../../contract/equipment.ts';
import type { Text } from '../../../contract/text.ts';
import { versionOn, versionsOf } from '../../../contract/versions.ts';

export interface PlantLine {
  readonly id: string;
  readonly name: Text;
  readonly park: ParkAnswer;
  readonly firm: FirmAnswer;
  readonly workshop: WorkshopAnswer;
  readonly type: EquipmentType;
  readonly calendar: string;
  /** Place in the order of the plant file. */
  readonly position: number;
  /** Everything fixed it can be found by, in lower case. */
  readonly words: string;
}

/** A part of the plant: nothing given is the whole of it. */
export interface Place {
  readonly park: string | null;
  readonly firm: string | null;
  readonly workshop: string | null;
}

export const everywhere: Place = { park: null, firm: null, workshop: null };

export class Plant {
  readonly zone: PlantAnswer['zone'];
  readonly parks: readonly ParkAnswer[];
  readonly types: Readonly<Record<string, EquipmentType>>;
  readonly calendars: PlantAnswer['calendars'];
  readonly #lines = new Map<string, PlantLine>();

  constructor(answer: PlantAnswer) {
    this.zone = answer.zone;
    this.parks = answer.parks;
    this.types = answer.types;
    this.calendars = answer.calendars;
    for (const park of answer.parks)
      for (const firm of park.firms)
        for (const workshop of firm.workshops)
          for (const line of workshop.lines) {
            const type = answer.types[line.type];
            if (!type) continue;
            const words = [line.id, line.name, firm.name, workshop.name, type.name].map(wordsOf).join(' ').toLowerCase();
            this.#lines.set(line.id, { ...line, park, firm, workshop, type, position: this.#lines.size, words });
          }
  }

  get size(): number {
    return this.#lines.size;
  }

  line(id: string): PlantLine | undefined {
    return this.#lines.get(id);
  }

  lines(): IterableIterator<PlantLine> {
    return this.#lines.values();
  }

  /** The equipment types in a part of the plant, those of most lines first. */
  typesIn(place: Place): EquipmentType[] {
    const counts = new Map<EquipmentType, number>();
    for (const line of this.#lines.values()) if (isWithin(line, place)) counts.set(line.type, (counts.get(line.type) ?? 0) + 1);
    return [...counts].sort(([, a], [, b]) => b - a).map(([type]) => type);
  }

  park(id: string | null): ParkAnswer | undefined {
    return this.parks.find((park) => park.id === id);
  }

  firm(place: Place): FirmAnswer | undefined {
    return this.park(place.park)?.firms.find((firm) => firm.id === place.firm);
  }

  workshop(place: Place): WorkshopAnswer | undefined {
    return this.firm(place)?.workshops.find((workshop) => workshop.id === place.workshop);
  }

  /** The same part of the plant, named as narrowly as it can be: who sees one park or one firm alone is there already. */
  narrowed(place: Place): Place {
    const park = this.park(place.park ?? only(this.parks)?.id ?? null);
    const firm = park?.firms.find(({ id }) => id === place.firm) ?? (place.firm === null ? only(park?.firms ?? []) : undefined);
    return { park: park?.id ?? place.park, firm: firm?.id ?? place.firm, workshop: place.workshop };
  }

  /** The plan of a shift that began then: calendars may have changed since, or change soon. */
  shift(calendar: string, { id, from }: { id: string; from: number }): Shift | undefined {
    const kept = this.calendars[calendar];
    if (!kept) return undefined;
    // Swedish dates are written as plant files write them.
    const date = new Intl.DateTimeFormat('sv-SE', { timeZone: this.zone.timezone }).format(from);
    return versionOn(versionsOf(kept), date).shifts.find((shift) => shift.id === id);
  }
}

/** A place as an address says it: what stands below nothing is left out. */
export function setPlace(query: URLSearchParams, { park, firm, workshop }: Place): void {
  if (park !== null) query.set('park', park);
  if (park !== null && firm !== null) query.set('firm', firm);
  if (park !== null && firm !== null && workshop !== null) query.set('workshop', workshop);
}

export function placeOf(query: URLSearchParams): Place {
  const park = query.get('park');
  const firm = park === null ? null : query.get('firm');
  return { park, firm, workshop: firm === null ? null : query.get('workshop') };
}

export function linesIn(part: ParkAnswer | FirmAnswer): number {
  if ('firms' in part) return part.firms.reduce((sum, firm) => sum + linesIn(firm), 0);
  return part.workshops.reduce((sum, workshop) => sum + workshop.lines.length, 0);
}

export function isWithin(line: PlantLine, place: Place): boolean {
  return (
    (place.park === null || line.park.id === place.park) &&
    (place.firm === null || line.firm.id === place.firm) &&
    (place.workshop === null || line.workshop.id === place.workshop)
  );
}

/** How long a shift lasts, breaks included; an end at or before the start is on the next day. */
export function shiftMs(shift: Pick<Shift, 'start' | 'end'>): number {
  const [from, to] = [minuteOf(shift.start), minuteOf(shift.end)];
  return (to > from ? to - from : to - from + 1440) * 60_000;
}

/** The breaks of a shift that began at `from`, as `[from, to)` in ms. */
export function breaksOf(shift: Shift, from: number): { from: number; to: number }[] {
  const start = minuteOf(shift.start);
  return shift.breaks.map(([begin, end]) => {
    const offset = (minuteOf(begin) - start + 1440) % 1440;
    const length = (minuteOf(end) - minuteOf(begin) + 1440) % 1440;
    return { from: from + offset * 60_000, to: from + (offset + length) * 60_000 };
  });
}

/** "08:30" as minutes from midnight. */
export function minuteOf(time: string): number {
  const [hour = '0', minute = '0'] = time.split(':');
  return Number(hour) * 60 + Number(minute);
}

function only<T>(all: readonly T[]): T | undefined {
  return all.length === 1 ? all[0] : undefined;
}

function wordsOf(text: string | Text): string {
  return typeof text === 'string' ? text : `${text.zh} ${text.en}`;
}

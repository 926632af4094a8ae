/**
 * Who is on duty, and over which channels they are reached: rosters by place, shift and day. Comes in: where an alarm is, how urgent it is, an
 * instant. Goes out: people by level, channels with them, or when somebody can be reached next. It is pure but for what it has worked out and keeps.
 */
import type { Priority } from '../contract/alarm.ts';
import { calendarSchema, weekdays } from '../contract/calendar.ts';
import { covers, type Channel, type Duty, type Person, type Roster } from '../contract/duty.ts';
import type { Line, Plant } from '../contract/plant.ts';
import { createSchedule, createSchedules, cut, type Schedule } from './calendar.ts';

/** What one channel is to be used for: whom to tell at once, whom next, and so on. */
export interface Reach {
  readonly channel: Channel;
  readonly levels: readonly (readonly Person[])[];
}

/** What an announcement is about, for deciding who is told of it. */
export interface Concern {
  /** A line of each workshop concerned; none where it is the system itself. */
  readonly lines: readonly Line[];
  readonly priority: Priority;
  /** A channel that fails is not told over itself. */
  readonly failing: string | null;
}

interface Watch {
  readonly roster: Roster;
  readonly quiet: Schedule | null;
  /** 0 the zone, 1 a park, 2 a firm, 3 a workshop. */
  readonly nearness: number;
  readonly levels: readonly (readonly Person[])[];
}

const horizonMs = 3 * 24 * 3_600_000;

export class Rota {
  readonly #plant: Plant;
  readonly #schedules: ReadonlyMap<string, Schedule>;
  readonly #watches: readonly Watch[];
  readonly #channels: ReadonlyMap<string, Channel>;
  readonly #weekday: Intl.DateTimeFormat;

  constructor(duty: Duty, plant: Plant) {
    this.#plant = plant;
    this.#schedules = createSchedules(plant.calendars, plant.timezone);
    this.#channels = new Map(duty.channels.map((channel) => [channel.id, channel]));
    this.#weekday = new Intl.DateTimeFormat('en-US', { timeZone: plant.timezone, weekday: 'short' });
    const people = new Map(duty.people.map((person) => [person.id, person]));
    this.#watches = duty.rosters.map((roster) => {
      const hours = roster.quietHours ?? duty.quietHours ?? 'none';
      return {
        roster,
        quiet: hours === 'none' ? null : quietSchedule(hours, plant.timezone),
        nearness: nearnessOf(roster.where),
        levels: roster.levels.map((level) => level.flatMap((id) => people.get(id) ?? [])),
      };
    });
  }

  /** One line for each workshop that a list of lines is of. */
  linesOf(ids: Iterable<string>): Line[] {
    const found = new Map<string, Line>();
    for (const id of ids) {
      const line = this.#plant.lines.get(id);
      if (line) found.set(`${line.firm}/${line.workshop} ${line.calendar}`, line);
    }
    return [...found.values()];
  }

  /** Any line of a workshop, given as "firm/workshop". */
  lineAt(place: string): Line[] {
    for (const line of this.#plant.lines.values()) if (`${line.firm}/${line.workshop}` === place) return [line];
    return [];
  }

  /** Who can be told at that instant: of those on duty the nearest, without those who have quiet hours. */
  reach(concern: Concern, at: number): Reach[] {
    const merged = new Map<string, Person[][]>();
    for (const watch of this.#telling(concern, at)) {
      if (this.#quietUntil(watch, concern, at) !== null) continue;
      for (const id of this.#channelsOf(watch, concern)) merge(merged, id, watch.levels);
    }
    return [...merged].flatMap(([id, levels]) => {
      const channel = this.#channels.get(id);
      return channel ? [{ channel, levels }] : [];
    });
  }

  /** The first instant from then on at which anybody can be told; null where nobody can within three days. */
  firstReach(concern: Concern, from: number): number | null {
    if (this.reach(concern, from).length > 0) return from;
    return this.#turns(concern, from).find((at) => this.reach(concern, at).length > 0) ?? null;
  }

  /** How many levels there are for it at most. */
  levels(concern: Concern): number {
    const depths = this.#watches.filter(({ roster }) => isFor(roster, concern)).map(({ levels }) => levels.length);
    return Math.max(0, ...depths);
  }

  /** Who is on duty for a line, or null for the system itself, by level: of the rosters at work the nearest, told or not, quiet hours or not. */
  onDuty(line: Line | null, at: number): Person[][] {
    const merged: Person[][] = [];
    for (const { levels } of this.#nearest(line, at, () => true)) mergeLevels(merged, levels);
    return merged;
  }

  /** Those that can tell of it, for every workshop that it concerns. */
  #telling(concern: Concern, at: number): Set<Watch> {
    const lines = concern.lines.length > 0 ? concern.lines : [null];
    const isFit = (watch: Watch): boolean => this.#channelsOf(watch, concern).length > 0;
    return new Set(lines.flatMap((line) => this.#nearest(line, at, isFit)));
  }

  #nearest(line: Line | null, at: number, isFit: (watch: Watch) => boolean): Watch[] {
    const here = this.#watches.filter((watch) => isFrom(watch.roster, line) && this.#works(watch.roster, line, at) && isFit(watch));
    const nearest = Math.max(...here.map(({ nearness }) => nearness));
    return here.filter(({ nearness }) => nearness === nearest);
  }

  #works({ shift, days }: Roster, line: Line | null, at: number): boolean {
    if (shift === undefined) return days?.includes(this.#dayOf(at)) ?? true;
    const running = line === null ? null : (this.#schedules.get(line.calendar)?.shiftAt(at) ?? null);
    return running?.id === shift && (days?.includes(this.#dayOf(running.from)) ?? true);
  }

  #dayOf(at: number): (typeof weekdays)[number] {
    const name = this.#weekday.format(at).toLowerCase();
    return weekdays.find((day) => day === name) ?? 'mon';
  }

  /** Channels of the roster that take this priority; where only the failing one would be left, all others there are. */
  #channelsOf({ roster }: Watch, { priority, failing }: Concern): string[] {
    const takes = (id: string): boolean => this.#channels.get(id)?.priorities?.includes(priority) ?? true;
    const own = roster.channels.filter((id) => id !== failing);
    return (own.length > 0 ? own : [...this.#channels.keys()].filter((id) => id !== failing)).filter(takes);
  }

  #quietUntil({ quiet }: Watch, { priority }: Concern, at: number): number | null {
    return priority === 'critical' ? null : (quiet?.shiftAt(at)?.to ?? null);
  }

  /** When something may be otherwise than it is: shifts, days and quiet hours begin or end. */
  #turns(concern: Concern, from: number): number[] {
    const to = from + horizonMs;
    const turns = new Set(cut(from, to, 'day', this.#plant.timezone).map((day) => day.to));
    const schedules = new Set(concern.lines.map((line) => this.#schedules.get(line.calendar)));
    for (const { quiet } of this.#watches) if (quiet) schedules.add(quiet);
    for (const schedule of schedules) {
      for (const shift of schedule?.shifts(from, to) ?? []) turns.add(shift.from).add(shift.to);
    }
    return [...turns].filter((at) => at > from && at < to).sort((a, b) => a - b);
  }
}

function quietSchedule([start, end]: readonly [string, string], timezone: string): Schedule {
  return createSchedule(calendarSchema.parse({ shifts: [{ id: 'quiet', start, end }], days: weekdays }), timezone);
}

function nearnessOf({ park, firm, workshop }: Roster['where']): number {
  if (workshop !== undefined) return 3;
  if (firm !== undefined) return 2;
  return park === undefined ? 0 : 1;
}

function isFrom({ where }: Roster, line: Line | null): boolean {
  return line === null ? nearnessOf(where) === 0 : covers(where, line);
}

function isFor(roster: Roster, { lines }: Concern): boolean {
  return lines.length === 0 ? isFrom(roster, null) : lines.some((line) => isFrom(roster, line));
}

function merge(into: Map<string, Person[][]>, channel: string, levels: readonly (readonly Person[])[]): void {
  const merged = into.get(channel) ?? [];
  into.set(channel, merged);
  mergeLevels(merged, levels);
}

function mergeLevels(into: Person[][], levels: readonly (readonly Person[])[]): void {
  levels.forEach((people, depth) => {
    const known = (into[depth] ??= []);
    for (const person of people) if (!known.includes(person)) known.push(person);
  });
}

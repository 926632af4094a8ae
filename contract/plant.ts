/**
 * The plant file: zone, calendars, parks, firms, workshops, lines; and the flat model the rooms work with.
 * Comes in: one checked YAML document and the equipment types. Goes out: a Plant, with every line's place, type and
 * calendar resolved, or a list of mistakes with their paths. Reading files is not done here.
 */
import { z } from 'zod';
import { calendarSchema, dateSchema, type Calendar } from './calendar.ts';
import type { EquipmentType } from './equipment.ts';
import { isSystemName, systemLine } from './system.ts';
import { mistakesOfCalendar, risingFrom } from './shifts.ts';
import { overridesSchema, type Override, type PlacedOverride, type Where } from './overrides.ts';
import { idSchema, textSchema, type Text } from './text.ts';
import type { Place } from './topics.ts';
import { calendarInTurns } from './versions.ts';

/** The calendar a place keeps: one for ever, or several in turn, the first from the beginning and each other from its date on. */
const keptSchema = z.union([
  idSchema,
  z.tuple([z.strictObject({ calendar: idSchema })], z.strictObject({ from: dateSchema, calendar: idSchema })),
]);

const lineSchema = z.union([
  z.strictObject({
    id: idSchema,
    type: idSchema,
    name: textSchema.optional(),
    calendar: keptSchema.optional(),
    alarms: overridesSchema.optional(),
  }),
  z.strictObject({
    ids: z.string().regex(/^[a-z0-9][a-z0-9-]*\{\d{1,6}\.\.\d{1,6}\}[a-z0-9-]*$/, 'must look like "emb-{0002..0008}"'),
    type: idSchema,
    calendar: keptSchema.optional(),
    alarms: overridesSchema.optional(),
  }),
]);

const workshopSchema = z.strictObject({
  id: idSchema,
  name: textSchema,
  building: z.string().min(1).max(16).optional(),
  floor: z.string().min(1).max(8).optional(),
  calendar: keptSchema.optional(),
  alarms: overridesSchema.optional(),
  lines: z.array(lineSchema).min(1),
});

const firmSchema = z.strictObject({
  id: idSchema,
  name: textSchema,
  calendar: keptSchema.optional(),
  alarms: overridesSchema.optional(),
  workshops: z.array(workshopSchema).min(1),
});

const place = z.int().min(1).max(200);
/** Where a building stands on the park's plan, counted from its top left corner. */
const buildingSchema = z.strictObject({ id: z.string().min(1).max(16), column: place, row: place });

const parkSchema = z.strictObject({
  id: idSchema,
  name: textSchema,
  cluster: idSchema,
  clusterName: textSchema.optional(),
  calendar: keptSchema.optional(),
  /** For the plan; without places buildings stand in rows, in the order of their names. */
  buildings: z.array(buildingSchema).optional(),
  firms: z.array(firmSchema).min(1),
});

export const plantSchema = z.strictObject({
  zone: z.strictObject({
    id: idSchema,
    name: textSchema,
    timezone: z.string().refine(isTimeZone, 'must be a time zone such as "Asia/Shanghai"'),
  }),
  calendars: z.record(idSchema, calendarSchema),
  /** What alarm rules do otherwise here; firms, workshops and lines may say more. */
  alarms: overridesSchema.optional(),
  parks: z.array(parkSchema).min(1),
});

export type PlantFile = z.infer<typeof plantSchema>;

/** One line of the flat model: where it stands, what it is, which calendar it keeps. */
export interface Line extends Place {
  readonly id: string;
  readonly name: Text;
  readonly building: string | null;
  readonly cluster: string;
  readonly type: EquipmentType;
  /** One of the plant's calendars, by its key there. */
  readonly calendar: string;
}

export interface Plant {
  readonly file: PlantFile;
  readonly timezone: string;
  /** Those of the file by id; and, for places that keep several in turn, one more each such as "old>2026-12-01>new". */
  readonly calendars: ReadonlyMap<string, Calendar>;
  readonly types: ReadonlyMap<string, EquipmentType>;
  /** What the file says alarm rules do otherwise, and where. */
  readonly alarms: readonly PlacedOverride[];
  /** By line id, in the order of the file. Line ids are unique in the whole zone. */
  readonly lines: ReadonlyMap<string, Line>;
}

/** A mistake in a plant or equipment file: the path within the file and the reason, in words. */
export interface Mistake {
  readonly path: string;
  readonly reason: string;
}

export type PlantResult = { readonly plant: Plant; readonly mistakes: null } | { readonly plant: null; readonly mistakes: Mistake[] };

/** Mistakes out of a schema error, paths written like `parks[0].firms[2].id`. */
export function mistakesOf(error: z.ZodError): Mistake[] {
  return error.issues.flatMap((issue) => mistakesOfIssue(issue, []));
}

/** Where nothing of a choice fits, the alternative that comes nearest tells what is wrong: one of the same kind, with the fewest mistakes. */
function mistakesOfIssue(issue: z.core.$ZodIssue, parents: readonly PropertyKey[]): Mistake[] {
  const path = [...parents, ...issue.path];
  if (issue.code === 'invalid_union') {
    const other = (issues: readonly z.core.$ZodIssue[]): number =>
      issues.some((one) => one.code === 'invalid_type' && one.path.length === 0) ? 1 : 0;
    const [nearest] = [...issue.errors].sort((a, b) => other(a) - other(b) || a.length - b.length);
    if (nearest !== undefined) return nearest.flatMap((inner) => mistakesOfIssue(inner, path));
  }
  return [{ path: pathText(path), reason: issue.message }];
}

/**
 * Resolves a checked plant file into the flat model.
 * Mistakes found here: an unknown type or calendar, no calendar at all, an id used twice or not to be used, a run of lines
 * that runs backwards.
 */
export function resolvePlant(file: PlantFile, types: ReadonlyMap<string, EquipmentType>): PlantResult {
  const mistakes: Mistake[] = [];
  const lines = new Map<string, Line>();
  const calendars = calendarsOf(file, mistakes);
  const kept = (calendar: Kept | undefined, path: string): string | undefined =>
    keptCalendar(calendar, `${path}.calendar`, calendars, mistakes);
  const alarms: PlacedAt[] = [];
  const override = (overrides: readonly Override[] | undefined, where: Where, path: string): void => {
    overrides?.forEach((given, index) =>
      alarms.push({ where, override: given, path: path === '' ? `alarms[${String(index)}]` : `${path}.alarms[${String(index)}]` }),
    );
  };
  override(file.alarms, {}, '');
  uniqueIds(file.parks, 'parks', mistakes);
  const firmIds = new Set<string>();
  file.parks.forEach((park, parkIndex) => {
    const parkPath = `parks[${String(parkIndex)}]`;
    const parkCalendar = kept(park.calendar, parkPath);
    park.firms.forEach((firm, firmIndex) => {
      const firmPath = `${parkPath}.firms[${String(firmIndex)}]`;
      const firmCalendar = kept(firm.calendar, firmPath) ?? parkCalendar;
      if (firmIds.has(firm.id)) mistakes.push({ path: `${firmPath}.id`, reason: `is used twice: "${firm.id}"` });
      firmIds.add(firm.id);
      override(firm.alarms, { firm: firm.id }, firmPath);
      uniqueIds(firm.workshops, `${firmPath}.workshops`, mistakes);
      firm.workshops.forEach((workshop, workshopIndex) => {
        const workshopPath = `${firmPath}.workshops[${String(workshopIndex)}]`;
        const workshopCalendar = kept(workshop.calendar, workshopPath) ?? firmCalendar;
        override(workshop.alarms, { workshop: `${firm.id}/${workshop.id}` }, workshopPath);
        workshop.lines.forEach((entry, lineIndex) => {
          const path = `${workshopPath}.lines[${String(lineIndex)}]`;
          const type = types.get(entry.type);
          if (!type) mistakes.push({ path: `${path}.type`, reason: `names no equipment type: "${entry.type}"` });
          const calendar = kept(entry.calendar, path) ?? workshopCalendar;
          if (calendar === undefined) mistakes.push({ path, reason: 'has no calendar, and neither have its workshop, firm and park' });
          for (const { id, name } of namedLines(entry, path, mistakes)) {
            override(entry.alarms, { line: id }, path);
            if (lines.has(id)) mistakes.push({ path, reason: `line id is used twice: "${id}"` });
            if (isSystemName(id) || id === systemLine) mistakes.push({ path, reason: `line id belongs to the system itself: "${id}"` });
            if (!type || calendar === undefined) continue;
            const place = { park: park.id, firm: firm.id, workshop: workshop.id, line: id };
            lines.set(id, { ...place, id, name, building: workshop.building ?? null, cluster: park.cluster, type, calendar });
          }
        });
      });
    });
  });
  // Where lines are missing because of another mistake, an override may seem to be for none.
  if (mistakes.length === 0) mistakes.push(...mistakesOfOverrides(alarms, [...lines.values()], types));
  if (mistakes.length > 0) return { plant: null, mistakes };
  return { plant: { file, timezone: file.zone.timezone, calendars, types, alarms, lines }, mistakes: null };
}

type PlacedAt = PlacedOverride & { readonly path: string };

/** An override that changes no rule of any line is a slip of the pen, and would leave its author in false safety. */
function mistakesOfOverrides(placed: readonly PlacedAt[], lines: readonly Line[], types: ReadonlyMap<string, EquipmentType>): Mistake[] {
  return placed.flatMap(({ where, override, path }) => {
    const { type, rule } = override;
    if (type !== undefined && !types.has(type)) return [{ path: `${path}.type`, reason: `names no equipment type: "${type}"` }];
    const found = lines.some((line) => (type ?? line.type.id) === line.type.id && isWithin(line, where) && hasRule(line.type, rule));
    return found ? [] : [{ path, reason: `changes a rule that no line here has: "${rule}"` }];
  });
}

/** Whether a line stands there. */
export function isWithin(line: Line, where: Where): boolean {
  return (
    (where.firm ?? line.firm) === line.firm &&
    (where.workshop === undefined || where.workshop === `${line.firm}/${line.workshop}`) &&
    (where.line ?? line.id) === line.id
  );
}

function hasRule({ metrics, stops, breaks }: EquipmentType, rule: string): boolean {
  const [kind, name = '', side] = rule.split(':');
  if (kind === 'breaks' || kind === 'break-rate') return breaks !== undefined;
  if (kind === 'stop') return name === '*' || name === 'fault' || Object.hasOwn(stops, name);
  if (kind !== 'limit') return true;
  const limited = name === '*' ? Object.values(metrics) : Object.hasOwn(metrics, name) ? [metrics[name]] : [];
  return limited.some((metric) => metric?.limits && (side === undefined || Object.entries(metric.limits).some(([key]) => key === side)));
}

/** The calendars of the file by id. */
function calendarsOf(file: PlantFile, mistakes: Mistake[]): Map<string, Calendar> {
  const calendars = new Map(Object.entries(file.calendars));
  for (const [id, calendar] of calendars) {
    for (const { path, reason } of mistakesOfCalendar(calendar)) mistakes.push({ path: pathText(['calendars', id, ...path]), reason });
  }
  return calendars;
}

type Kept = z.infer<typeof keptSchema>;

/** The key of the calendar a place keeps; calendars in turn become one more calendar of their own. */
function keptCalendar(kept: Kept | undefined, path: string, calendars: Map<string, Calendar>, mistakes: Mistake[]): string | undefined {
  if (kept === undefined) return undefined;
  const found = (id: string, at: string): Calendar | undefined => {
    const calendar = calendars.get(id);
    if (!calendar) mistakes.push({ path: at, reason: `names no calendar: "${id}"` });
    return calendar;
  };
  if (typeof kept === 'string') {
    found(kept, path);
    return kept;
  }
  const [first, ...others] = kept;
  const key = [first.calendar, ...others.flatMap(({ from, calendar }) => [from, calendar])].join('>');
  const base = found(first.calendar, `${path}[0].calendar`);
  const turns = others.flatMap(({ from, calendar: id }, index) => {
    const at = `${path}[${String(index + 1)}]`;
    for (const { reason } of risingFrom(from, others[index - 1]?.from, [])) mistakes.push({ path: `${at}.from`, reason });
    const calendar = found(id, `${at}.calendar`);
    return calendar ? [{ from, calendar }] : [];
  });
  if (base) calendars.set(key, calendarInTurns(base, turns));
  return key;
}

type LineEntry = z.infer<typeof lineSchema>;

/** The lines an entry stands for: one with its own name, or a run of ids named after their number. */
function namedLines(entry: LineEntry, path: string, mistakes: Mistake[]): { id: string; name: Text }[] {
  if ('id' in entry) return [{ id: entry.id, name: entry.name ?? lineName(entry.id) }];
  const match = /^(.*)\{(\d+)\.\.(\d+)\}(.*)$/.exec(entry.ids);
  const [, head = '', from = '', to = '', tail = ''] = match ?? [];
  if (Number(to) < Number(from)) mistakes.push({ path: `${path}.ids`, reason: `runs backwards: "${entry.ids}"` });
  const named: { id: string; name: Text }[] = [];
  for (let number = Number(from); number <= Number(to); number += 1) {
    const id = `${head}${String(number).padStart(from.length, '0')}${tail}`;
    if (!idSchema.safeParse(id).success) {
      mistakes.push({ path: `${path}.ids`, reason: `makes an id that is not allowed: "${id}"` });
      break;
    }
    named.push({ id, name: lineName(id) });
  }
  return named;
}

/** "emb-0012" → 12号线 / Line 12; an id without a number keeps itself as its name. */
function lineName(id: string): Text {
  const digits = /(\d+)\D*$/.exec(id)?.[1];
  if (digits === undefined) return { zh: id, en: id };
  const number = String(Number(digits));
  return { zh: `${number}号线`, en: `Line ${number}` };
}

function uniqueIds(entries: readonly { id: string }[], path: string, mistakes: Mistake[]): void {
  const seen = new Set<string>();
  entries.forEach(({ id }, index) => {
    if (seen.has(id)) mistakes.push({ path: `${path}[${String(index)}].id`, reason: `is used twice: "${id}"` });
    seen.add(id);
  });
}

function pathText(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === 'number') return `${text}[${String(key)}]`;
    return text === '' ? String(key) : `${text}.${String(key)}`;
  }, '');
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

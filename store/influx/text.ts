/**
 * Everything that becomes part of line protocol or of InfluxQL passes through this file, and only what it lets through does.
 * Comes in: names, texts and numbers from anywhere. Goes out: parts of a point, parts of a statement, and what they stood for.
 * Names are spelled in an alphabet that neither language gives a meaning to; texts carry no control characters and no
 * halves of characters, so that every version of the server gives back what it was given.
 */

/** What stands for the outside in names as it is; every other UTF-16 unit is "%" and four hexadecimal digits. */
const outsideName = /[^A-Za-z0-9._-]/g;
const ownName = /^[A-Za-z0-9_.:%-]+$/;
/** A text may hold anything else. */
const outsideText = /[\\\p{Cc}\p{Cs}]/gu;

/** Nanoseconds since 1970 in 64 bits end in the year 2262, and begin as far before. */
const lastMs = 9_223_372_036_854;

/**
 * The time of points that stand for a present state and not for an instant: so far ahead that no retention reaches them.
 * 2200-01-01T00:00:00Z.
 */
export const stateTime = 7_258_118_400_000;

/** A name from outside as a tag's value or a part of a field's name. */
export function spelled(name: string): string {
  return name === '' ? '%' : name.replaceAll(outsideName, (unit) => `%${hex(unit)}`);
}

/** The reverse of `spelled`. */
export function unspelled(text: string): string {
  return text === '%' ? '' : text.replaceAll(/%([0-9a-f]{4})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)));
}

export function integer(value: number): string {
  return `${whole(value)}i`;
}

export function float(value: number): string {
  if (!Number.isFinite(value)) throw new RangeError(`not a number that can be stored: ${String(value)}`);
  return Object.is(value, -0) ? '-0' : String(value);
}

export function text(value: string): string {
  return `"${carried(value).replaceAll(/["\\]/g, '\\$&')}"`;
}

/** A text as it is stored, control characters and backslashes written as \uXXXX. */
export function carried(value: string): string {
  return value.replaceAll(outsideText, (unit) => `\\u${hex(unit)}`);
}

/** The reverse of `carried`. */
export function uncarried(value: string): string {
  if (!value.includes('\\')) return value;
  return value.replaceAll(/\\u([0-9a-f]{4})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)));
}

/** One line of line protocol. Field values come from `integer`, `float` and `text`; tag values are spelled here. */
export function point(
  measurement: string,
  tags: Readonly<Record<string, string>>,
  fields: Iterable<readonly [name: string, value: string]>,
  time: number,
): string {
  let line = own(measurement);
  for (const name in tags) line += `,${own(name)}=${spelled(tags[name] ?? '')}`;
  let separator = ' ';
  for (const [name, value] of fields) {
    line += `${separator}${own(name)}=${value}`;
    separator = ',';
  }
  return `${line} ${whole(time)}`;
}

/** A measurement, a field or a tag in a statement. */
export function named(name: string): string {
  return `"${own(name)}"`;
}

/** `"tag" = 'value'`. */
export function tagged(tag: string, value: string): string {
  return `${named(tag)} = '${spelled(value)}'`;
}

/** `("line" = 'a' OR …)`. */
export function anyOf(tag: string, values: readonly string[]): string {
  return `(${values.map((value) => tagged(tag, value)).join(' OR ')})`;
}

/** `[from, to)` as a condition, cut to what the server can tell. */
export function within(from: number, to: number): string {
  return `time >= ${instant(from)} AND time < ${instant(to)}`;
}

/** A point in time as a literal. */
export function instant(ms: number): string {
  return `${whole(Math.max(-lastMs, Math.min(Math.ceil(ms), lastMs)))}ms`;
}

/** A number as a literal in a condition. */
export function whole(value: number): string {
  if (!Number.isSafeInteger(value)) throw new RangeError(`not a whole number: ${String(value)}`);
  return String(value);
}

/** A condition that holds for texts which contain this one, in whatever the server's regular expressions give a meaning to. */
export function containing(field: string, part: string): string {
  const pattern = Array.from(carried(part), (character) =>
    /^[A-Za-z0-9]$/.test(character) ? character : `\\x{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );
  return `${named(field)} =~ /${pattern.join('')}/`;
}

/** `prefix`, a database's name and the like come from settings: what is no name is a mistake of the caller. */
function own(name: string): string {
  if (!ownName.test(name)) throw new RangeError(`not a name of ours: ${JSON.stringify(name)}`);
  return name;
}

function hex(unit: string): string {
  return unit.charCodeAt(0).toString(16).padStart(4, '0');
}

/**
 * What a benchmark says: figures with their units and targets, under which conditions, on which machine, and when.
 * Comes in: the figures of the sections that ran. Goes out: a table for people, `figures.json` beside this file, and the
 * README's section, which is made from that file alone. It measures nothing.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { root } from '../sources.ts';

export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** Digits after the point; default: none. */
  readonly digits?: number;
  readonly atLeast?: number;
  readonly atMost?: number;
}

/** What a section has to say; `otherCores` is what processes that are not part of it took meanwhile. */
export interface Findings {
  readonly conditions: string;
  readonly figures: readonly Figure[];
  readonly otherCores: number;
}

export interface Report extends Findings {
  readonly section: string;
  readonly date: string;
  readonly machine: string;
}

const recordFile = join(import.meta.dirname, 'figures.json');
const readmeFile = join(root, 'README.md');

export function reportOf(section: string, findings: Findings): Report {
  const model = cpus()[0]?.model ?? 'unknown CPU';
  const memory = `${(totalmem() / 2 ** 30).toFixed(0)} GiB`;
  const machine = `${model}, ${String(cpus().length)} cores, ${memory}, Node ${process.version}`;
  return { section, date: new Date().toISOString().slice(0, 10), machine, ...findings };
}

export function isMet({ value, atLeast, atMost }: Figure): boolean {
  return value >= (atLeast ?? -Infinity) && value <= (atMost ?? Infinity);
}

/** Half of the values are not above it; NaN of nothing. */
export function median(values: readonly number[]): number {
  return percentile(values, 50);
}

/** The smallest value that so many percent of all are not above; NaN of nothing. */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)] ?? Number.NaN;
}

export function tableOf({ section, conditions, figures, otherCores }: Report): string {
  const rows = figures.map((figure) => `  ${figure.name.padEnd(52)} ${valueOf(figure).padStart(18)}   ${targetOf(figure)}`);
  return [`${section}: ${conditions}`, ...rows, `  (other processes meanwhile: ${otherCores.toFixed(2)} cores)`].join('\n');
}

/** Takes the reports into the record, in place of earlier ones of the same sections, and makes the README's section anew. */
export function record(reports: readonly Report[]): void {
  const earlier = existsSync(recordFile) ? (JSON.parse(readFileSync(recordFile, 'utf8')) as Report[]) : [];
  const sections = [...new Set([...earlier, ...reports].map((report) => report.section))];
  const all = sections.flatMap((section) => [...reports, ...earlier].find((report) => report.section === section) ?? []);
  writeFileSync(recordFile, `${JSON.stringify(all, null, 2)}\n`);
  const readme = readFileSync(readmeFile, 'utf8');
  const marked = /(<!-- figures[^>]*-->)[\s\S]*?(<!-- \/figures -->)/;
  if (!marked.test(readme)) throw new Error('README.md has no place marked for figures');
  writeFileSync(
    readmeFile,
    readme.replace(marked, (_, begin: string, end: string) => `${begin}\n\n${all.map(markdownOf).join('\n\n')}\n\n${end}`),
  );
}

function markdownOf({ section, conditions, figures, machine, date, otherCores }: Report): string {
  const rows = figures.map((figure) => `| ${figure.name} | ${valueOf(figure)} | ${targetOf(figure)} |`);
  const where = `${date}; ${machine}; other processes took ${otherCores.toFixed(2)} cores meanwhile.`;
  return [`**${section}**: ${conditions}. ${where}`, '', '| | measured | target |', '| --- | ---: | --- |', ...rows].join('\n');
}

function valueOf({ value, unit, digits = 0 }: Figure): string {
  return `${textOf(value, digits)} ${unit}`;
}

function targetOf(figure: Figure): string {
  const { atLeast, atMost, digits = 0 } = figure;
  if (atLeast === undefined && atMost === undefined) return '';
  const target = atLeast === undefined ? `≤ ${textOf(atMost ?? 0, digits)}` : `≥ ${textOf(atLeast, digits)}`;
  return isMet(figure) ? target : `${target}, missed`;
}

function textOf(value: number, digits: number): string {
  return value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

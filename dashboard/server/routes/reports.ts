/**
 * Monthly reports over HTTP: of a zone, a park or a firm all of whose lines are in the caller's scope, as JSON or as a file.
 * Comes in: which, what month, in what form and language. Goes out: the report. The store is asked once a month compared.
 */
import { languages, type Language } from '../../../contract/api.ts';
import type { Clock } from '../../../contract/clock.ts';
import type { History, LineSums } from '../../../contract/history.ts';
import type { Plant } from '../../../contract/plant.ts';
import { reportFormats, reportKinds, type ReportAnswer, type ReportFormat, type ReportKind } from '../../../contract/report.ts';
import { emptySums } from '../../../kpi/utilization.ts';
import type { Patience } from '../patience.ts';
import { csvOf } from '../reports/csv.ts';
import { earlier, knownSpan, monthOf, sameSpan, type Month, type Span } from '../reports/months.ts';
import { reportOf } from '../reports/report.ts';
import { tablesOf } from '../reports/tables.ts';
import { xlsxOf } from '../reports/xlsx.ts';
import { badRequest, isRefusal, notFound, ok, storeDown, type Call, type Outcome, type Refusal, type Reply, type Route } from '../route.ts';
import { may, visibleGroups, type Group } from '../scope.ts';

export interface ReportParts {
  readonly plant: Plant;
  readonly history: History;
  readonly patience: Patience;
  readonly clock: Clock;
}

interface Question {
  readonly group: Group;
  readonly month: Month;
  readonly format: ReportFormat;
  readonly language: Language;
}

const types: Readonly<Record<'csv' | 'xlsx', string>> = {
  csv: 'text/csv; charset=utf-8',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
};

export function reportRoutes({ plant, history, patience, clock }: ReportParts): Route[] {
  const questionOf = (call: Call, kind: ReportKind): Question | Refusal => {
    const month = monthOf(call.query('month') ?? '', plant.timezone);
    if (!month) return badRequest('bad-month', '"month" must be a month such as 2026-10.');
    const format = chosen(reportFormats, call.query('format') ?? 'json');
    if (!format) return badRequest('bad-format', `"format" must be one of ${reportFormats.join(', ')}.`);
    const language = chosen(languages, call.query('lang') ?? call.session.language);
    if (!language) return badRequest('bad-language', `"lang" must be one of ${languages.join(', ')}.`);
    const id = call.query('id') ?? (kind === 'zone' ? plant.file.zone.id : null);
    if (id === null) return badRequest('bad-id', `"id" must name a ${kind}.`);
    const group = visibleGroups(plant, call.caller, kind).find((candidate) => candidate.id === id);
    return group ? { group, month, format, language } : notFound(kind);
  };

  /** Nothing is asked about no time at all: nothing is known of it. */
  const sumsOf = async (lines: readonly string[], { from, to }: Span): Promise<readonly LineSums[] | null> => {
    if (from >= to) return lines.map((line) => ({ line, known: false, sums: emptySums(), scheduledMs: 0, idealOutput: 0 }));
    const found = await patience(history.lineSums(lines, from, to));
    return found?.value ?? null;
  };

  const report = async (call: Call, kind: ReportKind, { group, month }: Question): Promise<ReportAnswer | null> => {
    const now = clock.now();
    const known = knownSpan(month, now);
    const spans = [1, 12].map((months) => sameSpan(earlier(month, months, plant.timezone), month, known));
    const [lastMonth = known, lastYear = known] = spans;
    const lines = group.lines.map(({ id }) => id);
    const sums: (readonly LineSums[])[] = [];
    for (const span of [known, lastMonth, lastYear]) {
      const found = await sumsOf(lines, span);
      if (!found) return null;
      sums.push(found);
    }
    const [current = [], ...before] = sums;
    return reportOf({
      ...{ plant, kind, id: group.id, lines: group.lines, month, known, spans: [lastMonth, lastYear], now },
      sums: [current, before[0] ?? [], before[1] ?? []],
      seesLines: may(call.caller, 'lines'),
    });
  };

  return [
    {
      method: 'GET',
      path: '/reports/{kind}',
      needs: 'reports',
      async handle(call): Promise<Outcome> {
        const kind = chosen(reportKinds, call.param('kind'));
        if (!kind) return notFound('report');
        const question = questionOf(call, kind);
        if (isRefusal(question)) return question;
        const answer = await report(call, kind, question);
        return answer ? replyOf(answer, question) : storeDown;
      },
    },
  ];
}

async function replyOf(report: ReportAnswer, { format, language }: Question): Promise<Reply> {
  if (format === 'json') return ok(report);
  const tables = tablesOf(report, language);
  const bytes = format === 'csv' ? csvOf(tables) : await xlsxOf(tables);
  const name = `bobbin-${report.id}-${report.month}.${format}`;
  return { status: 200, file: { name, type: types[format], bytes: new Uint8Array(bytes) } };
}

function chosen<T extends string>(among: readonly T[], text: string): T | null {
  return among.find((one) => one === text) ?? null;
}

/**
 * The audit trail, for an admin of the whole zone. Comes in: a window of time, whose actions, which ones, in what form.
 * Goes out: entries, newest first, as JSON or as a CSV file with their numbers and hashes. Nothing here changes anything.
 */
import type { AuditAnswer } from '../../../contract/api.ts';
import type { Clock } from '../../../contract/clock.ts';
import type { Audit } from '../audit.ts';
import type { AuditRow } from '../chain.ts';
import { countOf, longest, windowOf } from '../input.ts';
import { csvInParts } from '../reports/csv.ts';
import type { Cell } from '../reports/tables.ts';
import { badRequest, isRefusal, ok, type Outcome, type Reply, type Route } from '../route.ts';

const entries = { json: { usual: 200, most: 5000 }, csv: { usual: 100_000, most: 100_000 } } as const;
const usualMs = 30 * 86_400_000;

export function auditRoutes(audit: Audit, clock: Clock): Route[] {
  return [
    {
      method: 'GET',
      path: '/audit',
      needs: 'audit',
      handle(call): Outcome | Promise<Outcome> {
        const format = call.query('format') ?? 'json';
        if (format !== 'json' && format !== 'csv') return badRequest('bad-format', '"format" must be json or csv.');
        // Up to and including now: what was just done is asked for most.
        const window = windowOf(call, clock.now() + 1, longest.audit, usualMs);
        if (isRefusal(window)) return window;
        const limit = countOf(call, 'limit', entries[format].usual, entries[format].most);
        if (isRefusal(limit)) return limit;
        const query = { ...window, who: call.query('who'), action: call.query('action'), limit };
        return format === 'csv' ? fileOf(audit.each(query), window.from, window.to) : ok(audit.list(query).map(answerOf));
      },
    },
  ];
}

function answerOf({ at, who, action, subject, address, detail }: AuditRow): AuditAnswer {
  return { at, who, action, subject, address, detail };
}

async function fileOf(rows: Iterable<AuditRow>, from: number, to: number): Promise<Reply> {
  const day = (at: number): string => new Date(at).toISOString().slice(0, 10);
  const name = `bobbin-audit-${day(from)}-${day(to)}.csv`;
  return { status: 200, file: { name, type: 'text/csv; charset=utf-8', bytes: await csvOfAudit(rows) } };
}

/** The way Excel opens it, texts as texts; `time` is ISO 8601 in UTC, `hash` what `npm run audit -- verify` goes by. */
export function csvOfAudit(rows: Iterable<AuditRow>): Promise<Uint8Array<ArrayBuffer>> {
  return csvInParts(tableOf(rows));
}

function* tableOf(rows: Iterable<AuditRow>): Iterable<Cell[]> {
  yield ['entry', 'time', 'who', 'action', 'subject', 'address', 'detail', 'hash'];
  for (const { id, at, who, action, subject, address, detail, hash } of rows) {
    yield [id, new Date(at).toISOString(), who, action, subject, address, detail, hash];
  }
}

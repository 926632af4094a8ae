/**
 * `npm run audit -- verify` and `npm run audit -- export`: looks at the audit trail of a data folder, beside a running product or not.
 * Comes in: the folder and what to look at. Goes out: a plain answer, and exit code 1 where the trail does not hold; or entries as CSV or
 * JSON lines. It changes nothing.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { loadSettings } from '../../settings.ts';
import { eachAudit, verifyAudit, type AuditQuery } from './audit.ts';
import type { Head, Verdict } from './chain.ts';
import { openDatabaseToRead, type Database } from './database.ts';
import { csvOfAudit } from './routes/audit.ts';

interface ExportOptions {
  readonly from: number;
  readonly to: number;
  readonly who?: string;
  readonly action?: string;
  readonly format: 'csv' | 'json';
}

const program = new Command('audit').description('Looks at the audit trail: who did what, when, from where.');

program
  .command('verify')
  .description('tells whether every entry is as it was written, and which is the first that is not')
  .option('--head <entry:hash>', 'a head noted down earlier, which the trail must still hold', headOf)
  .action(async ({ head }: { head?: Head }) => {
    await withTrail((database, dataFolder) => {
      const verdict = verifyAudit(database, dataFolder, head ?? null);
      process.stdout.write(`${sentencesOf(verdict, verdict.isHeadKept || head !== undefined).join('\n')}\n`);
      process.exitCode = verdict.holds ? 0 : 1;
    });
  });

program
  .command('export')
  .description('writes entries to standard output, newest first')
  .option('--from <time>', 'from then on, as 2026-11-23 or 2026-11-23T08:00Z', timeOf, 0)
  .option('--to <time>', 'up to then', timeOf, Number.MAX_SAFE_INTEGER)
  .option('--who <name>', 'what one user did')
  .option('--action <action>', 'one kind of action, such as sign-in-failed')
  .addOption(new Option('--format <format>', 'a table, or a JSON object a line').choices(['csv', 'json']).default('csv'))
  .action(async ({ format, ...query }: ExportOptions) => {
    await withTrail(async (database) => {
      const rows = eachAudit(database, { ...query, limit: Number.MAX_SAFE_INTEGER } satisfies AuditQuery);
      if (format === 'csv') process.stdout.write(await csvOfAudit(rows));
      else for (const row of rows) process.stdout.write(`${JSON.stringify(row)}\n`);
    });
  });

await program.parseAsync();

async function withTrail(look: (database: Database, dataFolder: string) => void | Promise<void>): Promise<void> {
  const { dataFolder } = loadSettings();
  if (!existsSync(join(dataFolder, 'accounts.db'))) {
    process.stderr.write(`There is no accounts.db in ${dataFolder}; BOBBIN_DATA names the folder.\n`);
    process.exitCode = 1;
    return;
  }
  const database = openDatabaseToRead(dataFolder);
  try {
    await look(database, dataFolder);
  } finally {
    database.close();
  }
}

function sentencesOf(verdict: Verdict, isHeadKnown: boolean): string[] {
  const { entries, head } = verdict;
  if (!verdict.holds) {
    const { entry, what } = verdict.first;
    const wrong = what === 'changed' ? 'is not as it was written' : 'is missing';
    return [`The audit trail does NOT hold: entry ${String(entry)} ${wrong}. What comes before it is as it was written.`];
  }
  return [
    `The audit trail holds: ${String(entries)} entries, each as it was written.`,
    `Its head is ${String(head.id)}:${head.hash}`,
    'Keep the head somewhere else: verify --head then also finds a trail that was written anew as a whole.',
    ...(isHeadKnown || entries === 0 ? [] : ['There is no audit.head beside it: whether its end was cut off cannot be told.']),
  ];
}

function headOf(text: string): Head {
  const [, id, hash] = /^(\d{1,15}):([0-9a-f]{64})$/.exec(text) ?? [];
  if (id === undefined || hash === undefined) throw new InvalidArgumentError('It must look like 17:9f86d0… as verify prints it.');
  return { id: Number(id), hash };
}

function timeOf(text: string): number {
  const time = Date.parse(text);
  if (Number.isNaN(time)) throw new InvalidArgumentError('It must be a time such as 2026-11-23 or 2026-11-23T08:00Z.');
  return time;
}

/**
 * The accounts a start takes care of: the first admin, and in demo mode one account for each other role.
 * Comes in: an admin password or none, demo or not, the plant. Goes out: what to tell whoever started it. Demo passwords are
 * made once a data folder and kept beside it (mode 0600) to be told again; without demo mode their accounts are removed.
 */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { NewUser } from '../../contract/api.ts';
import type { Plant } from '../../contract/plant.ts';
import type { Accounts, Actor } from './accounts.ts';
import { newPassword } from './passwords.ts';

export interface DemoAccount {
  readonly username: string;
  readonly password: string;
}

const system: Actor = { who: '(start)' };
const demoSchema = z.array(z.strictObject({ username: z.string(), password: z.string() }));

/** Creates `admin` where there is no account at all; the password it made up, to be shown once and used once, or null. */
export async function firstAdmin(accounts: Accounts, given: string | null): Promise<string | null> {
  if (accounts.list().length > 0) return null;
  const password = given ?? newPassword();
  const first = { username: 'admin', password, role: 'admin', scope: {}, language: 'zh', oneTime: given === null } as const;
  const outcome = await accounts.create(first, system);
  if (outcome !== 'done') throw new Error(`the first account cannot have this password: ${outcome}`);
  return given === null ? password : null;
}

/** Demo accounts as they can be used now; one whose password was changed since, or whose name is taken, is left out. */
export async function demoAccounts(accounts: Accounts, plant: Plant, dataFolder: string): Promise<DemoAccount[]> {
  const file = join(dataFolder, 'demo-accounts.json');
  const kept = new Map(readKept(file).map(({ username, password }) => [username, password]));
  const usable: DemoAccount[] = [];
  const demo = new Set(accounts.demoNames());
  for (const user of demoUsers(plant)) {
    const known = kept.get(user.username);
    const password = known ?? newPassword();
    kept.set(user.username, password);
    if (!demo.has(user.username)) await accounts.create({ ...user, password }, system, { demo: true });
    else if (known === undefined) await accounts.change(user.username, { password, scope: user.scope }, system);
    else if (JSON.stringify(accounts.get(user.username)?.scope) !== JSON.stringify(user.scope)) {
      await accounts.change(user.username, { scope: user.scope }, system);
    }
    if (await accounts.isPassword(user.username, password)) usable.push({ username: user.username, password });
  }
  const told: DemoAccount[] = [...kept].map(([username, password]) => ({ username, password }));
  writeFileSync(file, `${JSON.stringify(told, null, 2)}\n`, { mode: 0o600 });
  return usable;
}

export function removeDemoAccounts(accounts: Accounts, dataFolder: string): void {
  for (const username of accounts.demoNames()) accounts.remove(username, system);
  rmSync(join(dataFolder, 'demo-accounts.json'), { force: true });
}

/** One firm for the supervisor (the one with most lines), every park for maintenance, everything for the official. */
function demoUsers(plant: Plant): Omit<NewUser, 'password'>[] {
  const sizes = new Map<string, number>();
  for (const line of plant.lines.values()) sizes.set(line.firm, (sizes.get(line.firm) ?? 0) + 1);
  const largest = [...sizes].reduce<[string, number] | null>((best, firm) => (best && best[1] >= firm[1] ? best : firm), null);
  const parks = plant.file.parks.map((park) => park.id);
  return [
    { username: 'supervisor', role: 'supervisor', scope: largest ? { firms: [largest[0]] } : {}, language: 'zh' },
    { username: 'maintenance', role: 'maintenance', scope: { parks }, language: 'zh' },
    { username: 'official', role: 'official', scope: {}, language: 'zh' },
  ];
}

function readKept(file: string): DemoAccount[] {
  try {
    return demoSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    // Missing or damaged: new passwords are made.
    return [];
  }
}

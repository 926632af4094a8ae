/**
 * Accounts of people and the audit trail, for an admin of the whole zone.
 * Comes in: checked bodies. Goes out: accounts without their passwords. The last admin of everything cannot be removed,
 * disabled or made less.
 */
import { changeUserSchema, newUserSchema, type Scope } from '../../../contract/api.ts';
import type { Clock } from '../../../contract/clock.ts';
import type { Plant } from '../../../contract/plant.ts';
import type { Accounts, Actor, Change } from '../accounts.ts';
import type { Audit } from '../audit.ts';
import { bodyOf, countOf, longest, windowOf } from '../input.ts';
import { badRequest, created, done, isRefusal, notFound, ok, type Call, type Outcome, type Refusal, type Route } from '../route.ts';
import { unknownParts } from '../scope.ts';

const auditEntries = { usual: 200, most: 5000 };
const dayMs = 86_400_000;

export interface UserParts {
  readonly plant: Plant;
  readonly accounts: Accounts;
  readonly audit: Audit;
  readonly clock: Clock;
}

export function userRoutes({ plant, accounts, audit, clock }: UserParts): Route[] {
  return [
    { method: 'GET', path: '/users', needs: 'users', handle: () => ok(accounts.list()) },
    {
      method: 'POST',
      path: '/users',
      needs: 'users',
      async handle(call) {
        const asked = bodyOf(newUserSchema, call.body);
        if (isRefusal(asked)) return asked;
        const stray = strayScope(plant, asked.value.scope);
        if (stray) return stray;
        const change = await accounts.create(asked.value, actorOf(call));
        return change === 'done' ? created(accounts.get(asked.value.username)) : refusalOf(change);
      },
    },
    {
      method: 'PATCH',
      path: '/users/{username}',
      needs: 'users',
      async handle(call) {
        const asked = bodyOf(changeUserSchema, call.body);
        if (isRefusal(asked)) return asked;
        const stray = strayScope(plant, asked.value.scope ?? {});
        if (stray) return stray;
        const change = await accounts.change(call.param('username'), asked.value, actorOf(call));
        return change === 'done' ? ok(accounts.get(call.param('username'))) : refusalOf(change);
      },
    },
    {
      method: 'DELETE',
      path: '/users/{username}',
      needs: 'users',
      handle(call): Outcome {
        const change = accounts.remove(call.param('username'), actorOf(call));
        return change === 'done' ? done : refusalOf(change);
      },
    },
    {
      method: 'GET',
      path: '/audit',
      needs: 'audit',
      handle(call) {
        // Up to and including now: what was just done is asked for most.
        const window = windowOf(call, clock.now() + 1, longest.audit, 30 * dayMs);
        if (isRefusal(window)) return window;
        const limit = countOf(call, 'limit', auditEntries.usual, auditEntries.most);
        return isRefusal(limit) ? limit : ok(audit.list(window.from, window.to, limit));
      },
    },
  ];
}

function actorOf({ caller, address }: Call): Actor {
  return { who: caller.username, address };
}

function refusalOf(change: Exclude<Change, 'done'>): Refusal {
  switch (change) {
    case 'unknown':
      return notFound('user');
    case 'taken':
      return { status: 409, code: 'taken', message: 'There is an account of that name already.' };
    case 'last-admin':
      return { status: 409, code: 'last-admin', message: 'This is the last admin of the whole zone.' };
  }
}

/** A scope that names nothing is a typing mistake, and would give nothing. */
function strayScope(plant: Plant, scope: Scope): Refusal | null {
  const [stray] = unknownParts(plant, scope);
  return stray === undefined ? null : badRequest('unknown-scope', `The plant has no "${stray}".`);
}

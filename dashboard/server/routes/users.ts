/**
 * Accounts of people, for an admin of the whole zone.
 * Comes in: checked bodies. Goes out: accounts without their passwords. The last admin of everything cannot be removed,
 * disabled or made less.
 */
import { changeUserSchema, newUserSchema, type Scope } from '../../../contract/api.ts';
import type { Plant } from '../../../contract/plant.ts';
import type { Accounts, Actor, Change } from '../accounts.ts';
import { bodyOf } from '../input.ts';
import { badRequest, created, done, isRefusal, notFound, ok, weak, type Call, type Outcome, type Refusal, type Route } from '../route.ts';
import { unknownParts } from '../scope.ts';

export interface UserParts {
  readonly plant: Plant;
  readonly accounts: Accounts;
}

export function userRoutes({ plant, accounts }: UserParts): Route[] {
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
    case 'common':
    case 'repetitive':
    case 'name':
      return weak(change);
  }
}

/** A scope that names nothing is a typing mistake, and would give nothing. */
function strayScope(plant: Plant, scope: Scope): Refusal | null {
  const [stray] = unknownParts(plant, scope);
  return stray === undefined ? null : badRequest('unknown-scope', `The plant has no "${stray}".`);
}

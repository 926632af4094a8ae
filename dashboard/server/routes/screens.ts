/**
 * Wall screens over HTTP: an admin of the whole zone makes, lists and revokes them; a screen exchanges its token for a session.
 * The token comes in a body, never in an address, and is in no answer but the one that makes it.
 */
import { newScreenSchema, screenTokenSchema, type IssuedScreen, type ScreenShows } from '../../../contract/screens.ts';
import type { Plant } from '../../../contract/plant.ts';
import { bodyOf } from '../input.ts';
import {
  badRequest,
  created,
  done,
  isRefusal,
  notFound,
  ok,
  tooManyAttempts,
  type OpenCall,
  type Outcome,
  type Refusal,
  type Route,
} from '../route.ts';
import { unknownParts } from '../scope.ts';
import type { Screens } from '../screens.ts';
import type { Sessions } from '../sessions.ts';
import { answerOf } from './session.ts';

const wrong: Refusal = { status: 401, code: 'wrong-token', message: 'This screen has been revoked, or its link is not whole.' };
const tooMany: Refusal = { status: 409, code: 'too-many', message: 'There are too many screens already: revoke some.' };

export function screenRoutes(plant: Plant, screens: Screens, sessions: Sessions): Route[] {
  const open = async (call: OpenCall): Promise<Outcome> => {
    const body = bodyOf(screenTokenSchema, call.body);
    if (isRefusal(body)) return body;
    const result = await screens.open(body.value.token, call.address);
    if ('waitSeconds' in result) return tooManyAttempts(result.waitSeconds);
    const session = 'token' in result ? sessions.use(result.token) : null;
    if (!session || !('token' in result)) return wrong;
    if (call.token !== null) sessions.end(call.token);
    return { ...ok(answerOf(session)), token: result.token };
  };
  return [
    { method: 'POST', path: '/session/screen', needs: 'nothing', handle: open },
    { method: 'GET', path: '/screens', needs: 'screens', handle: () => ok(screens.list()) },
    {
      method: 'POST',
      path: '/screens',
      needs: 'screens',
      handle({ body, caller, address }) {
        const asked = bodyOf(newScreenSchema, body);
        if (isRefusal(asked)) return asked;
        if (!isThere(plant, asked.value.shows)) return badRequest('unknown-place', 'The plant has no such park or workshop.');
        const made = screens.create(asked.value, { who: caller.username, address });
        return made ? created({ ...made.screen, token: made.token } satisfies IssuedScreen) : tooMany;
      },
    },
    {
      method: 'DELETE',
      path: '/screens/{screen}',
      needs: 'screens',
      handle(call) {
        const { caller, address } = call;
        return screens.revoke(call.param('screen'), { who: caller.username, address }) ? done : notFound('screen');
      },
    },
  ];
}

function isThere(plant: Plant, shows: ScreenShows): boolean {
  if (shows.kind === 'zone') return true;
  return unknownParts(plant, shows.kind === 'park' ? { parks: [shows.id] } : { workshops: [shows.id] }).length === 0;
}

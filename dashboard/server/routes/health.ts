/**
 * Health: is it ready, and how is it doing. Without sign-in, and to wall screens, only the status is told; 503 where the parts behind
 * do not answer.
 */
import type { HealthAnswer } from '../../../contract/api.ts';
import type { Patience } from '../patience.ts';
import { ok, storeDown, type Route } from '../route.ts';

export function healthRoutes(health: () => Promise<HealthAnswer>, patience: Patience): Route[] {
  return [
    {
      method: 'GET',
      path: '/health',
      needs: 'nothing',
      async handle({ caller }) {
        const answer = await patience(health());
        if (!answer) return storeDown;
        return ok(caller && !caller.screen ? answer.value : { status: answer.value.status });
      },
    },
  ];
}

/**
 * Health: is it ready, and how is it doing. Without sign-in, and to wall screens, only the status is told; 503 where the parts behind
 * do not answer. Strangers may ask as often as they like, and every part has work with an answer: those of a moment are given one.
 */
import type { HealthAnswer } from '../../../contract/api.ts';
import type { Clock } from '../../../contract/clock.ts';
import type { Patience } from '../patience.ts';
import { ok, storeDown, type Route } from '../route.ts';

const momentMs = 500;

export function healthRoutes(health: () => Promise<HealthAnswer>, patience: Patience, clock: Clock): Route[] {
  let shared: { readonly at: number; readonly answer: ReturnType<typeof ask> } | null = null;
  const ask = (): Promise<{ readonly value: HealthAnswer } | null> => patience(health());
  const askForStrangers = (): ReturnType<typeof ask> => {
    const at = clock.now();
    if (!shared || Math.abs(at - shared.at) >= momentMs) shared = { at, answer: ask() };
    return shared.answer;
  };
  return [
    {
      method: 'GET',
      path: '/health',
      needs: 'nothing',
      async handle({ caller }) {
        const isStranger = caller === null || caller.screen !== undefined;
        const answer = await (isStranger ? askForStrangers() : ask());
        if (!answer) return storeDown;
        return ok(isStranger ? { status: answer.value.status } : answer.value);
      },
    },
  ];
}

/**
 * The demo: how much of the past that its simulators tell is stored, for whoever is signed in and wonders at the figures.
 * Comes in: the share, where there is a demo. Goes out: the same; null once there is nothing more to wait for.
 */
import type { DemoAnswer } from '../../../contract/api.ts';
import { ok, type Route } from '../route.ts';

export function demoRoutes(past: () => number | null = () => null): Route[] {
  return [{ method: 'GET', path: '/demo', needs: 'session', handle: () => ok({ past: past() } satisfies DemoAnswer) }];
}

/**
 * The demo: how much of the past that its simulators tell is stored, for whoever is signed in and wonders at the figures.
 */
import type { DemoAnswer } from '../../../contract/api.ts';
import { ok, type Route } from '../route.ts';

export function demoRoutes(past: () => number | null = () => null): Route[] {
  return [{ method: 'GET', path: '/demo', needs: 'session', handle: () => ok({ past: past() } satisfies DemoAnswer) }];
}

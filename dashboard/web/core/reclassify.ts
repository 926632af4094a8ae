/**
 * Giving a stop another reason: who may, which stops can have one, and which reasons there are to choose from. Comes in: a role, spans, an equipment
 * type, a few letters to look for. Goes out: answers, in the words of nobody. The server decides; this only saves people ways that lead nowhere.
 */
import type { EquipmentType } from '../../../contract/equipment.ts';
import type { StateSpan } from '../../../contract/figures.ts';
import type { State } from '../../../contract/reading.ts';
import type { ScreenSession } from '../../../contract/screens.ts';
import type { Text } from '../../../contract/text.ts';
import { stateOrder } from './states.ts';

/** A stop ended at least this long ago: what is going on has no end yet, whatever the last record said. */
const overMs = 2_000;

export interface StopChoice {
  readonly code: string;
  readonly state: State;
  readonly name: Text;
}

/** Body of `POST /lines/{line}/reclassify`; `stop` null: what the machine said holds again. */
export interface ReclassifyBody {
  readonly from: number;
  readonly to: number;
  readonly stop: string | null;
  readonly why: string;
}

export function mayReclassify({ role, screen }: Pick<ScreenSession, 'role' | 'screen'>): boolean {
  return !screen && (role === 'admin' || role === 'supervisor');
}

export function canHaveAnother({ state, to }: StateSpan, now: number): boolean {
  return isStop(state) && to < now - overMs;
}

function isStop(state: State): boolean {
  return state !== 'running' && state !== 'unknown';
}

/** Codes of stops whose name or code has the text in it, by state and, within one, as the type has them. */
export function choicesOf(type: EquipmentType, text: string): StopChoice[] {
  const wanted = text.trim().toLowerCase();
  const choices = Object.entries(type.stops).map(([code, { state, name }]) => ({ code, state, name }));
  return choices
    .filter(({ code, state, name }) => isStop(state) && [code, name.zh, name.en].some((word) => word.toLowerCase().includes(wanted)))
    .sort((a, b) => stateOrder.indexOf(a.state) - stateOrder.indexOf(b.state));
}

/**
 * Floods: more alarms in ten minutes than one person can deal with. Comes in: whom or where an alarm concerns, and when. Goes out: whether a flood
 * begins or goes on. The engine asks by workshop; who sends notifications may ask by person, with a memory of its own.
 */

/** Plain JSON: when the latest alarms were, and whether a flood is on, by person or place. */
export type FloodMemory = Record<string, { times: number[]; on: boolean }>;

/** [ALM-10] Over 10 alarms in 10 minutes is a flood (ISA-18.2, EEMUA 191); it is over when 5 or fewer came in the last 10 minutes. */
const floodMs = 600_000;
const floodAlarms = 10;
const calmAlarms = 5;

/** Counts an alarm. `begins` with the one that is too many, `on` after it. */
export function countAlarm(memory: FloodMemory, key: string, at: number): 'calm' | 'begins' | 'on' {
  const known = memory[key];
  const times = [...(known?.times ?? []).filter((time) => time > at - floodMs), at].slice(-floodAlarms - 1);
  const over = times.length > floodAlarms;
  const was = known?.on === true && times.length > calmAlarms;
  memory[key] = { times, on: over || was };
  if (was) return 'on';
  return over ? 'begins' : 'calm';
}

/**
 * Who is on duty where an alarm is, over HTTP: whom to give it to. Comes in: an alarm that the caller may see. Goes out: names and user names, those who
 * are told first before the others; nobody where no file of people on duty is. How people are reached is told to no page.
 */
import type { PersonOnDuty } from '../../../contract/alarms-api.ts';
import { Rota } from '../../../kpi/rota.ts';
import { findAlarm } from '../alarms/found.ts';
import { notFound, ok, storeDown, type Outcome, type Route } from '../route.ts';
import type { AlarmParts } from './alarms.ts';

export function alarmDutyRoutes(parts: AlarmParts): Route[] {
  const { plant, duty, clock } = parts;
  const rota = duty && new Rota(duty, plant);
  return [
    {
      method: 'GET',
      path: '/alarms/{id}/duty',
      needs: 'alarms',
      async handle(call): Promise<Outcome> {
        const record = await findAlarm(parts, call.caller, call.param('id'));
        if (record === null) return storeDown;
        if (record === 'unknown') return notFound('alarm');
        const levels = rota?.onDuty(plant.lines.get(record.line) ?? null, clock.now()) ?? [];
        const people = new Map<string, PersonOnDuty>();
        levels.forEach((some, level) => {
          for (const { id, name, username = null } of some) if (!people.has(id)) people.set(id, { name, username, level });
        });
        return ok([...people.values()]);
      },
    },
  ];
}

/**
 * Alarms over HTTP: what is open, what was, and one with all that is known of it. An alarm outside the caller's scope answers exactly like one that does
 * not exist.
 */
import type { AlarmRecord, Incident } from '../../../contract/alarm.ts';
import type { AlarmAnswer, AlarmLine } from '../../../contract/alarms-api.ts';
import type { Clock } from '../../../contract/clock.ts';
import type { Duty } from '../../../contract/duty.ts';
import type { History } from '../../../contract/history.ts';
import type { Line, Plant } from '../../../contract/plant.ts';
import type { Board } from '../alarms/board.ts';
import { deliveriesFor } from '../alarms/deliveries.ts';
import { findAlarm, findAlarms } from '../alarms/found.ts';
import { questionOf } from '../alarms/question.ts';
import { alarmCsv } from '../alarms/sheet.ts';
import type { Patience } from '../patience.ts';
import { isRefusal, notFound, ok, storeDown, type Outcome, type Route } from '../route.ts';
import { maySeeAlarmsOf, type Caller } from '../scope.ts';

/** Newest deliveries told with one alarm. */
const deliveriesTold = 200;

export interface AlarmParts {
  readonly plant: Plant;
  readonly board: Board;
  readonly history: History;
  /** Who is told of alarms; null where nobody is outside the page. */
  readonly duty: Duty | null;
  readonly patience: Patience;
  readonly clock: Clock;
}

export function alarmRoutes(parts: AlarmParts): Route[] {
  const { plant, clock } = parts;
  return [
    {
      method: 'GET',
      path: '/alarms',
      needs: 'alarms',
      async handle(call): Promise<Outcome> {
        const question = questionOf(call, plant, clock.now());
        if (isRefusal(question)) return question;
        const records = await findAlarms(parts, question);
        if (!records) return storeDown;
        if (question.format === 'json') return ok(records);
        const day = new Intl.DateTimeFormat('sv-SE', { timeZone: plant.timezone }).format(clock.now());
        const bytes = await alarmCsv(records, plant, question.language);
        return { status: 200, file: { name: `bobbin-alarms-${day}.csv`, type: 'text/csv; charset=utf-8', bytes } };
      },
    },
    {
      method: 'GET',
      path: '/alarms/{id}',
      needs: 'alarms',
      async handle(call): Promise<Outcome> {
        const record = await findAlarm(parts, call.caller, call.param('id'));
        if (record === null) return storeDown;
        return record === 'unknown' ? notFound('alarm') : answerOf(parts, call.caller, record);
      },
    },
  ];
}

async function answerOf(parts: AlarmParts, caller: Caller, record: AlarmRecord): Promise<Outcome> {
  const { plant, duty, history, patience } = parts;
  const { id, line, group, raisedAt } = record;
  const about = { alarm: id, incident: group };
  const found = await patience(
    Promise.all([history.alarmSteps(id), history.deliveries({ from: raisedAt, about, limit: deliveriesTold }), incidentOf(parts, record)]),
  );
  if (!found) return storeDown;
  const [steps, deliveries, incident] = found.value;
  const place = plant.lines.get(line);
  const answer: AlarmAnswer = {
    record,
    line: place ? lineOf(place) : null,
    incident: incident && withinScope(parts, caller, record, incident),
    steps,
    deliveries: deliveriesFor(caller, deliveries, plant, duty),
  };
  return ok(answer);
}

async function incidentOf({ board, history }: AlarmParts, { group }: AlarmRecord): Promise<Incident | null> {
  return group === null ? null : (board.incident(group) ?? (await history.incident(group)));
}

/** A building may house several firms: of the others neither lines nor alarms are told. */
function withinScope({ plant, board }: AlarmParts, caller: Caller, { id }: AlarmRecord, incident: Incident): Incident {
  const lines = incident.lines.filter((line) => maySeeAlarmsOf(plant, caller, line));
  if (lines.length === incident.lines.length) return incident;
  const isVisible = (alarm: string): boolean => {
    const member = board.find(alarm);
    return alarm === id || (member !== null && maySeeAlarmsOf(plant, caller, member.line));
  };
  return { ...incident, lines, alarms: incident.alarms.filter(isVisible) };
}

function lineOf({ id, name, park, firm, workshop, building, type }: Line): AlarmLine {
  return { id, name, park, firm, workshop, building, type: type.id };
}

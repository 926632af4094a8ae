/**
 * The zone as the caller may see it: parks, firms, workshops and lines within the scope, with the types and calendars they use.
 * An official sees firms and above. A firm of which only a workshop is in scope is shown with that workshop alone.
 */
import type { FirmAnswer, ParkAnswer, PlantAnswer, WorkshopAnswer } from '../../../contract/api.ts';
import type { Line, Plant } from '../../../contract/plant.ts';
import { grouped } from '../../../kpi/grouping.ts';
import { ok, type Route } from '../route.ts';
import { covers, isChief, may, visibleGroups, workshopId, type Caller } from '../scope.ts';

type ParkFile = Plant['file']['parks'][number];
type FirmFile = ParkFile['firms'][number];

export function plantRoutes(plant: Plant): Route[] {
  return [{ method: 'GET', path: '/plant', needs: 'plant', handle: ({ caller }) => ok(plantOf(plant, caller)) }];
}

function plantOf(plant: Plant, caller: Caller): PlantAnswer {
  const lines = may(caller, 'watch')
    ? [...plant.lines.values()].filter((line) => covers(caller, line))
    : visibleGroups(plant, caller, 'firm').flatMap((group) => group.lines);
  // Whoever keeps the plant's file sees the calendars that nobody follows, too.
  const seesAll = isChief(caller);
  const byWorkshop = grouped(lines, workshopId);
  const { id, name, timezone } = plant.file.zone;
  const parks = plant.file.parks.map((park) => parkOf(park, byWorkshop, may(caller, 'watch'))).filter((park) => park.firms.length > 0);
  return {
    zone: { id, name, timezone },
    calendars: Object.fromEntries([...plant.calendars].filter(([calendar]) => seesAll || lines.some((line) => line.calendar === calendar))),
    types: Object.fromEntries(lines.map((line) => [line.type.id, line.type])),
    parks,
  };
}

function parkOf(park: ParkFile, lines: ReadonlyMap<string, Line[]>, detailed: boolean): ParkAnswer {
  const firms = park.firms.flatMap((firm): FirmAnswer[] => {
    const workshops = workshopsOf(firm, lines);
    return workshops.length === 0 ? [] : [{ id: firm.id, name: firm.name, workshops: detailed ? workshops : [] }];
  });
  return { id: park.id, name: park.name, cluster: park.cluster, clusterName: park.clusterName, firms };
}

function workshopsOf(firm: FirmFile, lines: ReadonlyMap<string, Line[]>): WorkshopAnswer[] {
  return firm.workshops.flatMap((workshop): WorkshopAnswer[] => {
    const own = lines.get(workshopId({ firm: firm.id, workshop: workshop.id })) ?? [];
    if (own.length === 0) return [];
    const { id, name, building } = workshop;
    const shown = own.map((line) => ({ id: line.id, name: line.name, type: line.type.id, calendar: line.calendar }));
    return [{ id, name, building: building ?? null, lines: shown }];
  });
}

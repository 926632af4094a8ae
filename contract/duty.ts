/**
 * Who is told of alarms, and over what: channels, people, rosters, quiet hours, as one file a plant has (docs/notifications.md).
 * Comes in: checked YAML whose `${NAME}` references have been replaced. Goes out: a Duty, or mistakes with their paths. Who is on
 * duty at an instant is worked out in collector/notify/.
 */
import { z } from 'zod';
import { priorities } from './alarm.ts';
import { weekdays } from './calendar.ts';
import type { Mistake, Plant } from './plant.ts';
import { idSchema } from './text.ts';

const language = z.enum(['zh', 'en']);
const secret = z.string().min(1).max(512);
const timeOfDay = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a time of day such as "22:00"');
/** Local time of the zone; an end at or before the beginning is on the next day. */
const quietSchema = z.tuple([timeOfDay, timeOfDay]).refine(([from, to]) => from !== to, 'must not begin when it ends');
/** Vendors know numbers of the mainland without a prefix, others with theirs. */
const phone = z.string().regex(/^\+?\d{5,20}$/, 'must be a phone number of digits only, such as "13800001111", in quotes');
const account = z
  .string()
  .min(1)
  .max(64)
  .regex(/^[\w.@-]+$/, 'must be of letters, digits, "_", ".", "@" and "-"');
const minutes = z.number().positive().max(1440);

const every = {
  id: idSchema,
  /** Only alarms of these priorities; absent: of all. */
  priorities: z.array(z.enum(priorities)).min(1).optional(),
  /** Whether the end of an alarm is told, too. */
  cleared: z.boolean().default(true),
  /** Messages a minute at most; what is more is folded into one. */
  perMinute: z.int().min(1).max(600).optional(),
};

const overHttp = {
  ...every,
  url: z.url({ protocol: /^https?$/, error: 'must be a URL that begins with https://' }).max(2048),
  /** Says that the network in between may read along. */
  allowHttp: z.boolean().default(false),
};

const emailSchema = z.strictObject({
  kind: z.literal('email'),
  ...every,
  host: z.string().min(1).max(255),
  port: z.int().min(1).max(65_535),
  /** `tls` from the first byte (465), `starttls` or nothing is sent (587), `none`. */
  security: z.enum(['tls', 'starttls', 'none']),
  user: z.string().min(1).max(255).optional(),
  password: secret.optional(),
  from: z.email('must be an e-mail address'),
});

export const channelSchema = z
  .discriminatedUnion('kind', [
    emailSchema,
    z.strictObject({ kind: z.literal('dingtalk'), ...overHttp, secret }),
    z.strictObject({ kind: z.literal('wecom'), ...overHttp }),
    z.strictObject({ kind: z.literal('feishu'), ...overHttp, secret }),
    z.strictObject({ kind: z.literal('webhook'), ...overHttp, secret: secret.min(16, 'must have 16 characters or more') }),
  ])
  .check(({ value, issues }) => {
    const wrong = (path: string, message: string): void => {
      issues.push({ code: 'custom', input: undefined, path: [path], message });
    };
    if (value.kind !== 'email') {
      const { protocol, hostname } = new URL(value.url);
      if (protocol === 'http:' && !value.allowHttp && !isLoopback(hostname)) wrong('url', 'must begin with https://, or allowHttp be true');
      return;
    }
    if ((value.user === undefined) !== (value.password === undefined)) wrong('password', 'and user go together');
    if (value.security === 'none' && value.password !== undefined && !isLoopback(value.host)) {
      wrong('security', 'must be tls or starttls where a password is sent');
    }
  });

const personSchema = z.strictObject({
  id: idSchema,
  name: z.string().trim().min(1).max(64),
  phone: phone.optional(),
  email: z.email('must be an e-mail address').optional(),
  dingtalkUserId: account.optional(),
  wecomUserId: account.optional(),
  feishuOpenId: account.optional(),
  language: language.default('zh'),
  /** Of the account by which this person signs in to Bobbin. */
  username: z.string().min(1).max(64).optional(),
});

const rosterSchema = z.strictObject({
  /** One of the three; an empty one is the whole zone, and the system itself. */
  where: z
    .strictObject({ park: idSchema.optional(), firm: idSchema.optional(), workshop: z.string().optional() })
    .refine((where) => Object.keys(where).length <= 1, 'names one of park, firm and workshop'),
  /** On duty while this shift of the line's calendar runs; absent: always. */
  shift: idSchema.optional(),
  /** By the day the shift starts; without a shift by the date. */
  days: z.array(z.enum(weekdays)).min(1).optional(),
  /** Who is told at once, who when nobody acknowledges, and so on. */
  levels: z.array(z.array(idSchema).min(1).max(50)).min(1).max(10),
  channels: z.array(idSchema).min(1),
  /** Instead of the file's. */
  quietHours: z.union([quietSchema, z.literal('none')]).optional(),
});

const byPriority = z.strictObject(Object.fromEntries(priorities.map((priority) => [priority, minutes.optional()])) as ByPriority);
type ByPriority = Record<(typeof priorities)[number], z.ZodOptional<typeof minutes>>;

export const dutySchema = z.strictObject({
  channels: z.array(channelSchema).min(1).max(100),
  people: z.array(personSchema).min(1).max(5000),
  rosters: z.array(rosterSchema).min(1).max(5000),
  /** How long nobody may acknowledge before the next level is told. */
  escalateMinutes: byPriority.default({ critical: 5, high: 15, medium: 60 }),
  /** How often those who were told are reminded until somebody acknowledges. */
  remindMinutes: byPriority.default({ critical: 10, high: 30, medium: 120 }),
  /** Only critical alarms are told between these times of day. */
  quietHours: quietSchema.optional(),
});

export type Duty = z.infer<typeof dutySchema>;
export type Channel = Duty['channels'][number];
export type ChannelOf<Kind extends Channel['kind']> = Extract<Channel, { kind: Kind }>;
export type Person = Duty['people'][number];
export type Roster = Duty['rosters'][number];

/** What does not fit together within the file, or does not fit the plant. */
export function mistakesOfDuty(duty: Duty, plant: Plant): Mistake[] {
  const mistakes: Mistake[] = [];
  const wrong = (path: string, reason: string): void => {
    mistakes.push({ path, reason });
  };
  const known = (list: 'channels' | 'people'): Set<string> => {
    const ids = new Set<string>();
    duty[list].forEach(({ id }, index) => {
      if (ids.has(id)) wrong(`${list}[${String(index)}].id`, `is used twice: "${id}"`);
      ids.add(id);
    });
    return ids;
  };
  const [channels, people] = [known('channels'), known('people')];
  duty.people.forEach(({ name }, index) => {
    // Deliveries keep names, and go on by them after a restart.
    if (duty.people.findIndex((person) => person.name === name) < index) {
      wrong(`people[${String(index)}].name`, `is used twice: "${name}"; add what tells them apart`);
    }
  });
  const lines = [...plant.lines.values()];
  duty.rosters.forEach(({ where, shift, levels, channels: over }, index) => {
    const path = `rosters[${String(index)}]`;
    const here = lines.filter((line) => covers(where, line));
    if (here.length === 0) wrong(`${path}.where`, 'names no place of the plant');
    const keys = new Set(here.map((line) => line.calendar));
    const shifts = new Set([...keys].flatMap((key) => shiftsOf(plant, key)));
    if (here.length > 0 && shift !== undefined && !shifts.has(shift)) {
      wrong(`${path}.shift`, `names no shift that is worked there: "${shift}"; there are ${[...shifts].join(', ')}`);
    }
    levels.forEach((level, depth) => {
      for (const id of level) if (!people.has(id)) wrong(`${path}.levels[${String(depth)}]`, `names nobody: "${id}"`);
      const mail = duty.channels.find(({ id, kind }) => kind === 'email' && over.includes(id));
      const named = duty.people.filter(({ id }) => level.includes(id));
      if (mail && named.length > 0 && named.every(({ email }) => email === undefined)) {
        wrong(`${path}.levels[${String(depth)}]`, `has nobody with an e-mail address for channel "${mail.id}"`);
      }
    });
    for (const id of over) if (!channels.has(id)) wrong(`${path}.channels`, `names no channel: "${id}"`);
  });
  return mistakes;
}

/** Whether a place belongs to what a roster is for. */
export function covers(
  where: Roster['where'],
  place: { readonly park: string; readonly firm: string; readonly workshop: string },
): boolean {
  return (
    (where.park ?? place.park) === place.park &&
    (where.firm ?? place.firm) === place.firm &&
    (where.workshop === undefined || where.workshop === `${place.firm}/${place.workshop}`)
  );
}

function shiftsOf(plant: Plant, calendar: string): string[] {
  const { shifts = [], changes = [] } = plant.calendars.get(calendar) ?? {};
  return [...shifts, ...changes.flatMap((change) => change.shifts ?? [])].map(({ id }) => id);
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}

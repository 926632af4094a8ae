/**
 * All settings of the product, in one schema. Comes in: the environment (`BOBBIN_*`), and `.env` beneath it.
 * Goes out: one frozen Settings, or the mistakes, each with the variable, the value seen and what is allowed.
 * Nothing else in the product reads the environment; secrets are never repeated in a message.
 */
import { existsSync, readFileSync } from 'node:fs';
import { isIPv4 } from 'node:net';
import { join, resolve } from 'node:path';
import { parse } from 'dotenv';
import { z } from 'zod';
import { passwordSchema } from './contract/api.ts';
import type { Endpoint } from './contract/endpoint.ts';
import { weaknessOf } from './dashboard/server/weakness.ts';

/** How to reach an InfluxDB; a token, or user and password, or neither. */
export interface InfluxSettings {
  readonly url: string;
  readonly database: string;
  readonly token?: string | undefined;
  readonly org?: string | undefined;
  readonly user?: string | undefined;
  readonly password?: string | undefined;
}

export interface Settings {
  readonly dataFolder: string;
  readonly plantFile: string;
  readonly http: Endpoint;
  readonly mqtt: Endpoint;
  readonly mqttWs: Endpoint | null;
  /** Anybody on this machine may do anything over MQTT: for conformance suites. */
  readonly mqttOpen: boolean;
  readonly simulate: boolean;
  readonly adminPassword: string | null;
  readonly store: 'duckdb' | InfluxSettings;
  readonly journal: 'level' | { readonly url: string };
  /** By which the system's own processes sign in to the broker. */
  readonly systemPassword: string | null;
  /** Paths of PEM files. */
  readonly tls: { readonly cert: string; readonly key: string } | null;
  readonly plaintext: boolean;
  readonly metrics: Endpoint | null;
  readonly retention: { readonly rawDays: number; readonly rawBytes: number; readonly minuteYears: number };
  readonly journalBytes: number;
  readonly logLevel: (typeof logLevels)[number];
  /** Who is told of alarms; null: nobody outside the page. */
  readonly notifyFile: string | null;
  /** Where people find the dashboard: links in messages begin with it. No slash at the end. */
  readonly publicUrl: string;
}

export interface SettingsMistake {
  readonly variable: string;
  /** As given; secrets masked. */
  readonly seen: string;
  readonly allowed: string;
}

export type Environment = Readonly<Record<string, string | undefined>>;

const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
const gigabyte = 1_000_000_000;
const defaultDatabase = 'bobbin';
const storeForm = 'duckdb, or the URL of an InfluxDB without a password in it, such as http://127.0.0.1:8086';
const journalForm =
  'level, or the URL of a Redis, such as redis://127.0.0.1:6379, rediss://:password@redis:6379/0 or unix:///run/redis.sock';
const passwordForm = '8 to 128 characters, and no pattern or word that everybody tries first';
const publicUrlForm =
  'the address people open the dashboard by, such as https://bobbin.example.com, without a password, a "?" or a "#" in it';
const addressForm = 'host:port, such as 127.0.0.1:8080 or [::1]:8080';

const address = (fallback: string): z.ZodType<Endpoint, string | undefined> =>
  z
    .string()
    .default(fallback)
    .transform((text, context) => parseAddress(text) ?? refuse(context, addressForm));

const addressOrOff = z
  .string()
  .default('off')
  .transform((text, context) => (text === 'off' ? null : (parseAddress(text) ?? refuse(context, `${addressForm}, or off`))));

const flag = (fallback: '0' | '1'): z.ZodType<boolean, string | undefined> =>
  z
    .enum(['0', '1'], '0 or 1')
    .default(fallback)
    .transform((digit) => digit === '1');

/** A number from `least` to `most`; `whole` refuses fractions. */
const amount = (fallback: number, least: number, most: number, whole: boolean): z.ZodType<number, string | undefined> =>
  z
    .string()
    .default(String(fallback))
    .transform((text, context) => {
      const value = /^\d{1,9}(\.\d{1,9})?$/.test(text) ? Number(text) : NaN;
      if (value >= least && value <= most && (!whole || Number.isInteger(value))) return value;
      return refuse(context, `a ${whole ? 'whole ' : ''}number from ${String(least)} to ${String(most)}`);
    });

/** Every variable there is, by its name. A default is written as it would be in the environment. */
export const environmentSchema = z.strictObject({
  BOBBIN_DATA: z.string().default('./data'),
  BOBBIN_PLANT: z.string().default(join(import.meta.dirname, 'plants', 'ruzhou.yaml')),
  BOBBIN_HTTP: address('127.0.0.1:8080'),
  BOBBIN_MQTT: address('127.0.0.1:1883'),
  BOBBIN_MQTT_WS: addressOrOff,
  BOBBIN_MQTT_OPEN: flag('0'),
  BOBBIN_SIMULATE: flag('1'),
  BOBBIN_ADMIN_PASSWORD: z
    .string()
    .refine((text) => passwordSchema.safeParse(text).success && weaknessOf(text, 'admin') === null, passwordForm)
    .optional(),
  BOBBIN_STORE: z
    .string()
    .default('duckdb')
    .refine((text) => text === 'duckdb' || isPlainUrl(text), storeForm),
  BOBBIN_INFLUX_DATABASE: z
    .string()
    .regex(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}$/, '1 to 64 letters, digits, "_", "." and "-"')
    .default(defaultDatabase),
  BOBBIN_INFLUX_TOKEN: z.string().optional(),
  BOBBIN_INFLUX_ORG: z.string().optional(),
  BOBBIN_INFLUX_USER: z.string().optional(),
  BOBBIN_INFLUX_PASSWORD: z.string().optional(),
  BOBBIN_JOURNAL: z
    .string()
    .default('level')
    .refine((text) => text === 'level' || isJournalUrl(text), journalForm),
  BOBBIN_SYSTEM_PASSWORD: z.string().min(16, '16 to 128 characters').max(128, '16 to 128 characters').optional(),
  BOBBIN_TLS_CERT: z.string().optional(),
  BOBBIN_TLS_KEY: z.string().optional(),
  BOBBIN_PLAINTEXT: flag('0'),
  BOBBIN_METRICS: addressOrOff,
  BOBBIN_RAW_DAYS: amount(14, 1, 3650, true),
  BOBBIN_RAW_GB: amount(20, 0.001, 100_000, false),
  BOBBIN_MINUTE_YEARS: amount(5, 1, 100, true),
  BOBBIN_JOURNAL_GB: amount(4, 0.001, 100_000, false),
  BOBBIN_LOG: z.enum(logLevels, logLevels.join(', ')).default('info'),
  BOBBIN_NOTIFY: z.string().optional(),
  BOBBIN_PUBLIC_URL: z
    .string()
    .refine(isPlainUrl, publicUrlForm)
    .transform((text) => text.replace(/\/+$/, ''))
    .optional(),
  /** Read by the tests alone: the folder of real recordings. */
  BOBBIN_RECORDINGS: z.string().optional(),
});

type Values = z.infer<typeof environmentSchema>;

/** The settings an environment asks for, or every mistake in it. Variables without our prefix, and empty ones, do not count. */
export function readSettings(environment: Environment): Settings | SettingsMistake[] {
  const ours = Object.fromEntries(Object.entries(environment).filter(([name, value]) => name.startsWith('BOBBIN_') && value !== ''));
  const parsed = environmentSchema.safeParse(ours);
  const mistake = (variable: string, allowed: string): SettingsMistake => ({ variable, seen: shown(variable, ours[variable]), allowed });
  if (!parsed.success) {
    return parsed.error.issues.flatMap((issue) =>
      issue.code === 'unrecognized_keys'
        ? issue.keys.map((name) => mistake(name, `no such setting; there are ${Object.keys(environmentSchema.shape).join(', ')}`))
        : [mistake(String(issue.path[0]), issue.message)],
    );
  }
  const mistakes = [...exposed(parsed.data), ...misplaced(parsed.data)].map(([variable, allowed]) => mistake(variable, allowed));
  return mistakes.length > 0 ? mistakes : settingsOf(parsed.data);
}

/** One line for a person at a terminal. */
export function mistakeLine({ variable, seen, allowed }: SettingsMistake): string {
  return `${variable} is ${seen}; allowed: ${allowed}`;
}

/** The settings of this process; with a mistake in them, says so line by line and ends the process with code 1. */
export function loadSettings(): Settings {
  const settings = readSettings(readEnvironment());
  if (!Array.isArray(settings)) return settings;
  process.stderr.write(settings.map((mistake) => `${mistakeLine(mistake)}\n`).join(''));
  process.exit(1);
}

/** All of the environment: a file of settings may name variables that hold its secrets. */
export function readEnvironment(): Environment {
  const file = resolve('.env');
  return { ...(existsSync(file) ? parse(readFileSync(file)) : {}), ...process.env };
}

function settingsOf(values: Values): Settings {
  const { BOBBIN_TLS_CERT: cert, BOBBIN_TLS_KEY: key } = values;
  return Object.freeze({
    dataFolder: resolve(values.BOBBIN_DATA),
    plantFile: resolve(values.BOBBIN_PLANT),
    http: Object.freeze(values.BOBBIN_HTTP),
    mqtt: Object.freeze(values.BOBBIN_MQTT),
    mqttWs: Object.freeze(values.BOBBIN_MQTT_WS),
    mqttOpen: values.BOBBIN_MQTT_OPEN,
    simulate: values.BOBBIN_SIMULATE,
    adminPassword: values.BOBBIN_ADMIN_PASSWORD ?? null,
    store: storeOf(values),
    journal: values.BOBBIN_JOURNAL === 'level' ? 'level' : Object.freeze({ url: values.BOBBIN_JOURNAL }),
    systemPassword: values.BOBBIN_SYSTEM_PASSWORD ?? null,
    tls: cert !== undefined && key !== undefined ? Object.freeze({ cert: resolve(cert), key: resolve(key) }) : null,
    plaintext: values.BOBBIN_PLAINTEXT,
    metrics: Object.freeze(values.BOBBIN_METRICS),
    retention: Object.freeze({
      rawDays: values.BOBBIN_RAW_DAYS,
      rawBytes: values.BOBBIN_RAW_GB * gigabyte,
      minuteYears: values.BOBBIN_MINUTE_YEARS,
    }),
    journalBytes: values.BOBBIN_JOURNAL_GB * gigabyte,
    logLevel: values.BOBBIN_LOG,
    notifyFile: values.BOBBIN_NOTIFY === undefined ? null : resolve(values.BOBBIN_NOTIFY),
    publicUrl: values.BOBBIN_PUBLIC_URL ?? ownUrl(values),
  });
}

function storeOf(values: Values): Settings['store'] {
  if (values.BOBBIN_STORE === 'duckdb') return 'duckdb';
  return Object.freeze({
    url: values.BOBBIN_STORE,
    database: values.BOBBIN_INFLUX_DATABASE,
    token: values.BOBBIN_INFLUX_TOKEN,
    org: values.BOBBIN_INFLUX_ORG,
    user: values.BOBBIN_INFLUX_USER,
    password: values.BOBBIN_INFLUX_PASSWORD,
  });
}

/** Ways into an InfluxDB that is not there, that contradict each other or lack their other half, as [variable, what is allowed]. */
function misplaced(values: Values): [variable: string, allowed: string][] {
  const { BOBBIN_INFLUX_TOKEN: token, BOBBIN_INFLUX_USER: user, BOBBIN_INFLUX_PASSWORD: password } = values;
  if (values.BOBBIN_STORE === 'duckdb') {
    const names = ['BOBBIN_INFLUX_TOKEN', 'BOBBIN_INFLUX_ORG', 'BOBBIN_INFLUX_USER', 'BOBBIN_INFLUX_PASSWORD'] as const;
    const given: string[] = names.filter((name) => values[name] !== undefined);
    if (values.BOBBIN_INFLUX_DATABASE !== defaultDatabase) given.push('BOBBIN_INFLUX_DATABASE');
    return given.map((name) => [name, 'nothing, unless BOBBIN_STORE is the URL of an InfluxDB']);
  }
  if (token !== undefined && (user !== undefined || password !== undefined)) {
    return [['BOBBIN_INFLUX_TOKEN', 'either a token, or BOBBIN_INFLUX_USER with BOBBIN_INFLUX_PASSWORD, not both']];
  }
  if (user !== undefined && password === undefined) return [['BOBBIN_INFLUX_PASSWORD', 'the password of BOBBIN_INFLUX_USER']];
  if (password !== undefined && user === undefined) return [['BOBBIN_INFLUX_USER', 'the user whose BOBBIN_INFLUX_PASSWORD it is']];
  return [];
}

/** What would put passwords on a network unencrypted, as [variable, what is allowed]. The metrics port never speaks TLS. */
function exposed(values: Values): [variable: string, allowed: string][] {
  const { BOBBIN_TLS_CERT: cert, BOBBIN_TLS_KEY: key } = values;
  if (cert !== undefined && key === undefined) return [['BOBBIN_TLS_KEY', 'the PEM file that belongs to BOBBIN_TLS_CERT']];
  if (key !== undefined && cert === undefined) return [['BOBBIN_TLS_CERT', 'the PEM file that belongs to BOBBIN_TLS_KEY']];
  if (values.BOBBIN_MQTT_OPEN) {
    const beyond = (['BOBBIN_MQTT', 'BOBBIN_MQTT_WS'] as const).filter((name) => !isLoopback(values[name]));
    if (beyond.length > 0) return beyond.map((name) => [name, 'a loopback address and no other, because BOBBIN_MQTT_OPEN is 1']);
  }
  if (values.BOBBIN_PLAINTEXT) return [];
  const plaintext = 'or BOBBIN_PLAINTEXT=1 where something in front ends TLS';
  const open = (['BOBBIN_HTTP', 'BOBBIN_MQTT', 'BOBBIN_MQTT_WS'] as const).filter(
    (name) => !isLoopback(values[name]) && cert === undefined,
  );
  return [
    ...open.map((name): [string, string] => [
      name,
      `a loopback address, any address with BOBBIN_TLS_CERT and BOBBIN_TLS_KEY, ${plaintext}`,
    ]),
    ...(isLoopback(values.BOBBIN_METRICS) ? [] : [['BOBBIN_METRICS', `a loopback address, ${plaintext}`] satisfies [string, string]]),
  ];
}

/** The dashboard's address as its own machine knows it. */
function ownUrl({ BOBBIN_HTTP: { host, port }, BOBBIN_TLS_CERT: cert }: Values): string {
  const name = host === '0.0.0.0' || host === '::' ? 'localhost' : host.includes(':') ? `[${host}]` : host;
  return `http${cert === undefined ? '' : 's'}://${name}:${String(port)}`;
}

function isLoopback(place: Endpoint | null): boolean {
  if (place === null) return true;
  return place.host === 'localhost' || place.host === '::1' || (isIPv4(place.host) && place.host.startsWith('127.'));
}

function parseAddress(text: string): Endpoint | null {
  const found = /^(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9.-]+)):(\d{1,5})$/.exec(text);
  const host = found?.[1] ?? found?.[2];
  const port = Number(found?.[3]);
  return host !== undefined && port <= 65_535 ? { host, port } : null;
}

function urlOf(text: string): URL | null {
  return URL.canParse(text) ? new URL(text) : null;
}

/** Passwords have settings of their own: such a URL is repeated in logs and messages. */
function isPlainUrl(text: string): boolean {
  const url = urlOf(text);
  if (url === null || !/^https?:$/.test(url.protocol)) return false;
  return `${url.username}${url.password}${url.search}${url.hash}` === '';
}

function isJournalUrl(text: string): boolean {
  const url = urlOf(text);
  if (url === null) return false;
  return url.protocol === 'unix:' ? url.pathname.length > 1 : /^rediss?:$/.test(url.protocol) && url.hostname !== '';
}

function refuse(context: z.core.$RefinementCtx, allowed: string): never {
  context.issues.push({ code: 'custom', message: allowed, input: context.value });
  return z.NEVER;
}

function shown(variable: string, value: string | undefined): string {
  if (value === undefined) return 'not set';
  // Whatever a variable is: what stands before an @ may be a password in a URL.
  return /PASS|TOKEN|SECRET/.test(variable) ? '"***"' : JSON.stringify(value.replace(/^.*@/s, '***@'));
}

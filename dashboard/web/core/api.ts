/**
 * The HTTP API as the screen uses it: one method a question, an answer or a problem as a value, never a throw.
 * Comes in: a fetch function. Goes out: answers with the contract's types. It keeps nothing and retries nothing.
 */
import type { AlarmAction, AlarmRecord } from '../../../contract/alarm.ts';
import type { AlarmAnswer, AlarmFigures, NotificationsAnswer, PersonOnDuty, RulesAnswer } from '../../../contract/alarms-api.ts';
import type {
  AggregateAnswer,
  BackfillsAnswer,
  AuditAnswer,
  ChangeUser,
  DemoAnswer,
  DeviceAccess,
  DeviceAnswer,
  HealthAnswer,
  NewUser,
  PlantAnswer,
  PointsAnswer,
  SessionAnswer,
  UserAnswer,
} from '../../../contract/api.ts';
import type { BreaksAnswer, ContextSince, ExcursionsAnswer, ExportTable } from '../../../contract/details.ts';
import type { IssuedDevice } from '../../../contract/devices.ts';
import type { EquipmentType } from '../../../contract/equipment.ts';
import type { BatchRecord, StateSpan, UtilizationRecord } from '../../../contract/figures.ts';
import type { LiveRecord } from '../../../contract/live.ts';
import type { PlacedOverride } from '../../../contract/overrides.ts';
import type { OverviewAnswer, OverviewHours, OverviewTrend, TrendStep } from '../../../contract/overview.ts';
import type { Rejection } from '../../../contract/reading.ts';
import type { Reclassification } from '../../../contract/reclassification.ts';
import type { ReportAnswer } from '../../../contract/report.ts';
import type { IssuedScreen, NewScreen, ScreenAnswer, ScreenSession } from '../../../contract/screens.ts';
import type { DeedBody } from './deeds.ts';
import type { ReclassifyBody } from './reclassify.ts';

/** `status` 0: the server was not reached at all. */
export interface Problem {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly retryAfterSeconds: number | null;
}

export type Answer<T> = { readonly value: T; readonly problem: null } | { readonly value: null; readonly problem: Problem };

type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE';

const timeoutMs = 15_000;

export class Api {
  readonly #fetch: typeof fetch;
  readonly #base: string;
  /** Called whenever the server says that nobody is signed in. */
  onSignedOut: () => void = () => undefined;

  constructor(fetcher: typeof fetch, base = '/api/v1') {
    this.#fetch = fetcher;
    this.#base = base;
  }

  session(): Promise<Answer<ScreenSession>> {
    return this.#ask('GET', '/session');
  }

  signIn(username: string, password: string): Promise<Answer<SessionAnswer>> {
    return this.#ask('POST', '/session', { username, password });
  }

  /** A wall screen exchanges the token of its link for a session. */
  openScreen(token: string): Promise<Answer<ScreenSession>> {
    return this.#ask('POST', '/session/screen', { token });
  }

  signOut(): Promise<Answer<unknown>> {
    return this.#ask('DELETE', '/session');
  }

  demo(): Promise<Answer<DemoAnswer>> {
    return this.#ask('GET', '/demo');
  }

  plant(): Promise<Answer<PlantAnswer>> {
    return this.#ask('GET', '/plant');
  }

  line(id: string): Promise<Answer<LiveRecord & { equipment: EquipmentType }>> {
    return this.#ask('GET', `/lines/${id}`);
  }

  states(line: string, from: number, to: number): Promise<Answer<StateSpan[]>> {
    return this.#ask('GET', `/lines/${line}/states${windowOf(from, to)}`);
  }

  backfills(line: string, from: number, to: number): Promise<Answer<BackfillsAnswer>> {
    return this.#ask('GET', `/lines/${line}/backfills${windowOf(from, to)}`);
  }

  series(line: string, metric: string, window: { from: number; to: number; points: number }): Promise<Answer<PointsAnswer>> {
    return this.#ask('GET', `/lines/${line}/metrics/${metric}${windowOf(window.from, window.to)}&points=${String(window.points)}`);
  }

  utilization(line: string, from: number, to: number): Promise<Answer<UtilizationRecord>> {
    return this.#ask('GET', `/lines/${line}/utilization${windowOf(from, to)}`);
  }

  /** The shifts of a line that overlap the window, cut to it, in order of time. */
  shifts(line: string, from: number, to: number): Promise<Answer<AggregateAnswer[]>> {
    return this.#ask('GET', `/utilization${windowOf(from, to)}&by=line&step=shift&id=${encodeURIComponent(line)}`);
  }

  breaks(line: string, from: number, to: number): Promise<Answer<BreaksAnswer>> {
    return this.#ask('GET', `/lines/${line}/breaks${windowOf(from, to)}`);
  }

  excursions(line: string, from: number, to: number): Promise<Answer<ExcursionsAnswer>> {
    return this.#ask('GET', `/lines/${line}/excursions${windowOf(from, to)}`);
  }

  contexts(line: string, from: number, to: number): Promise<Answer<ContextSince[]>> {
    return this.#ask('GET', `/lines/${line}/contexts${windowOf(from, to)}`);
  }

  /** What people said of its stops, in the order in which they said it. */
  reclassifications(line: string, from: number, to: number): Promise<Answer<Reclassification[]>> {
    return this.#ask('GET', `/lines/${line}/reclassifications${windowOf(from, to)}`);
  }

  reclassify(line: string, body: ReclassifyBody): Promise<Answer<Reclassification>> {
    return this.#ask('POST', `/lines/${line}/reclassify`, body);
  }

  /** Where a table of the line is to be had as a file. */
  exportAddress(line: string, table: ExportTable, { from, to }: { from: number; to: number }, language: string): string {
    return `${this.#base}/lines/${line}/exports/${table}${windowOf(from, to)}&lang=${language}`;
  }

  batch(line: string, batch: string): Promise<Answer<BatchRecord>> {
    return this.#ask('GET', `/lines/${line}/batches/${encodeURIComponent(batch)}`);
  }

  batches(line: string): Promise<Answer<BatchRecord[]>> {
    return this.#ask('GET', `/lines/${line}/batches`);
  }

  health(): Promise<Answer<HealthAnswer>> {
    return this.#ask('GET', '/health');
  }

  report(query: string): Promise<Answer<ReportAnswer>> {
    return this.#ask('GET', `/reports/${query}`);
  }

  /** `query` begins with "?", or is empty. */
  alarms(query: string): Promise<Answer<AlarmRecord[]>> {
    return this.#ask('GET', `/alarms${query}`);
  }

  alarm(id: string): Promise<Answer<AlarmAnswer>> {
    return this.#ask('GET', `/alarms/${encodeURIComponent(id)}`);
  }

  /** Who is on duty where an alarm is, those first who are told first. */
  duty(id: string): Promise<Answer<PersonOnDuty[]>> {
    return this.#ask('GET', `/alarms/${encodeURIComponent(id)}/duty`);
  }

  act(id: string, action: AlarmAction, body: DeedBody): Promise<Answer<AlarmRecord>> {
    return this.#ask('POST', `/alarms/${encodeURIComponent(id)}/${action}`, body);
  }

  alarmFigures(query: string): Promise<Answer<AlarmFigures>> {
    return this.#ask('GET', `/alarms/figures${query}`);
  }

  alarmRules(line: string | null): Promise<Answer<RulesAnswer>> {
    return this.#ask('GET', line === null ? '/alarm-rules' : `/alarm-rules?line=${encodeURIComponent(line)}`);
  }

  placeRule(placed: PlacedOverride): Promise<Answer<unknown>> {
    return this.#ask('POST', '/alarm-rules', placed);
  }

  notifications(): Promise<Answer<NotificationsAnswer>> {
    return this.#ask('GET', '/notifications');
  }

  testChannel(id: string): Promise<Answer<unknown>> {
    return this.#ask('POST', `/notifications/${encodeURIComponent(id)}/test`, {});
  }

  /** `park` null: everything the caller may see. */
  overview(park: string | null): Promise<Answer<OverviewAnswer>> {
    return this.#ask('GET', `/overview${parkQuery('?', park)}`);
  }

  overviewHours(park: string | null): Promise<Answer<OverviewHours>> {
    return this.#ask('GET', `/overview/hours${parkQuery('?', park)}`);
  }

  overviewTrend(park: string | null, step: TrendStep): Promise<Answer<OverviewTrend>> {
    return this.#ask('GET', `/overview/trend?step=${step}${parkQuery('&', park)}`);
  }

  screens(): Promise<Answer<ScreenAnswer[]>> {
    return this.#ask('GET', '/screens');
  }

  createScreen(screen: NewScreen): Promise<Answer<IssuedScreen>> {
    return this.#ask('POST', '/screens', screen);
  }

  revokeScreen(id: string): Promise<Answer<unknown>> {
    return this.#ask('DELETE', `/screens/${id}`);
  }

  devices(): Promise<Answer<DeviceAnswer[]>> {
    return this.#ask('GET', '/devices');
  }

  issueDevices(lines: readonly string[]): Promise<Answer<Pick<IssuedDevice, 'username' | 'password'>[]>> {
    return this.#ask('POST', '/devices', { lines });
  }

  revokeDevices(lines: readonly string[]): Promise<Answer<{ revoked: string[] }>> {
    return this.#ask('POST', '/devices/revoke', { lines });
  }

  deviceAccess(): Promise<Answer<DeviceAccess>> {
    return this.#ask('GET', '/devices/broker');
  }

  /** The last rejected readings of a line, newest first. */
  rejections(line: string, limit: number): Promise<Answer<Rejection[]>> {
    return this.#ask('GET', `/lines/${line}/rejections?limit=${String(limit)}`);
  }

  users(): Promise<Answer<UserAnswer[]>> {
    return this.#ask('GET', '/users');
  }

  createUser(user: NewUser): Promise<Answer<UserAnswer>> {
    return this.#ask('POST', '/users', user);
  }

  changeUser(username: string, change: ChangeUser): Promise<Answer<UserAnswer>> {
    return this.#ask('PATCH', `/users/${username}`, change);
  }

  deleteUser(username: string): Promise<Answer<unknown>> {
    return this.#ask('DELETE', `/users/${username}`);
  }

  /** Changes one's own password; every session of the account ends, and this one begins anew. */
  choosePassword(current: string, password: string): Promise<Answer<SessionAnswer>> {
    return this.#ask('POST', '/session/password', { current, password });
  }

  audit(query: string): Promise<Answer<AuditAnswer[]>> {
    return this.#ask('GET', `/audit?${query}`);
  }

  async #ask<T>(method: Method, path: string, body?: unknown): Promise<Answer<T>> {
    const request: RequestInit = { method, signal: AbortSignal.timeout(timeoutMs), credentials: 'same-origin' };
    if (body !== undefined) {
      request.body = JSON.stringify(body);
      request.headers = { 'content-type': 'application/json' };
    }
    let response: Response;
    let text: string;
    try {
      response = await this.#fetch(`${this.#base}${path}`, request);
      text = await response.text();
    } catch {
      return { value: null, problem: { status: 0, code: 'unreachable', message: '', retryAfterSeconds: null } };
    }
    if (response.status === 401 && !(method === 'POST' && path === '/session')) this.onSignedOut();
    const parsed = parsedOf(text);
    if (!response.ok || parsed === undefined) return { value: null, problem: problemOf(response, parsed) };
    // The server and this page are built from one contract; its answers are not checked a second time.
    return { value: parsed as T, problem: null };
  }
}

function windowOf(from: number, to: number): string {
  return `?from=${String(Math.floor(from))}&to=${String(Math.floor(to))}`;
}

function parkQuery(before: '?' | '&', park: string | null): string {
  return park === null ? '' : `${before}park=${encodeURIComponent(park)}`;
}

function parsedOf(text: string): unknown {
  if (text === '') return null;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function problemOf(response: Response, parsed: unknown): Problem {
  const error = isRecord(parsed) && isRecord(parsed.error) ? parsed.error : {};
  const retryAfter = Number(response.headers.get('retry-after') ?? 'x');
  return {
    status: response.ok ? 0 : response.status,
    code: typeof error.code === 'string' ? error.code : 'unknown',
    message: typeof error.message === 'string' ? error.message : '',
    retryAfterSeconds: Number.isFinite(retryAfter) ? retryAfter : null,
  };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

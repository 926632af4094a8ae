/**
 * The desk: who is signed in, and with that the plant and the live connection they may see.
 * It asks the server at the start, after a sign-in and whenever the server turns something away; it tries again by
 * itself where the server cannot be reached.
 */
import { createContext } from 'svelte';
import type { Clock } from '../../../contract/clock.ts';
import type { ScreenSession } from '../../../contract/screens.ts';
import type { Answer, Api, Problem } from '../core/api.ts';
import { firstFaults } from '../core/faults.ts';
import type { LiveSocket } from '../core/feed.ts';
import { Plant } from '../core/plant.ts';
import { firstWall } from '../core/wall.ts';
import type { Address } from './address.svelte.ts';
import { OpenAlarms } from './alarms.svelte.ts';
import { Live } from './live.svelte.ts';
import type { Reminders } from './reminders.svelte.ts';
import type { Theme } from './theme.svelte.ts';
import type { Ticket } from './ticket.ts';
import { Toasts } from './toasts.svelte.ts';
import type { Tongue } from './tongue.svelte.ts';

/** What there is to work with while signed in. */
export interface Work {
  readonly account: ScreenSession;
  readonly plant: Plant;
  readonly live: Live;
  /** Null for those who see no single line. */
  readonly alarms: OpenAlarms | null;
  readonly toasts: Toasts;
}

/** `asking`: not known yet; `out`: nobody is signed in; `ended`: somebody was; `choosing`: signed in with a password to be
 * used once, and another has to be chosen first; `unreachable`: no answer, trying again. */
export type Standing = 'asking' | 'out' | 'ended' | 'choosing' | 'unreachable' | 'in';

export interface DeskParts {
  readonly api: Api;
  readonly clock: Clock;
  readonly tongue: Tongue;
  readonly theme: Theme;
  readonly address: Address;
  readonly reminders: Reminders;
  readonly socket: () => LiveSocket;
  /** Of the link of a wall screen. */
  readonly ticket: Ticket | null;
}

const retryMs = 2000;

export class Desk {
  standing: Standing = $state.raw('asking');
  work: Work | null = $state.raw(null);
  readonly api: Api;
  readonly clock: Clock;
  readonly tongue: Tongue;
  readonly theme: Theme;
  readonly address: Address;
  readonly reminders: Reminders;
  readonly #socket: () => LiveSocket;
  #ticket: Ticket | null;
  #asking = false;

  constructor(parts: DeskParts) {
    this.api = parts.api;
    this.clock = parts.clock;
    this.tongue = parts.tongue;
    this.theme = parts.theme;
    this.address = parts.address;
    this.reminders = parts.reminders;
    this.#socket = parts.socket;
    this.#ticket = parts.ticket;
    this.api.onSignedOut = () => {
      this.#leave(this.work ? 'ended' : 'out');
    };
  }

  /** Asks who is signed in, until there is an answer. */
  async begin(): Promise<void> {
    if (this.#asking) return;
    this.#asking = true;
    const session = this.#ticket ? await this.#exchanged(this.#ticket) : await this.api.session();
    this.#asking = false;
    if (session.value) await this.#enter(session.value);
    else if (session.problem.status !== 401) this.#retry();
  }

  async signIn(username: string, password: string): Promise<Problem | null> {
    const session = await this.api.signIn(username, password);
    // Who signs in to repair begins with what is broken, unless a link led elsewhere.
    if (session.value?.role === 'maintenance' && this.address.isFirst) this.address.replace({ page: 'faults', faults: firstFaults });
    if (session.value) await this.#enter(session.value);
    return session.problem;
  }

  async choosePassword(current: string, password: string): Promise<Problem | null> {
    const session = await this.api.choosePassword(current, password);
    if (session.value) await this.#enter(session.value);
    return session.problem;
  }

  async signOut(): Promise<void> {
    await this.api.signOut();
    this.#leave('out');
  }

  /** The session of a screen's token, which is not needed any more once the server has answered for or against it. */
  async #exchanged(ticket: Ticket): Promise<Answer<ScreenSession>> {
    const session = await this.api.openScreen(ticket.token);
    if (session.value || session.problem.status === 401) {
      ticket.spend();
      this.#ticket = null;
    }
    if (session.value) this.tongue.choose(session.value.language);
    return session;
  }

  async #enter(account: ScreenSession): Promise<void> {
    if (account.mustChoosePassword) {
      this.standing = 'choosing';
      return;
    }
    if (this.work) {
      this.work.live.open();
      this.standing = 'in';
      return;
    }
    const plant = await this.api.plant();
    if (!plant.value) {
      if (plant.problem.status !== 401) this.#retry();
      return;
    }
    const socket = this.#socket();
    const live = new Live(socket, this.clock, () => {
      this.clock.after(retryMs / 4, () => void this.begin());
    });
    this.tongue.timezone = plant.value.zone.timezone;
    const [seen, toasts] = [new Plant(plant.value), new Toasts(this.clock)];
    const alarms = account.role === 'official' || account.screen ? null : this.#alarms(account.username, socket, seen, live, toasts);
    this.work = { account, plant: seen, live, alarms, toasts };
    this.standing = 'in';
    // A screen is a wall and nothing else.
    if (account.screen && this.address.route.page !== 'wall') this.address.replace({ page: 'wall', wall: firstWall });
    // A page that watches nothing still has to show whether the server is there: one line is enough for that.
    const [line] = alarms === null ? [] : seen.lines();
    if (line) live.watch({ line: line.id });
    live.open();
  }

  #alarms(me: string, socket: LiveSocket, plant: Plant, live: Live, toasts: Toasts): OpenAlarms {
    const { api, clock, tongue, reminders } = this;
    return new OpenAlarms({
      ...{ socket, api, clock, plant, live, tongue, toasts, reminders, me },
      open: (alarm) => {
        this.address.go({ page: 'faults', faults: { ...firstFaults, alarm } });
      },
    });
  }

  #leave(standing: 'out' | 'ended'): void {
    this.work?.alarms?.close();
    this.work?.live.close();
    this.work = null;
    this.standing = standing;
  }

  /** A page that already shows something keeps showing it, marked stale; only the first start says so instead. */
  #retry(): void {
    if (!this.work) this.standing = 'unreachable';
    this.clock.after(retryMs, () => void this.begin());
  }
}

export const [useDesk, provideDesk] = createContext<Desk>();
export const [useWork, provideWork] = createContext<Work>();

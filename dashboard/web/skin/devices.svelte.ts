/**
 * Device accounts, reactive: which line has one, which lines are chosen, and what is done to them. Comes in: the API, the plant. Goes out: the
 * accounts, the cards of those just issued (kept until they are put away), and in words what did not work.
 */
import { SvelteSet } from 'svelte/reactivity';
import type { DeviceAnswer } from '../../../contract/api.ts';
import type { Api, Problem } from '../core/api.ts';
import { accountsByLine, brokerAddress, cardOf, type DeviceCard } from '../core/devicefile.ts';
import type { Plant, PlantLine } from '../core/plant.ts';
import type { Tongue } from './tongue.svelte.ts';

type Issued = readonly { readonly username: string; readonly password: string }[];

export class Devices {
  /** By line; null until they are known. */
  accounts: ReadonlyMap<string, DeviceAnswer> | null = $state.raw(null);
  problem = $state.raw('');
  readonly chosen = new SvelteSet<string>();
  /** Where devices connect; whoever knows better writes another. */
  broker = $state('');
  #issued: Issued = $state.raw([]);
  readonly #api: Api;
  readonly #plant: Plant;
  readonly #tongue: Tongue;

  constructor(api: Api, plant: Plant, tongue: Tongue, host: string) {
    this.#api = api;
    this.#plant = plant;
    this.#tongue = tongue;
    void this.fetch();
    void this.#ask(host);
  }

  /** Of those just issued, with the broker as it is written now. */
  readonly cards: readonly DeviceCard[] = $derived(
    this.#issued.flatMap((account) => {
      const line = this.#plant.line(account.username);
      return line ? [cardOf(line, this.broker.trim(), account)] : [];
    }),
  );

  /** Of lines that are not in the plant any more. */
  readonly gone: readonly DeviceAnswer[] = $derived([...(this.accounts?.values() ?? [])].filter(({ line }) => !this.#plant.line(line)));

  has(line: PlantLine): boolean {
    return this.accounts?.has(line.id) === true;
  }

  readonly fetch = async (): Promise<void> => {
    const answer = await this.#api.devices();
    if (answer.value) this.accounts = accountsByLine(answer.value);
    else if (!this.accounts) this.problem = this.#tongue.t('devices.unfetched');
  };

  async issue(lines: readonly string[]): Promise<void> {
    const answer = await this.#api.issueDevices(lines);
    this.#told(answer.problem);
    if (answer.value) {
      this.#issued = answer.value;
      this.chosen.clear();
    }
    await this.fetch();
  }

  /** How many had an account; null where it did not work. */
  async revoke(lines: readonly string[]): Promise<number | null> {
    const answer = await this.#api.revokeDevices(lines);
    this.#told(answer.problem);
    if (answer.value) this.chosen.clear();
    await this.fetch();
    return answer.value ? answer.value.revoked.length : null;
  }

  /** The passwords are gone from here on. */
  putAway(): void {
    this.#issued = [];
  }

  async #ask(host: string): Promise<void> {
    const answer = await this.#api.deviceAccess();
    if (answer.value && this.broker === '') this.broker = brokerAddress(host, answer.value);
  }

  #told(problem: Problem | null): void {
    const { t } = this.#tongue;
    this.problem = problem
      ? problem.status === 0
        ? t('signIn.unreachable')
        : t('devices.failed', { message: problem.message || problem.code })
      : '';
  }
}

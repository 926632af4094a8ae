/**
 * People's accounts, reactive: the list, and what is done to one. Comes in: the API. Goes out: accounts, a new password to be shown once, and in
 * plain words why something did not work (an empty text where it did). What can be taken back is offered to be.
 */
import type { ChangeUser, NewUser, UserAnswer } from '../../../contract/api.ts';
import type { Api, Problem } from '../core/api.ts';
import { oneTimePassword } from '../core/passwords.ts';
import { areSame } from '../core/scope.ts';
import type { Toasts } from './toasts.svelte.ts';
import type { Tongue } from './tongue.svelte.ts';

type Wish = Pick<NewUser, 'role' | 'scope' | 'language'>;

export class People {
  /** Null until they are known. */
  users: readonly UserAnswer[] | null = $state.raw(null);
  failed = $state.raw(false);
  /** To be shown once, and forgotten. */
  issued: { readonly username: string; readonly password: string } | null = $state.raw(null);
  readonly #api: Api;
  readonly #tongue: Tongue;
  readonly #toasts: Toasts;
  readonly #fill: (bytes: Uint8Array<ArrayBuffer>) => void;

  constructor(api: Api, tongue: Tongue, toasts: Toasts, fill: (bytes: Uint8Array<ArrayBuffer>) => void) {
    this.#api = api;
    this.#tongue = tongue;
    this.#toasts = toasts;
    this.#fill = fill;
    void this.fetch();
  }

  readonly fetch = async (): Promise<void> => {
    const answer = await this.#api.users();
    this.failed = answer.problem !== null;
    if (answer.value) this.users = answer.value;
  };

  async create(user: Pick<NewUser, 'username'> & Wish): Promise<string> {
    const password = oneTimePassword(this.#fill);
    const { problem } = await this.#api.createUser({ ...user, password, oneTime: true });
    if (!problem) this.issued = { username: user.username, password };
    return this.#after(problem);
  }

  async reset({ username }: UserAnswer): Promise<string> {
    const password = oneTimePassword(this.#fill);
    const { problem } = await this.#api.changeUser(username, { password, oneTime: true });
    if (!problem) this.issued = { username, password };
    return this.#after(problem);
  }

  async change(user: UserAnswer, wish: Wish): Promise<string> {
    const { role, scope, language } = user;
    if (role === wish.role && language === wish.language && areSame(scope, wish.scope)) return '';
    return this.#changed(user, wish, { role, scope, language }, 'users.changed');
  }

  disable(user: UserAnswer, disabled: boolean): Promise<string> {
    return this.#changed(user, { disabled }, { disabled: !disabled }, disabled ? 'users.disabledNow' : 'users.enabledNow');
  }

  async remove({ username }: UserAnswer): Promise<string> {
    const { problem } = await this.#api.deleteUser(username);
    if (!problem) this.#toasts.show({ text: this.#tongue.t('users.deleted', { username }), tone: 'done' });
    return this.#after(problem);
  }

  async #changed(
    { username }: UserAnswer,
    change: ChangeUser,
    back: ChangeUser,
    text: 'users.changed' | 'users.disabledNow' | 'users.enabledNow',
  ): Promise<string> {
    const { t } = this.#tongue;
    const { problem } = await this.#api.changeUser(username, change);
    const undo = async (): Promise<void> => {
      const undone = await this.#api.changeUser(username, back);
      const why = await this.#after(undone.problem);
      this.#toasts.show(why === '' ? { text: t('users.undone', { username }), tone: 'done' } : { text: why, tone: 'problem' });
    };
    if (!problem)
      this.#toasts.show({ text: t(text, { username }), tone: 'done', action: { text: t('users.undo'), run: () => void undo() } });
    return this.#after(problem);
  }

  /** What is shown is what the server has, whether it worked or not. */
  async #after(problem: Problem | null): Promise<string> {
    await this.fetch();
    return problem ? this.#words(problem) : '';
  }

  #words({ status, code, message }: Problem): string {
    const { t } = this.#tongue;
    if (status === 0) return t('signIn.unreachable');
    if (code === 'taken') return t('users.taken');
    if (code === 'last-admin') return t('users.lastAdmin');
    if (code === 'unknown-scope') return t('users.unknownScope');
    if (status === 404) return t('users.gone');
    if (status === 403) return t('users.forbidden');
    return t('devices.failed', { message: message || code });
  }
}

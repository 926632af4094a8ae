/**
 * The audit trail's own words as people read them. Comes in: who and what an entry names, as it was written down for good. Goes out: text in the
 * chosen language; what this does not know stands as it was written, and nothing is left out.
 */
import type { AuditAnswer, Scope } from '../../../contract/api.ts';
import { chosenOf, roles, type ScopePart } from '../core/scope.ts';
import { scopeText } from './scopetext.ts';
import type { Tongue } from './tongue.svelte.ts';

/** Who is no account is written down in brackets. */
const others = { '(start)': 'audit.start', '(unknown user)': 'audit.unknownUser', '(unknown screen)': 'audit.unknownScreen' } as const;

export function whoText(who: string, { t }: Pick<Tongue, 't'>): string {
  return Object.hasOwn(others, who) ? t(others[who as keyof typeof others]) : who;
}

/** A new account's role and scope by their names; all else is for those who check it word by word. */
export function detailText(
  { action, detail }: Pick<AuditAnswer, 'action' | 'detail'>,
  parts: readonly ScopePart[],
  tongue: Tongue,
): string {
  const [, word, scope] = action === 'user-create' ? (/^role (\w+), scope (\{.*\})$/.exec(detail ?? '') ?? []) : [];
  const role = roles.find((one) => one === word);
  if (role === undefined || scope === undefined) return detail ?? '';
  const given = { role, scope: JSON.parse(scope) as Scope };
  return `${tongue.t(`role.${role}`)} · ${scopeText(given, chosenOf(given.scope, parts), tongue, 6).text}`;
}

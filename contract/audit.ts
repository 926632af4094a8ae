/**
 * What the audit trail tells of: a list only, so that the browser can have it.
 * Nothing comes in or goes out; an action that is not in it can be neither written down nor named on the screen.
 */
import { alarmActions, type AlarmAction } from './alarm.ts';

const deeds = [
  'sign-in',
  'sign-in-failed',
  'sign-out',
  'password-choose',
  'user-create',
  'user-change',
  'user-delete',
  'device-issue',
  'device-revoke',
  'screen-create',
  'screen-revoke',
  'screen-open',
  'screen-refused',
  'alarm-rule',
  'channel-test',
  'reclassify',
] as const;

export type AuditAction = (typeof deeds)[number] | `alarm-${AlarmAction}`;

export const auditActions: readonly AuditAction[] = [...deeds, ...alarmActions.map((action) => `alarm-${action}` as const)];

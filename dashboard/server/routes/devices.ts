/**
 * Device accounts: list, issue (passwords are shown once), revoke, one line at a time or many; and where devices connect. For admins, within
 * their scope; every account that comes or goes is in the audit trail.
 */
import { newDeviceSchema, revokedDevicesSchema, type DeviceAccess, type DeviceAnswer } from '../../../contract/api.ts';
import type { AuditAction } from '../../../contract/audit.ts';
import type { DeviceAccounts } from '../../../contract/devices.ts';
import type { Plant } from '../../../contract/plant.ts';
import type { Audit } from '../audit.ts';
import { bodyOf } from '../input.ts';
import { created, done, isRefusal, notFound, ok, type Call, type Route } from '../route.ts';
import { mayKeepDeviceOf, visibleLine } from '../scope.ts';

export interface DeviceRouteParts {
  readonly plant: Plant;
  readonly devices: DeviceAccounts;
  readonly mqtt: DeviceAccess;
  readonly audit: Audit;
}

export function deviceRoutes({ plant, devices, mqtt, audit }: DeviceRouteParts): Route[] {
  const note = ({ caller, address }: Call, action: AuditAction, usernames: readonly string[]): void => {
    audit.addAll(usernames.map((subject) => ({ who: caller.username, action, subject, address })));
  };
  const mayKeepAll = ({ caller }: Call, lines: readonly string[]): boolean => lines.every((line) => mayKeepDeviceOf(plant, caller, line));
  return [
    {
      method: 'GET',
      path: '/devices',
      needs: 'devices',
      handle({ caller }) {
        const visible = devices.list().filter(({ line }) => mayKeepDeviceOf(plant, caller, line));
        return ok(visible.map(({ username, line, createdAt }): DeviceAnswer => ({ username, line, createdAt })));
      },
    },
    { method: 'GET', path: '/devices/broker', needs: 'devices', handle: () => ok(mqtt) },
    {
      method: 'POST',
      path: '/devices',
      needs: 'devices',
      handle(call) {
        const asked = bodyOf(newDeviceSchema, call.body);
        if (isRefusal(asked)) return asked;
        const { line, lines } = asked.value;
        const wanted = lines ?? (line === undefined ? [] : [line]);
        if (!wanted.every((one) => visibleLine(plant, call.caller, one))) return notFound('line');
        const issued = devices.issueAll(wanted).map(({ username, password }) => ({ username, password }));
        note(
          call,
          'device-issue',
          issued.map(({ username }) => username),
        );
        return created(lines === undefined ? issued[0] : issued);
      },
    },
    {
      method: 'POST',
      path: '/devices/revoke',
      needs: 'devices',
      handle(call) {
        const asked = bodyOf(revokedDevicesSchema, call.body);
        if (isRefusal(asked)) return asked;
        if (!mayKeepAll(call, asked.value.lines)) return notFound('line');
        const revoked = devices.revokeAll(asked.value.lines);
        note(call, 'device-revoke', revoked);
        return ok({ revoked });
      },
    },
    {
      method: 'DELETE',
      path: '/devices/{username}',
      needs: 'devices',
      handle(call) {
        const username = call.param('username');
        const device = devices.list().find((account) => account.username === username);
        if (!device || !mayKeepDeviceOf(plant, call.caller, device.line) || !devices.revoke(username)) return notFound('device');
        note(call, 'device-revoke', [username]);
        return done;
      },
    },
  ];
}

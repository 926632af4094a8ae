/**
 * Device accounts: list, issue (the password is shown once), revoke. For admins, within their scope; every change is in the
 * audit trail.
 */
import { newDeviceSchema, type DeviceAnswer } from '../../../contract/api.ts';
import type { DeviceAccounts } from '../../../contract/devices.ts';
import type { Plant } from '../../../contract/plant.ts';
import type { Audit } from '../audit.ts';
import { bodyOf } from '../input.ts';
import { created, done, isRefusal, notFound, ok, type Route } from '../route.ts';
import { visibleLine } from '../scope.ts';

export function deviceRoutes(plant: Plant, devices: DeviceAccounts, audit: Audit): Route[] {
  return [
    {
      method: 'GET',
      path: '/devices',
      needs: 'devices',
      handle({ caller }) {
        const visible = devices.list().filter(({ line }) => visibleLine(plant, caller, line));
        return ok(visible.map(({ username, line, createdAt }): DeviceAnswer => ({ username, line, createdAt })));
      },
    },
    {
      method: 'POST',
      path: '/devices',
      needs: 'devices',
      handle({ caller, body, address }) {
        const asked = bodyOf(newDeviceSchema, body);
        if (isRefusal(asked)) return asked;
        const { line } = asked.value;
        if (!visibleLine(plant, caller, line)) return notFound('line');
        const { username, password } = devices.issue(line);
        audit.add({ who: caller.username, action: 'device-issue', subject: username, address });
        return created({ username, password });
      },
    },
    {
      method: 'DELETE',
      path: '/devices/{username}',
      needs: 'devices',
      handle(call) {
        const username = call.param('username');
        const device = devices.list().find((account) => account.username === username);
        if (!device || !visibleLine(plant, call.caller, device.line) || !devices.revoke(username)) return notFound('device');
        audit.add({ who: call.caller.username, action: 'device-revoke', subject: username, address: call.address });
        return done;
      },
    },
  ];
}

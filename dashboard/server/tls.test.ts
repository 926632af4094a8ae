/**
 * Over TLS: HTTPS and secure WebSockets alone, a cookie that never travels in the clear, and browsers told to keep to it.
 */
import { request } from 'node:https';
import { expect, test } from 'vitest';
import { certificate, tlsWith } from '../../broker/certificate.suite.ts';
import { adminPassword, startStage } from './stage.suite.ts';
import { snapshot, Visitor } from './visitor.suite.ts';

interface Seen {
  readonly status: number | undefined;
  readonly headers: NodeJS.Dict<string | string[]>;
}

function ask(address: string, method: string, path: string, body = ''): Promise<Seen> {
  return new Promise((resolve, reject) => {
    const asked = request(`https://${address}/api/v1${path}`, { method, rejectUnauthorized: false }, (response) => {
      response.resume();
      resolve({ status: response.statusCode, headers: response.headers });
    });
    asked.on('error', reject);
    asked.end(body);
  });
}

test('the cookie is secure, strict transport is asked for, and live sockets work', async () => {
  const { dashboard } = await startStage({ tls: certificate });
  const answer = await ask(dashboard.address, 'POST', '/session', JSON.stringify({ username: 'admin', password: adminPassword }));
  const [cookie = ''] = answer.headers['set-cookie'] ?? [];
  expect([answer.status, answer.headers['strict-transport-security']]).toEqual([200, 'max-age=31536000']);
  expect(cookie).toMatch(/; HttpOnly; Secure; SameSite=Strict$/);
  const visitor = new Visitor(`https://${dashboard.address}`);
  visitor.cookie = cookie.split(';')[0] ?? null;
  expect((await snapshot(visitor.socket({ rejectUnauthorized: false }))).lines).toHaveLength(5);
});

test('plain HTTP is not answered on that port', async () => {
  const { url } = await startStage({ tls: certificate });
  await expect(fetch(url)).rejects.toThrow();
});

test('TLS 1.2 and 1.3 are spoken, and nothing older', async () => {
  const { dashboard } = await startStage({ tls: certificate });
  const port = Number(dashboard.address.split(':')[1]);
  const versions = ['TLSv1.1', 'TLSv1.2', 'TLSv1.3'] as const;
  expect(await Promise.all(versions.map((version) => tlsWith(version, port)))).toEqual(['refused', 'TLSv1.2', 'TLSv1.3']);
});

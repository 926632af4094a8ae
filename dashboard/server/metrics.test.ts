/**
 * Prometheus text on its own port: what it tells, and that it tells something while the store is silent.
 */
import { expect, test } from 'vitest';
import { startStage } from './stage.suite.ts';

const endpoint = { host: '127.0.0.1', port: 0 };

test('tells readings by outcome, latency, sizes, sessions and sockets', async () => {
  const stage = await startStage({ metrics: endpoint });
  await stage.signedIn('admin');
  stage.live('emb-1');
  const url = `http://${String(stage.dashboard.metricsAddress)}`;
  for (let scrape = 0; scrape < 2; scrape += 1) {
    const text = await (await fetch(`${url}/metrics`)).text();
    for (const line of [
      'bobbin_up 1',
      'bobbin_readings_total{outcome="stored",reason=""} 7',
      'bobbin_readings_total{outcome="rejected",reason="bad-shape"} 2',
      'bobbin_live_latency_seconds{quantile="0.99"} 0.003',
      'bobbin_journal_size_bytes 500',
      'bobbin_sessions 1',
      'bobbin_sockets 0',
      'bobbin_live_records_total{outcome="taken"} 1',
    ]) {
      expect(text).toContain(`${line}\n`);
    }
  }
  expect((await fetch(`${url}/`)).status).toBe(404);
  expect((await fetch(`${stage.url}/metrics`)).headers.get('content-type')).toContain('text/html');
});

test('says down where the parts behind do not answer', async () => {
  const stage = await startStage({ metrics: endpoint, health: () => Promise.reject(new Error('not there')) });
  const response = await fetch(`http://${String(stage.dashboard.metricsAddress)}/metrics`);
  expect([response.status, await response.text()]).toEqual([200, expect.stringContaining('bobbin_up 0\n')]);
});

/**
 * Prometheus text on a port of its own, without sign-in: for a loopback or an inner address alone.
 * Comes in: health and counts at each scrape. Goes out: `GET /metrics`. A scrape gets what is known even while the store is slow.
 */
import { createServer, type Server } from 'node:http';
import { Counter, Gauge, Registry, collectDefaultMetrics } from 'prom-client';
import type { HealthAnswer } from '../../contract/api.ts';
import type { Patience } from './patience.ts';

export interface Counts {
  readonly sessions: number;
  readonly sockets: number;
  readonly rooms: number;
  readonly liveRecords: number;
  readonly unreadableRecords: number;
}

export interface MetricsParts {
  readonly health: () => Promise<HealthAnswer>;
  readonly patience: Patience;
  readonly counts: () => Counts;
}

export function createMetrics({ health, patience, counts }: MetricsParts): Server {
  const register = new Registry();
  collectDefaultMetrics({ register });
  const update = series(register);
  const answer = async (): Promise<string> => {
    update((await patience(health()))?.value ?? null, counts());
    return register.metrics();
  };
  return createServer((request, response) => {
    if (request.method !== 'GET' || request.url !== '/metrics') {
      response.writeHead(404).end();
      return;
    }
    answer().then(
      (text) => response.writeHead(200, { 'content-type': register.contentType }).end(text),
      () => response.writeHead(503).end(),
    );
  });
}

/** All series, and how one scrape sets them. Totals come from elsewhere, so each is set anew to what it is. */
function series(register: Registry): (health: HealthAnswer | null, counts: Counts) => void {
  const registers = [register];
  const gauge = (name: string, help: string): Gauge => new Gauge({ name, help, registers });
  const readings = new Counter({
    name: 'bobbin_readings_total',
    help: 'Readings by outcome',
    labelNames: ['outcome', 'reason'],
    registers,
  });
  const records = new Counter({ name: 'bobbin_live_records_total', help: 'Live records by outcome', labelNames: ['outcome'], registers });
  const up = gauge('bobbin_up', '1 where intake and store answer and are well');
  const pending = gauge('bobbin_readings_pending', 'Readings received and not stored yet');
  const latency = new Gauge({ name: 'bobbin_live_latency_seconds', help: 'Receipt to live record', labelNames: ['quantile'], registers });
  const behind = gauge('bobbin_store_behind_records', 'Journal records the store is behind');
  const storeBytes = gauge('bobbin_store_size_bytes', 'Size of the store');
  const journalBytes = gauge('bobbin_journal_size_bytes', 'Size of the journal');
  const withheld = gauge('bobbin_journal_withheld', '1 while acknowledgements are withheld');
  const sessions = gauge('bobbin_sessions', 'Open sessions');
  const sockets = gauge('bobbin_sockets', 'Open live sockets');
  const rooms = gauge('bobbin_rooms', 'Watched rooms');
  return (health, counts) => {
    sessions.set(counts.sessions);
    sockets.set(counts.sockets);
    rooms.set(counts.rooms);
    records.reset();
    records.inc({ outcome: 'taken' }, counts.liveRecords);
    records.inc({ outcome: 'unreadable' }, counts.unreadableRecords);
    up.set(health?.status === 'ok' ? 1 : 0);
    if (!health) return;
    readings.reset();
    readings.inc({ outcome: 'stored', reason: '' }, health.readings.stored);
    readings.inc({ outcome: 'duplicate', reason: '' }, health.readings.duplicate);
    for (const [reason, count] of Object.entries(health.readings.rejected)) readings.inc({ outcome: 'rejected', reason }, count);
    pending.set(health.readings.pending);
    latency.set({ quantile: '0.5' }, health.latencyMs.p50 / 1000);
    latency.set({ quantile: '0.95' }, health.latencyMs.p95 / 1000);
    latency.set({ quantile: '0.99' }, health.latencyMs.p99 / 1000);
    behind.set(health.store.behindRecords);
    storeBytes.set(health.store.sizeBytes ?? Number.NaN);
    journalBytes.set(health.journal.sizeBytes);
    withheld.set(health.journal.withheld ? 1 : 0);
  };
}

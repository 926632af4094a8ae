/**
 * Condition: how the system is, out of what its parts say of themselves. Comes in: the collector's and the journal's own words.
 * Goes out: the health answer, the same whether the parts are threads or processes. It asks nobody and keeps nothing.
 */
import type { HealthAnswer } from '../../contract/api.ts';

/** A store that is further behind than this is not well, whatever else it says. */
const behindAtMostMs = 10_000;

export function conditionOf(parts: Omit<HealthAnswer, 'status'>): HealthAnswer {
  const { version, uptimeSeconds, readings, store, journal, latencyMs, mqttOpen } = parts;
  const isWell = store.ok && store.behindMs < behindAtMostMs && !journal.withheld;
  const status = isWell ? 'ok' : 'degraded';
  return { status, version, uptimeSeconds, readings, store, journal, latencyMs, ...(mqttOpen && { mqttOpen }) };
}

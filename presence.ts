/**
 * How a process of its own makes itself known: to the dashboard by reports on the bus, to whoever watches over processes by
 * `GET /api/v1/health`, which answers as soon as everything in it runs. It decides nothing: what it says is handed in.
 */
import { createServer } from 'node:http';
import type { Bus } from './contract/bus.ts';
import type { Clock, Stop } from './contract/clock.ts';
import type { Endpoint } from './contract/endpoint.ts';
import { reportEveryMs, reportTopic, type Reporter } from './contract/system.ts';

export interface ReportParts {
  readonly bus: Bus;
  readonly reporter: Reporter;
  /** All of a report but its time. */
  readonly gather: () => Promise<object>;
  readonly clock: Clock;
}

/** Goes on with what was gathered last while the next takes its time; a fault of gathering crashes. */
export async function startReports({ bus, reporter, gather, clock }: ReportParts): Promise<Stop> {
  let content = await gather();
  let isGathering = false;
  return clock.every(reportEveryMs, () => {
    bus.publish(reportTopic(reporter), JSON.stringify({ at: clock.now(), ...content }), { retain: true });
    if (isGathering) return;
    isGathering = true;
    void gather().then((next) => {
      content = next;
      isGathering = false;
    });
  });
}

/** Ends with what it gives back. */
export async function serveHealth({ host, port }: Endpoint): Promise<Stop> {
  const server = createServer((request, response) => {
    const isHealth = request.method === 'GET' && request.url === '/api/v1/health';
    response.writeHead(isHealth ? 200 : 404, { 'content-type': 'application/json' }).end(isHealth ? '{"status":"ok"}' : '{}');
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, host, resolve);
  });
  return () => {
    server.close();
    server.closeAllConnections();
  };
}

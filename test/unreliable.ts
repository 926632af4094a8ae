/**
 * A server that cannot be relied on: stands in front of a real HTTP server and passes everything through, or does not.
 * Comes in: the real server's URL and, at any time, what to do from now on. Goes out: a URL. What it passes is the real
 * server's own answer; everything else is what broken servers, proxies and networks do.
 */
import { once } from 'node:events';
import { createServer, request as ask, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A number is a status to answer with; `hang` never answers; `cut` breaks the connection once the request is in. */
export type Conduct = 'through' | 'hang' | 'cut' | number;

export interface Unreliable {
  readonly url: string;
  conduct: Conduct;
  close(): Promise<void>;
}

export async function startUnreliable(target: string): Promise<Unreliable> {
  const { hostname, port } = new URL(target);
  const server = createServer((request, response) => {
    request.on('error', () => response.destroy());
    switch (unreliable.conduct) {
      case 'through':
        pass(request, response);
        return;
      case 'hang':
        request.resume();
        return;
      case 'cut':
        request.on('end', () => response.destroy()).resume();
        return;
      default:
        response.writeHead(unreliable.conduct, { 'content-type': 'application/json' });
        request.on('end', () => response.end('{"error":"not now"}')).resume();
    }
  });
  const pass = (request: IncomingMessage, response: ServerResponse): void => {
    const { method, url: path, headers } = request;
    const onward = ask({ hostname, port, method, path, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
      answer.on('error', () => response.destroy());
    });
    onward.on('error', () => response.destroy());
    request.pipe(onward);
  };
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const unreliable: Unreliable = {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    conduct: 'through',
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return unreliable;
}

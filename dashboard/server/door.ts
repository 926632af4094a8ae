/**
 * The door: the HTTP server beneath pages, API and live sockets, with all its limits. Comes in: where to listen, a certificate or none, who answers.
 * Goes out: a server on which nobody can take the room of all by opening connections, saying half of something, or not reading what was said.
 * It knows nothing of what is asked.
 */
import { createServer as createHttpServer, type RequestListener, type Server } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { minVersion, type Certificate, type Endpoint } from '../../contract/endpoint.ts';
import { createTurnstile, networkOf } from '../../contract/turnstile.ts';

/** Of one peer: a whole committee may sit behind one router, or all the world behind one proxy. Each costs a file handle, which the journal needs too. */
export const connectionsPerPeer = 4000;
const connections = 10_000;
/** Slow or endless requests are cut, looked for every few seconds; big answers have as long as they need, while they are read. */
const limits = {
  ...{ headersTimeout: 10_000, requestTimeout: 30_000, connectionsCheckingInterval: 5000 },
  ...{ keepAliveTimeout: 65_000, maxHeaderSize: 16 * 1024 },
};
const handshakeTimeout = 10_000;
/** Longer than any answer is waited for. Live sockets have pings of their own. */
const idleMs = 120_000;

export function createDoor(tls: Certificate | null, answer: RequestListener, perPeer: number): Server {
  const server = tls ? createHttpsServer({ ...limits, ...tls, minVersion, handshakeTimeout }, answer) : createHttpServer(limits, answer);
  server.maxConnections = connections;
  server.timeout = idleMs;
  const turnstile = createTurnstile(perPeer);
  server.on('connection', (socket: Socket) => {
    const leave = turnstile.enter(networkOf(socket.remoteAddress ?? ''));
    if (leave) socket.once('close', leave);
    else socket.destroy();
  });
  return server;
}

/** Where it really listens, as host:port. */
export function listen(server: Server, { host, port }: Endpoint): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      // A TCP server's address is always this shape.
      const { port: taken } = server.address() as AddressInfo;
      resolve(`${host.includes(':') ? `[${host}]` : host}:${String(taken)}`);
    });
  });
}

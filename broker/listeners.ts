/**
 * The broker's ears: MQTT over TCP and over WebSocket, each plain or in TLS.
 * Comes in: an address to listen on. Goes out: a stream for every peer, with the peer's address, before anything has been
 * read from it. It knows no MQTT; its limits bound what a peer may cost before MQTT begins.
 */
import { createServer as createHttpServer, type Server as HttpServer } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { createServer as createTcpServer, type AddressInfo, type Server, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { createServer as createTlsServer } from 'node:tls';
import { createWebSocketStream, WebSocketServer } from 'ws';
import type { Stop } from '../contract/clock.ts';
import { minVersion, type Certificate, type Endpoint } from '../contract/endpoint.ts';
import type { Limits } from './limits.ts';

export interface Listener {
  readonly address: Endpoint;
  /** Resolves when every stream that came from here has ended; ending them is their owner's part. */
  close(): Promise<void>;
}

/** Whoever stands behind the listeners. */
export interface House {
  readonly limits: Limits;
  /** A socket is there, before any handshake: how it leaves, or null where its address has too many of them. */
  knock(address: string): Stop | null;
  /** Takes a stream over; `isSignedIn` tells how far its owner has come. Null: there is no room for it, and it has been destroyed. */
  accept(stream: Duplex, address: string): { readonly isSignedIn: boolean } | null;
}

export async function listenTcp(endpoint: Endpoint, tls: Certificate | null, house: House): Promise<Listener> {
  const { limits } = house;
  const options = { noDelay: true, keepAlive: true, keepAliveInitialDelay: limits.tcpKeepAliveMs };
  const server = tls
    ? createTlsServer({ ...options, ...tls, minVersion, handshakeTimeout: limits.connectTimeoutMs })
    : createTcpServer(options);
  watchDoor(server, house);
  server.on(tls ? 'secureConnection' : 'connection', (socket: Socket) => {
    if (!socket.destroyed) house.accept(socket, socket.remoteAddress ?? '');
  });
  // Sockets below TLS whose handshake has not ended: nobody else knows them, and Node leaves those that say nothing open.
  const raw = new Set<Socket>();
  if (tls) {
    server.on('connection', (socket: Socket) => {
      raw.add(socket);
      socket.once('close', () => raw.delete(socket));
    });
    server.on('tlsClientError', (_error: Error, socket: Socket) => {
      socket.destroy();
    });
  }
  const listener = await open(server, endpoint, limits);
  const close = (): Promise<void> => {
    const closed = listener.close();
    for (const socket of raw) socket.destroy();
    return closed;
  };
  return { ...listener, close };
}

export async function listenWebSocket(endpoint: Endpoint, tls: Certificate | null, house: House): Promise<Listener> {
  const { limits } = house;
  // Node looks at its connections now and then: who has said nothing is found at one look, and must be gone in time all the same.
  const connectionsCheckingInterval = limits.connectTimeoutMs / 5;
  const upgradeTimeoutMs = limits.connectTimeoutMs - connectionsCheckingInterval;
  const options = {
    ...{ keepAlive: true, keepAliveInitialDelay: limits.tcpKeepAliveMs },
    ...{ headersTimeout: upgradeTimeoutMs, requestTimeout: upgradeTimeoutMs, connectionsCheckingInterval },
  };
  const server: HttpServer = tls
    ? createHttpsServer({ ...options, ...tls, minVersion, handshakeTimeout: limits.connectTimeoutMs })
    : createHttpServer(options);
  watchDoor(server, house);
  server.on('request', (_request, response) => {
    response.writeHead(426, { connection: 'close', upgrade: 'websocket' }).end();
  });
  const webSockets = new WebSocketServer({
    server,
    clientTracking: false,
    maxPayload: limits.webSocketMessageBytes,
    perMessageDeflate: false,
    handleProtocols: (protocols) => (protocols.has('mqtt') ? 'mqtt' : false),
  });
  webSockets.on('connection', (webSocket, request) => {
    const { socket } = request;
    const owner = house.accept(createWebSocketStream(webSocket), socket.remoteAddress ?? '');
    if (owner) boundGreeting(socket, limits.webSocketGreetingBytes, owner);
  });
  return open(server, endpoint, limits);
}

/** Counts sockets before TLS and HTTP have asked anything of them: half-finished handshakes take room as well. */
function watchDoor(server: Server, house: House): void {
  server.on('connection', (socket: Socket) => {
    const leave = house.knock(socket.remoteAddress ?? '');
    if (leave) socket.once('close', leave);
    else socket.on('error', ignore).destroy();
  });
}

function ignore(): void {
  // A connection that is turned away may fail as it likes.
}

/** WebSocket messages are buffered whole below the stream, so until its sign-in a peer's bytes are counted here. */
function boundGreeting(socket: Socket, limit: number, owner: { readonly isSignedIn: boolean }): void {
  const before = socket.bytesRead;
  const count = (): void => {
    if (owner.isSignedIn) socket.off('data', count);
    else if (socket.bytesRead - before > limit) socket.destroy();
  };
  socket.on('data', count);
}

async function open(server: Server, endpoint: Endpoint, limits: Limits): Promise<Listener> {
  server.maxConnections = limits.connections;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(endpoint.port, endpoint.host, limits.acceptQueue, () => {
      server.off('error', reject);
      resolve();
    });
  });
  const { port } = server.address() as AddressInfo;
  return {
    address: { host: endpoint.host, port },
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        if ('closeAllConnections' in server) (server as HttpServer).closeAllConnections();
      }),
  };
}

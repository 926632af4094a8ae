/**
 * A thin HTTP proxy for tests, between a client and a real server, that can be told to misbehave.
 * Comes in: requests. Goes out: the server's answers, unless it has been told to answer something else, to say nothing, or
 * to cut the connection, before or after the server has done what it was asked.
 */
import { Agent, createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What happens to a request instead of being passed on; `cut-after` is passed on, and its answer is lost. */
export type Mischief = { readonly status: number; readonly body: string } | 'hang' | 'cut' | 'cut-after' | null;

export interface Proxy {
  readonly url: string;
  /** Decides over each request from now on. */
  misbehave(how: (method: string, path: string, body: string) => Mischief): void;
  behave(): void;
  close(): Promise<void>;
}

export async function startProxy(target: string): Promise<Proxy> {
  const { hostname, port } = new URL(target);
  const agent = new Agent({ keepAlive: true });
  let decide: (method: string, path: string, body: string) => Mischief = () => null;

  const pass = (incoming: IncomingMessage, body: Buffer, answer: ServerResponse, lose: boolean): void => {
    const { method, url, headers } = incoming;
    const onward = request({ hostname, port, method, path: url, headers, agent }, (reply) => {
      if (lose) {
        reply.resume();
        reply.once('end', () => incoming.socket.destroy());
        return;
      }
      answer.writeHead(reply.statusCode ?? 500, reply.headers);
      reply.pipe(answer);
    });
    onward.once('error', () => incoming.socket.destroy());
    onward.end(body);
  };

  const server = createServer((incoming, answer) => {
    const parts: Buffer[] = [];
    incoming.on('data', (part: Buffer) => parts.push(part));
    incoming.once('end', () => {
      const body = Buffer.concat(parts);
      const mischief = decide(incoming.method ?? '', incoming.url ?? '', body.toString());
      if (mischief === null || mischief === 'cut-after') pass(incoming, body, answer, mischief === 'cut-after');
      else if (mischief === 'cut') incoming.socket.destroy();
      else if (mischief !== 'hang') answer.writeHead(mischief.status, { 'content-type': 'application/json' }).end(mischief.body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    misbehave(how) {
      decide = how;
    },
    behave() {
      decide = () => null;
    },
    close: () =>
      new Promise((resolve) => {
        agent.destroy();
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

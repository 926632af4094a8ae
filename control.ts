/**
 * The control socket: how a command on the same machine asks the running product for a copy of what only it may open.
 * Comes in: the data folder, whose owner alone can reach the socket in it, and a folder for the copy. Goes out: how large the copy is, or why
 * there is none. One line of JSON each way; it listens on no network.
 */
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { join, relative } from 'node:path';
import type { Logger } from 'pino';

/** Bytes of the copies; null for what the product keeps elsewhere. */
export interface Copied {
  readonly journal: number | null;
  readonly store: number | null;
}

type Answer = { readonly copied: Copied } | { readonly error: string };

/** Operating systems take no longer paths for sockets. */
const longestPath = 100;

/** The product holds the folder's lock by now: a socket that is there already is a dead one's. Resolves with what ends it. */
export async function serveControl(dataFolder: string, copy: (folder: string) => Promise<Copied>, log: Logger): Promise<() => void> {
  const path = socketOf(dataFolder);
  if (path.length > longestPath) {
    log.warn({ path }, 'the path of the data folder is too long for a socket; backups are made while the product is stopped');
    return () => undefined;
  }
  await rm(path, { force: true });
  const answer = async (socket: Socket): Promise<Answer> => {
    try {
      const [folder] = (await once(createInterface(socket), 'line')) as [string];
      const copied = await copy(folder);
      log.info({ folder, ...copied }, 'backup made');
      return { copied };
    } catch (error) {
      log.error({ err: error }, 'backup failed');
      return { error: wordsOf(error) };
    }
  };
  const server = createServer((socket) => {
    // Whoever asked may have gone away.
    socket.on('error', () => undefined);
    void answer(socket).then((said) => socket.end(`${JSON.stringify(said)}\n`));
  });
  server.listen(path);
  await once(server, 'listening');
  return () => server.close();
}

/** Asks the product that runs on the data folder; null where none does. Rejects where it cannot make the copy. */
export async function askForCopy(dataFolder: string, folder: string): Promise<Copied | null> {
  const socket = connect(socketOf(dataFolder));
  try {
    await once(socket, 'connect');
  } catch {
    return null;
  }
  socket.write(`${folder}\n`);
  let text = '';
  for await (const piece of socket) text += String(piece);
  if (text === '') throw new Error('Bobbin ended before the backup was made');
  const answer = JSON.parse(text) as Answer;
  if ('error' in answer) throw new Error(answer.error);
  return answer.copied;
}

export function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Whichever way of saying it is the shorter. */
function socketOf(dataFolder: string): string {
  const path = join(dataFolder, socketName);
  const short = relative(process.cwd(), path);
  return short.length < path.length ? short : path;
}

export const socketName = 'control.sock';

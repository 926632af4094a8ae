/**
 * Fuzzing: hundreds of thousands of almost right sessions against a broker of its own. Comes in: how many, from which seed.
 * Goes out: what became of them and of the broker's memory; an error where the broker did not outlive them.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import mqtt from 'mqtt';
import { root } from '../sources.ts';
import type { Measured, Ready } from './broker.ts';
import { chanceOf, type Chance } from '../chance.ts';
import { mutated } from './mutation.ts';
import { recordSessions } from './recording.ts';

export interface Outcome {
  readonly sessions: number;
  readonly megabytes: number;
  /** Live memory after the first fifth, and at the end. */
  readonly before: Measured;
  readonly after: Measured;
}

/** So many sessions at a time, each under the account of another line. */
const atOnce = 32;

export async function fuzz(sessions: number, seed: number, progress: (done: number) => void = () => undefined): Promise<Outcome> {
  const child = fork(join(root, 'test', 'fuzz', 'broker.ts'), [], {
    execArgv: ['--import', 'tsx', '--expose-gc'],
    stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
  });
  let complaint = '';
  child.stderr?.on('data', (text: Buffer) => (complaint += text.toString()));
  const ended = once(child, 'exit').then(([code, signal]: unknown[]) => {
    throw new Error(`the broker ended with ${String(code ?? signal)}, seed ${String(seed)}:\n${complaint}`);
  });
  ended.catch(() => undefined);
  try {
    return await Promise.race([ended, run(child, sessions, seed, progress)]);
  } finally {
    child.kill();
  }
}

async function run(child: ChildProcess, sessions: number, seed: number, progress: (done: number) => void): Promise<Outcome> {
  const [{ port, devices }] = (await once(child, 'message')) as [Ready];
  const recordings = await Promise.all(devices.map((device) => recordSessions(port, device)));
  const measure = async (): Promise<Measured> => {
    child.send('measure');
    const [measured] = (await once(child, 'message')) as [Measured];
    return measured;
  };
  let bytes = 0;
  const until = async (end: number, begin: number): Promise<void> => {
    let next = begin;
    const lane = async (index: number): Promise<void> => {
      for (let session = next++; session < end; session = next++) {
        // A session is the same whichever lane it falls to, but for the account.
        const chance = chanceOf(seed + session);
        const said = mutated(recordings[index] ?? [], chance);
        bytes += said.length;
        await say(port, said, session, chance);
        if (session % 10_000 === 0) progress(session);
      }
    };
    await Promise.all(Array.from({ length: Math.min(atOnce, recordings.length) }, (_, index) => lane(index)));
  };
  const fifth = Math.floor(sessions / 5);
  await until(fifth, 0);
  const before = await measure();
  await until(sessions, fifth);
  await everybodyElse(port, devices[0]);
  return { sessions, megabytes: Math.round(bytes / 1e6), before, after: await measure() };
}

/** Says it, in one piece or two, and waits until the connection is gone. */
async function say(port: number, said: Buffer, session: number, chance: Chance): Promise<void> {
  // The kernel keeps an address and port that was used apart for a minute: with one address they would run out.
  const localAddress = process.platform === 'linux' ? `127.0.${String(1 + (session % 16))}.1` : undefined;
  const socket = connect({ port, host: '127.0.0.1', noDelay: true, ...(localAddress && { localAddress }) });
  const closed = new Promise<void>((resolve) => {
    socket.on('close', () => {
      resolve();
    });
  });
  socket.on('error', () => undefined);
  socket.resume();
  const cut = chance() < 0.2 ? Math.floor(chance() * said.length) : 0;
  if (cut > 0) socket.write(said.subarray(0, cut));
  socket.end(said.subarray(cut));
  await closed;
}

/** Whoever behaves is served as if nothing had happened. */
async function everybodyElse(port: number, device: Ready['devices'][number] | undefined): Promise<void> {
  if (!device) throw new Error('no device');
  const { username, password, topic } = device;
  const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${String(port)}`, {
    clientId: username,
    username,
    password,
    reconnectPeriod: 0,
  });
  await client.publishAsync(topic, '{}', { qos: 1 });
  await client.endAsync();
}

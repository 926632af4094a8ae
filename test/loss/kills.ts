/**
 * SIGKILL at random moments under load, while people act on alarms: every acknowledged reading is stored, once; every action that was answered is done,
 * once; nobody is told of an alarm that is none; and each start is quick. Comes in: how many kills, how many readings a second. Goes out: what was
 * done and measured, and everything that is wrong. The devices keep exact books, and send again what was not acknowledged.
 */
import { availableParallelism, loadavg } from 'node:os';
import type { AlarmRecord } from '../../contract/alarm.ts';
import type { BatchRecord } from '../../contract/figures.ts';
import type { LiveRecord } from '../../contract/live.ts';
import { topicOf } from '../../contract/topics.ts';
import { openPublishers, type Publishers } from '../load/publisher.ts';
import { Client, dataFolder, startProduct, type Product } from '../product.ts';
import { until } from '../until.ts';
import { chanceOf } from '../chance.ts';
import { balanced } from '../books.ts';
import { work, wrongIn, type Machine, type Work } from './people.ts';

export interface KillsOptions {
  readonly kills: number;
  readonly ratePerSecond: number;
  readonly seed: number;
}

export interface Start {
  /** From spawning the process until it says where it is. */
  readonly ms: number;
  /** How many wanted to run, of late, on this many processors. */
  readonly load: number;
}

export interface Kills {
  /** One for each kill. */
  readonly starts: readonly Start[];
  readonly sent: number;
  readonly resent: number;
  readonly duplicates: number;
  readonly work: Work;
  readonly seconds: number;
  readonly wrong: readonly string[];
}

/** On a machine that has not much else to do. */
const startsWithinMs = 5_000;
const senders = 40;
const people = 3;
/** One person's machines; none breaks down twice within so short a time that its alarms chatter. */
const machinesEach = 30;
/** A moment may be this long after the devices have caught up with real time again. */
const calmMs = 1_000;

export async function runKills(options: KillsOptions, say: (text: string) => void = () => undefined): Promise<Kills> {
  const folder = dataFolder();
  const begun = performance.now();
  const scene = new Scene(folder.path, await startProduct(folder.path), options);
  try {
    await scene.prepare();
    const starts = await scene.play(say);
    const { sent, resent } = scene.publishers;
    const { wrong, duplicates, work } = await scene.verify();
    return { starts, sent, resent, duplicates, work, wrong, seconds: (performance.now() - begun) / 1000 };
  } finally {
    await scene.close();
    folder.remove();
  }
}

/** The starts that took too long, but for those on a machine that others keep busy. */
export function slowOnes(starts: readonly Start[]): string[] {
  const slow = starts.filter(({ ms, load }) => ms > startsWithinMs && load < 2 * availableParallelism());
  return slow.map(({ ms, load }) => `a start took ${(ms / 1000).toFixed(2)} s at a load of ${load.toFixed(1)}`);
}

class Scene {
  readonly #folder: string;
  readonly #options: KillsOptions;
  #product: Product;
  readonly #admin: Client;
  #machines: Machine[] = [];
  #publishers: Publishers | null = null;
  #begunAt = 0;
  #killAt = Number.POSITIVE_INFINITY;
  #reached: () => void = () => undefined;
  #isOver = false;
  #work: Promise<Work[]> = Promise.resolve([]);

  constructor(folder: string, product: Product, options: KillsOptions) {
    this.#folder = folder;
    this.#product = product;
    this.#options = options;
    this.#admin = new Client(product);
  }

  get publishers(): Publishers {
    if (!this.#publishers) throw new Error('nothing is prepared');
    return this.#publishers;
  }

  async prepare(): Promise<void> {
    await this.#admin.signIn();
    const lines = await this.#admin.get<LiveRecord[]>('/lines?firm=load');
    const wanted = lines.slice(0, senders + people * machinesEach);
    this.#machines = await Promise.all(
      wanted.map(async ({ id, park, firm, workshop }) => ({
        ...(await this.#admin.issue(id)),
        topic: topicOf({ park, firm, workshop, line: id }, 'telemetry'),
      })),
    );
    const stepMs = (1000 * senders) / this.#options.ratePerSecond;
    this.#publishers = await openPublishers({
      ...{ host: '127.0.0.1', port: this.#product.mqttPort, clients: this.#machines.slice(0, senders) },
      ...{ inFlight: 50, ratePerSecond: this.#options.ratePerSecond },
      // The pace of real time.
      nextPayload: (_, n) =>
        `{"ts":${String(Math.round(this.#begunAt + n * stepMs))},"seq":${String(n)},"state":"running","batch":"kill","m":{"stitches":${String(n)}}}`,
      onAck: () => {
        if (this.publishers.acked >= this.#killAt) this.#reached();
      },
    });
  }

  /** Kills and starts as often as wanted; gives how long each start took. */
  async play(say: (text: string) => void): Promise<Start[]> {
    const { kills, seed, ratePerSecond } = this.#options;
    const next = chanceOf(seed);
    this.#begunAt = Date.now();
    this.publishers.start();
    this.#work = Promise.all(await this.#persons());
    // What goes wrong there is thrown where it is waited for, after the last kill.
    this.#work.catch(() => undefined);
    const starts: Start[] = [];
    for (let kill = 1; kill <= kills; kill += 1) {
      const due = ((Date.now() - this.#begunAt) / 1000) * ratePerSecond;
      const behind = Math.max(0, due - this.publishers.acked);
      await this.#acknowledged(this.publishers.acked + 1 + Math.floor(next() * (behind + (ratePerSecond * calmMs) / 1000)));
      await this.#product.kill();
      const begun = performance.now();
      this.#product = await startProduct(this.#folder, this.#ports());
      const start = { ms: performance.now() - begun, load: loadavg()[0] ?? 0 };
      starts.push(start);
      await until('health', async () => balanced(await this.#admin.health()));
      await this.publishers.reconnect();
      const told = `started in ${(start.ms / 1000).toFixed(2)} s at a load of ${start.load.toFixed(1)}`;
      say(
        `${String(kill)} of ${String(kills)}: ${told}; ${String(this.publishers.acked)} acknowledged, ${String(Math.round(behind))} were due`,
      );
    }
    this.#isOver = true;
    return starts;
  }

  async verify(): Promise<Pick<Kills, 'wrong' | 'duplicates' | 'work'>> {
    const all = await this.#work;
    // From here on everybody is silent, and may be told of.
    const endedAt = Date.now();
    await this.publishers.stop();
    const { sent, acked, resent } = this.publishers;
    const wrong: string[] = [];
    const work: Work = {
      alarms: all.flatMap(({ alarms }) => alarms),
      seenAfterMs: all.flatMap(({ seenAfterMs }) => seenAfterMs),
      actions: all.reduce((sum, { actions }) => sum + actions, 0),
      repeated: all.reduce((sum, { repeated }) => sum + repeated, 0),
    };
    if (acked !== sent) wrong.push(`${String(sent - acked)} readings were not acknowledged`);
    if (resent === 0) wrong.push('no kill met a reading on its way');
    const books = await until('everything to be stored', async () => {
      const now = balanced(await this.#admin.health());
      return now.pending === 0 ? now : null;
    });
    const told = sent + 2 * work.alarms.length;
    if (books.stored !== told || Object.keys(books.rejected).length > 0) wrong.push(`${String(told)} were sent; ${JSON.stringify(books)}`);
    wrong.push(...(await this.#missing()), ...(await wrongIn(work, this.#admin)), ...(await this.#falseAlarms(work, endedAt)));
    return { wrong, duplicates: books.duplicate, work };
  }

  async close(): Promise<void> {
    this.#publishers?.close();
    await this.#product.stop();
  }

  async #persons(): Promise<Promise<Work>[]> {
    return Promise.all(
      Array.from({ length: people }, async (_, index) => {
        const first = senders + index * machinesEach;
        const person = await new Client(this.#product).signIn();
        return () => work(person, this.#machines.slice(first, first + machinesEach), this.#product.mqttPort, () => this.#isOver);
      }),
    ).then((begins) => begins.map((begin) => begin()));
  }

  async #acknowledged(count: number): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#reached = resolve;
      this.#killAt = count;
    });
    this.#killAt = Number.POSITIVE_INFINITY;
  }

  /** Every start after the first takes the same ports, as a restarted service does. */
  #ports(): Record<string, string> {
    return { BOBBIN_MQTT: `127.0.0.1:${String(this.#product.mqttPort)}`, BOBBIN_HTTP: new URL(this.#product.http).host };
  }

  /** Lines whose one batch has not exactly the readings that were acknowledged. */
  async #missing(): Promise<string[]> {
    const wrong: string[] = [];
    for (const [index, { line }] of this.#machines.slice(0, senders).entries()) {
      const { before } = this.publishers.acknowledged(index);
      let total: number | undefined;
      const look = async (): Promise<true | null> => {
        total = (await this.#admin.get<BatchRecord[]>(`/lines/${line}/batches`))[0]?.readings.total;
        return total === before ? true : null;
      };
      await until(line, look, 20_000).catch(() => wrong.push(`${line}: ${String(before)} acknowledged, ${String(total)} in its batch`));
    }
    return wrong;
  }

  async #falseAlarms({ alarms }: Work, endedAt: number): Promise<string[]> {
    const states = 'state=unacknowledged,acknowledged,returned,normal,shelved';
    const all = await this.#admin.get<AlarmRecord[]>(`/alarms?${states}&from=${String(this.#begunAt)}&to=${String(endedAt)}`);
    return all.filter(({ id }) => !alarms.includes(id)).map(({ line, rule, value }) => `false alarm ${rule} of ${line}, ${String(value)}`);
  }
}

/**
 * The trial: a product of its own, fed with generated readings over MQTT in disorder, and every figure it then gives held against the
 * naive ones. Comes in: how many readings and lines, and which store. Goes out: how long things took, what was compared, what differed.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { AggregateAnswer } from '../../contract/api.ts';
import type { Plant } from '../../contract/plant.ts';
import type { Reading } from '../../contract/reading.ts';
import { topicOf } from '../../contract/topics.ts';
import { loadPlant } from '../../plants/loader.ts';
import { Client, dataFolder, startProduct } from '../product.ts';
import { root } from '../sources.ts';
import type { TestedStore } from '../stores.ts';
import { compare, type Comparison } from './comparison.ts';
import { feed, type Feed } from './feed.ts';
import { Expectations } from './naive.ts';
import { arrivedOf, packetsOf, type Packets } from './readings.ts';
import { shortestNight, trialZone } from './zone.ts';

const hourMs = 3_600_000;
/** How far apart a line's readings are, where there are enough of them for two days and more. */
const usualMs = 30_000;
const lookEveryMs = 200;

export interface TrialOptions {
  readonly readings: number;
  readonly lines: number;
  readonly store: TestedStore;
}

export interface Trial extends Comparison {
  readonly sent: number;
  readonly packets: number;
  readonly duplicates: number;
  readonly fedSeconds: number;
  /** From the last acknowledgement until the zone's figures were right. */
  readonly settledSeconds: number;
  readonly comparedSeconds: number;
}

export async function runTrial({ readings, lines, store }: TrialOptions, say: (text: string) => void = () => undefined): Promise<Trial> {
  const folder = dataFolder();
  const plant = zoneIn(folder.path, lines);
  const perLine = Math.ceil(readings / lines);
  const spanMs = Math.max(48 * hourMs, Math.round((perLine * usualMs) / hourMs) * hourMs);
  const from = Date.parse(`${shortestNight}T00:00:00Z`) - Math.round(spanMs / 3 / hourMs) * hourMs;
  const window = { from, to: from + spanMs + 9 * hourMs };
  const now = Date.now() - hourMs;
  const packets = new Map<string, Packets>();
  const arrived = new Map<string, Reading[]>();
  [...plant.lines.values()].forEach((line, index) => {
    const own = packetsOf({ line: line.id, type: line.type, seed: index + 1, from, to: from + spanMs, count: perLine }, now);
    packets.set(line.id, own);
    arrived.set(line.id, arrivedOf(line.id, own));
  });
  const used = await store.open();
  const product = await startProduct(folder.path, { ...used.settings, BOBBIN_PLANT: join(folder.path, 'zone.yaml') });
  try {
    const client = await new Client(product).signIn();
    const feeds: Feed[] = [];
    for (const line of plant.lines.values()) {
      feeds.push({ account: { ...(await client.issue(line.id)), topic: topicOf(line, 'telemetry') }, packets: packets.get(line.id) ?? [] });
    }
    const sent = [...arrived.values()].reduce((sum, own) => sum + own.length, 0);
    say(`${String(sent)} readings of ${String(plant.lines.size)} lines over ${String(spanMs / hourMs)} hours`);
    const fedSeconds = await timed(() => feed(product.mqttPort, feeds));
    say(`all acknowledged after ${fedSeconds.toFixed(1)} s`);
    const settledSeconds = await timed(() => settled(client, plant, arrived, window, sent));
    say(`all stored and corrected ${settledSeconds.toFixed(1)} s later`);
    let comparison: Comparison = { compared: { figures: 0, states: 0, batches: 0 }, differences: [] };
    const comparedSeconds = await timed(async () => {
      comparison = await compare({ client, plant, arrived, ...window });
    });
    const stored = (perLine + 1) * plant.lines.size;
    const { readings: counts } = await client.health();
    if (counts.stored !== stored || counts.duplicate !== sent - stored) comparison.differences.push(`counts: ${JSON.stringify(counts)}`);
    const packetCount = feeds.reduce((sum, one) => sum + one.packets.length, 0);
    return { ...comparison, sent, packets: packetCount, duplicates: sent - stored, fedSeconds, settledSeconds, comparedSeconds };
  } finally {
    await product.stop();
    await used.remove();
    folder.remove();
  }
}

/** JSON is YAML, too. */
function zoneIn(folder: string, lines: number): Plant {
  const plantFile = join(folder, 'zone.yaml');
  mkdirSync(folder, { recursive: true });
  writeFileSync(plantFile, JSON.stringify(trialZone(lines)));
  return loadPlant({ plantFile, equipmentFolder: join(root, 'equipment') });
}

/** Resolves once nothing is pending and the zone's figures have come to be what they should; late readings are corrected in within seconds. */
async function settled(
  client: Client,
  plant: Plant,
  arrived: ReadonlyMap<string, Reading[]>,
  { from, to }: { from: number; to: number },
  sent: number,
): Promise<void> {
  const expectations = new Expectations(plant, arrived);
  const lines = [...plant.lines.values()];
  // Once everything is stored, corrections have this long; what is not right then, the comparison tells.
  let looksLeft = 150 + sent / 2000;
  while (looksLeft > 0) {
    const { received, pending } = (await client.health()).readings;
    if (received === sent && pending === 0) {
      const [record] = await client.get<AggregateAnswer[]>(`/utilization?by=zone&from=${String(from)}&to=${String(to)}`);
      if (record && expectations.difference(lines, record) === null) return;
      looksLeft -= 1;
    }
    await pause(lookEveryMs);
  }
}

async function timed(work: () => Promise<void>): Promise<number> {
  const begun = performance.now();
  await work();
  return (performance.now() - begun) / 1000;
}

/**
 * A floor for tests with pages: the product on an empty folder, a browser, people with accounts, devices that publish. Comes in: a plant, who is there,
 * which lines have devices. Goes out: pages, and ways to publish and to wait until everything is stored. Closed, it leaves nothing behind.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, BrowserContextOptions } from 'playwright-core';
import { expect, vi } from 'vitest';
import { connectDevice, openBrowser, visit, type Device, type Visit } from './browser.ts';
import { Client, dataFolder, signInPeople, startProduct, type Person, type Product } from './product.ts';

const storedMs = 20_000;

export interface FloorWishes {
  /** The plant file's text; `always.yaml` unless told. */
  readonly plant?: string;
  readonly settings?: Record<string, string>;
  readonly people?: readonly Person[];
  /** Lines that have a device. */
  readonly lines: readonly string[];
}

/** A plant file of the tests, as text. */
export function plantText(name = 'always.yaml'): string {
  return readFileSync(join(import.meta.dirname, 'plants', name), 'utf8');
}

export class Floor {
  readonly folder: ReturnType<typeof dataFolder>;
  readonly browser: Browser;
  /** These are others after a restart. */
  product: Product;
  admin: Client;
  #as: (username: string) => Client = nobody;
  readonly #settings: Record<string, string>;
  readonly #devices = new Map<string, Device>();
  readonly #visits: Visit[] = [];
  #sent = 0;

  private constructor(folder: ReturnType<typeof dataFolder>, browser: Browser, product: Product, settings: Record<string, string>) {
    this.folder = folder;
    this.browser = browser;
    this.product = product;
    this.admin = new Client(product);
    this.#settings = settings;
  }

  static async open({ plant, settings, people = [], lines }: FloorWishes): Promise<Floor> {
    const folder = dataFolder();
    const file = join(folder.path, 'plant.yaml');
    if (plant !== undefined) writeFileSync(file, plant);
    const wishes = { ...settings, ...(plant === undefined ? {} : { BOBBIN_PLANT: file }) };
    const [product, browser] = await Promise.all([startProduct(folder.path, wishes), openBrowser()]);
    const floor = new Floor(folder, browser, product, wishes);
    await floor.admin.signIn();
    floor.#as = await signInPeople(product, floor.admin, people);
    for (const line of lines) await floor.connect(line);
    return floor;
  }

  /** The client of one of the people. */
  as(username: string): Client {
    return this.#as(username);
  }

  async connect(line: string): Promise<void> {
    this.#devices.set(line, await connectDevice(this.product, this.admin, line));
  }

  /** By the line's device; resolves with the PUBACK. */
  async publish(line: string, ...readings: object[]): Promise<void> {
    const device = this.#devices.get(line);
    if (!device) throw new Error(`${line} has no device`);
    this.#sent += readings.length;
    await device.publish(...readings);
  }

  /** Once everything that was published is stored. */
  async settled(): Promise<void> {
    await vi.waitFor(async () => {
      const { received, stored, pending } = (await this.admin.health()).readings;
      expect({ received, stored, pending }).toEqual({ received: this.#sent, stored: this.#sent, pending: 0 });
    }, storedMs);
  }

  /** The product again where it was, after it was killed; the admin signs in anew. */
  async resume(): Promise<void> {
    const { http, mqttPort } = this.product;
    const addresses = { BOBBIN_HTTP: new URL(http).host, BOBBIN_MQTT: `127.0.0.1:${String(mqttPort)}` };
    this.product = await startProduct(this.folder.path, { ...this.#settings, ...addresses });
    this.admin = await new Client(this.product).signIn();
  }

  /** A browser of somebody's own; `leave` closes it. */
  async visit(wishes: BrowserContextOptions & { as?: Client; path?: string } = {}): Promise<Visit> {
    const one = await visit(this.browser, this.product, wishes);
    this.#visits.push(one);
    return one;
  }

  /** Closes all pages; answers what they complained of. */
  async leave(): Promise<string[]> {
    const visits = this.#visits.splice(0);
    for (const { page } of visits) await page.context().close();
    return visits.flatMap(({ complaints }) => complaints);
  }

  async close(): Promise<void> {
    await this.leave();
    for (const device of this.#devices.values()) await device.end();
    await this.browser.close();
    expect(await this.product.stop()).toBe(0);
    this.folder.remove();
  }
}

function nobody(username: string): never {
  throw new Error(`there is no ${username}`);
}

/**
 * Who sees what, asked in all three ways there are: the HTTP API, the live socket, and the page itself.
 * An id outside a scope must answer exactly like one that does not exist.
 */
import { io, type Socket } from 'socket.io-client';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { PlantAnswer } from '../contract/api.ts';
import type { ClientEvents, LiveRecord, ServerEvents, Snapshot, Summary, WatchFilter } from '../contract/live.ts';
import { chromiumPath, inBrowser, openBrowser, signIn, tile, tiles, visit } from './browser.ts';
import { Client, dataFolder, peoplesPassword, signInPeople, startProduct, type Person, type Product } from './product.ts';

const folder = dataFolder();
const people: Person[] = [
  { username: 'boss', role: 'supervisor', scope: { firms: ['f001'] }, language: 'en' },
  { username: 'fitter', role: 'maintenance', scope: { workshops: ['f001/w2'] }, language: 'en' },
  { username: 'committee', role: 'official', scope: {}, language: 'en' },
];
const ofFirm = ['emb-0001', 'emb-0002', 'emb-0003', 'emb-0004', 'emb-0005'];
const outside = 'emb-0101';
const nowhere = 'emb-9999';

let product: Product;
let admin: Client;
let as: (username: string) => Client;

beforeAll(async () => {
  product = await startProduct(folder.path);
  admin = await new Client(product).signIn();
  as = await signInPeople(product, admin, people);
});

afterAll(async () => {
  expect(await product.stop()).toBe(0);
  folder.remove();
});

test.each([
  ['boss', ofFirm],
  ['fitter', ['emb-0005']],
])('%s sees the lines of the scope and no others, over HTTP', async (username, lines) => {
  const client = as(username);
  const records = await client.get<LiveRecord[]>('/lines');
  expect(records.map(({ id }) => id)).toEqual(lines);
  const plant = await client.get<PlantAnswer>('/plant');
  const ids = plant.parks.flatMap((park) =>
    park.firms.flatMap((firm) => firm.workshops.flatMap((workshop) => workshop.lines.map(({ id }) => id))),
  );
  expect(ids).toEqual(lines);
  for (const path of ['', '/states', '/utilization', '/metrics/speed', '/batches', '/batches/1', '/rejections']) {
    const [hidden, missing] = await Promise.all([outside, nowhere].map((id) => answerOf(client, `/lines/${id}${path}`)));
    expect(hidden, path).toEqual(missing);
    expect(hidden?.status, path).toBe(404);
  }
  for (const path of ['/devices', '/users', '/audit']) expect((await client.send('GET', path)).status, path).toBe(403);
});

test.each([
  ['boss', ofFirm],
  ['fitter', ['emb-0005']],
])('%s hears of the lines of the scope and no others, over the socket', async (username, lines) => {
  const socket = await openSocket(as(username));
  expect((await watch(socket, {})).lines).toEqual(lines);
  expect(await watch(socket, { line: outside })).toEqual(await watch(socket, { line: nowhere }));
  expect(await watch(socket, { firm: 'f002' })).toEqual(await watch(socket, { firm: 'f999' }));
  expect((await watch(socket, { firm: 'f002' })).lines).toBeNull();
  socket.close();
});

test('an official hears sums, and of no single line in any way', async () => {
  const client = as('committee');
  for (const path of ['/lines', `/lines/${outside}`, `/lines/${outside}/states`, '/utilization?by=line&id=emb-0001']) {
    expect((await client.send('GET', path)).status, path).toBe(403);
  }
  const plant = JSON.stringify(await client.get('/plant'));
  expect(plant).toContain('f002');
  for (const line of [...ofFirm, outside, 'press-01']) expect(plant).not.toContain(line);
  expect(await client.get<unknown[]>('/utilization?by=firm&id=f001')).toHaveLength(1);

  const socket = await openSocket(client);
  const summary = new Promise<Summary>((resolve) => socket.once('summary', resolve));
  expect((await watch(socket, {})).lines).toBeNull();
  expect((await watch(socket, { line: outside })).lines).toBeNull();
  const heard = await summary;
  expect(new Set(heard.parts.map(({ by }) => by))).toEqual(new Set(['zone', 'park']));
  expect(JSON.stringify(heard)).not.toContain(outside);
  socket.close();
});

test('a socket without a session is turned away', async () => {
  await expect(openSocket(new Client(product))).rejects.toThrow();
});

describe.skipIf(chromiumPath === null)(inBrowser, () => {
  let browser: Browser;

  beforeAll(async () => {
    browser = await openBrowser();
  });

  afterAll(async () => {
    await browser.close();
  });

  test('the page of a supervisor holds one firm; a line of another is not there', async () => {
    const { page } = await visit(browser, product);
    await signIn(page, 'boss', peoplesPassword);
    await tile(page, 'emb-0005').waitFor();
    expect((await tiles(page)).sort()).toEqual(ofFirm);
    const text = await page.locator('body').innerText();
    for (const word of ['Another Embroidery', 'Pharma park', 'Devices', 'System']) expect(text).not.toContain(word);
    for (const line of [outside, nowhere]) {
      await page.goto(`${product.http}/lines/${line}`);
      await page.getByText('It does not exist, or is outside your scope.').waitFor();
    }
    for (const address of ['/zone', '/devices', '/system']) {
      await page.goto(`${product.http}${address}`);
      await page.getByText('No such page').waitFor();
    }
    await page.context().close();
  });

  test('the page of an official holds the zone and its parks, and no line', async () => {
    const { page, complaints } = await visit(browser, product);
    await signIn(page, 'committee', peoplesPassword);
    await page.getByText('Embroidery park').first().waitFor();
    expect(await tiles(page)).toEqual([]);
    await page.goto(`${product.http}/lines/emb-0001`);
    await page.getByText('No such page').waitFor();
    expect(await page.locator('body').innerText()).not.toContain('emb-0001');
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  test('a session ended elsewhere ends on the page, by itself', async () => {
    const client = await new Client(product).signIn('fitter', peoplesPassword);
    const { page } = await visit(browser, product, { as: client });
    await tile(page, 'emb-0005').waitFor();
    expect((await client.send('DELETE', '/session')).status).toBe(204);
    await page.getByText('Your session has ended. Please sign in again.').waitFor();
    expect(await tiles(page)).toEqual([]);
    await page.context().close();
  });

  test('an account that is disabled loses its page, by itself', async () => {
    const client = await new Client(product).signIn('fitter', peoplesPassword);
    const { page } = await visit(browser, product, { as: client });
    await tile(page, 'emb-0005').waitFor();
    expect((await admin.send('PATCH', '/users/fitter', { disabled: true })).status).toBe(200);
    await page.getByText('Your session has ended. Please sign in again.').waitFor();
    await page.context().close();
  });
});

async function answerOf(client: Client, path: string): Promise<{ status: number; body: unknown }> {
  const answer = await client.send('GET', path);
  return { status: answer.status, body: await answer.json() };
}

type LiveSocket = Socket<ServerEvents, ClientEvents>;

async function openSocket(client: Client): Promise<LiveSocket> {
  const socket: LiveSocket = io(`${product.http}/live`, {
    transports: ['websocket'],
    reconnection: false,
    forceNew: true,
    extraHeaders: { cookie: client.cookie, origin: product.http },
  });
  await new Promise<void>((resolve, reject) => {
    socket.on('connect', resolve);
    socket.on('connect_error', reject);
  });
  return socket;
}

/** The ids of the lines a watch answers with; null with the error where it answers with one. */
async function watch(socket: LiveSocket, filter: WatchFilter): Promise<{ lines: string[] | null; error: unknown }> {
  const answer = await new Promise<Snapshot | { error: unknown }>((resolve) => {
    socket.emit('watch', filter, resolve);
  });
  return 'error' in answer ? { lines: null, error: answer.error } : { lines: answer.lines.map(({ id }) => id), error: null };
}

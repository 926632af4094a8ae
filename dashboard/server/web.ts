/**
 * The web app's built files. Comes in: a path. Goes out: the file, compressed once and kept, or the app's page for a place
 * within the app. Only files found at the start are served, so no path can lead anywhere else.
 */
import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { extname, join, relative, sep } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';

const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.webmanifest': 'application/manifest+json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.webp': 'image/webp',
  '.woff2': 'font/woff2',
};
/** Already compressed by their nature. */
const dense = new Set(['.png', '.webp', '.woff2', '.ico']);
/** The build names these after their content, so a name never changes what it stands for. */
const hashed = /^\/assets\/.*-[\w-]{8,}\.\w+$/;

interface Stored {
  readonly etag: string;
  readonly plain: Uint8Array<ArrayBuffer>;
  readonly br: Uint8Array<ArrayBuffer> | null;
  readonly gzip: Uint8Array<ArrayBuffer> | null;
}

export interface Web {
  /** Null where there is no such file and the path is no place within the app. */
  answer(path: string, acceptEncoding: string, ifNoneMatch: string | undefined): Promise<Response | null>;
}

export function createWeb(folder: string): Web {
  const files = new Map(filesOf(folder).map((file) => [`/${relative(folder, file).split(sep).join('/')}`, file]));
  const kept = new Map<string, Promise<Stored>>();
  const store = (path: string, file: string): Promise<Stored> => {
    const found = kept.get(path);
    if (found) return found;
    const reading = readStored(file);
    kept.set(path, reading);
    reading.catch(() => kept.delete(path));
    return reading;
  };
  return {
    async answer(path, acceptEncoding, ifNoneMatch) {
      const found = files.has(path) ? path : extname(path) === '' ? '/index.html' : null;
      const file = found === null ? undefined : files.get(found);
      if (found === null || file === undefined) return null;
      const stored = await store(found, file);
      const headers = new Headers({
        'content-type': types[extname(found)] ?? 'application/octet-stream',
        'cache-control': hashed.test(found) ? 'public, max-age=31536000, immutable' : 'no-cache',
        etag: stored.etag,
        vary: 'accept-encoding',
      });
      if (ifNoneMatch === stored.etag) return new Response(null, { status: 304, headers });
      const coding = (['br', 'gzip'] as const).find((name) => accepts(acceptEncoding, name) && stored[name] !== null);
      if (coding) headers.set('content-encoding', coding);
      return new Response((coding && stored[coding]) ?? stored.plain, { headers });
    },
  };
}

/** All files at the start; none where the app has not been built. */
function filesOf(folder: string): string[] {
  try {
    const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
    return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  } catch {
    return [];
  }
}

async function readStored(file: string): Promise<Stored> {
  const plain = new Uint8Array(await readFile(file));
  const etag = `"${createHash('sha256').update(plain).digest('base64url').slice(0, 22)}"`;
  if (dense.has(extname(file)) || plain.length < 512) return { etag, plain, br: null, gzip: null };
  // Quality 9 is within a few percent of 11 and ten times as fast: the first visitor waits for it.
  const br = await promisify(brotliCompress)(plain, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } });
  return { etag, plain, br: new Uint8Array(br), gzip: new Uint8Array(await promisify(gzip)(plain, { level: 9 })) };
}

/** The coding is named and not refused with a weight of 0. */
function accepts(header: string, coding: string): boolean {
  return header.split(',').some((part) => {
    const [name = '', weight = ''] = part.split(';').map((word) => word.trim());
    return name.toLowerCase() === coding && !/^q=0(\.0*)?$/.test(weight);
  });
}

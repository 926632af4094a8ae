/**
 * Two positions kept in a small file beside the data: what has been forgotten, and what has been given out.
 * They outlive a trimmed or damaged journal, so that no position is used twice and a lost end is noticed.
 * Comes in: a file name and positions. Goes out: the positions as last written; a damaged file reads as none.
 */
import { open, type FileHandle } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import type { Position } from './journal.ts';

/** Every record before `first` is forgotten; every position before `next` has been used. */
export interface Marks {
  readonly first: Position;
  readonly next: Position;
}

/* first (8, double) · next (8, double) · crc32 of both (4) */
const markBytes = 20;

export class MarksFile {
  readonly #file: FileHandle;

  private constructor(file: FileHandle) {
    this.#file = file;
  }

  static async open(path: string): Promise<MarksFile> {
    const created = await open(path, 'a');
    await created.close();
    return new MarksFile(await open(path, 'r+'));
  }

  /** The marks as last written, or null where there are none or the file is damaged. */
  async read(): Promise<Marks | null> {
    const bytes = Buffer.alloc(markBytes);
    const { bytesRead } = await this.#file.read(bytes, 0, markBytes, 0);
    if (bytesRead < markBytes || bytes.readUInt32BE(16) !== crc32(bytes.subarray(0, 16))) return null;
    return { first: bytes.readDoubleBE(0), next: bytes.readDoubleBE(8) };
  }

  /** Hands the marks to the operating system: they survive the process, and the machine once `sync` has been called. */
  async write({ first, next }: Marks): Promise<void> {
    const bytes = Buffer.allocUnsafe(markBytes);
    bytes.writeDoubleBE(first, 0);
    bytes.writeDoubleBE(next, 8);
    bytes.writeUInt32BE(crc32(bytes.subarray(0, 16)), 16);
    await this.#file.write(bytes, 0, markBytes, 0);
  }

  async sync(): Promise<void> {
    await this.#file.datasync();
  }

  async close(): Promise<void> {
    await this.#file.close();
  }
}

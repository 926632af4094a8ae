/**
 * A copy of a journal, made beside its work: the same blocks at the same positions, damaged ones as they are.
 * Comes in: the disk to read, a stretch of positions, and a folder for the copy. Goes out: a journal in that folder, safe on disk, and its
 * size. It trims nothing: whoever calls sees to it that the stretch stays there meanwhile.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Disk, type DiskOptions } from './disk.ts';
import type { Position } from './journal.ts';
import { MarksFile } from './marks.ts';

export interface CopyOptions extends DiskOptions {
  readonly from: Disk;
  /** Where the oldest block starts. */
  readonly floor: Position;
  readonly first: Position;
  /** Exclusive. */
  readonly next: Position;
}

/** Read and written in one go. */
const bytesAtOnce = 8 * 1024 * 1024;

export async function copyBlocks({ from, floor, first, next, folder, clock, log }: CopyOptions): Promise<number> {
  await mkdir(folder, { recursive: true });
  const copy = await Disk.open({ folder: join(folder, 'level'), clock, log });
  let sizeBytes = 0;
  try {
    for (let position = first; position < next;) {
      const blocks = await from.blocks(floor, position, next, bytesAtOnce);
      const last = blocks.at(-1);
      if (!last) break;
      await copy.putAll(blocks);
      sizeBytes += blocks.reduce((sum, { bytes }) => sum + bytes.length, 0);
      position = last.first + last.count;
    }
  } finally {
    await copy.close();
  }
  const marks = await MarksFile.open(join(folder, 'marks'));
  await marks.write({ first, next });
  await marks.sync();
  await marks.close();
  return sizeBytes;
}

/**
 * Mutation of recorded bytes in the manner of zzuf: seeded, so that a find can be had again. Comes in: recordings and a source of
 * chance. Goes out: bytes that are almost what a device would say. It knows of MQTT only where the first packet ends.
 */

import type { Chance } from '../chance.ts';

/** Bytes at the edges of what a length, a flag or a text can be. */
const edges = [0x00, 0x01, 0x7f, 0x80, 0xc0, 0xed, 0xf4, 0xff, 0x23, 0x2b, 0x2f, 0x24];

/** In most sessions CONNECT stays whole: behind a door that stays shut there is little to find. */
const wholeConnect = 0.8;

export function mutated(recordings: readonly Buffer[], chance: Chance): Buffer {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(chance() * list.length)] as T;
  const recording = pick(recordings);
  const kept = chance() < wholeConnect ? firstPacketEnd(recording) : 0;
  let bytes: Buffer = Buffer.from(recording.subarray(kept));
  for (let times = 1 + Math.floor(chance() * 3); times > 0; times -= 1) bytes = mutateOnce(bytes, pick(recordings), chance);
  return Buffer.concat([recording.subarray(0, kept), bytes]);
}

function mutateOnce(bytes: Buffer, other: Buffer, chance: Chance): Buffer {
  const at = Math.floor(chance() * (bytes.length + 1));
  const length = Math.floor(chance() * chance() * 64);
  switch (Math.floor(chance() * 6)) {
    case 0:
      return flipped(bytes, chance);
    case 1:
      return bytes.subarray(0, at);
    case 2:
      return Buffer.concat([bytes.subarray(0, at + length), bytes.subarray(at)]);
    case 3:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)]);
    case 4:
      return Buffer.concat([bytes.subarray(0, at), other.subarray(Math.floor(chance() * other.length))]);
    default:
      bytes.fill(edges[Math.floor(chance() * edges.length)] ?? 0, at, Math.min(bytes.length, at + 1 + (length >> 4)));
      return bytes;
  }
}

/** zzuf's way: every bit with the same small chance, which is itself left to chance from 0.004 % to 4 %. */
function flipped(bytes: Buffer, chance: Chance): Buffer {
  const ratio = 0.000_04 * 1000 ** chance();
  // From one flip to the next, instead of asking at every bit.
  for (let bit = 0; ; bit += 1) {
    bit += Math.floor(Math.log(1 - chance()) / Math.log(1 - ratio));
    if (bit >= bytes.length * 8) return bytes;
    bytes.writeUInt8(bytes.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
  }
}

/** Where the first packet ends: behind its fixed header and as many bytes as that promises. */
function firstPacketEnd(bytes: Buffer): number {
  let remaining = 0;
  let at = 1;
  for (let shift = 0; ; shift += 7) {
    const byte = bytes.readUInt8(at);
    at += 1;
    remaining |= (byte & 0x7f) << shift;
    if (byte < 0x80) return at + remaining;
  }
}

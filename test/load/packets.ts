/**
 * The few MQTT 3.1.1 packets a publisher needs, made and read by hand because that is many times faster.
 * Comes in: a topic, payloads, bytes off the wire. Goes out: bytes for the wire, packet ids. Never touches a socket.
 */
import { generate } from 'mqtt-packet';

export interface SignIn {
  readonly username: string;
  readonly password: string;
  /** Where its will, `offline`, goes; absent: it leaves none. */
  readonly status?: string;
}

/** Packet ids run from 1 to this. */
export const packetIds = 65_535;

const connack = 0x20;
const puback = 0x40;
const publishQos1 = 0x32;
const duplicate = 0x08;
const retained = 0x01;

/** A clean session without keep-alive; the user name is the client id. */
export function connectPacket({ username, password, status }: SignIn): Buffer {
  const will = status === undefined ? {} : { will: { topic: status, payload: Buffer.from('offline'), qos: 1 as const, retain: true } };
  return generate({ cmd: 'connect', clientId: username, username, password: Buffer.from(password), clean: true, keepalive: 0, ...will });
}

export function disconnectPacket(): Buffer {
  return Buffer.from([0xe0, 0]);
}

/** Puts QoS 1 PUBLISH packets of one topic one after the other into one piece of bytes. */
export class PublishWriter {
  readonly #topic: Buffer;
  #scratch = Buffer.allocUnsafeSlow(16 * 1024);
  #end = 0;

  constructor(topic: string) {
    const name = Buffer.from(topic);
    this.#topic = Buffer.concat([Buffer.from([name.length >> 8, name.length & 0xff]), name]);
  }

  add(id: number, payload: Buffer | string, isDuplicate = false, isRetained = false): void {
    const payloadBytes = typeof payload === 'string' ? Buffer.byteLength(payload) : payload.length;
    let remaining = this.#topic.length + 2 + payloadBytes;
    const buffer = this.#reserve(5 + remaining);
    let at = this.#end;
    buffer[at++] = publishQos1 | (isDuplicate ? duplicate : 0) | (isRetained ? retained : 0);
    for (; remaining > 127; remaining >>>= 7) buffer[at++] = (remaining & 127) | 128;
    buffer[at++] = remaining;
    buffer.set(this.#topic, at);
    at += this.#topic.length;
    buffer[at++] = id >> 8;
    buffer[at++] = id & 0xff;
    if (typeof payload === 'string') buffer.write(payload, at);
    else buffer.set(payload, at);
    this.#end = at + payloadBytes;
  }

  /** All packets added since the last time, as bytes of their own. */
  take(): Buffer {
    const bytes = Buffer.from(this.#scratch.subarray(0, this.#end));
    this.#end = 0;
    return bytes;
  }

  #reserve(bytes: number): Buffer {
    const needed = this.#end + bytes;
    if (needed > this.#scratch.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.#scratch.length * 2));
      this.#scratch.copy(larger, 0, 0, this.#end);
      this.#scratch = larger;
    }
    return this.#scratch;
  }
}

/** Reads what a broker sends a publisher: CONNACK and PUBACK; other packets are passed over. */
export class AnswerReader {
  readonly #onConnack: (code: number) => void;
  readonly #onPuback: (id: number) => void;
  #rest: Buffer | null = null;

  constructor(onConnack: (code: number) => void, onPuback: (id: number) => void) {
    this.#onConnack = onConnack;
    this.#onPuback = onPuback;
  }

  /** Chunks may be cut anywhere. */
  take(chunk: Buffer): void {
    const bytes = this.#rest ? Buffer.concat([this.#rest, chunk]) : chunk;
    let at = 0;
    for (;;) {
      if (at + 4 <= bytes.length && bytes[at] === puback && bytes[at + 1] === 2) {
        this.#onPuback(bytes.readUInt16BE(at + 2));
        at += 4;
        continue;
      }
      const [start, end] = bodyOf(bytes, at);
      if (end > bytes.length) break;
      if (bytes[at] === connack) this.#onConnack(bytes.readUInt8(start + 1));
      at = end;
    }
    this.#rest = at < bytes.length ? bytes.subarray(at) : null;
  }
}

/** Where the body of the packet at `at` starts and ends; the end is beyond all bytes while its length is not known. */
function bodyOf(bytes: Buffer, at: number): [start: number, end: number] {
  let length = 0;
  for (let index = 1; at + index < bytes.length; index += 1) {
    const byte = bytes[at + index] ?? 0;
    length |= (byte & 127) << (7 * (index - 1));
    if (byte < 128) return [at + index + 1, at + index + 1 + length];
  }
  return [Infinity, Infinity];
}

/**
 * The frames of one MQTT connection, watched byte by byte as they arrive and before anything buffers them.
 * Comes in: chunks off the wire. Goes out: the same bytes, as views and uncopied, save two things: what breaks a limit is
 * cut, and a PUBLISH with too large a payload is thinned out to one byte over the limit. It never holds more than a
 * frame's first bytes.
 */

export type FrameFault = 'not-connect' | 'packet-too-large' | 'bad-length' | 'bad-type' | 'long-topic';

export interface FrameLimits {
  readonly connectBytes: number;
  readonly controlBytes: number;
  readonly topicBytes: number;
  readonly payloadBytes: number;
}

export interface FrameSink {
  pass(bytes: Buffer): void;
  /** A PUBLISH begins whose payload is over the limit; told in the order in which the packets are passed on. */
  oversize(payloadBytes: number): void;
  /** A whole chunk of such a payload has not been passed; nobody looks at it any more. */
  dropped(chunk: Buffer): void;
  /** The connection must end; nothing is passed any more. */
  cut(fault: FrameFault): void;
}

const connect = 1;
const publish = 3;
const unsubscribe = 10;
/** A packet id, and a filter of one character: Aedes answers an UNSUBSCRIBE with less, and asks it to name nothing. */
const leastUnsubscribe = 5;
/** CONNECT, PUBLISH, PUBACK, PUBREC, PUBREL, PUBCOMP, SUBSCRIBE, UNSUBSCRIBE, PINGREQ, DISCONNECT: all that a client may send. */
const clientTypes: readonly number[] = [connect, publish, 4, 5, 6, 7, 8, 10, 12, 14];

/** `greeting` until CONNECT has passed, `greeted` until it is accepted; then `open`. */
type Phase = 'greeting' | 'greeted' | 'open' | 'cut';

const nothing = Buffer.alloc(0);

export class Frames {
  readonly #sink: FrameSink;
  readonly #limits: FrameLimits;
  #phase: Phase = 'greeting';
  /** A frame's first bytes, where a chunk ended among them. */
  #carry: Buffer | null = null;
  /** Bytes of the current frame still to pass, and then to drop; the last of those that are dropped passes again. */
  #passing = 0;
  #dropping = 0;
  /** The chunk at hand, how far it has been passed on, and how far it has been looked at. */
  #bytes: Buffer = nothing;
  #start = 0;
  #at = 0;

  constructor(sink: FrameSink, limits: FrameLimits) {
    this.#sink = sink;
    this.#limits = limits;
  }

  /** CONNECT has been accepted: whatever follows may pass. */
  open(): void {
    if (this.#phase === 'greeted') this.#phase = 'open';
  }

  /** Takes a chunk in. What follows CONNECT before `open` is given back, for the caller to hold and offer again. */
  accept(chunk: Buffer): Buffer | null {
    if (this.#isIn('greeted')) return chunk;
    this.#bytes = this.#carry ? Buffer.concat([this.#carry, chunk]) : chunk;
    this.#carry = null;
    this.#start = 0;
    this.#at = 0;
    while (this.#at < this.#bytes.length && (this.#isIn('open') || this.#isIn('greeting'))) {
      if (this.#passing > 0) this.#passOn();
      else if (this.#dropping > 0) this.#drop();
      else this.#header();
    }
    const rest = this.#isIn('greeted') && this.#at < this.#bytes.length ? this.#bytes.subarray(this.#at) : null;
    this.#flush();
    this.#bytes = nothing;
    return rest;
  }

  #isIn(phase: Phase): boolean {
    return this.#phase === phase;
  }

  /** Passes what has been looked at and not yet been passed. */
  #flush(): void {
    if (this.#phase !== 'cut' && this.#at > this.#start) {
      const whole = this.#start === 0 && this.#at === this.#bytes.length;
      this.#sink.pass(whole ? this.#bytes : this.#bytes.subarray(this.#start, this.#at));
    }
    this.#start = this.#at;
  }

  #passOn(): void {
    const step = Math.min(this.#passing, this.#bytes.length - this.#at);
    this.#passing -= step;
    this.#at += step;
    if (this.#passing > 0) return;
    if (this.#phase === 'greeting') this.#phase = 'greeted';
    else if (this.#dropping > 0) this.#flush();
  }

  #drop(): void {
    const step = Math.min(this.#dropping, this.#bytes.length - this.#at);
    this.#dropping -= step;
    this.#at += step;
    this.#start = this.#at;
    if (step === this.#bytes.length) this.#sink.dropped(this.#bytes);
    // The packet is whole only when its last byte is there: until then it must be neither counted nor acknowledged.
    if (this.#dropping === 0) this.#passing = 1;
  }

  /** At the first byte of a frame. */
  #header(): void {
    const verdict = this.#judge();
    if (verdict === 'incomplete') this.#carryOver();
    else if (verdict !== 'fine') {
      this.#flush();
      this.#phase = 'cut';
      this.#sink.cut(verdict);
    }
  }

  /** Decides what becomes of the frame; where that is fine, the look goes on behind its fixed header. */
  #judge(): FrameFault | 'incomplete' | 'fine' {
    const bytes = this.#bytes;
    const first = bytes.readUInt8(this.#at);
    const type = first >> 4;
    if (!clientTypes.includes(type)) return 'bad-type';
    if (this.#phase === 'greeting' && first !== connect << 4) return 'not-connect';
    let remaining = 0;
    let body = this.#at + 1;
    for (let shift = 0, hasMore = true; hasMore; shift += 7, body += 1) {
      if (shift === 28) return 'bad-length';
      if (body === bytes.length) return 'incomplete';
      const byte = bytes.readUInt8(body);
      remaining |= (byte & 0x7f) << shift;
      hasMore = byte >= 0x80;
    }
    if (type === publish && remaining > this.#limits.payloadBytes) return this.#judgeLarge(first, remaining, body);
    if ((type === connect && remaining === 0) || (type === unsubscribe && remaining < leastUnsubscribe)) return 'bad-length';
    if (type === connect && remaining > this.#limits.connectBytes) return 'packet-too-large';
    if (type !== publish && remaining > this.#limits.controlBytes) return 'packet-too-large';
    this.#at = body;
    this.#passing = remaining;
    return 'fine';
  }

  /** A PUBLISH whose payload may be too large: that depends on the length of its topic. */
  #judgeLarge(first: number, remaining: number, body: number): FrameFault | 'incomplete' | 'fine' {
    const { payloadBytes, topicBytes } = this.#limits;
    if (body + 2 > this.#bytes.length) return 'incomplete';
    const topicLength = this.#bytes.readUInt16BE(body);
    if (topicLength > topicBytes) return 'long-topic';
    const before = 2 + topicLength + ((first & 0b110) === 0 ? 0 : 2);
    const payload = remaining - before;
    this.#passing = remaining;
    if (payload > payloadBytes) this.#sink.oversize(payload);
    if (payload > payloadBytes + 1) {
      this.#flush();
      this.#sink.pass(fixedHeader(first, before + payloadBytes + 1));
      this.#start = body;
      this.#passing = before + payloadBytes;
      this.#dropping = payload - payloadBytes - 1;
    }
    this.#at = body;
    return 'fine';
  }

  /** The chunk ends within a frame's first bytes: they wait for the next one. */
  #carryOver(): void {
    this.#flush();
    this.#carry = Buffer.from(this.#bytes.subarray(this.#at));
    this.#bytes = nothing;
    this.#start = 0;
    this.#at = 0;
  }
}

function fixedHeader(first: number, remaining: number): Buffer {
  const header = [first];
  let left = remaining;
  do {
    header.push(left > 0x7f ? (left & 0x7f) | 0x80 : left);
    left >>= 7;
  } while (left > 0);
  return Buffer.from(header);
}

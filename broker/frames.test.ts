/** Frames as they come off a wire: whole, split anywhere, too large, or no MQTT at all. */
import fc from 'fast-check';
import { generate, parser, type IPublishPacket, type Packet } from 'mqtt-packet';
import { describe, expect, it } from 'vitest';
import { Frames } from './frames.ts';

const limits = { connectBytes: 100, controlBytes: 50, topicBytes: 40, payloadBytes: 300 };
const connect = generate({ cmd: 'connect', clientId: 'emb-1', protocolVersion: 4, clean: true, keepalive: 60 });

interface Outcome {
  readonly passed: Buffer;
  readonly oversizes: number[];
  readonly faults: string[];
  readonly droppedChunks: number;
  /** What was given back after CONNECT. */
  readonly rest: Buffer;
}

function run(chunks: readonly Buffer[], { isOpen = true } = {}): Outcome {
  const passed: Buffer[] = [];
  const oversizes: number[] = [];
  const faults: string[] = [];
  let droppedChunks = 0;
  const frames = new Frames(
    {
      pass: (bytes) => passed.push(bytes),
      oversize: (bytes) => oversizes.push(bytes),
      dropped: () => (droppedChunks += 1),
      cut: (fault) => faults.push(fault),
    },
    limits,
  );
  if (isOpen) {
    frames.accept(connect);
    frames.open();
    passed.length = 0;
  }
  const rests: Buffer[] = [];
  for (const chunk of chunks) rests.push(frames.accept(chunk) ?? Buffer.alloc(0));
  return { passed: Buffer.concat(passed), oversizes, faults, droppedChunks, rest: Buffer.concat(rests) };
}

function publish(payloadBytes: number, qos: 0 | 1 | 2 = 1, topic = 'a/b'): Buffer {
  const payload = Buffer.alloc(payloadBytes, 'x');
  if (payloadBytes > 0) payload[payloadBytes - 1] = 0x7a;
  return generate({ cmd: 'publish', topic, qos, messageId: 7, payload, dup: false, retain: false });
}

/** A fixed header that promises a length, and nothing behind it. */
function header(first: number, remaining: number): Buffer {
  const bytes = [first];
  for (let left = remaining; bytes.length === 1 || left > 0; left >>= 7) bytes.push((left & 0x7f) | (left > 0x7f ? 0x80 : 0));
  return Buffer.from(bytes);
}

function splitAt(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const edges = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  return edges.slice(1).map((edge, index) => bytes.subarray(edges[index], edge));
}

function packetsIn(bytes: Buffer): Packet[] {
  const packets: Packet[] = [];
  const reader = parser();
  reader.on('packet', (packet: Packet) => packets.push(packet));
  reader.parse(bytes);
  return packets;
}

const small: fc.Arbitrary<Buffer> = fc.oneof(
  fc.tuple(fc.nat(limits.payloadBytes + 1), fc.constantFrom(0 as const, 1 as const, 2 as const)).map(([size, qos]) => publish(size, qos)),
  fc
    .constantFrom<Packet>(
      { cmd: 'puback', messageId: 3 },
      { cmd: 'pubrel', messageId: 3 },
      { cmd: 'subscribe', messageId: 4, subscriptions: [{ topic: 'a/b', qos: 1 }] },
      { cmd: 'unsubscribe', messageId: 5, unsubscriptions: ['a/b'] },
      { cmd: 'pingreq' },
      { cmd: 'disconnect' },
    )
    .map((packet) => generate(packet)),
);

describe('what keeps within the limits', () => {
  it('passes byte for byte, however it is split', () => {
    fc.assert(
      fc.property(fc.array(small, { maxLength: 12 }), fc.array(fc.nat(), { maxLength: 20 }), (packets, cuts) => {
        const stream = Buffer.concat(packets);
        const { passed, faults } = run(splitAt(stream, cuts));
        expect(passed.equals(stream)).toBe(true);
        expect(faults).toEqual([]);
      }),
    );
  });

  it('passes as the very chunk that came, uncopied', () => {
    const chunk = Buffer.concat([publish(10), publish(20), publish(30)]);
    const frames = new Frames({ pass: (bytes) => seen.push(bytes), oversize: fail, dropped: fail, cut: fail }, limits);
    const seen: Buffer[] = [];
    frames.accept(connect);
    frames.open();
    frames.accept(chunk);
    expect(seen[1]).toBe(chunk);
  });
});

describe('too large a payload', () => {
  it.each([0, 1, 2] as const)('is thinned out to one byte over the limit, at QoS %i, split at any byte', (qos) => {
    const stream = Buffer.concat([publish(3, qos), publish(1000, qos), publish(4, qos)]);
    for (let cut = 0; cut <= stream.length; cut += 1) {
      const { passed, oversizes, faults } = run(splitAt(stream, [cut, cut + 1]));
      const packets = packetsIn(passed) as IPublishPacket[];
      expect(packets.map(({ payload }) => payload.length)).toEqual([3, limits.payloadBytes + 1, 4]);
      expect(packets.map(({ topic }) => topic)).toEqual(['a/b', 'a/b', 'a/b']);
      if (qos > 0) expect(packets.map(({ messageId }) => messageId)).toEqual([7, 7, 7]);
      expect(oversizes).toEqual([1000]);
      expect(faults).toEqual([]);
    }
  });

  it('keeps its beginning and its last byte, and is not whole before that has come', () => {
    const packet = publish(1000);
    const { passed } = run([packet.subarray(0, -1)]);
    expect(packetsIn(passed)).toEqual([]);
    const [whole] = packetsIn(run([packet]).passed) as IPublishPacket[];
    expect(String(whole?.payload)).toBe(`${'x'.repeat(limits.payloadBytes)}z`);
  });

  it('is counted from the first byte over the limit', () => {
    expect(run([publish(limits.payloadBytes)]).oversizes).toEqual([]);
    expect(run([publish(limits.payloadBytes + 1)]).oversizes).toEqual([limits.payloadBytes + 1]);
    expect(run([publish(limits.payloadBytes + 1)]).passed.equals(publish(limits.payloadBytes + 1))).toBe(true);
    expect(run([publish(limits.payloadBytes, 0, 'a'.repeat(40))]).oversizes).toEqual([]);
  });

  it('passes no more than the limit, however much is sent', () => {
    const chunk = Buffer.alloc(65_536);
    const { passed, faults, droppedChunks } = run([
      header(0x32, 268_435_455),
      Buffer.from([0, 1, 0x61, 0, 9]),
      ...Array.from({ length: 1000 }, () => chunk),
    ]);
    expect(passed.length).toBeLessThan(limits.payloadBytes + 20);
    expect(droppedChunks).toBe(999);
    expect(faults).toEqual([]);
  });
});

describe('before CONNECT is accepted', () => {
  it('passes CONNECT alone and gives back what follows', () => {
    const stream = Buffer.concat([connect, publish(5), publish(6)]);
    for (let cut = 0; cut <= stream.length; cut += 1) {
      const { passed, rest, faults } = run(splitAt(stream, [cut]), { isOpen: false });
      expect(passed.equals(connect)).toBe(true);
      expect(rest.equals(stream.subarray(connect.length))).toBe(true);
      expect(faults).toEqual([]);
    }
  });

  it.each([
    ['another packet', publish(3), 'not-connect'],
    ['a ping', Buffer.from([0xc0, 0]), 'not-connect'],
    ['HTTP', Buffer.from('GET / HTTP/1.1\r\n'), 'not-connect'],
    ['TLS', Buffer.from([0x16, 3, 1, 0, 200]), 'not-connect'],
    ['a large CONNECT', header(0x10, 101), 'packet-too-large'],
    ['an endless CONNECT', header(0x10, 268_435_455), 'packet-too-large'],
    ['an empty CONNECT', header(0x10, 0), 'bad-length'],
    ['no type at all', Buffer.from([0x00, 0]), 'bad-type'],
    ['a length of five bytes', Buffer.from([0x10, 0xff, 0xff, 0xff, 0xff, 0x01]), 'bad-length'],
  ])('cuts %s', (_what, bytes, fault) => {
    const { passed, faults } = run([bytes, Buffer.alloc(1000)], { isOpen: false });
    expect(faults).toEqual([fault]);
    expect(passed.length).toBe(0);
  });
});

describe('afterwards', () => {
  it.each([
    ['a large SUBSCRIBE', header(0x82, 51), 'packet-too-large'],
    ['a large PUBACK', header(0x40, 51), 'packet-too-large'],
    ['a second, large CONNECT', header(0x10, 101), 'packet-too-large'],
    ['what only a server says', Buffer.from([0x20, 2, 0, 0]), 'bad-type'],
    ['AUTH of MQTT 5', Buffer.from([0xf0, 0]), 'bad-type'],
    ['a length of five bytes', Buffer.from([0x32, 0x80, 0x80, 0x80, 0x80, 0x01]), 'bad-length'],
    ['a long topic with a large payload', Buffer.concat([header(0x32, 5000), Buffer.from([0, 41])]), 'long-topic'],
  ])('cuts %s, and passes what came before it', (_what, bytes, fault) => {
    const stream = Buffer.concat([publish(5), bytes, Buffer.alloc(300)]);
    for (let cut = 0; cut <= stream.length; cut += 1) {
      const { passed, faults } = run(splitAt(stream, [cut]));
      expect(faults).toEqual([fault]);
      expect(passed.equals(publish(5))).toBe(true);
    }
  });

  it('never throws and never passes more than came, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 400 }), { maxLength: 6 }), (chunks) => {
        const { passed, faults } = run(chunks.map((chunk) => Buffer.from(chunk)));
        const came = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
        expect(passed.length).toBeLessThanOrEqual(came + 4);
        expect(faults.length).toBeLessThanOrEqual(1);
      }),
    );
  });
});

function fail(): void {
  throw new Error('must not be called');
}

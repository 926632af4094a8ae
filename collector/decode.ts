/**
 * Decodes journaled packets: comes in as bytes and a topic, goes out as readings and as rejections with their reason.
 * Whatever the bytes are, it never throws, and one bad reading never costs its neighbours. Checks are written by hand:
 * this is the hot path, and a typical reading of 200 bytes must stay under 4 µs.
 */
import type { Plant } from '../contract/plant.ts';
import { readingLimits, type Reading, type Rejection } from '../contract/reading.ts';
import { parseTopic, topicOf } from '../contract/topics.ts';
import type { JournalRecord } from '../journal/journal.ts';
import { fill, vocabularyOf, type Draft, type Fault, type Vocabulary } from './fields.ts';
import { sampleOf, sampleOfBytes, visible } from './sample.ts';

/** What one packet came to. `received` = readings + rejections; a packet that cannot be taken apart counts as one. */
export interface Decoded {
  /** The line of the topic, whether or not the plant has it. */
  readonly line: string;
  readonly readings: Reading[];
  readonly rejections: Rejection[];
  readonly received: number;
}

export interface Decoder {
  decode(record: JournalRecord): Decoded;
  /** Names of undeclared metrics seen so far, by line: those it began with and those accepted since. */
  readonly undeclared: ReadonlyMap<string, ReadonlySet<string>>;
}

/** A line as the decoder knows it; found by its telemetry topic, so that no topic is parsed twice. */
interface Source {
  readonly line: string;
  readonly vocabulary: Vocabulary;
}

/** A payload taken apart, or why it cannot be. */
type Opened = { readonly value: unknown; readonly fault: null } | { readonly value: undefined; readonly fault: Fault };

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export function createDecoder(plant: Plant, seen: ReadonlyMap<string, readonly string[]> = new Map()): Decoder {
  const vocabularies = new Map([...plant.types].map(([id, type]) => [id, vocabularyOf(type)]));
  const sources = new Map<string, Source>();
  for (const line of plant.lines.values()) {
    const vocabulary = vocabularies.get(line.type.id) ?? vocabularyOf(line.type);
    sources.set(topicOf(line, 'telemetry'), { line: line.id, vocabulary });
  }
  const undeclared = new Map([...seen].map(([line, names]) => [line, new Set(names)]));
  return {
    undeclared,
    decode(record) {
      const source = sources.get(record.topic);
      return source === undefined ? refused(record, plant) : decodePacket(record, source, undeclared);
    },
  };
}

function decodePacket(record: JournalRecord, source: Source, undeclared: Map<string, Set<string>>): Decoded {
  const { receivedAt } = record;
  const { line } = source;
  const readings: Reading[] = [];
  const rejections: Rejection[] = [];
  const opened = open(record);
  if (opened.fault !== null) {
    rejections.push({ line, receivedAt, ...opened.fault, sample: sampleOfBytes(record.payload) });
    return { line, readings, rejections, received: 1 };
  }
  const { value } = opened;
  const values: readonly unknown[] = Array.isArray(value) ? value : [value];
  const flood = values.length > readingLimits.readingsPerPacket ? tooMany(values.length) : null;
  for (const each of values) {
    const draft: Draft = { line, ts: receivedAt, receivedAt, metrics: {} };
    const fault = flood ?? fill(draft, each, source.vocabulary) ?? admit(draft, source.vocabulary, undeclared);
    if (fault === null) readings.push(draft);
    else rejections.push({ line, receivedAt, ...fault, sample: sampleOf(each) });
  }
  return { line, readings, rejections, received: values.length };
}

/** A packet for a line that is not there: each of its readings counts, as far as they can be told apart. */
function refused(record: JournalRecord, plant: Plant): Decoded {
  const parts = parseTopic(record.topic);
  const line = parts?.line ?? visible(record.topic, 128);
  const elsewhere = parts !== null && parts.channel === 'telemetry' && plant.lines.has(parts.line);
  const fault = {
    line,
    receivedAt: record.receivedAt,
    reason: 'unknown-line',
    detail: `${elsewhere ? 'the line stands elsewhere in the plant' : 'no line of the plant'}: ${visible(record.topic, 256)}`,
  } as const;
  const { value } = open(record);
  const rejections = Array.isArray(value)
    ? value.map((each: unknown) => ({ ...fault, sample: sampleOf(each) }))
    : [{ ...fault, sample: sampleOfBytes(record.payload) }];
  return { line, readings: [], rejections, received: rejections.length };
}

/** Bytes to JSON. A byte order mark is no part of JSON (RFC 8259, section 8.1) and is refused with the rest that is not. */
function open({ payload, payloadBytes }: JournalRecord): Opened {
  if (payloadBytes > readingLimits.payloadBytes) {
    return failed('too-large', `${String(payloadBytes)} bytes, ${String(readingLimits.payloadBytes)} at most`);
  }
  let text: string;
  try {
    text = utf8.decode(payload);
  } catch {
    return failed('not-json', 'is not UTF-8');
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return failed('not-json', visible(error instanceof Error ? error.message : String(error), 200));
  }
  if (Array.isArray(value) && value.length === 0) return failed('bad-shape', 'an array must hold at least one reading');
  return { value, fault: null };
}

function failed(reason: Fault['reason'], detail: string): Opened {
  return { value: undefined, fault: { reason, detail } };
}

function tooMany(count: number): Fault {
  return { reason: 'too-large', detail: `${String(count)} readings in a packet, ${String(readingLimits.readingsPerPacket)} at most` };
}

/**
 * Lets a line have so many metrics of its own, and no more. A reading that would go over the limit is refused whole and adds no
 * name, so the same packets in the same order always come to the same result.
 */
function admit(draft: Draft, { numeric }: Vocabulary, undeclared: Map<string, Set<string>>): Fault | null {
  let fresh: string[] | null = null;
  const known = undeclared.get(draft.line);
  for (const name in draft.metrics) {
    if (numeric.has(name) || known?.has(name)) continue;
    fresh ??= [];
    fresh.push(name);
  }
  if (fresh === null) return null;
  const count = (known?.size ?? 0) + fresh.length;
  const limit = readingLimits.undeclaredMetricsPerLine;
  if (count > limit)
    return { reason: 'too-many-metrics', detail: `${String(count)} undeclared metrics on the line, ${String(limit)} at most` };
  if (known === undefined) undeclared.set(draft.line, new Set(fresh));
  else for (const name of fresh) known.add(name);
  return null;
}

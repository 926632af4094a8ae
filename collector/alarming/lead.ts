/**
 * The lead: alarming reads the journal for itself, from where its snapshot was taken, until the head of the journal has come to the same
 * place; from then on the head feeds it. Comes in: the journal and what the head reads. Goes out: stretches for alarming, in order, nothing left out. So faults are told
 * of while the head is still far behind: after a long outage of the store, while lines are brought back to where they were, after many short lives.
 */
import { setImmediate as othersTurn } from 'node:timers/promises';
import type { JournalBatch, JournalReader } from '../../journal/journal.ts';
import type { Decoder } from '../decode.ts';
import { decodeBatch, type Intake, type Stretch } from '../intake.ts';
import type { Alarming } from './alarming.ts';

const readBytes = 1024 * 1024;
/** A few milliseconds: lines that are being brought back, live readings and what is stored have the thread in between. */
const recordsAtOnce = 500;

export interface LeadParts {
  readonly journal: JournalReader;
  readonly decoder: Decoder;
  readonly intake: Pick<Intake, 'closed'>;
  readonly alarming: Pick<Alarming, 'position' | 'take' | 'awaits'>;
}

export class Lead {
  readonly #parts: LeadParts;
  #isOver = false;

  constructor(parts: LeadParts) {
    this.#parts = parts;
  }

  /** Reads until the head has come to where this is, or nothing more is taken in. */
  async run(): Promise<void> {
    const { journal, decoder, alarming } = this.#parts;
    const { first } = await journal.health();
    for (let at = Math.max(alarming.position, first); this.#goesOn(); at = alarming.position) {
      alarming.awaits();
      const batch = await journal.read(at, readBytes);
      if (!batch) return;
      for (const part of partsOf(batch)) {
        if (!this.#goesOn()) return;
        alarming.take(decodeBatch(decoder, part, part.next, 'head'));
        await othersTurn();
      }
    }
  }

  /** The head is about to wait for more of the journal. */
  awaits(): void {
    if (this.#isOver) this.#parts.alarming.awaits();
  }

  /** What the head has read: from where the two meet on, it is for alarming. */
  pass(stretch: Stretch): void {
    const { alarming } = this.#parts;
    this.#isOver ||= stretch.from <= alarming.position && stretch.next >= alarming.position;
    if (this.#isOver) alarming.take(stretch);
  }

  #goesOn(): boolean {
    return !this.#isOver && !this.#parts.intake.closed;
  }
}

function* partsOf(batch: JournalBatch): Generator<JournalBatch> {
  const { from, next, records, positions } = batch;
  for (let begin = 0; begin === 0 || begin < records.length; begin += recordsAtOnce) {
    const end = begin + recordsAtOnce;
    yield {
      ...batch,
      from: begin === 0 ? from : (positions[begin] ?? from),
      next: positions[end] ?? next,
      records: records.slice(begin, end),
      positions: positions.slice(begin, end),
    };
  }
}

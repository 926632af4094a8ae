/**
 * Troubles of the system itself, as alarms of its own: a journal that takes nothing, a store that is away, damaged records, channels that fail.
 * Comes in: how the parts are, asked every second or told. Goes out: troubles that begin and end. It mends nothing.
 */
import type { Clock } from '../../contract/clock.ts';
import type { Text } from '../../contract/text.ts';
import type { JournalHealth, JournalReader } from '../../journal/journal.ts';
import type { Trouble } from '../alarms/events.ts';
import { elapsedMs } from '../elapsed.ts';

const everyMs = 1_000;
/** A journal that does not even say how it is takes nothing either. */
const journalMs = 3_000;
const storeMs = 30_000;
/** Damage is an event, and no state: it counts as over when none was found for this long. */
const damageMs = 300_000;

export interface TroublesParts {
  readonly journal: Pick<JournalReader, 'health'>;
  /** What is wrong with the store, in words; null where nothing is. */
  readonly storeTrouble: () => string | null;
  readonly clock: Clock;
  readonly tell: (trouble: Trouble) => void;
}

const texts = {
  journal: {
    zh: '日志无法写入（磁盘可能已满），设备数据暂不确认接收',
    en: 'The journal takes nothing (its disk may be full): devices are not acknowledged',
  },
  store: {
    zh: '数据库已超过30秒无法写入，数据暂存于日志中',
    en: 'The store has been away for more than 30 s: readings wait in the journal',
  },
  damage: { zh: '日志中发现损坏的记录，已跳过', en: 'Damaged records were found in the journal and left out' },
} as const satisfies Record<string, Text>;

export class Troubles {
  /** Nothing can be heard of devices while the journal takes nothing. */
  isDeaf = false;
  readonly #parts: TroublesParts;
  #askedAt = Number.NEGATIVE_INFINITY;
  #isAsking = false;
  #withheldSince: number | null = null;
  #storeSince: number | null = null;
  #damaged = 0;
  #damagedAt = Number.NEGATIVE_INFINITY;

  constructor(parts: TroublesParts) {
    this.#parts = parts;
  }

  tick(now: number): void {
    if (this.#isAsking) this.#judgeJournal(true, now);
    if (elapsedMs(this.#askedAt, now) < everyMs) return;
    // Nothing began in the future: where the clock was set back, how long something has lasted is counted anew.
    this.#storeSince = this.#parts.storeTrouble() === null ? null : Math.min(this.#storeSince ?? now, now);
    this.#damagedAt = Math.min(this.#damagedAt, now);
    this.#say('store', 'high', this.#storeSince !== null && now - this.#storeSince >= storeMs, texts.store);
    this.#say('damage', 'high', now - this.#damagedAt < damageMs, texts.damage);
    if (this.#isAsking) return;
    this.#askedAt = now;
    this.#isAsking = true;
    void this.#ask();
  }

  channel(id: string, ok: boolean, error: string | null): void {
    const why = error === null ? '' : `: ${error}`;
    this.#say(`channel-${id}`, 'high', !ok, { zh: `通知渠道“${id}”发送失败${why}`, en: `Notification channel "${id}" fails${why}` });
  }

  async #ask(): Promise<void> {
    const { journal, clock } = this.#parts;
    let health: JournalHealth | null = null;
    try {
      health = await journal.health();
    } catch {
      // The journal's own edge logs why; here it counts that it does not answer.
    }
    this.#isAsking = false;
    const now = clock.now();
    this.#judgeJournal(health?.withheld ?? true, now);
    if (health === null || health.damagedRecords <= this.#damaged) return;
    this.#damaged = health.damagedRecords;
    this.#damagedAt = now;
  }

  /** An answer that is still on its way counts once it is overdue. */
  #judgeJournal(withheld: boolean, now: number): void {
    if (this.#isAsking && elapsedMs(this.#askedAt, now) < everyMs) return;
    this.isDeaf = withheld;
    this.#withheldSince = withheld ? Math.min(this.#withheldSince ?? now, now) : null;
    this.#say('journal', 'critical', this.#withheldSince !== null && now - this.#withheldSince >= journalMs, texts.journal);
  }

  #say(what: string, priority: Trouble['priority'], raised: boolean, text: Text): void {
    this.#parts.tell({ what, raised, priority, text });
  }
}

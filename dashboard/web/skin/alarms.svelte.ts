/**
 * The open alarms, reactive, on every page of those who may see them: counts, records by id, deeds and what people are told of them.
 * What arrives is kept at once and shown at most once an animation frame.
 */
import type { AlarmAction, AlarmRecord } from '../../../contract/alarm.ts';
import type { Clock } from '../../../contract/clock.ts';
import { AlarmFeed, type Deed } from '../core/alarmfeed.ts';
import { isMine } from '../core/alarms.ts';
import type { Api } from '../core/api.ts';
import type { DeedBody } from '../core/deeds.ts';
import type { LiveSocket } from '../core/feed.ts';
import { News, type Piece } from '../core/news.ts';
import type { Plant } from '../core/plant.ts';
import { deedWord, newsWords } from './alarmwords.ts';
import type { Live } from './live.svelte.ts';
import type { Reminders } from './reminders.svelte.ts';
import type { Toasts } from './toasts.svelte.ts';
import type { Tongue } from './tongue.svelte.ts';

export interface OpenAlarmsParts {
  readonly socket: LiveSocket;
  readonly api: Api;
  readonly clock: Clock;
  readonly plant: Plant;
  readonly live: Live;
  readonly tongue: Tongue;
  readonly toasts: Toasts;
  readonly reminders: Reminders;
  readonly me: string;
  /** Opens an alarm's page. */
  readonly open: (alarm: string) => void;
}

/** Incidents count as one, as in the list. */
export interface AlarmCounts {
  /** What wants acknowledging. */
  readonly open: number;
  readonly mine: number;
  /** What somebody is on. */
  readonly working: number;
  readonly all: number;
}

/** Actions that ask for more before they are done. */
const asking: readonly AlarmAction[] = ['assign', 'resolve', 'shelve', 'comment'];

export class OpenAlarms {
  counts: AlarmCounts = $state.raw({ open: 0, mine: 0, working: 0, all: 0 });
  known = $state.raw(false);
  failed = $state.raw(false);
  /** Rises with every frame that shows something new. */
  frame = $state.raw(0);
  /** What somebody is being asked about: what else can be done, or what belongs to a deed. */
  asked: { readonly what: AlarmAction | 'more'; readonly records: readonly AlarmRecord[] } | null = $state.raw(null);
  readonly me: string;
  readonly #parts: OpenAlarmsParts;
  readonly #feed: AlarmFeed;
  readonly #news: News;
  #pending = false;

  constructor(parts: OpenAlarmsParts) {
    this.#parts = parts;
    this.me = parts.me;
    this.#news = new News({
      clock: parts.clock,
      me: parts.me,
      find: (id) => this.#feed.alarms.get(id),
      isShared: (record) => this.#isShared(record),
      tell: (piece) => {
        this.#tell(piece);
      },
    });
    this.#feed = new AlarmFeed({
      ...parts,
      now: () => parts.live.now,
      changed: () => {
        this.#show();
      },
      risen: (records) => {
        this.#news.rise(records);
      },
      failed: (failed) => {
        this.failed = failed;
      },
    });
    document.addEventListener('visibilitychange', this.#onWake);
  }

  close(): void {
    document.removeEventListener('visibilitychange', this.#onWake);
    this.#news.close();
    this.#feed.close();
  }

  /** All of them, once, without following them. */
  records(): IterableIterator<AlarmRecord> {
    return this.#feed.alarms.values();
  }

  /** The newest record; reading it in a component follows it from then on. */
  get(id: string): AlarmRecord | undefined {
    return this.frame < 0 ? undefined : this.#feed.alarms.get(id);
  }

  renew(): void {
    void this.#feed.renew();
  }

  /** A deed begins: it is done at once, or what belongs to it is asked for first. */
  begin(records: readonly AlarmRecord[], what: AlarmAction | 'more'): void {
    if (what === 'more' || asking.includes(what)) this.asked = { what, records };
    else void this.act(records, what, {});
  }

  async act(records: readonly AlarmRecord[], action: AlarmAction, body: DeedBody): Promise<Deed> {
    const deed = await this.#feed.act(records, action, body);
    const word = deedWord(deed, body, this.#parts.tongue);
    const wasShelved = action === 'shelve' && deed.done > 0;
    if (word) {
      this.#parts.toasts.show({
        ...word,
        ...(wasShelved && {
          action: {
            text: this.#parts.tongue.t('faults.undo'),
            run: () => void this.act(this.#now(records), 'unshelve', {}),
          },
        }),
      });
    }
    return deed;
  }

  #now(records: readonly AlarmRecord[]): AlarmRecord[] {
    return records.map((record) => this.#feed.alarms.get(record.id) ?? record);
  }

  readonly #onWake = (): void => {
    if (document.visibilityState === 'visible') this.renew();
  };

  #show(): void {
    if (this.#pending) return;
    this.#pending = true;
    requestAnimationFrame(() => {
      this.#pending = false;
      this.known = this.#feed.alarms.isKnown;
      this.counts = countsOf(this.#feed.alarms.values(), this.me);
      this.frame += 1;
    });
  }

  #isShared({ rule, line }: AlarmRecord): boolean {
    if (rule === 'silence') return true;
    const [kind, code = ''] = rule.split(':');
    return kind === 'stop' && this.#parts.plant.line(line)?.type.stops[code]?.shared === true;
  }

  #tell(piece: Piece): void {
    const { toasts, reminders, plant, tongue, open } = this.#parts;
    const { record } = piece;
    const { title, detail } = newsWords(piece, plant, tongue);
    const href = piece.kind === 'many' ? '/faults' : `/faults/${record.id}`;
    toasts.show({ text: title, detail, tone: record.priority, href });
    reminders.remind(record.priority, title, detail, () => {
      open(record.id);
    });
  }
}

function countsOf(records: Iterable<AlarmRecord>, me: string): AlarmCounts {
  const matters = { open: new Set<string>(), mine: new Set<string>(), working: new Set<string>(), all: new Set<string>() };
  for (const record of records) {
    const key = record.group ?? record.id;
    matters.all.add(key);
    if (record.state === 'shelved') continue;
    if (isMine(record, me)) matters.mine.add(key);
    if (record.state === 'unacknowledged' || record.state === 'returned') matters.open.add(key);
    else matters.working.add(key);
  }
  return { open: matters.open.size, mine: matters.mine.size, working: matters.working.size, all: matters.all.size };
}

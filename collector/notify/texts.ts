/**
 * What messages say, in both languages: short, with what it is first, then where, since when, and a link. Comes in: an announcement with its
 * records, the occasion, the plant's names. Goes out: notices of plain single lines; a channel lays them out. No other file of this folder holds
 * a sentence for people.
 */
import type { AlarmRecord, Priority } from '../../contract/alarm.ts';
import type { Line, Plant } from '../../contract/plant.ts';
import type { Delivery } from '../../contract/notify.ts';
import type { Text } from '../../contract/text.ts';
import { oneLine } from './harmless.ts';
import type { Told } from './plan.ts';

/** One thing to tell: what it is, where and since when, and where to read on. */
export interface Notice {
  readonly head: Text;
  readonly body: Text;
  readonly url: string;
  readonly priority: Priority;
  readonly occasion: Delivery['occasion'];
}

const priorityTexts: Readonly<Record<Priority, Text>> = {
  critical: { zh: '紧急', en: 'Critical' },
  high: { zh: '高', en: 'High' },
  medium: { zh: '中', en: 'Medium' },
  low: { zh: '低', en: 'Low' },
};

const occasionTexts: Readonly<Partial<Record<Delivery['occasion'], Text>>> = {
  reminder: { zh: '提醒', en: 'reminder' },
  escalation: { zh: '升级', en: 'escalated' },
};

const over: Text = { zh: '恢复', en: 'Over' };
export const labels = {
  open: { zh: '打开', en: 'Open' },
  trial: { zh: '测试', en: 'Test' },
} as const satisfies Record<string, Text>;

const map = (make: (language: 'zh' | 'en') => string): Text => ({ zh: oneLine(make('zh')), en: oneLine(make('en')) });
const tag = (zh: string, en: string): Text => ({ zh: `【${zh}】`, en: `[${en}] ` });

/** Names of places, and local times. */
export class Wording {
  readonly #plant: Plant;
  readonly #url: string;
  readonly #local: Intl.DateTimeFormat;
  readonly #names = new Map<string, { readonly park: Text; readonly firm: Text; readonly workshop: Text }>();

  constructor(plant: Plant, publicUrl: string) {
    this.#plant = plant;
    this.#url = publicUrl;
    // Swedes write 2026-11-23 14:03.
    this.#local = new Intl.DateTimeFormat('sv-SE', { timeZone: plant.timezone, dateStyle: 'short', timeStyle: 'short' });
    for (const park of plant.file.parks) {
      for (const firm of park.firms) {
        for (const { id, name } of firm.workshops)
          this.#names.set(`${firm.id}/${id}`, { park: park.name, firm: firm.name, workshop: name });
      }
    }
  }

  /** `now` is when it is said: times of other days carry their date. */
  notice(told: Told, occasion: Delivery['occasion'], now: number): Notice {
    const { announcement, incident, records } = told;
    const { priority } = announcement;
    const said = { priority, occasion, url: this.listUrl(incident?.alarms[0] ?? announcement.alarm) };
    if (announcement.kind === 'flood') return { ...said, ...this.#flood(told, now) };
    const [record] = records;
    if (incident === null && record) return { ...said, ...this.#alarm(record, priority, occasion, now) };
    return { ...said, ...this.#incident(told, occasion, now) };
  }

  trial(who: string, now: number): Notice {
    const head = { zh: `【${labels.trial.zh}】Bobbin 通知渠道正常`, en: '[Test] This Bobbin channel works' };
    const body = map((language) =>
      language === 'zh' ? `由 ${who} 发送 · ${this.#time(now, now)}` : `sent by ${who} · ${this.#time(now, now)}`,
    );
    return { head, body, url: this.listUrl(null), priority: 'low', occasion: 'trial' };
  }

  /** The page of one alarm, or the list. */
  listUrl(alarm: string | null): string {
    return alarm === null ? `${this.#url}/faults` : `${this.#url}/faults/${encodeURIComponent(alarm)}`;
  }

  #alarm(record: AlarmRecord, priority: Priority, occasion: Delivery['occasion'], now: number): Pick<Notice, 'head' | 'body'> {
    const line = this.#plant.lines.get(record.line);
    const start = tagOf(priority, occasion);
    const head = map((language) => `${start[language]}${line ? `${line.id} ${line.name[language]} ` : ''}${record.text[language]}`);
    const body = map((language) =>
      [
        line ? this.#where(line, language) : null,
        measured(record, language),
        this.#since(record.raisedAt, record.clearedAt, language, now),
        untouched(record.raisedAt, occasion, language, now),
      ]
        .filter((part) => part !== null)
        .join(' · '),
    );
    return { head, body };
  }

  #incident({ announcement, incident, records }: Told, occasion: Delivery['occasion'], now: number): Pick<Notice, 'head' | 'body'> {
    const start = tagOf(announcement.priority, occasion);
    const line = this.#plant.lines.get(incident?.lines[0] ?? '');
    const isBuilding = incident?.placeKind === 'building';
    const count = String(incident?.lines.length ?? announcement.count);
    const head = map((language) => {
      const place = line ? (isBuilding ? building(line, language) : this.#workshop(line, language)) : announcement.place;
      const what = commonest(records, language);
      return language === 'zh' ? `${start.zh}${place} ${count} 条线：${what}` : `${start.en}${place}: ${count} lines: ${what}`;
    });
    const from = incident?.startedAt ?? announcement.at;
    const body = map((language) =>
      [
        line ? (isBuilding ? this.#park(line, language) : this.#where(line, language)) : null,
        this.#since(from, occasion === 'cleared' ? (incident?.clearedAt ?? announcement.at) : null, language, now),
        untouched(from, occasion, language, now),
      ]
        .filter((part) => part !== null)
        .join(' · '),
    );
    return { head, body };
  }

  #flood({ announcement }: Told, now: number): Pick<Notice, 'head' | 'body'> {
    const { place, count, at } = announcement;
    const names = this.#names.get(place);
    const where = (language: 'zh' | 'en'): string => (names ? `${names.firm[language]} ${names.workshop[language]}` : place);
    const head = map((language) =>
      language === 'zh'
        ? `【报警泛滥】${where('zh')}：10 分钟内 ${String(count)} 条报警`
        : `[Alarm flood] ${where('en')}: ${String(count)} alarms in 10 minutes`,
    );
    const body = map((language) =>
      language === 'zh'
        ? `${this.#time(at, now)} 起，只逐条通知紧急报警，其余见列表`
        : `since ${this.#time(at, now)} only critical alarms are told one by one; the list has all`,
    );
    return { head, body };
  }

  #where(line: Line, language: 'zh' | 'en'): string {
    const names = this.#names.get(`${line.firm}/${line.workshop}`);
    const parts = names ? [names.park[language], names.firm[language], names.workshop[language]] : [];
    return [...parts, ...(line.building === null ? [] : [building(line, language)])].join(' ');
  }

  #workshop(line: Line, language: 'zh' | 'en'): string {
    const names = this.#names.get(`${line.firm}/${line.workshop}`);
    return names ? `${names.firm[language]} ${names.workshop[language]}` : `${line.firm}/${line.workshop}`;
  }

  #park(line: Line, language: 'zh' | 'en'): string {
    return this.#names.get(`${line.firm}/${line.workshop}`)?.park[language] ?? line.park;
  }

  #since(from: number, to: number | null, language: 'zh' | 'en', now: number): string {
    const begun = this.#time(from, now);
    if (to !== null) return `${begun}–${this.#time(to, now)}`;
    return language === 'zh' ? `${begun} 起` : `since ${begun}`;
  }

  #time(at: number, now: number): string {
    const [date = '', time = ''] = this.#local.format(at).split(' ');
    return this.#local.format(now).startsWith(date) ? time : `${date.slice(5)} ${time}`;
  }
}

/** What stands above several notices that go out as one message. */
export function foldedHead(count: number, priority: Priority): Text {
  return {
    zh: `【${priorityTexts[priority].zh}】${String(count)} 条通知`,
    en: `[${priorityTexts[priority].en}] ${String(count)} messages`,
  };
}

export function moreText(count: number): Text {
  return { zh: `另有 ${String(count)} 条，见列表`, en: `and ${String(count)} more, see the list` };
}

function tagOf(priority: Priority, occasion: Delivery['occasion']): Text {
  if (occasion === 'cleared') return tag(over.zh, over.en);
  const { zh, en } = priorityTexts[priority];
  const again = occasionTexts[occasion];
  return again ? tag(`${zh}·${again.zh}`, `${en}, ${again.en}`) : tag(zh, en);
}

function building({ building: number }: Line, language: 'zh' | 'en'): string {
  const shown = number ?? '';
  if (language === 'en') return `Building ${shown}`;
  return /^\w+$/.test(shown) ? `${shown}号楼` : shown;
}

function measured({ rule, value }: AlarmRecord, language: 'zh' | 'en'): string | null {
  if (value === null || !rule.startsWith('limit:')) return null;
  const shown = String(Number(value.toPrecision(5)));
  return language === 'zh' ? `实测 ${shown}` : `measured ${shown}`;
}

function untouched(since: number, occasion: Delivery['occasion'], language: 'zh' | 'en', now: number): string | null {
  if (occasion !== 'reminder' && occasion !== 'escalation') return null;
  const minutes = String(Math.max(1, Math.round((now - since) / 60_000)));
  return language === 'zh' ? `${minutes} 分钟无人确认` : `nobody has acknowledged for ${minutes} min`;
}

/** What most of them say, with how many do where not all say the same. */
function commonest(records: readonly AlarmRecord[], language: 'zh' | 'en'): string {
  const counts = new Map<string, number>();
  for (const { text } of records) counts.set(text[language], (counts.get(text[language]) ?? 0) + 1);
  const sorted = [...counts].sort((a, b) => b[1] - a[1]).slice(0, 3);
  if (counts.size === 1) return sorted[0]?.[0] ?? '';
  return sorted
    .map(([text, count]) => `${text}${language === 'zh' ? `（${String(count)}）` : ` (${String(count)})`}`)
    .join(language === 'zh' ? '、' : ', ');
}

/**
 * Numbers, spans and clock times as people read them, in one language and in the zone's time zone.
 * Comes in: plain numbers, milliseconds, ratios. Goes out: text. A value that is not there is an en dash, never a zero.
 */
import type { Language } from '../../../contract/api.ts';
import type { MetricValue } from '../../../contract/reading.ts';

export const nothing = '–';

const locales: Record<Language, string> = { zh: 'zh-CN', en: 'en-GB' };
const spanWords: Record<Language, readonly [day: string, hour: string, minute: string, second: string]> = {
  zh: [' 天', ' 小时', ' 分', ' 秒'],
  en: [' d', ' h', ' min', ' s'],
};

export class Format {
  readonly language: Language;
  readonly timezone: string;
  readonly #whole: Intl.NumberFormat;
  readonly #compact: Intl.NumberFormat;
  readonly #short: Intl.NumberFormat;
  readonly #time: Intl.DateTimeFormat;
  readonly #timeSeconds: Intl.DateTimeFormat;
  readonly #date: Intl.DateTimeFormat;
  readonly #byDigits = new Map<number, Intl.NumberFormat>();

  constructor(language: Language, timezone: string) {
    const locale = locales[language];
    this.language = language;
    this.timezone = timezone;
    this.#whole = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 });
    this.#compact = new Intl.NumberFormat(language === 'zh' ? 'zh-CN' : 'en', { notation: 'compact', maximumSignificantDigits: 4 });
    this.#short = new Intl.NumberFormat(language === 'zh' ? 'zh-CN' : 'en', { notation: 'compact', maximumSignificantDigits: 3 });
    const clock = { timeZone: timezone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const;
    this.#time = new Intl.DateTimeFormat(locale, clock);
    this.#timeSeconds = new Intl.DateTimeFormat(locale, { ...clock, second: '2-digit' });
    this.#date = new Intl.DateTimeFormat(locale, { timeZone: timezone, month: language === 'zh' ? 'numeric' : 'short', day: 'numeric' });
  }

  /** 0.7134 → "71.3". */
  percent(ratio: number | null): string {
    return ratio === null ? nothing : (ratio * 100).toFixed(1);
  }

  /** Never rounded up to what it has not reached: 0.89996 → "89.9". */
  percentDown(ratio: number | null): string {
    return ratio === null ? nothing : this.percent(Math.floor(ratio * 1000 + 1e-9) / 1000);
  }

  /** 0.7134 → "71%": where there is room for little. */
  wholePercent(ratio: number | null): string {
    return ratio === null ? nothing : `${(ratio * 100).toFixed(0)}%`;
  }

  /** 0.999 → "99%": what is not done is not 100 %. */
  wholePercentDown(ratio: number | null): string {
    return ratio === null ? nothing : `${String(Math.floor(ratio * 100 + 1e-9))}%`;
  }

  /** "70.1–72.8%" for the bounds of a ratio; empty where they are not known. */
  bounds(low: number | null | undefined, high: number | null | undefined): string {
    return isThere(low) && isThere(high) ? `${this.percent(low)}–${this.percent(high)}%` : '';
  }

  /** "70–73%". */
  wholeBounds(low: number | null | undefined, high: number | null | undefined): string {
    return isThere(low) && isThere(high) ? `${(low * 100).toFixed(0)}–${this.wholePercent(high)}` : nothing;
  }

  whole(value: number): string {
    return this.#whole.format(value);
  }

  /** Full up to a million, "1.843M" or "184.3万" beyond. */
  amount(value: number): string {
    return Math.abs(value) < 1_000_000 ? this.#whole.format(value) : this.#compact.format(value);
  }

  /** Three significant digits beyond ten thousand, for where there is little room: "181K", "18.1万". */
  short(value: number): string {
    return Math.abs(value) < 10_000 ? this.#whole.format(value) : this.#short.format(value);
  }

  /** A metric's value with the decimals its type asks for, or three significant digits. */
  metric(value: MetricValue | undefined, decimals?: number): string {
    if (value === null || value === undefined) return nothing;
    if (typeof value === 'boolean') return value ? '✓' : '✗';
    if (typeof value === 'string') return value;
    const size = Math.abs(value);
    const digits = decimals ?? (Number.isInteger(value) || size >= 100 ? 0 : size >= 10 ? 1 : 2);
    return this.#fixed(digits).format(value);
  }

  #fixed(digits: number): Intl.NumberFormat {
    const known = this.#byDigits.get(digits);
    if (known) return known;
    const format = new Intl.NumberFormat(locales[this.language], { minimumFractionDigits: digits, maximumFractionDigits: digits });
    this.#byDigits.set(digits, format);
    return format;
  }

  /** A running clock: "0:48", "14:22", "1:05:20", "2 d 3 h". */
  clock(milliseconds: number): string {
    const seconds = Math.max(0, Math.floor(milliseconds / 1000));
    if (seconds >= 86_400) return this.span(seconds);
    const [hours, minutes, rest] = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60), seconds % 60];
    if (hours > 0) return `${String(hours)}:${two(minutes)}:${two(rest)}`;
    return `${String(minutes)}:${two(rest)}`;
  }

  /** A span in words, its two largest parts: "41 分", "1 h 44 min". */
  span(totalSeconds: number): string {
    const seconds = Math.max(0, Math.round(totalSeconds));
    const [day, hour, minute, second] = spanWords[this.language];
    if (seconds < 60) return `${String(seconds)}${second}`;
    const minutes = Math.round(seconds / 60);
    if (minutes < 60) return `${String(minutes)}${minute}`;
    const hours = Math.floor(minutes / 60);
    if (hours < 24) return joined(hours, hour, minutes % 60, minute);
    return joined(Math.floor(hours / 24), day, hours % 24, hour);
  }

  /** "14:32" in the zone. */
  time(ts: number): string {
    return this.#time.format(ts);
  }

  /** "14:32:08" in the zone. */
  timeSeconds(ts: number): string {
    return this.#timeSeconds.format(ts);
  }

  /** "11月23日 14:32" in the zone. */
  dateTime(ts: number): string {
    return `${this.#date.format(ts)} ${this.#time.format(ts)}`;
  }

  /** "2026-10" → "2026年10月", "October 2026". */
  month(month: string): string {
    const [year = 0, number = 1] = month.split('-').map(Number);
    const names = new Intl.DateTimeFormat(locales[this.language], { timeZone: 'UTC', year: 'numeric', month: 'long' });
    return names.format(Date.UTC(year, number - 1, 15));
  }

  /** "2026年10月1日" in the zone. */
  day(ts: number): string {
    return new Intl.DateTimeFormat(locales[this.language], { timeZone: this.timezone, dateStyle: 'long' }).format(ts);
  }

  /** "2026年10月1日 14:32" in the zone. */
  minute(ts: number): string {
    return `${this.day(ts)} ${this.time(ts)}`;
  }

  /** "1,234.5". */
  tenths(value: number): string {
    return this.#fixed(1).format(value);
  }

  /** "+3.2", "−1.5", "0.0". */
  signed(value: number): string {
    const text = this.#fixed(1).format(Math.abs(value));
    return value >= 0.05 ? `+${text}` : value <= -0.05 ? `−${text}` : text;
  }

  /** "412 MB". */
  bytes(size: number): string {
    const units = ['B', 'kB', 'MB', 'GB', 'TB'];
    const step = size < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(size) / 3));
    const value = size / 1000 ** step;
    return `${value.toFixed(step === 0 || value >= 100 ? 0 : 1)} ${units[step] ?? ''}`;
  }
}

function isThere(value: number | null | undefined): value is number {
  return value !== null && value !== undefined;
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}

function joined(large: number, largeWord: string, small: number, smallWord: string): string {
  return small === 0 ? `${String(large)}${largeWord}` : `${String(large)}${largeWord} ${String(small)}${smallWord}`;
}

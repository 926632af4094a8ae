/**
 * Windows: the running shift and the last 60 minutes of one line, kept up to date minute by minute.
 * Comes in: closed minute rows and the line's fold. Goes out: sums and records as of `now`. Pure: time is handed in.
 */
import type { MinuteRow, Sums, UtilizationRecord } from '../contract/figures.ts';
import type { LiveRecord } from '../contract/live.ts';
import { readingLimits } from '../contract/reading.ts';
import type { ShiftWindow } from '../kpi/calendar.ts';
import { copyFold, knownUntil, minuteMs, minuteOf, advance, type Fold } from '../kpi/fold.ts';
import { addSums, emptySums, idealOutputOf, recordOf } from '../kpi/utilization.ts';

/** An hour, and by how much a device's clock may be ahead. */
const hourReachMs = 60 * minuteMs + readingLimits.aheadMs + minuteMs;

/** Sums of a line's windows over closed minutes; what is still open is in its fold. */
export interface LineWindows {
  shift: ShiftWindow | null;
  shiftSums: Sums;
  /** Closed minutes of the last hour, oldest first. */
  hour: MinuteRow[];
}

export interface WindowRecords {
  shift: LiveRecord['shift'];
  hour: UtilizationRecord;
}

/** The last 60 minutes begin with a whole minute: from then on the figures are the sums of minute rows. */
export function hourStart(now: number): number {
  return minuteOf(now) - 60 * minuteMs;
}

/** From when on rows are needed to rebuild a line's windows. */
export function windowsStart(shift: ShiftWindow | null, now: number): number {
  return Math.min(shift?.from ?? Number.POSITIVE_INFINITY, hourStart(now));
}

/** Windows out of rows since `windowsStart`; `shiftSums`, where given, already hold the rows of the shift. */
export function createWindows(shift: ShiftWindow | null, rows: readonly MinuteRow[], shiftSums?: Sums): LineWindows {
  const windows: LineWindows = { shift, shiftSums: shiftSums ?? emptySums(), hour: [] };
  for (const row of rows) {
    if (shiftSums) windows.hour.push(row);
    else addMinute(windows, row);
  }
  return windows;
}

/** A minute has closed. Rows come in order of time, from before the windows too (a device that catches up). */
export function addMinute(windows: LineWindows, row: MinuteRow): void {
  const { hour, shift } = windows;
  hour.push(row);
  // Of a month that is caught up on, only as much is kept as the last hour can have: time goes on from the newest row, or from before it.
  while (hour[0] && hour[0].minute < row.minute - hourReachMs) hour.shift();
  if (shift && row.minute >= shift.from && row.minute < shift.to) addSums(windows.shiftSums, row);
}

/** Many minutes alike have closed; those that no window can have are passed over. */
export function addRun(windows: LineWindows, row: MinuteRow, count: number): void {
  const end = row.minute + count * minuteMs;
  const first = Math.max(row.minute, Math.min(windows.shift?.from ?? end, end - hourReachMs));
  for (let minute = minuteOf(first); minute < end; minute += minuteMs) addMinute(windows, { ...row, minute });
}

/**
 * Both windows as of `now`; up to the newest reading where that is ahead of now, by a device's clock: what was folded
 * cannot be taken back, and time must not be counted that the window does not have.
 */
export function recordsAt(windows: LineWindows, fold: Fold, now: number): WindowRecords {
  const from = hourStart(now);
  const to = fold.carry ? Math.max(now, fold.carry.ts + 1) : now;
  turnShift(windows, fold, now);
  while (windows.hour[0] && windows.hour[0].minute < from) windows.hour.shift();
  const open = openRows(fold, now);
  const hour = emptySums();
  for (const row of windows.hour) addSums(hour, row);
  const shift = emptySums();
  if (windows.shift) addSums(shift, windows.shiftSums);
  for (const row of open) {
    if (row.minute >= from) addSums(hour, row);
    if (windows.shift && row.minute >= windows.shift.from && row.minute < windows.shift.to) addSums(shift, row);
  }
  return {
    hour: lineRecord(fold, hour, from, to),
    shift: windows.shift ? { id: windows.shift.id, ...lineRecord(fold, shift, windows.shift.from, Math.min(to, windows.shift.to)) } : null,
  };
}

/** A new shift begins with what is already known of it. */
function turnShift(windows: LineWindows, fold: Fold, now: number): void {
  const { shift } = windows;
  if (shift && now >= shift.from && now < shift.to) return;
  windows.shift = fold.kind.schedule.shiftAt(now);
  windows.shiftSums = emptySums();
  if (!windows.shift) return;
  for (const row of windows.hour) if (row.minute >= windows.shift.from) addSums(windows.shiftSums, row);
}

/** What the fold has not closed yet, as of `now`: its open minute and the state that still holds. */
function openRows(fold: Fold, now: number): MinuteRow[] {
  const rows: MinuteRow[] = [];
  const ahead = copyFold(fold);
  const until = knownUntil(fold, now);
  if (until > fold.accountedTo) advance(ahead, until, { minute: (row) => rows.push(row) });
  if (ahead.open) rows.push(ahead.open);
  return rows;
}

function lineRecord(fold: Fold, sums: Sums, from: number, to: number): UtilizationRecord {
  const { type, schedule } = fold.kind;
  const idealOutput = idealOutputOf(sums.runningMs, type.output?.idealPerHour);
  return recordOf({ from, to, sums, scheduledMs: schedule.scheduledMs(from, to), idealOutput });
}

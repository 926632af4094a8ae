/**
 * The event log of a line: what happened in a window, newest first, out of its states, contexts, late deliveries and alarms.
 * Comes in: what the server told of each. Goes out: one list, filtered. It is pure and words nothing.
 */
import type { AlarmRecord } from '../../../contract/alarm.ts';
import type { Backfill } from '../../../contract/api.ts';
import type { ContextSince } from '../../../contract/details.ts';
import type { StateSpan } from '../../../contract/figures.ts';
import { contextNames, type ContextName } from '../../../contract/reading.ts';

export const eventKinds = ['stop', 'run', 'context', 'alarm', 'late'] as const;
export type EventKind = (typeof eventKinds)[number];

interface EventBase {
  /** Unlike any other's. */
  readonly key: string;
  readonly ts: number;
}

interface StateEvent extends EventBase {
  readonly kind: 'stop' | 'run';
  readonly span: StateSpan;
  readonly isLast: boolean;
}

export type LineEvent =
  | StateEvent
  | (EventBase & { readonly kind: 'context'; readonly changes: readonly ContextChange[] })
  | (EventBase & { readonly kind: 'alarm'; readonly alarm: AlarmRecord; readonly what: 'raised' | 'cleared' })
  | (EventBase & { readonly kind: 'late'; readonly backfill: Backfill });

export interface ContextChange {
  readonly name: ContextName;
  readonly value: string | null;
}

export interface EventSources {
  readonly spans: readonly StateSpan[];
  readonly contexts: readonly ContextSince[];
  readonly backfills: readonly Backfill[];
  readonly alarms: readonly AlarmRecord[];
}

export function eventsOf({ spans, contexts, backfills, alarms }: EventSources, from: number, kinds: ReadonlySet<EventKind>): LineEvent[] {
  const events: LineEvent[] = [];
  spans.forEach((span, index) => {
    const kind = span.state === 'running' ? 'run' : 'stop';
    events.push({ key: `state ${String(span.from)}`, ts: span.from, kind, span, isLast: index === spans.length - 1 });
  });
  contexts.forEach((context, index) => {
    const before = contexts[index - 1];
    const changes = contextNames
      .filter((name) => context[name] !== (before?.[name] ?? null))
      .map((name) => ({ name, value: context[name] }));
    if (context.ts >= from && changes.length > 0)
      events.push({ key: `context ${String(context.ts)}`, ts: context.ts, kind: 'context', changes });
  });
  for (const backfill of backfills) {
    events.push({ key: `late ${String(backfill.from)}`, ts: backfill.receivedTo, kind: 'late', backfill });
  }
  for (const alarm of alarms) {
    if (alarm.raisedAt >= from) events.push({ key: `raised ${alarm.id}`, ts: alarm.raisedAt, kind: 'alarm', alarm, what: 'raised' });
    if (alarm.clearedAt !== null) events.push({ key: `cleared ${alarm.id}`, ts: alarm.clearedAt, kind: 'alarm', alarm, what: 'cleared' });
  }
  return events.filter(({ kind }) => kinds.has(kind)).sort((a, b) => b.ts - a.ts);
}

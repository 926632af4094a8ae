/**
 * The bus: publish and subscribe by MQTT topic, however near or far the broker is.
 * The collector publishes live records and alarms on it and hears who is connected; the dashboard listens, and records what
 * people do.
 */
import type { Stop } from './clock.ts';

/** How long a record may be on its way before whoever waits for it is told that it may or may not be there. */
export const recordMs = 5_000;

export type BusListener = (topic: string, payload: Uint8Array) => void;

export interface Bus {
  /** Hands a message to the broker; retained messages reach later subscribers too. Never throws for a slow listener. */
  publish(topic: string, payload: string | Uint8Array, options: { readonly retain: boolean }): void;
  /**
   * Hands the broker something for the journal; resolves once it is safe there (fsync). Rejects where the broker cannot be
   * reached or refuses, or where it takes longer than `recordMs`: then it may or may not be recorded, and may be sent again under the same id.
   */
  record(topic: string, payload: string): Promise<void>;
  /** Listens to a filter (`+` and `#` allowed); retained messages that match are delivered first. */
  subscribe(filter: string, listener: BusListener): Promise<Stop>;
}

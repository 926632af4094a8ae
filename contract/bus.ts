/**
 * The bus: publish and subscribe by MQTT topic, however near or far the broker is.
 * The collector publishes live records on it and hears who is connected; the dashboard listens.
 */
import type { Stop } from './clock.ts';

export type BusListener = (topic: string, payload: Uint8Array) => void;

export interface Bus {
  /** Hands a message to the broker; retained messages reach later subscribers too. Never throws for a slow listener. */
  publish(topic: string, payload: string | Uint8Array, options: { readonly retain: boolean }): void;
  /** Listens to a filter (`+` and `#` allowed); retained messages that match are delivered first. */
  subscribe(filter: string, listener: BusListener): Promise<Stop>;
}

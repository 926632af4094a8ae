/**
 * Every limit of the broker on one page, each with its unit in its name and the reason beside it.
 * Nothing comes in; one frozen object goes out. Tests may hand the broker smaller ones; nothing else changes them.
 */
import { readingLimits } from '../contract/reading.ts';

export interface Limits {
  /** The first packet. Names, password and a will of `statusBytes` fit four times over; nobody unknown may send more. */
  readonly connectBytes: number;
  /** Any other packet but PUBLISH: a device has one filter to subscribe to, all else is a few bytes. */
  readonly controlBytes: number;
  /** Our longest topic has 275 bytes. Checked where a PUBLISH is large, before it is buffered; the access rule sees to the rest. */
  readonly topicBytes: number;
  /** A larger payload is thinned out as it arrives, acknowledged, and counted as too large. */
  readonly payloadBytes: number;
  /** What is kept of such a payload, for inspection. */
  readonly keptBytes: number;
  /** `status` messages and wills: one word each, but they are held in memory, one a line. */
  readonly statusBytes: number;
  /** From the connection to CONNECT, the TLS and WebSocket handshakes each included: long for the slowest link, short for a silent socket. */
  readonly connectTimeoutMs: number;
  /** A peer that has not read for so long is cut: what waits for it is memory. */
  readonly drainTimeoutMs: number;
  /** Sent to one peer and not yet read by it. Bounds what a fast topic piles up within `drainTimeoutMs`. */
  readonly backlogBytes: number;
  /** The same for a process of the system's own: the live records of the largest plant, 3,500 of up to 10 KB, come at once when it subscribes. */
  readonly systemBacklogBytes: number;
  /** Taken from one connection and not yet in the journal; beyond it the connection is not read. Four packets of the largest size. */
  readonly windowBytes: number;
  /** The same over all connections: what a journal that takes nothing may cost in memory. */
  readonly pendingBytes: number;
  /** What a packet in flight costs besides its payload, roughly; so that empty packets are bounded too. */
  readonly packetOverheadBytes: number;
  /** QoS 2 packets of one connection between PUBLISH and PUBREL; only their ids are held. */
  readonly inflightQos2: number;
  /** All connections: three times the largest plant. */
  readonly connections: number;
  /** Of one peer, counted from the first byte of a handshake on: a whole plant may sit behind one gateway. */
  readonly connectionsPerAddress: number;
  /** Connections that the kernel holds until they are accepted: when power comes back a whole plant calls at once. */
  readonly acceptQueue: number;
  /** A WebSocket message is buffered whole, so a PUBLISH above `payloadBytes` must come in several. */
  readonly webSocketMessageBytes: number;
  /** All that a WebSocket may send before it has signed in: the upgrade's leftovers and CONNECT, framed. */
  readonly webSocketGreetingBytes: number;
  /** Idle time after which the kernel probes a peer: devices without an MQTT keep-alive do not stay half-open for ever. */
  readonly tcpKeepAliveMs: number;
}

export const limits: Limits = Object.freeze({
  connectBytes: 4096,
  controlBytes: 4096,
  topicBytes: 512,
  payloadBytes: readingLimits.payloadBytes,
  keptBytes: 1024,
  statusBytes: 1024,
  connectTimeoutMs: 5000,
  drainTimeoutMs: 2000,
  backlogBytes: 8 * 1024 * 1024,
  systemBacklogBytes: 64 * 1024 * 1024,
  windowBytes: 1024 * 1024,
  pendingBytes: 64 * 1024 * 1024,
  packetOverheadBytes: 512,
  inflightQos2: 100,
  connections: 10_000,
  connectionsPerAddress: 5000,
  acceptQueue: 4096,
  webSocketMessageBytes: 512 * 1024,
  webSocketGreetingBytes: 8192,
  tcpKeepAliveMs: 60_000,
});

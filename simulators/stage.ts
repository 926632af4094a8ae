/**
 * Makes incidents happen to devices: cuts, darkness and chatter, each ended again after its time, with the jitter of real life.
 * Comes in: incidents. Goes out: calls on devices. A device that one incident holds is spared by the next.
 */
import type { Logger } from 'pino';
import type { Clock } from '../contract/clock.ts';
import { chattering } from './chatter.ts';
import type { Device } from './device.ts';
import type { Random } from './random.ts';
import type { Incident } from './scenario.ts';

export class Stage {
  readonly #devices: ReadonlyMap<string, Device>;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #log: Logger;
  readonly #held = new Set<string>();

  constructor(devices: ReadonlyMap<string, Device>, clock: Clock, random: Random, log: Logger) {
    this.#devices = devices;
    this.#clock = clock;
    this.#random = random;
    this.#log = log;
  }

  play({ kind, place, lines, seconds }: Incident): void {
    const devices = lines.flatMap((id) => (this.#held.has(id) ? [] : (this.#devices.get(id) ?? [])));
    this.#log.info({ kind, place, lines: devices.length, seconds }, `scenario ${kind} begins: ${place}`);
    for (const device of devices) this.#strike(kind, device, seconds * 1000);
    this.#clock.after(seconds * 1000, () => {
      this.#log.info({ kind, place }, `scenario ${kind} ends: ${place}`);
    });
  }

  #strike(kind: Incident['kind'], device: Device, milliseconds: number): void {
    const now = this.#clock.now();
    switch (kind) {
      case 'power-loss': {
        // Power is back for all at once; every controller starts up in its own time, every machine is put back to work later.
        const startUp = this.#random.between(2000, 15_000);
        device.losePower(Math.round(now + milliseconds + startUp + this.#random.between(10_000, 120_000)));
        this.#endAfter(milliseconds + startUp, device, () => {
          device.switchOn(this.#random.between(0, 3000));
        });
        return;
      }
      case 'gateway-cut':
        device.cutOff();
        this.#endAfter(milliseconds, device, () => {
          device.reconnect(this.#random.between(0, 4000));
        });
        return;
      case 'chatter':
        device.replaceMachine((machine) => chattering(machine, device.line.type, now, now + milliseconds));
        return;
      case 'morning-reconnect':
        device.drop();
    }
  }

  #endAfter(milliseconds: number, device: Device, end: () => void): void {
    this.#held.add(device.line.id);
    this.#clock.after(milliseconds, () => {
      this.#held.delete(device.line.id);
      end();
    });
  }
}

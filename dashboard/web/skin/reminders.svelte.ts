/**
 * How somebody wants to be reminded besides the page itself, reactive: a tone, a message of the system. Both are off until asked
 * for and remembered in this browser; the permission is asked for by the switch and never otherwise.
 */
import type { Priority } from '../../../contract/alarm.ts';

const memory = { sound: 'bobbin.sound', system: 'bobbin.system-messages' };

/** Two short tones; the graver, the higher and the more often. */
const tones: Readonly<Record<Priority, { readonly hertz: number; readonly times: number }>> = {
  critical: { hertz: 880, times: 3 },
  high: { hertz: 740, times: 2 },
  medium: { hertz: 587, times: 1 },
  low: { hertz: 494, times: 1 },
};
const toneSeconds = 0.16;

export class Reminders {
  sound = $state.raw(false);
  system = $state.raw(false);
  /** The browser, or its owner, does not allow messages of the system. */
  refused = $state.raw(false);
  readonly #storage: Storage;
  readonly #window: Window & typeof globalThis;
  #audio: AudioContext | null = null;

  constructor(storage: Storage, window: Window & typeof globalThis) {
    this.#storage = storage;
    this.#window = window;
    this.sound = storage.getItem(memory.sound) === 'on';
    this.system = storage.getItem(memory.system) === 'on' && this.#permission() === 'granted';
    this.refused = this.#permission() === 'denied';
    // A browser makes no sound before somebody has touched the page.
    window.addEventListener('pointerdown', () => void this.#wake(), { once: true });
    window.addEventListener('keydown', () => void this.#wake(), { once: true });
  }

  get isAny(): boolean {
    return this.sound || this.system;
  }

  async setSound(on: boolean): Promise<void> {
    this.sound = on;
    this.#storage.setItem(memory.sound, on ? 'on' : 'off');
    if (!on) return;
    await this.#wake();
    this.play('medium');
  }

  async setSystem(on: boolean): Promise<void> {
    const allowed = on && this.#permission() !== 'none' && (await this.#window.Notification.requestPermission()) === 'granted';
    this.refused = on && !allowed;
    this.system = allowed;
    this.#storage.setItem(memory.system, allowed ? 'on' : 'off');
  }

  remind(priority: Priority, title: string, body: string, open: () => void): void {
    if (this.sound) this.play(priority);
    if (!this.system || this.#window.document.visibilityState === 'visible') return;
    try {
      const message = new this.#window.Notification(title, { body, tag: `${title}\n${body}`, icon: '/bobbin.svg' });
      message.addEventListener('click', () => {
        this.#window.focus();
        message.close();
        open();
      });
    } catch {
      // Some phones allow messages only to pages that are installed.
      this.system = false;
      this.refused = true;
    }
  }

  play(priority: Priority): void {
    const audio = this.#audio;
    if (audio?.state !== 'running') return;
    const { hertz, times } = tones[priority];
    for (let count = 0; count < times; count += 1) {
      const from = audio.currentTime + count * toneSeconds * 2;
      const [tone, volume] = [audio.createOscillator(), audio.createGain()];
      tone.frequency.value = hertz;
      volume.gain.setValueAtTime(0, from);
      volume.gain.linearRampToValueAtTime(0.25, from + 0.02);
      volume.gain.linearRampToValueAtTime(0, from + toneSeconds);
      tone.connect(volume).connect(audio.destination);
      tone.start(from);
      tone.stop(from + toneSeconds);
    }
  }

  async #wake(): Promise<void> {
    if (!this.sound || !('AudioContext' in this.#window)) return;
    this.#audio ??= new this.#window.AudioContext();
    await this.#audio.resume();
  }

  #permission(): NotificationPermission | 'none' {
    return 'Notification' in this.#window ? this.#window.Notification.permission : 'none';
  }
}

/**
 * Embroidery machines, multi-head and schiffli: orders, designs, colours, and everything that stops them.
 * Comes in: a line and its seed. Goes out: a Machine whose rates are those of the trade (thread breaks per head-stitch, bobbins
 * per stitch, re-threading lognormal, one operator for two to four machines). It never knows the time of day: the player does.
 */
import { rounded, type MachineFactory, type Metrics, type SentContext } from './machine.ts';
import { noise, type Random } from './random.ts';
import { Player, runStep, stopStep, type Rest, type Step, type Story, type Teller } from './story.ts';

const dayMs = 86_400_000;

interface Build {
  readonly usualHeads: number;
  readonly headChoices: readonly [number, ...number[]];
  readonly speed: readonly [number, number];
  readonly needles: number;
  /** Thread breaks per 100,000 stitches of one head. */
  readonly breaksPer100k: number;
  readonly runningKilowatts: (heads: number) => number;
}

const multihead: Build = {
  usualHeads: 15,
  headChoices: [12, 15, 15, 18, 20, 20, 24, 28, 36, 56],
  speed: [650, 850],
  needles: 15,
  breaksPer100k: 0.5,
  runningKilowatts: (heads) => 0.6 + 0.075 * heads,
};

/** Hundreds of needles in one frame, run slower: its thread is far less strained, or it would never sew. */
const schiffli: Build = {
  usualHeads: 408,
  headChoices: [340, 408, 476, 544, 680],
  speed: [420, 560],
  needles: 4,
  breaksPer100k: 0.028,
  runningKilowatts: (needles) => 3 + 0.012 * needles,
};

const motifs = ['peony', 'plum', 'crane', 'lotus', 'magpie', 'bamboo', 'cloud', 'koi', 'orchid', 'phoenix', 'ruyi', 'wave'] as const;
const errorCodes = ['E05', 'E11', 'E23', 'E32', 'E47'] as const;
const rampSeconds = 2;
const standbyKilowatts = 0.35;

const rests: Story['rests'] = {
  break: { state: 'planned', stop: null },
  handover: { state: 'planned', stop: 'shift-change' } satisfies Rest,
  off: { state: 'idle', stop: 'box-off' } satisfies Rest,
};

export const embroideryMultihead: MachineFactory = (input) => new Player(input, dayMs, (teller) => storyOf(teller, multihead));
export const embroiderySchiffli: MachineFactory = (input) => new Player(input, dayMs, (teller) => storyOf(teller, schiffli));

function storyOf(teller: Teller, build: Build): Story {
  return { steps: new Embroidery(teller, build).steps(), rests, still: (metrics) => ({ ...metrics, speed: 0 }) };
}

interface Design {
  readonly name: string;
  readonly stitches: number;
  readonly colours: number;
  /** How often it fits into one set of frames. */
  readonly repeats: number;
}

/** Stitches that are left until each thing happens next. */
interface Countdown {
  threadBreak: number;
  needleBreak: number;
  bobbin: number;
  halt: number;
  fault: number;
}

class Embroidery {
  readonly #teller: Teller;
  readonly #random: Random;
  readonly #build: Build;
  readonly #heads: number;
  readonly #speed: number;
  /** Some operators have more machines to tend, and every wait grows with that. */
  readonly #waitFactor: number;
  readonly #countdown: Countdown;
  #headsActive: number;
  #weakHead: number;
  #breaksInRow = 0;
  #stitches = 0;
  #pieces = 0;
  #kilowattHours = 0;
  #stitchIndex = 0;
  #colour = 1;
  #needle = 1;
  #design: Design;
  #context: SentContext = { order: null, design: null };

  constructor(teller: Teller, build: Build) {
    const random = teller.random;
    this.#teller = teller;
    this.#random = random;
    this.#build = build;
    // Drawn from the line's own seed rather than the story's: a machine has the same heads every day.
    this.#heads = build.headChoices[teller.seed % build.headChoices.length] ?? build.headChoices[0];
    this.#speed = Math.round((build.speed[0] + ((build.speed[1] - build.speed[0]) * ((teller.seed >>> 8) % 100)) / 100) / 10) * 10;
    this.#waitFactor = [0.85, 1, 1.2][(teller.seed >>> 16) % 3] ?? 1;
    this.#headsActive = this.#heads;
    this.#weakHead = random.whole(1, this.#heads);
    this.#design = this.#newDesign();
    this.#countdown = {
      threadBreak: random.exponential(this.#meanStitchesToBreak()),
      needleBreak: random.exponential(320_000),
      bobbin: random.between(0, 30_000),
      halt: random.exponential(60_000),
      fault: random.exponential(this.#meanStitchesToFault()),
    };
  }

  *steps(): Generator<Step, never> {
    // Where the story begins, an order is already part of the way through.
    this.#takeOrder();
    let loads = this.#random.whole(1, 6);
    this.#stitchIndex = Math.floor(this.#random.next() * this.#design.stitches);
    for (;;) {
      for (; loads > 0; loads -= 1) {
        yield* this.#load();
        if (loads > 1) yield this.#stand('load-frames', this.#random.between(240, 540) * this.#waitFactor);
      }
      yield* this.#changeOver();
      loads = this.#random.whole(4, 9);
    }
  }

  /** Sews one set of frames: the design as often as it fits. */
  *#load(): Generator<Step, void> {
    for (let repeat = 1; repeat <= this.#design.repeats; repeat += 1) {
      yield* this.#sewDesign();
      if (repeat < this.#design.repeats) yield this.#stand('frame-stepping', this.#random.between(5, 15));
    }
    yield this.#stand('sew-out-end', this.#random.lognormal(45, 0.6) * this.#waitFactor);
    if (this.#random.chance(0.04)) yield this.#stand('no-operator', this.#random.between(180, 900));
  }

  *#sewDesign(): Generator<Step, void> {
    const { stitches, colours } = this.#design;
    while (this.#stitchIndex < stitches) {
      const colour = Math.min(colours, Math.floor((this.#stitchIndex * colours) / stitches) + 1);
      this.#colour = colour;
      this.#needle = ((colour * 7 + this.#teller.seed) % this.#build.needles) + 1;
      yield* this.#sewUntil(Math.ceil((stitches * colour) / colours));
      if (colour === colours) break;
      yield this.#stand('trim', this.#random.between(4, 8));
      yield this.#stand('colour-change', this.#random.between(5, 10));
    }
    yield this.#stand('trim', this.#random.between(4, 8));
    this.#pieces += this.#headsActive;
    this.#stitchIndex = 0;
  }

  *#sewUntil(end: number): Generator<Step, void> {
    while (this.#stitchIndex < end) {
      const countdown = this.#countdown;
      const next = Math.min(countdown.threadBreak, countdown.needleBreak, countdown.bobbin, countdown.halt, countdown.fault);
      const stitches = Math.max(1, Math.min(end - this.#stitchIndex, Math.ceil(next)));
      yield this.#run(stitches);
      yield* this.#stops(stitches);
    }
  }

  /** What those stitches brought about. */
  *#stops(stitches: number): Generator<Step, void> {
    const countdown = this.#countdown;
    const random = this.#random;
    countdown.threadBreak -= stitches;
    countdown.needleBreak -= stitches;
    countdown.bobbin -= stitches;
    countdown.halt -= stitches;
    countdown.fault -= stitches;
    if (countdown.threadBreak <= 0) {
      countdown.threadBreak = random.exponential(this.#meanStitchesToBreak());
      yield this.#breakThread();
    }
    if (countdown.needleBreak <= 0) {
      countdown.needleBreak = random.exponential(320_000);
      yield this.#stand('needle-break', random.lognormal(240, 0.4), { breakHead: random.whole(1, this.#heads) });
    }
    if (countdown.bobbin <= 0) {
      countdown.bobbin = random.between(25_000, 35_000);
      yield this.#stand('bobbin-change', random.between(120, 300) * this.#waitFactor);
    }
    if (countdown.halt <= 0) {
      countdown.halt = random.exponential(60_000);
      yield random.chance(0.6)
        ? this.#stand('no-reason', random.lognormal(40, 0.7))
        : this.#stand('stop-switch', random.lognormal(50, 0.7));
    }
    if (countdown.fault <= 0) {
      countdown.fault = random.exponential(this.#meanStitchesToFault());
      const emergency = random.chance(0.1);
      yield emergency
        ? this.#stand('emergency-stop', random.between(300, 1200))
        : this.#stand('machine-error', random.between(1200, 5400), { errorCode: random.pick(errorCodes) });
    }
  }

  /** A weak head takes more than its share; after the third break in a row the operator switches it off until the order is done. */
  #breakThread(): Step {
    const random = this.#random;
    const head = random.chance(0.3) ? this.#weakHead : random.whole(1, this.#heads);
    this.#breaksInRow = head === this.#weakHead ? this.#breaksInRow + 1 : 0;
    const seconds = Math.min(600, random.lognormal(72, 0.5) * this.#waitFactor);
    const step = this.#stand('thread-break', seconds, { breakHead: head, breakSide: random.chance(0.75) ? 'upper' : 'bobbin' });
    if (this.#breaksInRow >= 3) {
      this.#headsActive -= 1;
      this.#breaksInRow = 0;
      this.#weakHead = random.whole(1, this.#heads);
    }
    return step;
  }

  /** From one order to the next: maintenance now and then, sometimes nothing to sew, then the new design. */
  *#changeOver(): Generator<Step, void> {
    const random = this.#random;
    this.#headsActive = this.#heads;
    this.#context = { order: null, design: null };
    if (random.chance(0.06)) yield this.#stand('no-order', random.between(1200, 5400));
    if (random.chance(0.12)) yield this.#stand('maintenance', random.between(900, 2700));
    this.#design = this.#newDesign();
    this.#takeOrder();
    if (random.chance(0.08)) yield this.#stand('waiting-material', random.between(600, 2400));
    yield this.#stand('design-change', random.between(600, 2100));
    yield this.#stand('load-frames', random.between(240, 540));
  }

  #takeOrder(): void {
    this.#context = { order: `A-${this.#teller.stamp()}`, design: this.#design.name };
    this.#stitchIndex = 0;
  }

  #newDesign(): Design {
    const random = this.#random;
    const stitches = Math.round(Math.min(80_000, Math.max(10_000, random.lognormal(34_000, 0.5))) / 10) * 10;
    const colours = Math.min(12, Math.max(3, Math.round(stitches / 7000 + random.between(-1, 3))));
    const name = `${random.pick(motifs)}-${String(random.whole(1, 40))}`;
    return { name, stitches, colours, repeats: Math.ceil(36_000 / stitches) };
  }

  #run(stitches: number): Step {
    const perSecond = this.#speed / 60;
    const seconds = stitches / perSecond + rampSeconds / 2;
    const read = this.#readings(this.#build.runningKilowatts(this.#heads));
    const seed = this.#teller.seed;
    const speed = this.#speed;
    const step = runStep(seconds, this.#context, (elapsedMs, at) => {
      const elapsed = elapsedMs / 1000;
      const ramp = Math.min(1, elapsed / rampSeconds);
      const sewn = perSecond * (elapsed < rampSeconds ? (elapsed * elapsed) / (2 * rampSeconds) : elapsed - rampSeconds / 2);
      return read(elapsedMs, Math.min(stitches, Math.floor(sewn)), Math.round(speed * ramp + 4 * ramp * noise(seed, at, 7000)));
    });
    this.#stitches += stitches;
    this.#stitchIndex += stitches;
    this.#kilowattHours += (step.ms / 3_600_000) * this.#build.runningKilowatts(this.#heads);
    return step;
  }

  #stand(stop: string, seconds: number, extra: Metrics = {}): Step {
    const read = this.#readings(standbyKilowatts);
    const step = stopStep(this.#teller.line.type, stop, seconds, this.#context, (elapsedMs) => ({ ...read(elapsedMs, 0, 0), ...extra }));
    this.#kilowattHours += (step.ms / 3_600_000) * standbyKilowatts;
    return step;
  }

  /** The figures of a step that begins now: counters as they stand, plus what the step has added so far. */
  #readings(kilowatts: number): (elapsedMs: number, sewn: number, speed: number) => Metrics {
    const stitches = this.#stitches;
    const stitchIndex = this.#stitchIndex;
    const kilowattHours = this.#kilowattHours;
    const fixed = {
      pieces: this.#pieces,
      designStitches: this.#design.stitches,
      colour: this.#colour,
      needle: this.#needle,
      headsActive: this.#headsActive,
    };
    return (elapsedMs, sewn, speed) => ({
      speed,
      stitches: stitches + sewn,
      stitchIndex: stitchIndex + sewn,
      ...fixed,
      energy: rounded(kilowattHours + (elapsedMs / 3_600_000) * kilowatts, 2),
    });
  }

  /** Grows with the heads, though less than in proportion: the bigger the machine, the better it is kept. */
  #meanStitchesToBreak(): number {
    const usual = this.#build.usualHeads;
    return 100_000 / (this.#build.breaksPer100k * usual * (this.#headsActive / usual) ** 0.85);
  }

  /** A fault every 80 to 200 hours of running, by machine. */
  #meanStitchesToFault(): number {
    return (80 + ((this.#teller.seed >>> 4) % 121)) * 60 * this.#speed;
  }
}

// One training run as the playground sees it: its worker, whether it goes on, and all that
// it has told so far.

import { startTrainer } from "./engine/trainer.js";

/** @import { Config } from "./engine/config.js" */
/** @import { TrainerClient } from "./engine/trainer.js" */
/** @import { Compared, EvalReport, Shown, StepReport } from "./engine/training.js" */
/** @typedef {"starting" | "ready" | "running" | "paused" | "done" | "failed"} State */
/** @typedef {{ step: number, localization: number, confidence: number, rate: number }} Losses */
/** @typedef {{ step: number, map: number }} Judged */
/** @typedef {"state" | "step" | "evaluation"} News */

export const SCENES_EVERY = 5; // steps from one look at the held-out scenes to the next
export const MEASURED = 7; // steps after which the pace is known
const WARMING = 3; // of these, the browser still translates the program
const SLOW_MS = 120; // 250 steps of it take half a minute

/**
 * Whether a device is so slow that it should train on smaller images.
 * @param {number[]} milliseconds of the first steps
 */
export function isSlow(milliseconds) {
  const settled = milliseconds.slice(WARMING, MEASURED).sort((a, b) => a - b);
  return settled.length === MEASURED - WARMING && settled[Math.floor(settled.length / 2)] > SLOW_MS;
}

/** A run from the untrained network on. */
export class Run {
  /** @type {State} */
  state = "starting";
  /** @type {TrainerClient | undefined} */
  client;
  /** @type {Losses[]} */
  losses = [];
  /** @type {Judged[]} */
  maps = [];
  /** @type {Shown[]} the held-out scenes, as the network sees them now */
  scenes = [];
  /** @type {Uint8ClampedArray[]} their images */
  images = [];
  /** @type {Compared[]} images of a batch with the default boxes that counted */
  batch = [];
  /** @type {number[]} of each step */
  milliseconds = [];
  /** @type {string[]} what was changed while it went on */
  changes = [];
  spent = 0; // milliseconds
  since = 0; // when it last began to go on
  diverged = false;
  wanted = false; // it is to go on as soon as it is ready
  wantsOne = false; // likewise, for one step
  problem = "";

  /**
   * @param {Config} config
   * @param {(news: News) => void} tell
   */
  constructor(config, tell) {
    this.config = config;
    this.tell = tell;
    this.ended = false;
  }

  get step() {
    return this.losses.at(-1)?.step ?? 0;
  }

  /** The last mAP; NaN before the first. */
  get map() {
    return this.maps.at(-1)?.map ?? NaN;
  }

  get seconds() {
    const now = this.state === "running" ? performance.now() - this.since : 0;
    return (this.spent + now) / 1000;
  }

  /**
   * Start the worker; nothing is trained before it is asked for.
   * @param {Promise<string>} source the worker's program
   * @param {number | "full"} speed
   */
  async begin(source, speed) {
    try {
      const client = await startTrainer({
        source: await source, config: this.config,
        onStep: (report) => this.takeStep(report),
        onEvaluation: (report) => this.takeEvaluation(report),
        onDone: ({ diverged }) => {
          this.diverged = diverged;
          this.become("done");
        },
        onError: (error) => this.fail(error),
      });
      if (this.ended) return client.stop();
      this.client = client;
      await Promise.all([client.look("batch", 1), client.look("scenes", SCENES_EVERY),
        client.speed(speed)]);
      if (this.ended) return undefined;
      this.become("ready");
      if (this.wanted) this.go();
      else if (this.wantsOne) this.one();
    } catch (error) {
      this.fail(/** @type {Error} */ (error));
    }
    return undefined;
  }

  /** @param {Error} error */
  fail(error) {
    if (this.ended) return;
    this.problem = error.message;
    this.become("failed");
  }

  /** @param {State} state */
  become(state) {
    if (this.state === "running") this.spent += performance.now() - this.since;
    if (state === "running") this.since = performance.now();
    this.state = state;
    if (!this.ended) this.tell("state");
  }

  /** @param {StepReport} report */
  takeStep({ step, localization, confidence, learningRate: rate, milliseconds, batch, scenes }) {
    if (this.ended) return;
    this.losses.push({ step, localization, confidence, rate });
    this.milliseconds.push(milliseconds);
    if (batch) this.batch = batch;
    if (scenes) this.scenes = scenes;
    this.tell("step");
  }

  /** @param {EvalReport} report */
  takeEvaluation({ step, map, scenes }) {
    if (this.ended) return;
    this.maps.push({ step, map });
    this.scenes = scenes;
    if (scenes.every(({ rgba }) => rgba)) {
      this.images = scenes.map(({ rgba }) => /** @type {Uint8ClampedArray} */ (rgba));
    }
    this.tell("evaluation");
  }

  /** Go on to the last step, or to a pause. */
  go() {
    this.wanted = true;
    if (!["ready", "paused"].includes(this.state)) return;
    this.client?.run();
    this.become("running");
  }

  pause() {
    this.wanted = false;
    if (this.state !== "running") return;
    this.client?.pause();
    this.become("paused");
  }

  /** Pause, and do one step, as soon as it can. */
  async one() {
    if (this.state === "starting") this.wantsOne = true;
    if (!["ready", "paused", "running"].includes(this.state)) return;
    this.wanted = false;
    if (this.state !== "paused") this.become("paused");
    await this.client?.one();
    if (!this.ended) this.tell("state");
  }

  /** Whether it has just ended, or could go on. */
  get isOver() {
    return this.state === "done" || this.state === "failed";
  }

  /**
   * Go on under another configuration.
   * @param {Config} config that needs no restart
   * @param {string} what changes, in words
   */
  change(config, what) {
    this.config = config;
    if (this.step) this.changes.push(`${what} from step ${this.step}`);
    this.client?.change(config);
  }

  /** Seconds that are left, by the pace so far; NaN while that is unknown. */
  get left() {
    const { length } = this.losses;
    if (length < MEASURED || this.state !== "running") return NaN;
    const last = this.milliseconds.slice(-20);
    const pace = last.reduce((sum, one) => sum + one, 0) / last.length;
    return ((this.config.steps - this.step) * pace * 1.15) / 1000; // with the looks between
  }

  /** End the worker; what was told stays. */
  end() {
    this.ended = true;
    this.client?.stop();
  }
}

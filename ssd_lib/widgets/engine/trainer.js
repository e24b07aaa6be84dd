// The page's side of a training run: starts its worker, tells it what to do, and hands on
// what it says.

import { WorkerClient } from "./worker_client.js";

/** @import { Config } from "./config.js" */
/** @import { EvalReport, Found, StepReport } from "./training.js" */

/**
 * @typedef {object} Listeners
 * @property {(report: StepReport) => void} [onStep]
 * @property {(report: EvalReport) => void} [onEvaluation] first of the untrained network
 * @property {(end: { step: number, diverged: boolean }) => void} [onDone] diverged: the loss
 *   is no number any more
 * @property {(error: Error) => void} [onError]
 */

/** A run in a worker. It does nothing until it is told to. */
export class TrainerClient extends WorkerClient {
  boxes = 0; // default boxes
  parameters = 0;

  /**
   * @param {string} source the worker's program
   * @param {Listeners} listeners
   */
  constructor(source, listeners) {
    super(source);
    this.listeners = listeners;
  }

  /** @param {any} data an answer, or news of the run */
  hear(data) {
    if (this.stopped) return;
    const { id, report, evaluation, done, error } = data;
    if (report) this.listeners.onStep?.(report);
    else if (evaluation) this.listeners.onEvaluation?.(evaluation);
    else if (done) this.listeners.onDone?.(done);
    else if (id === undefined) this.fail(new Error(error));
    else super.hear(data);
  }

  /** @param {Error} error */
  fail(error) {
    super.fail(error);
    this.listeners.onError?.(error);
  }

  /** Go on until the last step, or a pause. */
  run() {
    return this.ask({ ask: "run" });
  }

  /** Stop after the step that is being done. */
  pause() {
    return this.ask({ ask: "pause" });
  }

  /** Pause, and do one step. */
  one() {
    return this.ask({ ask: "one" });
  }

  /** @param {number | "full"} value steps in a sixtieth of a second: 1/60 is one a second */
  speed(value) {
    return this.ask({ ask: "speed", value });
  }

  /**
   * Go on under another configuration; only keys that need no restart count.
   * @param {Config} config
   */
  change(config) {
    return this.ask({ ask: "change", config });
  }

  /** @returns {Promise<ArrayBuffer>} a file that ssd_lib.load_weights reads */
  weights() {
    return this.ask({ ask: "weights" });
  }

  /**
   * With "batch": let every index-th report of a step have images of its batch; 0: none.
   * With "scenes": let it have the first held-out scenes. With "scene": what the network
   * finds now in the held-out scene of that number.
   * @param {"batch" | "scenes" | "scene"} kind
   * @param {number} index
   * @returns {Promise<Found | null>}
   */
  look(kind, index) {
    return this.ask({ ask: "look", kind, index });
  }
}

/**
 * A run that is ready to go. It fails where a browser cannot train.
 * @param {{ source: string, config: Partial<Config> } & Listeners} given source: the
 *   worker's program
 */
export async function startTrainer({ source, config, ...listeners }) {
  const client = new TrainerClient(source, listeners);
  try {
    const { boxes, parameters } = await client.ask({ ask: "start", config });
    client.boxes = boxes;
    client.parameters = parameters;
  } catch (error) {
    client.stop();
    throw error;
  }
  return client;
}

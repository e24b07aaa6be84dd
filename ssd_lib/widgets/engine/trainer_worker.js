// What runs beside the page: a training run that goes on until it is told to pause. The
// text of this module with all that it imports, and TRAIN_WASM before it, is a worker's
// program.

/* global TRAIN_WASM */

import { Trainer } from "./training.js";

/** @import { Config } from "./config.js" */
/** @import { EvalReport, StepReport } from "./training.js" */

const FRAME = 1000 / 60; // milliseconds; what a speed counts in
const port = /** @type {Worker} */ (/** @type {unknown} */ (self));
const { port1: again, port2: loop } = new MessageChannel(); // to go on without a timer's wait

/** @type {Trainer} */
let trainer;
let isRunning = false;
let speed = Infinity; // steps a frame
// Steps from one report with images of its batch, or with the held-out scenes, to the next;
// 0: none has them.
const every = { batch: 0, scenes: 0 };

/** The bytes of train.wasm, which stand in the program compressed (zlib) and as base64. */
async function moduleBytes() {
  const packed = Uint8Array.from(atob(TRAIN_WASM), (letter) => letter.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** @param {{ config: Partial<Config> }} given */
async function start({ config }) {
  try {
    trainer = new Trainer(config, await moduleBytes());
  } catch (error) {
    const isRecent = "WebAssembly" in self && "DecompressionStream" in self;
    if (isRecent && !(error instanceof WebAssembly.CompileError)) throw error;
    const needed = "SIMD in WebAssembly and DecompressionStream";
    throw new Error(`training needs ${needed}, which this browser lacks`, { cause: error });
  }
  const { boxes, learner, layout } = trainer;
  evaluate();
  return { boxes: boxes.total, parameters: learner.arrays.parameters.values.length, layout };
}

function evaluate() {
  port.postMessage({ evaluation: trainer.evaluate() });
}

/** One step and what is to be told of it; whether there are more to come. */
function step() {
  const { steps, evaluateEvery } = trainer.config;
  const report = trainer.step(every.batch > 0 && trainer.steps % every.batch === 0);
  const isNumber = Number.isFinite(report.localization + report.confidence);
  const isLast = trainer.steps >= steps || !isNumber;
  const isJudged = isNumber && (isLast || trainer.steps % evaluateEvery === 0);
  const isShown = isNumber && every.scenes > 0 && trainer.steps % every.scenes === 0;
  if (isShown && !isJudged) report.scenes = trainer.show();
  port.postMessage({ report });
  if (isJudged) evaluate();
  if (isLast) port.postMessage({ done: { step: trainer.steps, diverged: !isNumber } });
  return !isLast;
}

/** A step, and the next one after as long as the speed says. */
function goOn() {
  if (!isRunning) return;
  const before = performance.now();
  try {
    isRunning = step() && isRunning;
  } catch (error) {
    isRunning = false;
    port.postMessage({ error: String(error) });
  }
  const wait = FRAME / speed - (performance.now() - before);
  if (!isRunning) return;
  if (wait > 0) setTimeout(goOn, wait);
  else again.postMessage(null);
}

/** @type {Record<string, (given: any) => any>} */
const ANSWERS = {
  start,
  run() {
    if (isRunning || trainer.steps >= trainer.config.steps) return;
    isRunning = true;
    again.postMessage(null);
  },
  pause() { isRunning = false; },
  one() {
    isRunning = false;
    if (trainer.steps < trainer.config.steps) step();
  },
  speed({ value }) { speed = value === "full" ? Infinity : value; },
  change({ config }) { trainer.change(config); },
  weights: () => trainer.weights(),
  look({ kind, index }) {
    if (kind === "scene") return trainer.look(index);
    every[kind === "batch" ? "batch" : "scenes"] = index;
    return null;
  },
};

/** @param {MessageEvent} event with what is asked, under a number that the answer has, too */
async function answer({ data: { id, ask, ...given } }) {
  try {
    port.postMessage({ id, answer: await ANSWERS[ask](given) ?? null });
  } catch (error) {
    port.postMessage({ id, error: error instanceof Error ? error.message : String(error) });
  }
}

loop.onmessage = goOn;
let answered = Promise.resolve(); // one question after the other: starting takes a while
self.addEventListener("message", (event) => {
  answered = answered.then(() => answer(event));
});

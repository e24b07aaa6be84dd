// A training run: scenes in, and step by step a network that finds what is in them.

import { averagePrecision, detect, judge, layOut, precisionRecall } from "../geometry.js";
import { CLASSES, LIVE, VALIDATION, complete, layoutOf } from "./config.js";
import { layersOf } from "./layers.js";
import { Learner } from "./learner.js";
import { encodeTargets, multiboxLoss } from "./multibox.js";
import { normalisation } from "./normalisation.js";
import { entriesOf, tensorsOf, writeSafetensors } from "./safetensors.js";
import { augment, drawScene, stream } from "./scenes.js";

/** @import { Detection } from "../geometry.js" */
/** @import { Config } from "./config.js" */
/** @import { Loss, Targets } from "./multibox.js" */
/** @import { Scene, Thing } from "./scenes.js" */

/**
 * A training image as it was compared: rows of default boxes that count.
 * @typedef {Scene & { positives: number[], negatives: number[] }} Compared
 */
/**
 * @typedef {object} StepReport
 * @property {number} step the number of steps that are done
 * @property {number} localization
 * @property {number} confidence
 * @property {number} positives of the batch
 * @property {number} negatives that count as background
 * @property {number} milliseconds
 * @property {number} learningRate
 * @property {Compared[]} [batch] up to four of its images, if they were asked for
 * @property {Shown[]} [scenes] the first held-out scenes after the step, if asked for
 */
/** @typedef {Scene & { detections: Detection[] }} Found */
/**
 * @typedef {object} Shown
 * @property {Thing[]} objects
 * @property {Detection[]} detections whose score is LEAST or more
 * @property {Detection[]} guesses the surest of those with a lower score
 * @property {Uint8ClampedArray} [rgba]
 */
/**
 * @typedef {object} EvalReport
 * @property {number} step
 * @property {number} map mean average precision at an IoU of 0.5 on the held-out scenes
 * @property {number[]} ap of disc, square, triangle
 * @property {Shown[]} scenes the first eight; with their images the first time
 */

export const SHOWN = 8; // held-out scenes whose detections are reported
const MEAN = [0.48235, 0.45882, 0.40784]; // as ssd_lib.images has it
const PURPOSES = { weights: 1, scene: 2, change: 3, validation: 4 };
const HELD_OUT = 2026; // the seed of the held-out scenes, whatever the run's
const RULE = { scoreThreshold: 0.02, preNmsTopK: 100, keepTopK: 50 };
const LEAST = 0.3; // score of the detections that are shown
const GUESSING = { scoreThreshold: 0, preNmsTopK: 60, keepTopK: 16 }; // with no such score
const SETTLED = 22; // steps, of a momentum of 0.1, until nine tenths of the start are gone
const PRIOR = 0.01; // what untrained heads say of "some object"

/** One run, from nothing. */
export class Trainer {
  /**
   * @param {Partial<Config>} config
   * @param {BufferSource} wasm train.wasm
   */
  constructor(config, wasm) {
    this.config = complete(config);
    const { imageSize, batchSize, overfit, seed } = this.config;
    this.layout = layoutOf(this.config);
    this.boxes = layOut(this.layout);
    const perCell = 1 + 2 * this.layout.maps[0].ratios.length;
    const layers = layersOf(this.layout.used, perCell, CLASSES.length);
    this.learner = new Learner(layers, overfit ? 1 : batchSize, imageSize, wasm);
    this.learner.initialise(stream(seed, PURPOSES.weights));
    this.expectBackground();
    this.table = normalisation(MEAN);
    this.steps = 0;
    this.reported = false;
    const count = overfit ? 1 : VALIDATION;
    this.heldOut = Array.from({ length: count }, (_, index) =>
      (overfit ? this.sceneAt(index) : drawScene(stream(HELD_OUT, PURPOSES.validation, index),
        this.config)));
  }

  /** As ssd_lib.heads.init_background_bias_: nearly every default box is background. */
  expectBackground() {
    const bias = Math.log(((1 - PRIOR) * (CLASSES.length - 1)) / PRIOR);
    for (const { layer, bias: own } of this.learner.made) {
      if (layer.kind !== "logits" || !own) continue;
      for (let k = 0; k < own.length; k += CLASSES.length) own[k] = bias;
    }
  }

  /**
   * A scene to train on.
   * @param {number} index
   */
  sceneAt(index) {
    const { seed, imageSize, overfit } = this.config;
    const scene = drawScene(stream(seed, PURPOSES.scene, overfit ? 0 : index), this.config);
    if (!this.config.augment || overfit) return scene;
    return augment(scene, imageSize, stream(seed, PURPOSES.change, index));
  }

  /**
   * Write an image into the batch, normalised.
   * @param {Uint8ClampedArray} rgba
   * @param {number} image its number in the batch
   */
  take(rgba, image) {
    const { values, side } = this.learner.input;
    for (let y = 0, from = 0; y < side; y += 1) {
      let to = ((image * (side + 2) + y + 1) * (side + 2) + 1) * 3;
      for (let x = 0; x < side; x += 1, from += 4, to += 3) {
        for (let c = 0; c < 3; c += 1) values[to + c] = this.table[c * 256 + rgba[from + c]];
      }
    }
  }

  /**
   * Go on under another configuration, as far as a run can (LIVE).
   * @param {Partial<Config>} config
   */
  change(config) {
    const all = complete({ ...this.config, ...config });
    this.config = { ...this.config, ...Object.fromEntries(LIVE.map((key) => [key, all[key]])) };
  }

  /** The rate of the step to come. */
  rate() {
    const { schedule, learningRate, steps } = this.config;
    return learningRate * rateShare(schedule, this.steps, steps);
  }

  /**
   * One step: a batch there and back, and all weights moved a little.
   * @param {boolean} [wantBatch] whether the report has images
   * @returns {StepReport}
   */
  step(wantBatch = false) {
    const before = performance.now();
    const { learner, config } = this;
    const first = this.steps * learner.images;
    const scenes = Array.from({ length: learner.images }, (_, k) => this.sceneAt(first + k));
    const targets = scenes.map(({ objects }) => encodeTargets(objects, this.boxes, config));
    scenes.forEach(({ rgba }, k) => this.take(rgba, k));
    const loss = this.slopesOf(targets);
    const learningRate = this.rate();
    learner.update(learningRate, config.weightDecay);
    this.steps += 1;
    const { localization, confidence, positives } = loss;
    const negatives = loss.negatives.reduce((sum, rows) => sum + rows.length, 0);
    const milliseconds = performance.now() - before;
    const report = {
      step: this.steps, localization, confidence, positives, negatives, milliseconds,
      learningRate,
    };
    return wantBatch ? { ...report, batch: compared(scenes, targets, loss) } : report;
  }

  /**
   * The loss of the batch that was taken, and the slopes of all parameters.
   * @param {Targets[]} targets
   */
  slopesOf(targets) {
    this.learner.forward(true);
    const [offsets, logits] = [this.learner.rows("offsets"), this.learner.rows("logits")];
    const loss = multiboxLoss(offsets, logits, targets, this.config);
    this.learner.setSlopes("offsets", loss.offsetSlopes);
    this.learner.setSlopes("logits", loss.logitSlopes);
    this.learner.backward();
    return loss;
  }

  /**
   * What the network finds, by the running statistics.
   * @param {Scene[]} scenes
   * @param {typeof RULE} [rule] of geometry.js's detect
   * @param {boolean} [training] by the statistics of these scenes, instead
   * @returns {Detection[][]} of each
   */
  detectOn(scenes, rule = RULE, training = false) {
    const { images } = this.learner;
    const found = [];
    for (let first = 0; first < scenes.length; first += images) {
      const some = scenes.slice(first, first + images);
      some.forEach(({ rgba }, k) => this.take(rgba, k));
      this.learner.forward(training, false);
      const [offsets, logits] = [this.learner.rows("offsets"), this.learner.rows("logits")];
      const [wide, deep] = [offsets.length / images, logits.length / images];
      for (let k = 0; k < some.length; k += 1) {
        found.push(detect(offsets.subarray(k * wide, (k + 1) * wide),
          logits.subarray(k * deep, (k + 1) * deep), this.boxes.boxes,
          { ...rule, variances: this.config.variances }).kept);
      }
    }
    return found;
  }

  /**
   * What it finds in one of the held-out scenes now.
   * @param {number} index
   * @returns {Found}
   */
  look(index) {
    const scene = this.heldOut[index % this.heldOut.length];
    const [detections] = this.detectOn([scene]);
    return { ...scene, detections: detections.filter(({ score }) => score >= LEAST) };
  }

  /**
   * What it makes of the first held-out scenes now: what it finds, and what it would say
   * if it had to. The running statistics take some steps to arrive; before, there is
   * nothing to be seen by them, and those of the scenes serve.
   * @returns {Shown[]}
   */
  show() {
    const scenes = this.heldOut.slice(0, SHOWN);
    const found = this.detectOn(scenes, GUESSING, this.steps < SETTLED);
    return scenes.map(({ objects }, k) => ({
      objects,
      detections: found[k].filter(({ score }) => score >= LEAST),
      guesses: found[k].filter(({ score }) => score < LEAST),
    }));
  }

  /**
   * How well it finds what is in all of the held-out scenes.
   * @returns {EvalReport}
   */
  evaluate() {
    const found = this.detectOn(this.heldOut);
    const ap = CLASSES.slice(1).map((_, k) => this.precisionOf(k + 1, found));
    const classes = ap.filter((value) => value !== null); // that are there at all
    const isFirst = !this.reported;
    this.reported = true;
    const scenes = this.show().map((scene, k) =>
      (isFirst ? { ...scene, rgba: this.heldOut[k].rgba } : scene));
    const map = classes.reduce((sum, value) => sum + value, 0) / classes.length;
    return { step: this.steps, map, ap: ap.map((value) => value ?? NaN), scenes };
  }

  /**
   * The average precision of one class; null if no scene has any.
   * @param {number} label
   * @param {Detection[][]} found
   */
  precisionOf(label, found) {
    const own = (/** @type {{ label: number }} */ one) => one.label === label;
    const objects = this.heldOut.flatMap((scene, index) =>
      scene.objects.filter(own).map(({ box }) => ({ scene: index, box })));
    const answers = found.flatMap((all, index) =>
      all.filter(own).map(({ box, score }) => ({ scene: index, box, score })));
    if (!objects.length) return null;
    const isRight = judge(answers, objects).map(({ verdict }) => verdict === "right");
    return averagePrecision(precisionRecall(isRight, objects.length), "voc10");
  }

  /** The network as a file that ssd_lib.load_weights reads. */
  weights() {
    return writeSafetensors(tensorsOf(this.learner.made, this.steps),
      entriesOf(this.layout, CLASSES));
  }
}

/**
 * The share of the highest rate that a step gets.
 * @param {Config["schedule"]} schedule one-cycle is PyTorch's, highest after a quarter
 * @param {number} step from 0
 * @param {number} steps of the run
 */
export function rateShare(schedule, step, steps) {
  if (schedule === "constant") return 1;
  if (schedule === "cosine") return ease(1, 0, step / steps);
  const length = Math.max(steps, 3);
  const top = Math.max(0.25, 2 / length) * length - 1;
  if (step <= top) return ease(1 / 25, 1, step / top);
  return ease(1, 1 / 25 / 10000, (step - top) / (length - 1 - top));
}

/**
 * From one number to another along half a cosine.
 * @param {number} from
 * @param {number} to
 * @param {number} part of the way
 */
function ease(from, to, part) {
  return to + ((from - to) / 2) * (1 + Math.cos(Math.PI * Math.min(part, 1)));
}

/**
 * The first images of a batch with the default boxes that counted.
 * @param {Scene[]} scenes
 * @param {Targets[]} targets
 * @param {Loss} loss
 * @returns {Compared[]}
 */
function compared(scenes, targets, { negatives }) {
  return scenes.slice(0, 4).map((scene, k) => {
    const { labels } = targets[k];
    return {
      ...scene, positives: [...labels.keys()].filter((row) => labels[row] > 0),
      negatives: negatives[k],
    };
  });
}

// A network that learns: a whole batch goes through its layers, there and back, with batch
// normalisation and Adam. The arithmetic is that of train.c.

import { allocate } from "./layers.js";
import { Kernels } from "./train_kernels.js";

/** @import { Layer, Made, Norm } from "./layers.js" */
/** @import { Grid } from "./train_kernels.js" */

const EPSILON = 1e-5; // of batch normalisation, as PyTorch has it
const MOMENTUM = 0.1; // likewise: share of the new in the running statistics

/** Layers with their numbers in the memory of a module. */
export class Learner {
  /**
   * @param {Layer[]} layers
   * @param {number} images of a batch
   * @param {number} size of an image in pixels
   * @param {BufferSource} wasm train.wasm
   */
  constructor(layers, images, size, wasm) {
    let count = 0;
    allocate(layers, images, size, (length) => {
      count += 4 * Math.ceil(length / 4);
      return new Float32Array(0);
    });
    this.kernels = new Kernels(wasm, count);
    this.arrays = allocate(layers, images, size, (length) => this.kernels.floats(length));
    this.made = this.arrays.made;
    this.input = this.arrays.input;
    this.images = images;
    this.updates = 0;
  }

  /**
   * Random weights, as ssd_lib's caffe_xavier_ draws them; the norms change nothing yet. A
   * head that has learnt nothing should say little: its weights are a tenth of that.
   * @param {() => number} random
   */
  initialise(random) {
    for (const { layer, weights, norm } of this.made) {
      const most = (norm ? 1 : 0.1) * Math.sqrt(3 / (9 * layer.channels));
      for (let i = 0; i < weights.length; i += 1) weights[i] = (2 * random() - 1) * most;
      norm?.scale.fill(1);
      norm?.runningVariance.fill(1);
    }
  }

  /**
   * Run the images that are in `input`.
   * @param {boolean} training whether by the statistics of the batch, or the running ones
   * @param {boolean} [follow] whether the running ones follow those of the batch
   */
  forward(training, follow = training) {
    for (const { layer, from, weights, bias, before, after, norm } of this.made) {
      this.kernels.call("convolve", from, layer.stride, weights, bias ?? this.arrays.zeros,
        layer.filters, before.values);
      if (!norm) continue;
      if (training) this.measure(before, norm, follow);
      const { mean, variance, runningMean, runningVariance, scale, shift } = norm;
      for (let c = 0; c < layer.filters; c += 1) {
        norm.inverse[c] = 1 / Math.sqrt((training ? variance : runningVariance)[c] + EPSILON);
        norm.factor[c] = scale[c] * norm.inverse[c];
        norm.summand[c] = shift[c] - (training ? mean : runningMean)[c] * norm.factor[c];
      }
      this.kernels.call("activate", before, norm.factor, norm.summand, after.values);
    }
  }

  /**
   * Take a batch's statistics, and let the running ones follow them.
   * @param {Grid} before
   * @param {Norm} norm
   * @param {boolean} follow
   */
  measure(before, { mean, variance, runningMean, runningVariance }, follow) {
    this.kernels.call("measure", before, mean, variance);
    if (!follow) return;
    const count = before.images * before.side ** 2;
    for (let c = 0; c < mean.length; c += 1) {
      const unbiased = (variance[c] * count) / Math.max(count - 1, 1);
      runningMean[c] += MOMENTUM * (mean[c] - runningMean[c]);
      runningVariance[c] += MOMENTUM * (unbiased - runningVariance[c]);
    }
  }

  /** From the slopes of the heads' outputs to those of all parameters. */
  backward() {
    const { parameters, made, turned } = this.arrays;
    parameters.slopes.fill(0);
    for (const { norm, slopes } of made) if (norm) slopes.values.fill(0);
    for (const one of [...made].reverse()) {
      const { layer: { input, stride, channels, filters }, from, weights, slopes } = one;
      if (one.norm) this.activateBack(one, one.norm);
      else this.kernels.call("bias_back", slopes, one.biasSlopes);
      this.kernels.call("weights_back", from, stride, one.weightSlopes, filters, slopes.values);
      if (input < 0) continue;
      this.kernels.call("turn", weights, channels, filters, stride, turned);
      this.kernels.call("convolve_back", made[input].slopes, stride, turned, filters,
        slopes.values);
    }
  }

  /**
   * @param {Made} one
   * @param {Norm} norm
   */
  activateBack({ slopes, before, after, biasSlopes }, norm) {
    const { values, ...sizes } = slopes;
    this.kernels.call("activate_back", values, before.values, { ...sizes, values: after.values },
      norm.mean, norm.inverse, norm.scale, norm.scaleSlopes, biasSlopes);
  }

  /**
   * One step of AdamW; biases do not decay.
   * @param {number} rate
   * @param {number} decay
   */
  update(rate, decay) {
    const { values, slopes, mean, square, decaying } = this.arrays.parameters;
    this.updates += 1;
    const corrections = [0.9, 0.999].map((share) => 1 - share ** this.updates);
    const groups = [[0, decaying, 1 - rate * decay], [decaying, values.length, 1]];
    for (const [start, end, kept] of groups) {
      const own = [values, slopes, mean, square].map((all) => all.subarray(start, end));
      this.kernels.call("adam", ...own, end - start, rate, kept, ...corrections);
    }
  }

  /**
   * What the heads of one kind say, [images, P, width], in the order of the default boxes:
   * map by map, in a map cell by cell, in a cell box by box.
   * @param {"offsets" | "logits"} kind
   */
  rows(kind) {
    const rows = new Float32Array(this.lengthOf(kind));
    this.eachRun(kind, ({ after }, start, length, to) => {
      rows.set(after.values.subarray(start, start + length), to);
    });
    return rows;
  }

  /**
   * Set the slopes of what the heads of one kind say; as `rows` gives the values.
   * @param {"offsets" | "logits"} kind
   * @param {Float32Array} rows
   */
  setSlopes(kind, rows) {
    this.eachRun(kind, ({ slopes }, start, length, from) => {
      slopes.values.set(rows.subarray(from, from + length), start);
    });
  }

  /** @param {"offsets" | "logits"} kind */
  lengthOf(kind) {
    let length = 0;
    this.eachRun(kind, (_, start, own) => { length += own; });
    return length;
  }

  /**
   * Walk over the rows of cells of all heads of a kind, in the order of the default boxes.
   * @param {"offsets" | "logits"} kind
   * @param {(one: Made, start: number, length: number, place: number) => void} visit
   *   start: where the numbers are in the grid; place: and among all rows
   */
  eachRun(kind, visit) {
    let place = 0;
    for (let image = 0; image < this.input.images; image += 1) {
      for (const one of this.made) {
        if (one.layer.kind !== kind) continue;
        const { side, channels } = one.after;
        for (let y = 1; y <= side; y += 1, place += side * channels) {
          const start = ((image * (side + 2) + y) * (side + 2) + 1) * channels;
          visit(one, start, side * channels, place);
        }
      }
    }
  }
}

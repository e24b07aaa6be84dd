// The network, from the description that ssd_lib.model.packed writes: an image in, and out
// come offsets and logits, a row for each default box. It is a list of 3x3 convolutions;
// the arithmetic of one is a kernel's affair (nn.c, plain.js), all memory is taken once.

import { normalisation } from "./normalisation.js";

/** @import { Layout } from "../geometry.js" */

/**
 * @typedef {object} Layer
 * @property {"features" | "offsets" | "logits"} kind features have a ReLU, heads have none
 * @property {number} input the layer whose output it reads; -1: the image
 * @property {number | null} map which map its output is, or which one a head reads
 * @property {number} channels
 * @property {number} filters
 * @property {number} stride 1 or 2
 * @property {number} weights at which byte they begin, [filters, channels, 3, 3]
 * @property {number} bias likewise, [filters], float32
 * @property {number} [scales] likewise, of int8 weights: what each filter's 1 stands for
 */
/**
 * @typedef {object} Description
 * @property {string} format
 * @property {"int8" | "float32"} dtype
 * @property {string[]} classes background first
 * @property {number[]} mean of red, green and blue, 0 to 1
 * @property {Layout & { variances: number[] }} layout of the default boxes
 * @property {string[]} maps their names, finest first
 * @property {Layer[]} layers
 */
/**
 * Channels of rows of numbers, each channel in a frame of zeros that is one cell wide:
 * [channels, rows + 2, columns + 2], and SPARE floats that a kernel may read.
 * @typedef {{ channels: number, rows: number, columns: number, values: Float32Array }} Grid
 */
/**
 * What a convolution needs to know: the sizes of a layer, and its numbers.
 * @typedef {object} Convolution
 * @property {number} filters
 * @property {number} stride
 * @property {boolean} relu
 * @property {Float32Array} weights [filters, channels, 3, 3]
 * @property {Float32Array} bias [filters]
 */
/**
 * @typedef {object} Kernels
 * @property {"wasm" | "plain"} kind
 * @property {(count: number) => Float32Array} floats zeros that a kernel can read and write
 * @property {(from: Grid, layer: Convolution, to: Grid) => void} convolve
 */
/** @typedef {Layer & { rows: number, columns: number }} Planned the size of its output */
/** @typedef {{ channels: number, rows: number, columns: number, values: Float32Array }} Values */

const FORMAT = "ssd_lib page 1";
const SPARE = 16;

/**
 * How many floats a grid takes.
 * @param {number} channels
 * @param {number} rows
 * @param {number} columns
 */
export function gridLength(channels, rows, columns) {
  return channels * (rows + 2) * (columns + 2) + SPARE;
}

/**
 * A grid of zeros.
 * @param {Kernels} kernels
 * @param {number} channels
 * @param {number} rows
 * @param {number} columns
 * @returns {Grid}
 */
export function makeGrid(kernels, channels, rows, columns) {
  const values = kernels.floats(gridLength(channels, rows, columns));
  return { channels, rows, columns, values };
}

/**
 * Every layer with the size of its output.
 * @param {Description} network
 */
function plan({ format, layout, layers }) {
  if (format !== FORMAT) throw new Error(`the network's format must be ${FORMAT}, got ${format}`);
  /** @type {Planned[]} */
  const planned = [];
  for (const layer of layers) {
    const side = layer.input < 0 ? layout.image : planned[layer.input].rows;
    const after = Math.ceil(side / layer.stride);
    planned.push({ ...layer, rows: after, columns: after });
  }
  return planned;
}

/**
 * How many floats a network asks its kernels for, each request rounded up to four.
 * @param {Description} network
 */
export function floatsNeeded(network) {
  const layers = plan(network);
  const { image } = network.layout;
  const counts = [gridLength(3, image, image)];
  for (const { filters, channels, rows, columns } of layers) {
    counts.push(filters * channels * 9, filters, gridLength(filters, rows, columns));
  }
  return counts.reduce((sum, count) => sum + 4 * Math.ceil(count / 4), 0);
}

/** A network with its weights, in the memory of its kernels. */
export class Network {
  /**
   * @param {Description} network
   * @param {ArrayBuffer} weights
   * @param {Kernels} kernels
   */
  constructor(network, weights, kernels) {
    const { image, maps } = network.layout;
    this.network = network;
    this.kernels = kernels;
    this.table = normalisation(network.mean);
    this.image = makeGrid(kernels, 3, image, image);
    this.layers = plan(network).map((layer) => ({
      ...layer,
      relu: layer.kind === "features",
      ...numbersOf(layer, network.dtype, weights, kernels),
      output: makeGrid(kernels, layer.filters, layer.rows, layer.columns),
    }));
    const boxes = this.layers.filter(({ kind }) => kind === "offsets")
      .map(({ filters, rows, columns }) => (filters / 4) * rows * columns);
    this.boxes = boxes.reduce((sum, count) => sum + count, 0);
    if (boxes.length !== maps.length) throw new Error("there must be two heads for each map");
  }

  /**
   * Offsets [P, 4] and logits [P, C] of one image, in new arrays.
   * @param {Uint8ClampedArray | Uint8Array} rgba [S, S, 4]; the alpha is not looked at
   */
  run(rgba) {
    this.take(rgba);
    for (const layer of this.layers) {
      const from = layer.input < 0 ? this.image : this.layers[layer.input].output;
      this.kernels.convolve(from, layer, layer.output);
    }
    return {
      offsets: this.rows("offsets", 4),
      logits: this.rows("logits", this.network.classes.length),
    };
  }

  /**
   * Write an image into its grid, normalised.
   * @param {Uint8ClampedArray | Uint8Array} rgba
   */
  take(rgba) {
    const { rows, columns, values } = this.image;
    if (rgba.length !== rows * columns * 4) {
      throw new Error(`an image must be ${rows} by ${columns} pixels of 4 bytes, `
        + `got ${rgba.length} bytes`);
    }
    const plane = (rows + 2) * (columns + 2);
    for (let y = 0, from = 0; y < rows; y += 1) {
      let to = (y + 1) * (columns + 2) + 1;
      for (let x = 0; x < columns; x += 1, from += 4, to += 1) {
        for (let c = 0; c < 3; c += 1) {
          values[to + c * plane] = this.table[c * 256 + rgba[from + c]];
        }
      }
    }
  }

  /**
   * What the heads of one kind say, in the order of the default boxes: map by map, in a
   * map cell by cell, in a cell box by box.
   * @param {"offsets" | "logits"} kind
   * @param {number} width numbers that belong to one box
   */
  rows(kind, width) {
    const all = new Float32Array(this.boxes * width);
    let to = 0;
    for (const { kind: own, output } of this.layers) {
      if (own !== kind) continue;
      const { channels, rows, columns, values } = output;
      const plane = (rows + 2) * (columns + 2);
      for (let y = 1; y <= rows; y += 1) {
        for (let x = 1; x <= columns; x += 1) {
          const cell = y * (columns + 2) + x;
          for (let c = 0; c < channels; c += 1, to += 1) all[to] = values[c * plane + cell];
        }
      }
    }
    return all;
  }

  /**
   * The feature maps of the last image, finest first, without their frames: copies.
   * @returns {Values[]}
   */
  maps() {
    return this.layers.filter(({ kind, map }) => kind === "features" && map !== null)
      .map(({ output }) => unframed(output));
  }
}

/**
 * A grid's numbers without its frame, in a new array: [channels, rows, columns].
 * @param {Grid} grid
 * @returns {Values}
 */
export function unframed({ channels, rows, columns, values }) {
  const inner = new Float32Array(channels * rows * columns);
  for (let c = 0, to = 0; c < channels; c += 1) {
    for (let y = 1; y <= rows; y += 1, to += columns) {
      const from = (c * (rows + 2) + y) * (columns + 2) + 1;
      inner.set(values.subarray(from, from + columns), to);
    }
  }
  return { channels, rows, columns, values: inner };
}

/**
 * A layer's weights and bias as floats in the kernels' memory.
 * @param {Layer} layer
 * @param {Description["dtype"]} dtype
 * @param {ArrayBuffer} bytes
 * @param {Kernels} kernels
 */
function numbersOf(layer, dtype, bytes, kernels) {
  const { filters, channels } = layer;
  const size = channels * 9;
  const [weights, bias] = [kernels.floats(filters * size), kernels.floats(filters)];
  bias.set(new Float32Array(bytes, layer.bias, filters));
  if (dtype === "float32") {
    weights.set(new Float32Array(bytes, layer.weights, filters * size));
  } else {
    const whole = new Int8Array(bytes, layer.weights, filters * size);
    const scales = new Float32Array(bytes, layer.scales, filters);
    for (let f = 0, k = 0; f < filters; f += 1) {
      for (let i = 0; i < size; i += 1, k += 1) weights[k] = whole[k] * scales[f];
    }
  }
  return { weights, bias };
}

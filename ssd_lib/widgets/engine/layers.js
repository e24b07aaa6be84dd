// The layers of ssd_lib's ssd_page, and all numbers that a batch needs to learn them.

import { makeGrid } from "./train_kernels.js";

/** @import { Floats, Grid } from "./train_kernels.js" */

/**
 * One convolution. One with a norm is followed by batch normalisation and ReLU, and has no
 * bias; a head has a bias.
 * @typedef {object} Layer
 * @property {"features" | "offsets" | "logits"} kind
 * @property {string} name of the convolution in ssd_lib's file of weights
 * @property {string} [norm] likewise, of its batch normalisation
 * @property {number} input the layer whose output it reads; -1: the images
 * @property {number} channels
 * @property {number} filters a multiple of four
 * @property {number} stride 1 or 2
 */
/**
 * A layer with its numbers. A head has no norm: what it computes is `after` at once.
 * @typedef {object} Made
 * @property {Layer} layer
 * @property {Grid} from
 * @property {Float32Array} weights [3, 3, channels, filters]
 * @property {Float32Array} weightSlopes
 * @property {Float32Array | null} bias of a head
 * @property {Float32Array} biasSlopes of a head's bias, or of the norm's shift
 * @property {Norm | null} norm
 * @property {Grid} before normalisation
 * @property {Grid} after normalisation and ReLU
 * @property {Grid} slopes the gradient of `after`, later of `before`
 */
/**
 * @typedef {object} Norm
 * @property {Float32Array} scale learnt
 * @property {Float32Array} scaleSlopes
 * @property {Float32Array} shift learnt
 * @property {Float32Array} mean of the batch
 * @property {Float32Array} variance
 * @property {Float32Array} inverse one over the deviation
 * @property {Float32Array} runningMean
 * @property {Float32Array} runningVariance
 * @property {Float32Array} factor what is multiplied, and
 * @property {Float32Array} summand what is added, once the statistics are known
 */

const SIZES = [12, 24, 32, 48, 64]; // channels of the five convolutions of features
const STRIDES = [2, 2, 1, 2, 2];
const NAMES = [["stem.0", "stem.1"], ["stem.3", "stem.4"], ["stem.6", "stem.7"],
  ["steps.0.0", "steps.0.1"], ["steps.1.0", "steps.1.1"]];

/**
 * The layers of ssd_page with heads on some maps.
 * @param {number[]} used indices of the maps, finest first
 * @param {number} perCell default boxes
 * @param {number} classes with background; a multiple of four
 */
export function layersOf(used, perCell, classes) {
  /** @type {Layer[]} */
  const layers = SIZES.slice(0, used[used.length - 1] + 3).map((filters, k) => ({
    kind: "features", name: `features.${NAMES[k][0]}`, norm: `features.${NAMES[k][1]}`,
    input: k - 1, channels: k ? SIZES[k - 1] : 3, filters, stride: STRIDES[k],
  }));
  used.forEach((map, k) => {
    for (const [kind, width] of /** @type {const} */ ([["offsets", 4], ["logits", classes]])) {
      layers.push({
        kind, name: `heads.${kind}.${k}`, input: map + 2, channels: SIZES[map + 2],
        filters: perCell * width, stride: 1,
      });
    }
  });
  return layers;
}

/** @param {Layer} layer */
function weightsOf({ channels, filters }) {
  return 9 * channels * filters;
}

/**
 * Room for all parameters side by side, those that decay first, and for as many slopes and
 * running means; `take` hands out what belongs to one layer, of values and of slopes.
 * @param {Layer[]} layers
 * @param {Floats} floats
 */
function makeParameters(layers, floats) {
  const decaying = layers.reduce((sum, layer) =>
    sum + weightsOf(layer) + (layer.norm ? layer.filters : 0), 0);
  const count = decaying + layers.reduce((sum, { filters }) => sum + filters, 0);
  const [values, slopes, mean, square] = [0, 0, 0, 0].map(() => floats(count));
  const next = { decaying: 0, others: decaying };
  const take = (/** @type {"decaying" | "others"} */ group, /** @type {number} */ length) => {
    const start = next[group];
    next[group] += length;
    return [values, slopes].map((all) => all.subarray(start, start + length));
  };
  return { decaying, values, slopes, mean, square, take };
}

/**
 * A layer with its numbers.
 * @param {Layer} layer
 * @param {Grid} from
 * @param {ReturnType<typeof makeParameters>["take"]} take
 * @param {Floats} floats
 * @returns {Made}
 */
function makeLayer(layer, from, take, floats) {
  const { filters, stride } = layer;
  const [weights, weightSlopes] = take("decaying", weightsOf(layer));
  const [scale, scaleSlopes] = layer.norm ? take("decaying", filters) : [];
  const [bias, biasSlopes] = take("others", filters);
  const grid = () => makeGrid(floats, from.images, from.side / stride, filters);
  const some = () => floats(filters);
  const [before, slopes] = [grid(), grid()];
  const made = { layer, from, weights, weightSlopes, biasSlopes, before, slopes };
  if (!layer.norm) return { ...made, bias, norm: null, after: before };
  const norm = {
    scale, scaleSlopes, shift: bias, mean: some(), variance: some(), inverse: some(),
    runningMean: some(), runningVariance: some(), factor: some(), summand: some(),
  };
  return { ...made, bias: null, norm, after: grid() };
}

/**
 * All arrays of a network.
 * @param {Layer[]} layers
 * @param {number} images of a batch
 * @param {number} size of an image in pixels
 * @param {Floats} floats
 */
export function allocate(layers, images, size, floats) {
  const parameters = makeParameters(layers, floats);
  const input = makeGrid(floats, images, size, 3);
  /** @type {Made[]} */
  const made = [];
  for (const layer of layers) {
    const from = layer.input < 0 ? input : made[layer.input].after;
    made.push(makeLayer(layer, from, parameters.take, floats));
  }
  const turned = floats(Math.max(...layers.map(weightsOf)));
  const zeros = floats(Math.max(...layers.map(({ filters }) => filters)));
  return { parameters, input, made, turned, zeros };
}

// A file of weights as ssd_lib's load_weights reads it: the length of a header, 8 bytes; the
// header, a table in JSON; and the numbers of all arrays one after the other.

/** @import { Made } from "./layers.js" */
/** @import { Layout } from "../geometry.js" */

/** @typedef {{ name: string, shape: number[], values: Float32Array | BigInt64Array }} Tensor */

/**
 * A convolution's weights from [3, 3, channels, filters] to PyTorch's [filters, channels,
 * 3, 3], or back.
 * @param {Float32Array} values
 * @param {number} channels
 * @param {number} filters
 * @param {boolean} [isBack]
 */
export function turnWeights(values, channels, filters, isBack = false) {
  const turned = new Float32Array(values.length);
  for (let f = 0, theirs = 0; f < filters; f += 1) {
    for (let c = 0; c < channels; c += 1) {
      for (let k = 0; k < 9; k += 1, theirs += 1) {
        const ours = (k * channels + c) * filters + f;
        if (isBack) turned[ours] = values[theirs];
        else turned[theirs] = values[ours];
      }
    }
  }
  return turned;
}

/**
 * All arrays of a network under the names that PyTorch gives them.
 * @param {Made[]} made
 * @param {number} updates
 * @returns {Tensor[]}
 */
export function tensorsOf(made, updates) {
  return made.flatMap(({ layer, weights, bias, norm }) => {
    const { name, norm: normName, channels, filters } = layer;
    const one = (/** @type {string} */ key, /** @type {Float32Array} */ values) =>
      ({ name: key, shape: [filters], values });
    const own = {
      name: `${name}.weight`, shape: [filters, channels, 3, 3],
      values: turnWeights(weights, channels, filters),
    };
    if (bias) return [own, one(`${name}.bias`, bias)];
    if (!norm) return [own];
    return [own, one(`${normName}.weight`, norm.scale), one(`${normName}.bias`, norm.shift),
      one(`${normName}.running_mean`, norm.runningMean),
      one(`${normName}.running_var`, norm.runningVariance),
      {
        name: `${normName}.num_batches_tracked`, shape: [],
        values: BigInt64Array.of(BigInt(updates)),
      }];
  });
}

/**
 * The entries of a file's header that describe the network (ssd_lib.model.entries).
 * @param {Layout & { variances: number[], used: number[] }} layout
 * @param {string[]} classes
 */
export function entriesOf({ image, maps, variances, used }, classes) {
  const values = {
    features: { name: "page", maps: used.map((map) => map + 1) },
    layout: {
      image_px: image,
      maps: maps.map(({ grid, step, min, max, ratios }) => ({
        grid, step_px: step, min_size_px: min, max_size_px: max, aspect_ratios: ratios,
      })),
      clamp_sizes: false,
      variances,
    },
    classes,
  };
  const texts = Object.entries(values).map(([key, value]) => [key, JSON.stringify(value)]);
  return { format: "ssd_lib 2", ...Object.fromEntries(texts) };
}

/**
 * A file's bytes.
 * @param {Tensor[]} tensors
 * @param {Record<string, string>} entries
 */
export function writeSafetensors(tensors, entries) {
  // Whole numbers of 8 bytes first: each array begins where its type wants it.
  const sorted = [...tensors].sort((a, b) =>
    b.values.BYTES_PER_ELEMENT - a.values.BYTES_PER_ELEMENT);
  let end = 0;
  const table = Object.fromEntries(sorted.map(({ name, shape, values }) => {
    const dtype = values instanceof BigInt64Array ? "I64" : "F32";
    const start = end;
    end += values.byteLength;
    return [name, { dtype, shape, data_offsets: [start, end] }];
  }));
  const text = JSON.stringify({ __metadata__: entries, ...table });
  const header = new TextEncoder().encode(text.padEnd(8 * Math.ceil(text.length / 8)));
  const bytes = new Uint8Array(8 + header.length + end);
  new DataView(bytes.buffer).setUint32(0, header.length, true);
  bytes.set(header, 8);
  let at = 8 + header.length;
  for (const { values } of sorted) {
    bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), at);
    at += values.byteLength;
  }
  return bytes.buffer;
}

// The kernel of nn.c in plain JavaScript, for a browser that has no SIMD in WebAssembly
// or a page that may not use it: the same numbers, to rounding, in seven times the time.

/** @import { Convolution, Grid, Kernels } from "./network.js" */

/** @returns {Kernels} */
export function plainKernels() {
  return { kind: "plain", floats: (count) => new Float32Array(count), convolve };
}

/**
 * A 3x3 convolution with a frame of zeros, its bias, and ReLU if the layer has one. A
 * block of work is two filters on four neighbouring cells.
 * @param {Grid} from
 * @param {Convolution} layer
 * @param {Grid} to of ceil(rows / stride) rows, and columns likewise
 */
function convolve(from, layer, to) {
  const { filters, stride, bias, relu } = layer;
  const pitch = from.columns + 2;
  const sums = new Float64Array(8);
  for (let filter = 0; filter < filters; filter += 2) {
    const count = Math.min(2, filters - filter);
    for (let y = 0; y < to.rows; y += 1) {
      for (let x = 0; x < to.columns; x += 4) {
        addWindows(from, layer, (y * pitch + x) * stride, [filter, filter + count - 1], sums);
        for (let f = 0; f < count; f += 1) {
          const place = ((filter + f) * (to.rows + 2) + y + 1) * (to.columns + 2) + x + 1;
          for (let i = 0; i < 4 && x + i < to.columns; i += 1) {
            const sum = sums[4 * f + i] + bias[filter + f];
            to.values[place + i] = relu ? Math.max(sum, 0) : sum;
          }
        }
      }
    }
  }
}

/**
 * The sums of weight times cell over the channels and the 3x3 window, of two filters in
 * four windows side by side; those past the end of a row are of no use and are not kept.
 * @param {Grid} from
 * @param {Convolution} layer
 * @param {number} corner the upper left cell of the first window
 * @param {number[]} pair of filters
 * @param {Float64Array} sums of the first filter, then of the second
 */
function addWindows({ values, channels, rows, columns }, { weights, stride }, corner, pair, sums) {
  const [pitch, size] = [columns + 2, channels * 9];
  const between = (pair[1] - pair[0]) * size; // from a weight to the other filter's
  let a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0;
  for (let channel = 0, k = pair[0] * size; channel < channels; channel += 1) {
    for (let y = 0; y < 3; y += 1) {
      let cell = corner + (channel * (rows + 2) + y) * pitch;
      for (let x = 0; x < 3; x += 1, k += 1, cell += 1) {
        const one = weights[k], two = weights[k + between];
        const p = values[cell], q = values[cell + stride];
        const r = values[cell + 2 * stride], s = values[cell + 3 * stride];
        a += one * p; b += one * q; c += one * r; d += one * s;
        e += two * p; f += two * q; g += two * r; h += two * s;
      }
    }
  }
  sums[0] = a; sums[1] = b; sums[2] = c; sums[3] = d;
  sums[4] = e; sums[5] = f; sums[6] = g; sums[7] = h;
}

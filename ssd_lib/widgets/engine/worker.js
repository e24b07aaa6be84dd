// What runs beside the page: a network that answers one image after the other. The text
// of this module with all that it imports, and NN_WASM before it, is a worker's program.

/* global NN_WASM */

import { defaultBoxes, detect } from "../geometry.js";
import { Network, floatsNeeded } from "./network.js";
import { plainKernels } from "./plain.js";
import { wasmKernels } from "./wasm.js";

/** @import { Description, Kernels } from "./network.js" */
/** @import { Result, RunOptions } from "./client.js" */

/** @type {Network} */
let running;
/** @type {Float32Array} cxcywh */
let boxes;

/**
 * The kernels that this browser can run.
 * @param {number} count floats
 * @param {boolean} forcePlain
 * @returns {Promise<Kernels>}
 */
async function kernelsFor(count, forcePlain) {
  if (forcePlain || typeof WebAssembly === "undefined") return plainKernels();
  try {
    const bytes = Uint8Array.from(atob(NN_WASM), (letter) => letter.charCodeAt(0));
    return await wasmKernels(bytes, count);
  } catch { // no SIMD, or the page's host forbids it
    return plainKernels();
  }
}

/**
 * @param {{ network: Description, weights: ArrayBuffer, forcePlain: boolean }} given
 */
async function start({ network, weights, forcePlain }) {
  const kernels = await kernelsFor(floatsNeeded(network), forcePlain);
  running = new Network(network, weights, kernels);
  boxes = defaultBoxes(network.layout);
  return kernels.kind;
}

/**
 * @param {Uint8ClampedArray} rgba
 * @param {RunOptions} options
 * @returns {Result}
 */
function run(rgba, { wantMaps, ...thresholds }) {
  const before = performance.now();
  const { offsets, logits } = running.run(rgba);
  const { variances } = running.network.layout;
  const found = detect(offsets, logits, boxes, { ...thresholds, variances });
  const milliseconds = performance.now() - before;
  return { milliseconds, maps: wantMaps ? running.maps() : null, offsets, logits, ...found };
}

/** @param {Result} result whose arrays go to the page without being copied */
function buffersOf({ maps, offsets, logits, scores, boxes: decoded }) {
  const arrays = [offsets, logits, scores, decoded, ...(maps ?? []).map(({ values }) => values)];
  return arrays.map(({ buffer }) => buffer);
}

/** @param {MessageEvent} event with what is asked, under a number that the answer has, too */
async function answer({ data: { id, ask, ...given } }) {
  const port = /** @type {Worker} */ (/** @type {unknown} */ (self));
  try {
    if (ask === "start") {
      port.postMessage({ id, answer: await start(given) });
    } else {
      const result = run(given.rgba, given.options);
      port.postMessage({ id, answer: result }, buffersOf(result));
    }
  } catch (error) {
    port.postMessage({ id, error: String(error) });
  }
}

self.addEventListener("message", answer);

// The page's side of the network: starts the worker, asks it, takes its answers. While an
// image is being looked at, only the newest of those that wait is kept.

import { WorkerClient } from "./worker_client.js";

/** @import { Detection, Dropped } from "../geometry.js" */
/** @import { Description, Values } from "./network.js" */
/** @import { Waiting } from "./worker_client.js" */

/**
 * @typedef {object} Result
 * @property {number} milliseconds of the network, the decoding and the suppression
 * @property {Values[] | null} maps [channels, rows, columns] each, after their last ReLU
 * @property {Float32Array} offsets [P, 4]
 * @property {Float32Array} logits [P, C]
 * @property {Float32Array} scores [P, C]
 * @property {Float32Array} boxes [P, 4], xyxy in fractions, clipped to the image
 * @property {Detection[]} kept by falling score
 * @property {Dropped[]} dropped
 */
/**
 * @typedef {object} RunOptions
 * @property {number} [scoreThreshold]
 * @property {number} [iouThreshold]
 * @property {boolean} [wantMaps]
 */
/** @typedef {{ network: Description, weights: ArrayBuffer }} Packed */
/** @typedef {Packed & { source: string }} Parts source: the worker's program */
/** @typedef {{ rgba: Uint8ClampedArray, options: RunOptions }} Request */

/**
 * A packed file's description and weights.
 * @param {ArrayBuffer} bytes as Packed.as_bytes writes them
 * @returns {Packed}
 */
export function readPacked(bytes) {
  const length = new DataView(bytes).getUint32(0, true);
  const header = new TextDecoder().decode(new Uint8Array(bytes, 8, length));
  return { network: JSON.parse(header), weights: bytes.slice(8 + length) };
}

/**
 * What an engine is started from. In Jupyter it comes with the widget's traits `engine`
 * and `weights`; in the page, from two files of the site.
 * @param {{ get: (name: string) => any }} model of the widget
 * @param {(done: number, of: number) => void} [onProgress] with the number of files
 * @returns {Promise<Parts>}
 */
export async function partsOf(model, onProgress = () => {}) {
  const source = model.get("engine");
  if (source) {
    const { buffer, byteOffset, byteLength } = model.get("weights"); // a DataView
    return { source, ...readPacked(buffer.slice(byteOffset, byteOffset + byteLength)) };
  }
  let done = 0;
  onProgress(done, 2);
  /** @template T @param {T} file */
  const arrived = (file) => {
    done += 1;
    onProgress(done, 2);
    return file;
  };
  const [program, packed] = await Promise.all([
    window.ssdLoad("engine").then(arrived),
    window.ssdBytes("toy_tiny").then(arrived),
  ]);
  return { source: program, ...readPacked(packed) };
}

/** A network in a worker. */
export class Engine extends WorkerClient {
  /** @type {"wasm" | "plain"} */
  kind = "wasm";
  busy = false;
  /** @type {(Request & Waiting) | null} */
  next = null;

  /**
   * What the network says of an image; null if a newer one came before its turn, or the
   * engine was stopped.
   * @param {Uint8ClampedArray} rgba [S, S, 4]; it is copied
   * @param {RunOptions} [options]
   * @returns {Promise<Result | null>}
   */
  run(rgba, options = {}) {
    if (this.stopped) return Promise.resolve(null);
    return new Promise((resolve, reject) => {
      this.next?.resolve(null);
      this.next = { rgba: rgba.slice(), options, resolve, reject };
      if (!this.busy) this.work();
    });
  }

  /** Have what waits looked at, until nothing does. */
  async work() {
    this.busy = true;
    while (this.next) {
      const { rgba, options, resolve, reject } = this.next;
      this.next = null;
      await this.ask({ ask: "run", rgba, options }, [rgba.buffer]).then(resolve, reject);
    }
    this.busy = false;
  }

  /** End the worker; what waits or is still asked gets null. */
  stop() {
    super.stop();
    this.next?.resolve(null);
    this.next = null;
  }
}

/**
 * An engine that is ready to run.
 * @param {Parts & { forcePlain?: boolean }} parts
 */
export async function startEngine({ source, network, weights, forcePlain = false }) {
  const engine = new Engine(source);
  try {
    engine.kind = await engine.ask({ ask: "start", network, weights, forcePlain });
  } catch (error) {
    engine.stop();
    throw error;
  }
  return engine;
}

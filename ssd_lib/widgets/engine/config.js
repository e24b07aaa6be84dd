// What a training run is made of: its settings, their defaults, and the three forms in
// which they leave the page: an address, code for ssd_lib, and the network's layout.

/** @import { Layout } from "../geometry.js" */

/**
 * @typedef {object} Config
 * @property {number} seed of weights and training scenes
 * @property {number} imageSize side in pixels: 48, 64 or 80
 * @property {boolean[]} maps which of the three maps have heads, finest first
 * @property {number[]} scales of each map's square box, a share of the image's side
 * @property {number[]} ratios of width to height; all but 1 come both ways
 * @property {number} iouThreshold from which on a default box is matched
 * @property {boolean} bipartite whether each object gets a box whatever the threshold
 * @property {number | "all"} mining negatives for each positive
 * @property {"mined" | "focal"} loss
 * @property {number[]} variances of place and size
 * @property {number} alpha weight of the localization loss
 * @property {number} learningRate the highest
 * @property {"one-cycle" | "constant" | "cosine"} schedule
 * @property {number} steps of the whole run
 * @property {boolean} augment
 * @property {number} batchSize
 * @property {number[]} objects of a scene, fewest and most
 * @property {number[]} sizes of objects, smallest and largest, a share of the image's side
 * @property {boolean} overfit whether there is one scene only, to learn and to be judged by
 * @property {number} weightDecay
 * @property {number} evaluateEvery steps from evaluation to evaluation
 */

export const CLASSES = ["background", "disc", "square", "triangle"];
export const VALIDATION = 96; // scenes that are never trained on

/** @type {Readonly<Config>} */
export const DEFAULTS = Object.freeze({
  seed: 1,
  imageSize: 64,
  maps: [true, true, true],
  scales: [0.22, 0.4, 0.65],
  ratios: [1, 2, 0.5],
  iouThreshold: 0.5,
  bipartite: true,
  mining: 3,
  loss: "mined",
  variances: [0.1, 0.2],
  alpha: 1,
  learningRate: 0.02,
  schedule: "one-cycle",
  steps: 250,
  augment: false,
  batchSize: 16,
  objects: [1, 3],
  sizes: [0.16, 0.6],
  overfit: false,
  weightDecay: 0.02,
  evaluateEvery: 25,
});

/** @type {(keyof Config)[]} what may change while a run goes on */
export const LIVE = ["iouThreshold", "bipartite", "mining", "loss", "alpha", "learningRate",
  "schedule", "steps", "augment", "weightDecay", "evaluateEvery"];
const CHOICES = {
  imageSize: [48, 64, 80],
  schedule: ["one-cycle", "constant", "cosine"],
  loss: ["mined", "focal"],
};
/** @type {Record<string, number[]>} the least and the most */
const LIMITS = {
  seed: [0, 4294967295], scales: [0.02, 2], ratios: [0.1, 10], iouThreshold: [0.05, 1],
  mining: [0, 10000], variances: [0.001, 100], alpha: [0, 1000], learningRate: [0, 100],
  steps: [1, 100000], batchSize: [1, 64], objects: [1, 8], sizes: [0.02, 0.9],
  weightDecay: [0, 10], evaluateEvery: [1, 100000],
};
const WHOLE = ["seed", "steps", "batchSize", "objects", "evaluateEvery"];

/**
 * Whether a value may stand under a key.
 * @param {string} key
 * @param {any} value
 * @returns {boolean}
 */
function isValid(key, value) {
  const usual = /** @type {any} */ (DEFAULTS)[key];
  if (Array.isArray(usual)) {
    const fits = Array.isArray(value) && (key === "ratios" ? value.length > 0 && value.length < 8
      : value.length === usual.length);
    if (!fits || !value.every((/** @type {any} */ one) => isOne(key, one, usual[0]))) return false;
    if (key === "maps") return value.includes(true);
    return !["objects", "sizes"].includes(key) || value[0] <= value[1];
  }
  return (key === "mining" && value === "all") || isOne(key, value, usual);
}

/**
 * @param {string} key
 * @param {any} value
 * @param {any} usual of the same type
 */
function isOne(key, value, usual) {
  if (typeof value !== typeof usual) return false;
  const choices = /** @type {Record<string, any[]>} */ (CHOICES)[key];
  if (choices) return choices.includes(value);
  if (typeof value !== "number") return true;
  const [least, most] = LIMITS[key];
  return value >= least && value <= most && (!WHOLE.includes(key) || Number.isInteger(value));
}

/**
 * A configuration with all keys: a value that is missing or makes no sense is the default.
 * @param {Partial<Config> | null} [given] from anywhere, an address for one
 * @returns {Config}
 */
export function complete(given) {
  const entries = Object.entries(DEFAULTS).map(([key, usual]) => {
    const value = /** @type {any} */ (given ?? {})[key];
    return [key, structuredClone(isValid(key, value) ? value : usual)];
  });
  return Object.fromEntries(entries);
}

/**
 * The keys whose values differ.
 * @param {Config} a
 * @param {Config} b
 * @returns {(keyof Config)[]}
 */
export function differences(a, b) {
  const keys = /** @type {(keyof Config)[]} */ (Object.keys(DEFAULTS));
  return keys.filter((key) => JSON.stringify(a[key]) !== JSON.stringify(b[key]));
}

/**
 * Whether a run under one configuration cannot go on under another.
 * @param {Config} a
 * @param {Config} b
 */
export function needsRestart(a, b) {
  return differences(a, b).some((key) => !LIVE.includes(key));
}

/**
 * What an address keeps of a configuration: the values that are not the defaults, as in
 * `learningRate=0.1&maps=1,0,0`. The defaults alone are an empty text.
 * @param {Config} config
 */
export function toAddress(config) {
  const text = (/** @type {any} */ value) => (value === true ? 1 : value === false ? 0 : value);
  return differences(config, DEFAULTS).map((key) => {
    const value = config[key];
    return `${key}=${Array.isArray(value) ? value.map(text).join(",") : text(value)}`;
  }).join("&");
}

/**
 * The configuration that an address keeps; what it says wrongly is the default.
 * @param {string} address with or without "#" or "?" before it
 */
export function fromAddress(address) {
  const found = new URLSearchParams(address.replace(/^[#?]/, ""));
  const entries = [...found].filter(([key]) => key in DEFAULTS).map(([key, text]) => {
    const usual = /** @type {any} */ (DEFAULTS)[key];
    const read = (/** @type {string} */ one, /** @type {any} */ like) => {
      if (typeof like === "boolean") return { 1: true, 0: false }[one];
      return typeof like === "number" && one.trim() && Number.isFinite(+one) ? +one : one;
    };
    return [key, Array.isArray(usual) ? text.split(",").map((one) => read(one, usual[0]))
      : read(text, usual)];
  });
  return complete(Object.fromEntries(entries));
}

/**
 * The default boxes as geometry.js lays them out, and which maps they are on.
 * @param {Pick<Config, "imageSize" | "maps" | "scales" | "ratios" | "variances">} config
 * @returns {Layout & { variances: number[], used: number[] }} used: indices of the maps
 */
export function layoutOf({ imageSize, maps, scales, ratios, variances }) {
  const used = [0, 1, 2].filter((map) => maps[map]);
  const wide = ratios.map((ratio) => Math.max(ratio, 1 / ratio)).filter((ratio) => ratio > 1);
  const rows = used.map((map) => {
    const grid = imageSize / 4 / 2 ** map;
    return {
      grid, step: imageSize / grid, min: scales[map] * imageSize, max: null,
      ratios: [...new Set(wide)],
    };
  });
  return { image: imageSize, maps: rows, variances, used };
}

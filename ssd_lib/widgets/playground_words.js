// The playground's settings in words: their names, what to expect of each, the chapter that
// explains it, and how two runs differ.

import { DEFAULTS, LIVE, differences, fromAddress } from "./engine/config.js";
import { EXPERIMENTS } from "./engine/experiments.js";

/** @import { Config } from "./engine/config.js" */
/**
 * @typedef {object} Knob
 * @property {keyof Config} key
 * @property {string} label
 * @property {string} chapter its file's stem
 * @property {string} topic what the link to it says
 * @property {string} expect
 * @property {[value: any, text: string][]} [choices]
 * @property {[least: number, most: number, step: number]} [range]
 */
/** @typedef {{ name: string, knobs: Knob[] }} Group */

const percent = (/** @type {number} */ value) => `${Math.round(100 * value)} %`;

/** @type {Group[]} */
export const GROUPS = [
  { name: "Scene", knobs: [
    { key: "imageSize", label: "Image size", chapter: "features", topic: "feature maps",
      choices: [[48, "48 × 48 pixels"], [64, "64 × 64 pixels"], [80, "80 × 80 pixels"]],
      expect: "All maps grow with the image: at 80 pixels there are 1575 boxes where there were "
        + "1008, and a step takes half as long again." },
    { key: "objects", label: "Objects in a scene", chapter: "matching", topic: "matching",
      choices: [[[1, 1], "1"], [[1, 3], "1 to 3"], [[3, 6], "3 to 6"]],
      expect: "More objects give each batch more positives, and more neighbours to confuse." },
    { key: "sizes", label: "Their size", chapter: "default_boxes", topic: "default boxes",
      choices: [[[0.06, 0.12], "6 to 12 % of the image"], [[0.16, 0.6], "16 to 60 %"],
        [[0.4, 0.85], "40 to 85 %"]],
      expect: "What no default box fits is matched by force or not at all, and learnt badly." },
    { key: "augment", label: "Augmentation", chapter: "augment", topic: "augmentation",
      expect: "Mirror images and cut-outs. These scenes never repeat, so it only makes them "
        + "harder: 0.79 instead of 0.89 in five runs. With few photographs it matters most." },
    { key: "overfit", label: "One scene only", chapter: "train", topic: "training",
      expect: "The first test of any new detector: can it learn one scene by heart?" },
    { key: "seed", label: "Seed", chapter: "train", topic: "training", range: [1, 99, 1],
      expect: "Other first weights, other scenes. What a seed alone changes is luck." },
  ] },
  { name: "Default boxes", knobs: [
    { key: "maps", label: "Maps with heads", chapter: "features", topic: "feature maps",
      expect: "The finest map has the small boxes, the coarsest the large ones. Without a map, "
        + "its sizes are nobody’s job." },
    { key: "scales", label: "Box sizes", chapter: "default_boxes", topic: "default boxes",
      range: [0.06, 0.95, 0.01],
      expect: "Drag them on the image, too. Watch how many boxes match: too small or too large, "
        + "and an object keeps only the one that it gets by force." },
    { key: "ratios", label: "Shapes on a cell", chapter: "default_boxes", topic: "default boxes",
      choices: [[[1], "square"], [[1, 2, 0.5], "square, wide, tall"],
        [[1, 2, 0.5, 3, 1 / 3], "and very wide, very tall"]],
      expect: "These objects are nearly square, so the wide and tall ones earn little here." },
    { key: "variances", label: "Variances", chapter: "offsets", topic: "offsets",
      choices: [[[0.1, 0.2], "0.1 and 0.2"], [[1, 1], "1 and 1"], [[0.02, 0.04], "0.02 and 0.04"]],
      expect: "They set the size of the numbers that the head learns. At 1 and 1 the offsets are "
        + "five to ten times as small, and so small errors hardly cost anything." },
  ] },
  { name: "Matching", knobs: [
    { key: "iouThreshold", label: "IoU threshold", chapter: "matching", topic: "matching",
      range: [0.2, 0.9, 0.05],
      expect: "Higher: fewer positives, each a better fit. Lower: more of them, and sloppier." },
    { key: "bipartite", label: "Every object gets a box", chapter: "matching", topic: "matching",
      expect: "Off, an object whose best box stays below the threshold is taught as background." },
  ] },
  { name: "Loss", knobs: [
    { key: "loss", label: "Confidence loss", chapter: "loss", topic: "the loss",
      choices: [["mined", "cross-entropy, mined"], ["focal", "focal loss"]],
      expect: "Focal loss counts every box and lets the easy ones fade, instead of choosing. Here "
        + "it ended at 0.80 in five runs, mining at 0.89." },
    { key: "mining", label: "Negatives for each positive", chapter: "loss", topic: "the loss",
      choices: [[0, "0"], [1, "1"], [3, "3"], [10, "10"], ["all", "all there are"]],
      expect: "At 0 nothing ever teaches it what background is. With all, nearly all of what is "
        + "compared is easy background." },
    { key: "alpha", label: "α, weight of the localization loss", chapter: "loss",
      topic: "the loss", choices: [[0, "0"], [0.3, "0.3"], [1, "1"], [3, "3"], [10, "10"]],
      expect: "At 0 boxes stay where the default boxes are: only their classes are learnt." },
  ] },
  { name: "Optimizer", knobs: [
    { key: "learningRate", label: "Learning rate", chapter: "train", topic: "training",
      choices: [0.0005, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5].map((one) => [one, `${one}`]),
      expect: "Too low, and 250 steps are not enough; too high, and it jumps about." },
    { key: "schedule", label: "Schedule", chapter: "train", topic: "training",
      choices: [["one-cycle", "up, then down (one cycle)"], ["cosine", "down (cosine)"],
        ["constant", "constant"]],
      expect: "A falling rate lets the network settle. With one cycle the mAP was 0.78 at step "
        + "150, 0.87 at 200 and 0.89 at 250, the mean of five runs." },
    { key: "steps", label: "Steps", chapter: "train", topic: "training",
      choices: [[100, "100"], [250, "250"], [500, "500"], [1000, "1000"]],
      expect: "The schedule stretches over all of them, so a short run is no half of a long one." },
    { key: "batchSize", label: "Batch size", chapter: "train", topic: "training",
      choices: [[4, "4"], [8, "8"], [16, "16"], [32, "32"]],
      expect: "Larger batches give smoother curves; each step takes as much longer." },
    { key: "weightDecay", label: "Weight decay", chapter: "train", topic: "training",
      choices: [[0, "0"], [0.02, "0.02"], [0.2, "0.2"]],
      expect: "It pulls weights towards 0. In so short a run, do not expect to see it." },
  ] },
];

const KNOBS = GROUPS.flatMap(({ knobs }) => knobs);

/**
 * A value in words.
 * @param {string} key
 * @param {any} value
 */
export function valueText(key, value) {
  const knob = KNOBS.find((one) => one.key === key);
  const known = knob?.choices?.find(([one]) => JSON.stringify(one) === JSON.stringify(value));
  if (known) return known[1];
  if (typeof value === "boolean") return value ? "on" : "off";
  if (key === "maps") return mapNames(value);
  if (["objects", "sizes"].includes(key)) {
    const [a, b] = value.map((/** @type {number} */ one) => (key === "sizes" ? percent(one) : one));
    return `${a} to ${b}`;
  }
  if (key === "scales") return value.map(percent).join(", ");
  return Array.isArray(value) ? value.map((one) => +one.toFixed(3)).join(", ") : `${value}`;
}

/** @param {boolean[]} maps */
function mapNames(maps) {
  const names = ["fine", "middle", "coarse"].filter((_, k) => maps[k]);
  return names.length === 3 ? "all" : `${names.join(" and ")} only`;
}

/**
 * A setting and its value: "IoU threshold 0.8".
 * @param {keyof Config} key
 * @param {any} value
 */
export function settingText(key, value) {
  const label = KNOBS.find((one) => one.key === key)?.label ?? key;
  return `${label.split(",")[0]}: ${valueText(key, value)}`;
}

/**
 * How a configuration differs from another, in words.
 * @param {Config} config
 * @param {Config} [from]
 */
export function differenceText(config, from = DEFAULTS) {
  return differences(config, from).filter((key) => key !== "evaluateEvery")
    .map((key) => settingText(key, config[key]));
}

/**
 * What of a change a run cannot take up while it goes on.
 * @param {Config} wanted
 * @param {Config} running
 */
export function waiting(wanted, running) {
  return differences(wanted, running).filter((key) => !LIVE.includes(key));
}

/**
 * What of a configuration is not as in the defaults.
 * @param {Config} config
 * @returns {Partial<Config>}
 */
export function shortened(config) {
  return Object.fromEntries(differences(config, DEFAULTS).map((key) => [key, config[key]]));
}

/**
 * What an address sets: what it says of the settings, or those of the experiment that it
 * names; nothing if it says nothing.
 * @param {string} hash
 * @returns {Partial<Config> | undefined}
 */
export function configOf(hash) {
  const text = decodeURIComponent(hash.slice(1));
  const isSettings = [...new URLSearchParams(text).keys()].some((key) => key in DEFAULTS);
  return isSettings ? shortened(fromAddress(text)) : EXPERIMENTS[text.replaceAll("-", " ")];
}

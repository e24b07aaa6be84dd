// The playground's experiments: what each sets. What comes of it is recorded in
// data/runs/playground.json by `python tools/playground.py`, five seeds each.

/** @import { Config } from "./config.js" */

/** @type {Readonly<Record<string, Partial<Config>>>} */
export const EXPERIMENTS = Object.freeze({
  "the defaults": {},
  "overfit one scene": { overfit: true, objects: [3, 3], steps: 60, evaluateEvery: 2 },
  "no hard negatives": { mining: 0 },
  "one map only": { maps: [true, false, false] },
  "tiny objects": { sizes: [0.06, 0.12] },
  "threshold 0.8": { iouThreshold: 0.8, bipartite: false },
  "variances of 1": { variances: [1, 1] },
  "learning rate too high": { learningRate: 0.5 },
  "threshold 0.8, bipartite": { iouThreshold: 0.8 },
  "all negatives": { mining: "all" },
  "tiny objects, smaller boxes": { sizes: [0.06, 0.12], scales: [0.09, 0.3, 0.6] },
  "the coarsest map only": { maps: [false, false, true] },
  "48 pixels": { imageSize: 48 },
  "focal loss": { loss: "focal" },
  "augmentation": { augment: true },
});

/** Those that a reader is asked about, by what they are about. */
export const TOPICS = Object.freeze({
  Negatives: ["no hard negatives", "all negatives"],
  "Boxes and matching": ["one map only", "tiny objects", "tiny objects, smaller boxes",
    "threshold 0.8"],
  Learning: ["variances of 1", "learning rate too high", "overfit one scene"],
});

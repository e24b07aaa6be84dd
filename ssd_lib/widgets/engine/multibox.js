// What a batch's loss compares, how wrong it is, and in which direction it falls: matching,
// encoding, mining and both parts of the loss with their slopes, by geometry.js.

import {
  bipartiteWalk, encode, focalLoss, focalSlope, hardNegatives, iouTable, matchTable, smoothL1,
  smoothL1Slope, toCentre,
} from "../geometry.js";

/** @import { Config } from "./config.js" */
/** @import { Thing } from "./scenes.js" */

/** @typedef {{ boxes: Float32Array, corners: Float32Array, total: number }} Boxes of layOut */
/** @typedef {{ labels: Uint8Array, offsets: Float32Array }} Targets [P] and [P, 4] */
/**
 * @typedef {object} Loss
 * @property {number} localization
 * @property {number} confidence
 * @property {number} positives
 * @property {number[][]} negatives rows of each image that count as background
 * @property {Float32Array} offsetSlopes [B, P, 4]
 * @property {Float32Array} logitSlopes [B, P, C]
 */

const FOCAL = { alpha: 0.25, gamma: 2 }; // the paper's values

/**
 * The label of each default box and the offsets that lead to its object.
 * @param {Thing[]} objects
 * @param {Boxes} scene
 * @param {Pick<Config, "iouThreshold" | "bipartite" | "variances">} rule
 * @returns {Targets}
 */
export function encodeTargets(objects, { boxes, corners, total }, rule) {
  const table = iouTable(objects.map(({ box }) => box), corners);
  const steps = rule.bipartite ? bipartiteWalk(table) : [];
  const labels = new Uint8Array(total);
  const offsets = new Float32Array(total * 4);
  matchTable(table, total, rule.iouThreshold, steps).forEach((object, row) => {
    if (object < 0) return;
    const own = Array.from(boxes.subarray(4 * row, 4 * row + 4));
    labels[row] = objects[object].label;
    offsets.set(encode(toCentre(objects[object].box), own, rule.variances), 4 * row);
  });
  return { labels, offsets };
}

/**
 * The logarithms of all scores.
 * @param {Float32Array} logits
 * @param {number} classes
 */
export function logSoftmax(logits, classes) {
  const logs = new Float32Array(logits.length);
  for (let row = 0; row < logits.length; row += classes) {
    let largest = -Infinity, sum = 0;
    for (let k = row; k < row + classes; k += 1) if (logits[k] > largest) largest = logits[k];
    for (let k = row; k < row + classes; k += 1) sum += Math.exp(logits[k] - largest);
    const log = largest + Math.log(sum);
    for (let k = row; k < row + classes; k += 1) logs[k] = logits[k] - log;
  }
  return logs;
}

/**
 * Both parts of a batch's loss, each over the number of positives, and the slopes of
 * alpha * localization + confidence. As ssd_lib.loss.multibox_loss and, with "focal",
 * multibox_focal_loss have it; a mining of "all" counts all negatives.
 * @param {Float32Array} offsets [B, P, 4]
 * @param {Float32Array} logits [B, P, C]
 * @param {Targets[]} targets of the B images
 * @param {Pick<Config, "mining" | "loss" | "alpha">} rule
 * @returns {Loss}
 */
export function multiboxLoss(offsets, logits, targets, rule) {
  const rows = targets[0].labels.length;
  const classes = logits.length / (targets.length * rows);
  const logs = logSoftmax(logits, classes);
  const positives = targets.reduce((sum, { labels }) =>
    sum + labels.filter((label) => label > 0).length, 0);
  const loss = {
    localization: 0, confidence: 0, positives, negatives: /** @type {number[][]} */ ([]),
    offsetSlopes: new Float32Array(offsets.length), logitSlopes: new Float32Array(logits.length),
  };
  const share = 1 / Math.max(positives, 1);
  targets.forEach((target, image) => {
    const from = image * rows;
    const negatives = negativesOf(logs.subarray(from * classes, (from + rows) * classes),
      target.labels, rule);
    loss.negatives.push(negatives);
    for (const row of negatives) addClass(loss, logs, classes, from + row, 0, rule, share);
    target.labels.forEach((label, row) => {
      if (label === 0) return;
      addClass(loss, logs, classes, from + row, label, rule, share);
      addOffsets(loss, offsets, target.offsets, from + row, row, rule.alpha, share);
    });
  });
  return loss;
}

/**
 * The rows of an image that count as background.
 * @param {Float32Array} logs [P, C]
 * @param {Uint8Array} labels
 * @param {Pick<Config, "mining" | "loss">} rule
 */
function negativesOf(logs, labels, { mining, loss }) {
  const isAll = loss === "focal" || mining === "all";
  if (isAll) return [...labels.keys()].filter((row) => labels[row] === 0);
  const losses = new Float32Array(labels.length);
  const classes = logs.length / labels.length;
  for (let row = 0; row < losses.length; row += 1) losses[row] = -logs[row * classes];
  return hardNegatives(losses, labels, /** @type {number} */ (mining));
}

/**
 * Add what a row's class costs, and its slopes.
 * @param {Loss} loss
 * @param {Float32Array} logs
 * @param {number} classes
 * @param {number} row of all
 * @param {number} label
 * @param {Pick<Config, "loss">} rule
 * @param {number} share
 */
function addClass(loss, logs, classes, row, label, rule, share) {
  const isFocal = rule.loss === "focal";
  const gamma = isFocal ? FOCAL.gamma : 0;
  const weight = isFocal ? share * (label ? FOCAL.alpha : 1 - FOCAL.alpha) : share;
  const start = row * classes;
  loss.confidence += weight * focalLoss(logs[start + label], gamma);
  const slope = weight * focalSlope(logs[start + label], gamma);
  for (let k = 0; k < classes; k += 1) {
    loss.logitSlopes[start + k] = slope * ((k === label ? 1 : 0) - Math.exp(logs[start + k]));
  }
}

/**
 * Add what a positive's offsets cost, and their slopes.
 * @param {Loss} loss
 * @param {Float32Array} offsets of all rows
 * @param {Float32Array} wanted of its image
 * @param {number} row of all
 * @param {number} own row of its image
 * @param {number} alpha
 * @param {number} share
 */
function addOffsets(loss, offsets, wanted, row, own, alpha, share) {
  for (let k = 0; k < 4; k += 1) {
    const difference = offsets[4 * row + k] - wanted[4 * own + k];
    loss.localization += share * smoothL1(difference);
    loss.offsetSlopes[4 * row + k] = alpha * share * smoothL1Slope(difference);
  }
}

// What the hard-negative lab says of its boxes.

import { pointAt } from "./controls.js";

/** @typedef {{ gt: number, iou: number }} Near the object that is nearest to a box */

/**
 * A cost with two digits; what they cannot tell from nothing is no 0.00.
 * @param {number} cost
 */
export function costText(cost) {
  return cost < 0.005 ? "less than 0.01" : cost.toFixed(2);
}

/**
 * An IoU with two digits; one that is not enough does not read as if it were.
 * @param {number} iou
 */
export function iouText(iou) {
  return iou.toFixed(iou < 0.5 && iou >= 0.495 ? 3 : 2);
}

/**
 * What counts, in a sentence.
 * @param {number[]} losses the largest first
 * @param {number} mined how many count
 */
export function summaryOf(losses, mined) {
  const rest = losses.length - mined;
  if (!mined) return `No background counts: all ${rest} boxes are left out.`;
  const frames = "Frames: boxes taken for an object, with an IoU below half.";
  if (!rest) {
    const half = losses[Math.floor(mined / 2)];
    return `${frames} All ${mined} count, though half of them cost less than `
      + `${half.toFixed(2)} each.`;
  }
  const mean = (/** @type {number[]} */ part) =>
    costText(part.reduce((sum, loss) => sum + loss, 0) / part.length);
  return `${frames} The hardest ${mined} cost ${mean(losses.slice(0, mined))} each, the other `
    + `${rest} cost ${mean(losses.slice(mined))}. ${pointAt()} a name, a dot or the hill.`;
}

/**
 * One box: its cost, its rank, and where it lies.
 * @param {number[]} losses the largest first
 * @param {number} rank from 0
 * @param {Near} near
 * @param {string[]} names of the objects
 * @param {boolean} counts
 */
export function boxText(losses, rank, { gt, iou }, names, counts) {
  const where = iou < 0.005 ? "off every object" : `IoU ${iouText(iou)} with the ${names[gt]}`;
  return `cost ${costText(losses[rank])}, rank ${rank + 1} of ${losses.length}, ${where}. `
    + (counts ? "It counts." : "It is left out.");
}

// Scales of a plot: how high a value stands, which round numbers are written beside it, and
// how far a key leads along one.

import { clamp } from "./stage.js";

/** @typedef {{ rise: (value: number) => number, ticks: number[] }} Scale rise: 0 to 1 */

const ROUND = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100];
const MARKS = 50; // that arrow keys stop at, evenly across a scale

/**
 * A logarithmic scale that holds all values, from one round number to another.
 * @param {number[]} values
 */
export function logScale(values) {
  const low = ROUND.findLast((one) => values.every((value) => value >= one)) ?? ROUND[0];
  const high = ROUND.find((one) => values.every((value) => value <= one)) ?? 100;
  return {
    rise: (/** @type {number} */ value) => Math.log(value / low) / Math.log(high / low),
    ticks: ROUND.filter((one) => one >= low && one <= high),
  };
}

/**
 * Round numbers from 0 to the last step.
 * @param {number} last
 */
export function stepTicks(last) {
  const wide = [10, 20, 25, 50, 100, 200, 250, 500, 1000, 2500].find((one) => last / one <= 5.5)
    ?? 5000;
  return Array.from({ length: Math.floor(last / wide) + 1 }, (_, k) => k * wide);
}

/**
 * A scale from 0 to a round number.
 * @param {number[]} values
 * @returns {Scale}
 */
export function linearScale(values) {
  const most = Math.max(...values, 0.1);
  const top = [0.1, 0.2, 0.5, 1, 2, 4, 6, 8, 10, 20, 50, 100].find((one) => one >= most) ?? 100;
  return { rise: (value) => value / top, ticks: [0, 0.25, 0.5, 0.75, 1].map((part) => part * top) };
}

/**
 * Some steps along a scale of counts that narrows: each is as long as the others there, from
 * mark to mark, and leads one further at least.
 * @param {number} now
 * @param {number} by how many steps
 * @param {number} last count
 * @param {number} power of a count that says where it stands
 */
export function stepAlong(now, by, last, power) {
  const at = MARKS * (Math.max(now, 0) / last) ** power;
  const mark = (by > 0 ? Math.floor(at + 0.2) : Math.ceil(at - 0.2)) + by;
  const next = Math.round(last * clamp(mark / MARKS) ** (1 / power));
  return by > 0 ? Math.max(next, now + 1) : Math.min(next, now - 1);
}

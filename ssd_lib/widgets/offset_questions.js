// The questions of the offset lab, with what it takes to answer them in numbers.

import {
  decode, encode, overlap, smoothL1, smoothL1Slope, toCentre,
} from "./geometry.js";
import { RATE, shown } from "./offset_drawing.js";
import { tidy } from "./stage.js";

/** @import { Box } from "./geometry.js" */
/**
 * @typedef {object} Boxes
 * @property {number[]} from the default box
 * @property {number[]} object
 * @property {number[]} start where a descent begins
 * @property {() => boolean} isDivided by the variances, now
 * @property {(count: number, isDivided: boolean) => void} lead takes so many steps of the descent
 */

// Which arrows are seen, as the trait says it.
export const MOVE = 0;
export const STRETCH = 1;
export const ALL = 2;
const COUNTS = ["none", "one", "two", "three", "all"];
const LONGEST = 60; // steps
const SMALL = 0.001; // a loss that is as good as none

/** @param {boolean} isDivided */
export function variancesOf(isDivided) {
  return isDivided ? [0.1, 0.2] : [1, 1];
}

/**
 * How far a prediction's offsets are from those of the object.
 * @param {Box} prediction
 * @param {Box} object
 * @param {Box} from the default box
 * @param {boolean} isDivided
 */
export function errors(prediction, object, from, isDivided) {
  const [answers, targets] = [prediction, object].map((box) =>
    encode(toCentre(box), toCentre(from), variancesOf(isDivided)));
  return answers.map((answer, i) => answer - targets[i]);
}

/** @param {number[]} off */
export function lossOf(off) {
  return off.reduce((sum, one) => sum + smoothL1(one), 0);
}

/**
 * Whether a descent is at its end.
 * @param {number} loss
 * @param {number} steps
 */
export function isOver(loss, steps) {
  return loss < SMALL || steps > LONGEST;
}

/**
 * The errors at each stop of a whole descent, before anyone takes it.
 * @param {number[]} first at its beginning
 */
function stopsOf(first) {
  const stops = [first];
  while (!isOver(lossOf(stops[stops.length - 1]), stops.length)) {
    stops.push(stops[stops.length - 1].map((one) => one - RATE * smoothL1Slope(one)));
  }
  return stops;
}

/**
 * The losses of a whole descent.
 * @param {number[]} first the errors at its beginning
 */
export function wholeWay(first) {
  return stopsOf(first).map(lossOf);
}

/**
 * The box to which offsets lead.
 * @param {number[]} offsets
 * @param {Box} from the default box
 * @param {boolean} isDivided
 */
export function boxOf(offsets, from, isDivided) {
  const [cx, cy, width, height] = decode(offsets, toCentre(from), variancesOf(isDivided));
  return [cx - width / 2, cy - height / 2, cx + width / 2, cy + height / 2];
}

/**
 * The IoU with the object at the end of a descent.
 * @param {number[]} first the errors at its beginning
 * @param {Box} object
 * @param {Box} from the default box
 * @param {boolean} isDivided
 */
function lastIou(first, object, from, isDivided) {
  const targets = encode(toCentre(object), toCentre(from), variancesOf(isDivided));
  const off = stopsOf(first).at(-1) ?? first;
  const end = boxOf(targets.map((one, i) => one + off[i]), from, isDivided);
  return overlap(end, object).iou.toFixed(3);
}

/**
 * How many steps every offset that is beyond 1 takes before it slows down.
 * @param {number[]} off
 */
function equalSteps(off) {
  const far = off.map(Math.abs).filter((one) => one > 1);
  return far.length ? Math.min(...far.map((one) => Math.ceil((one - 1) / RATE))) : 1;
}

/**
 * About the way from the default box to the prediction, as the variances are set.
 * @param {Boxes} boxes
 */
export function offsetQuestions({ from, object, isDivided }) {
  const [cx, , width] = toCentre(from);
  const half = tidy([cx - width / 4, from[1], cx + width / 4, from[3]]);
  const state = { gt_box: object };
  return [
    {
      ask: "On the default box: which numbers?",
      put: () => ({ ...state, prediction: [...from] }),
      answer: "All four offsets are 0: nothing to move, nothing to stretch. A network that "
        + "answers zeros gives back its default boxes.",
    }, {
      ask: "Half as wide: which number?",
      put: () => ({ ...state, prediction: half, arrows: STRETCH }),
      answer: () => {
        const by = variancesOf(isDivided())[1];
        const size = shown(Math.log(toCentre(half)[2] / width) / by);
        const divided = by === 1 ? "" : ` divided by ${by}`;
        return `The offset in width is ${size}, the logarithm of ½${divided}. Twice as wide `
          + `would be ${size.replace("−", "+")}: both are equally far from the default box.`;
      },
    }, {
      ask: "On the object: what is left?",
      put: () => ({ ...state, prediction: [...object], arrows: ALL }),
      answer: () => {
        const targets = encode(toCentre(object), toCentre(from), variancesOf(isDivided()));
        return `The prediction’s offsets are now the object’s, ${targets.map(shown).join(", ")}: `
          + "these four are what training wants. Each is off by 0.";
      },
    },
  ];
}

/**
 * About the way down the loss.
 * @param {Boxes} boxes
 */
export function descentQuestions({ from, object, start, lead }) {
  /** @type {[number[], boolean][]} */
  const ways = [[from, true], [start, true], [start, false]];
  const [near, far, plain] = ways.map(([box, divided]) =>
    errors(box, object, from, divided));
  const steps = wholeWay(near).length - 1;
  const equal = equalSteps(far);
  const many = COUNTS[far.filter((one) => Math.abs(one) > 1).length];
  const state = { variances: true, gt_box: object };
  return [
    {
      ask: "Why equal steps at first?",
      put: () => {
        lead(equal, true);
        return {};
      },
      answer: "Beyond 1 smooth L1 is straight: an offset that is off by more than 1 changes by "
        + `${RATE} each step, however far off it is. So for ${many} of the four these ${equal} `
        + "steps are equally long. Within 1 they shrink: play on.",
    }, {
      ask: "From an untrained answer?",
      put: () => ({ ...state, prediction: [...from] }),
      answer: "An untrained head answers about 0, and so the default box itself. Here that costs "
        + `${shown(lossOf(near))} and is ${steps} steps from the object: only one offset is `
        + "beyond 1.",
    }, {
      ask: "Without the variances?",
      put: () => {
        lead(LONGEST, false);
        return {};
      },
      answer: `The same boxes cost ${shown(lossOf(plain))}, not ${shown(lossOf(far))}. At a loss `
        + `below ${SMALL} we stop: the box is not quite on the object, at an IoU of `
        + `${lastIou(plain, object, from, false)}. With the variances the same small loss `
        + `stands for an IoU of ${lastIou(far, object, from, true)}.`,
    },
  ];
}

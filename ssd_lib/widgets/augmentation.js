// SSD's augmentation in numbers: what one draw does to an image and to its boxes.

import { centreInside, drawPatch, overlap, randomFrom } from "./geometry.js";

/**
 * @typedef {object} Rules
 * @property {number[][]} gt_boxes
 * @property {string} constraint of the patch: one of these, or "drawn" or "whole"
 * @property {string[]} constraints
 * @property {string[]} steps that are taken: of distort, zoom, patch and mirror
 * @property {number} trials for each constraint
 */
/** @typedef {ReturnType<typeof compute>} Draw */

export const WHOLE = [0, 0, 1, 1];

/**
 * One draw. Its numbers are the same whatever steps are taken.
 * @param {number} seed
 * @param {Rules} rules
 */
export function compute(seed, rules) {
  const random = randomFrom(seed * 7919);
  const maybe = (
    /** @type {string} */ step, /** @type {number} */ low, /** @type {number} */ high,
    /** @type {number} */ still,
  ) => {
    const [is, value] = [random() < 0.5, low + (high - low) * random()];
    return is && rules.steps.includes(step) ? value : still;
  };
  const colours = {
    brightness: maybe("distort", 0.75, 1.25, 1), contrast: maybe("distort", 0.5, 1.5, 1),
    saturation: maybe("distort", 0.5, 1.5, 1), hue: maybe("distort", -36, 36, 0),
  };
  const ratio = maybe("zoom", 1, 4, 1);
  const place = [random() * (1 - 1 / ratio), random() * (1 - 1 / ratio)];
  const flip = maybe("mirror", 1, 1, 0) === 1;
  const pick = random();
  const boxes = rules.gt_boxes.map((box) => box.map((edge, i) => edge / ratio + place[i % 2]));
  /** @param {string} name of a constraint; its trials, one after the other */
  const tries = (name) => {
    const own = randomFrom(seed * 7919 + 101 * (1 + rules.constraints.indexOf(name)));
    return () => judge(drawPatch(own), boxes, name);
  };
  const succeed = (/** @type {string} */ name) => {
    const next = tries(name);
    for (let trial = 0; trial < rules.trials; trial += 1) {
      const { patch, verdict } = next();
      if (verdict === "good") return { name, trial, patch };
    }
    return { name, trial: -1, patch: WHOLE };
  };
  const { constraints, constraint } = rules;
  let took = { name: "whole", trial: -1, patch: WHOLE };
  if (rules.steps.includes("patch") && constraint === "drawn") {
    const good = constraints.map(succeed).filter(({ trial }) => trial >= 0);
    took = [took, ...good][Math.floor(pick * (good.length + 1))];
  } else if (rules.steps.includes("patch") && constraint !== "whole") {
    took = succeed(constraint);
  }
  const kept = boxes.map((box) => centreInside(box, took.patch));
  return { ...took, colours, ratio, place, flip, boxes, kept, tries };
}

/**
 * What a constraint says of a patch.
 * @param {number[]} patch
 * @param {number[][]} boxes
 * @param {string} name of the constraint
 */
export function judge(patch, boxes, name) {
  const iou = Math.max(...boxes.map((box) => overlap(patch, box).iou));
  const enough = name === "any" || iou >= Number(name);
  /** @type {"good" | "overlap" | "centre"} */
  const verdict = !enough ? "overlap"
    : boxes.some((box) => centreInside(box, patch)) ? "good" : "centre";
  return { patch, iou, verdict };
}

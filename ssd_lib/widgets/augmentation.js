// SSD's augmentation in numbers: what one draw does to an image and to its boxes.

import { boxArea, centreInside, drawPatch, overlap, randomFrom, sharedBox } from "./geometry.js";

/**
 * @typedef {object} Rules
 * @property {number[][]} gt_boxes
 * @property {string} constraint of the patch: one of these, or "drawn" or "whole"
 * @property {string[]} constraints
 * @property {string[]} steps that are taken: of distort, zoom, patch and mirror
 * @property {number} trials for each constraint
 */
/** @typedef {ReturnType<typeof compute>} Draw */

export const VERDICTS = {
  taken: "taken", good: "would do", overlap: "overlaps too little", centre: "no centre inside",
};
/** @type {Record<string, string>} */
export const CONSTRAINTS = {
  drawn: "drawn, as SSD does", whole: "the whole image", any: "any patch",
};

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

/**
 * The object without a box of which most is seen.
 * @param {Draw[]} some
 */
export function loseOne(some) {
  let most = { k: 0, object: 0, share: 0 };
  some.forEach((one, k) => fatesOf(one).forEach(({ fate, share }, object) => {
    if (fate === "lost" && share > most.share) most = { k, object, share };
  }));
  return most;
}

/**
 * How a draw came about, step by step.
 * @param {Draw} one
 * @param {string[]} labels of the objects
 * @param {number} trials for each constraint
 */
export function tell(one, labels, trials) {
  const side = labels.length;
  const changes = Object.entries(one.colours)
    .filter(([name, value]) => value !== (name === "hue" ? 0 : 1))
    .map(([name, value]) => (name === "hue"
      ? `hue turned by ${value.toFixed(0).replace("-", "−")}°`
      : `${name} × ${value.toFixed(2)}`));
  const [wide, high] = [2, 3].map((i) => (300 * (one.patch[i] - one.patch[i - 2])).toFixed(0));
  const wanted = one.name === "any" ? "Any patch would do"
    : `It must overlap an object with an IoU of at least ${one.name}`;
  const kept = one.kept.filter(Boolean).length;
  return [
    changes.length ? `Now ${changes.join(", ")}.` : "The colours stay as they are this time.",
    one.ratio === 1 ? "Not this time."
      : `On a grey canvas ${one.ratio.toFixed(2)} times as wide and high.`,
    one.name === "whole" ? "The whole image is taken."
      : one.trial < 0 ? `${wanted}. All ${trials} trials fail: no cut.`
        : `${wanted}, and an object’s centre must lie in it. Trial ${one.trial + 1} succeeds.`,
    `${one.trial < 0 ? "All 300 × 300 pixels stay"
      : `${wide} × ${high} of 300 × 300 pixels are stretched to 300 × 300`}${
      one.flip ? ", mirrored" : ""}. ${kept} of ${side} objects keep their box.`,
  ];
}

/**
 * Whether a step has left the image as it was.
 * @param {Draw} one
 * @param {number} step
 */
export function isSame({ colours: { hue, ...others }, ratio, trial }, step) {
  return [hue === 0 && Object.values(others).every((by) => by === 1), ratio === 1, trial < 0,
    false][step];
}

/** What becomes of an object and its box. */
export const FATES = {
  kept: "box kept", clipped: "box clipped", lost: "box lost", gone: "out of sight",
};
/** @typedef {keyof typeof FATES} Fate */

/**
 * What a draw does to each object, and how much of its box stays in sight, in percent.
 * @param {Draw} one
 * @returns {{ fate: Fate, share: number }[]}
 */
export function fatesOf({ boxes, kept, patch }) {
  return boxes.map((box, k) => {
    const seen = (100 * boxArea(sharedBox(box, patch))) / boxArea(box);
    const share = seen > 0 ? Math.max(1, Math.round(seen)) : 0;
    if (kept[k]) return { fate: share < 100 ? "clipped" : "kept", share };
    return { fate: share > 0 ? "lost" : "gone", share };
  });
}

/**
 * In how many draws each step did something.
 * @param {Draw[]} some
 */
export function taken(some) {
  const count = (/** @type {(one: Draw) => boolean} */ is) => some.filter(is).length;
  return {
    distort: count((one) => !isSame(one, 0)), zoom: count((one) => !isSame(one, 1)),
    patch: count((one) => !isSame(one, 2)), mirror: count(({ flip }) => flip),
  };
}

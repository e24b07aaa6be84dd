// What the matching explorer computes: who is matched with whom, what each step of the walk
// brings and lights, and how the table looks in it.

import { argmaxWalk, bipartiteWalk, iouTable, matchTable } from "./geometry.js";

/** @import { IoUs, Pair } from "./geometry.js" */
/** @typedef {"bipartite" | "argmax"} Rule */
/** @typedef {ReturnType<typeof import("./geometry.js").layOut>} Scene default boxes of a layout */
/** @typedef {ReturnType<typeof matchObjects>} Matched */
/**
 * @typedef {object} Light
 * @property {number[]} boxes
 * @property {number[]} [gts] objects that are not dimmed
 * @property {number} [box] the one whose cells are lit, too
 * @property {boolean} [joins] whether the cell of each box is lit, with its own object
 */

const BEST = 2; // default boxes of each object that a table shows
const NEW = [0.1, 0.4, 0.35, 0.7]; // an object that is added
export const FEW = 1000; // default boxes; of more, the table shows one of each object
export const FULL = 8; // boxes; of more, not each is labelled
const WIDE = 6; // columns of the table, at most

/**
 * All that follows from the objects, the default boxes and the rule.
 * @param {number[][]} boxes of the objects
 * @param {Scene} scene
 * @param {Rule} rule of the first step
 * @param {number} threshold of the second
 */
export function matchObjects(boxes, scene, rule, threshold) {
  const ious = iouTable(boxes, scene.corners);
  const steps = rule === "bipartite" ? bipartiteWalk(ious) : argmaxWalk(ious);
  const matched = matchTable(ious, scene.total, threshold, steps);
  const best = ious.map(bestOf);
  const isEnough = (/** @type {number} */ iou) => iou >= Math.fround(threshold);
  /** @type {number[]} */
  const overlap = [];
  /** @type {number[]} */
  const forced = [];
  matched.forEach((gt, box) => {
    if (gt >= 0) (isEnough(ious[gt][box]) ? overlap : forced).push(box);
  });
  return {
    ious, steps, matched, overlap, forced, best, rivals: rivalsOf(best), isEnough, threshold,
    joined: overlap.filter((one) => !steps.some(({ box }) => box === one)), // by the threshold
    turns: steps.length && steps.length + 1, // of the walk: its pairs, then the threshold
    enough: ious.filter((one, gt) => isEnough(one[best[gt][0]])).length,
  };
}

/**
 * What is matched so far: all of it, or on a walk its pairs, until the threshold brings the
 * others.
 * @param {Matched} now
 * @param {Pair[]} shown pairs of the walk
 * @param {boolean} isAll whether nobody walks, or the walk has come to its end
 */
export function soFar(now, shown, isAll) {
  if (isAll) return now;
  const matched = new Int32Array(now.matched.length).fill(-1);
  for (const { gt, box } of shown) matched[box] = gt;
  const boxes = [...new Set(shown.map(({ box }) => box))];
  const isFit = (/** @type {number} */ box) => now.isEnough(now.ious[matched[box]][box]);
  return {
    ...now, matched, overlap: boxes.filter(isFit), forced: boxes.filter((box) => !isFit(box)),
  };
}

/**
 * Objects without a box, of those whose turn has come.
 * @param {string[]} names
 * @param {Matched} counted what is matched so far
 * @param {Pair[]} shown pairs of the walk
 * @param {boolean} isAll whether that is all
 */
export function lostOf(names, { matched }, shown, isAll) {
  return names.filter((_, gt) => !matched.includes(gt)
    && (isAll || shown.some((step) => step.gt === gt)));
}

/**
 * What a default box is so far, which is the colour it has: nobody's yet is the accent's.
 * @param {Matched} now
 * @param {Matched} counted what is matched so far
 * @param {number} box
 */
export function roleOf(now, { ious, isEnough, matched }, box) {
  const gt = matched[box];
  if (gt < 0) return matched === now.matched ? "default" : "accent";
  return isEnough(ious[gt][box]) ? "positive" : "forced";
}

/**
 * One more object.
 * @param {number[][]} boxes
 * @param {string[]} names
 */
export function addObject(boxes, names) {
  return {
    names: [...names, `object ${names.length + 1}`], walk: 0, gt_boxes: [...boxes, NEW],
    chosen: boxes.length,
  };
}

/**
 * One object less.
 * @param {number[][]} boxes
 * @param {string[]} names
 * @param {number} which
 */
export function removeObject(boxes, names, which) {
  const others = [...boxes.keys()].filter((i) => i !== which);
  return {
    names: others.map((i) => names[i]), walk: 0, gt_boxes: others.map((i) => boxes[i]),
    chosen: Math.max(0, Math.min(which, others.length - 1)),
  };
}

/**
 * A default box to be lit, alone or with an object.
 * @param {number} box
 * @param {number} [gt]
 */
export function pairOf(box, gt) {
  return { boxes: [box], gts: gt === undefined ? gt : [gt], box };
}

/**
 * What the walk lights: its last pair, and from whom that was taken; at its end all that the
 * threshold brings.
 * @param {Matched} now
 * @param {Pair[]} shown pairs of the walk, one at least
 * @param {boolean} isDone whether it has come to the threshold
 * @returns {Light | undefined}
 */
export function lightOf({ joined, matched }, shown, isDone) {
  if (isDone) {
    const gts = [...new Set(joined.map((box) => matched[box]))];
    return joined.length ? { boxes: joined, gts, joins: true } : undefined;
  }
  const [{ gt, box }] = shown.slice(-1);
  const loser = robbed(shown);
  return { boxes: [box], box, gts: loser ? [gt, loser.gt] : [gt] };
}

/**
 * The boxes at which it is written how much they overlap: all that are lit, or else all that
 * are matched; of many only the objects' own ones.
 * @param {Light | undefined} light
 * @param {Matched} now
 */
export function toldOf(light, { joined, steps }) {
  const own = new Set(steps.map(({ box }) => box));
  const boxes = light?.boxes ?? [...own, ...joined];
  return new Set(boxes.length <= FULL ? boxes : boxes.filter((box) => own.has(box)));
}

/**
 * The cells of the table that a light is on; without an object, a whole column.
 * @param {Light | undefined} light
 * @param {Matched} now
 * @returns {{ box: number, gt?: number }[]}
 */
export function cellsOf(light, { matched }) {
  const { boxes = [], box, gts, joins } = light ?? {};
  if (joins) return boxes.map((one) => ({ box: one, gt: matched[one] }));
  if (box === undefined) return [];
  return gts ? gts.map((gt) => ({ box, gt })) : [{ box }];
}

/**
 * The default boxes that overlap an object most, the best first.
 * @param {IoUs} ious
 */
function bestOf(ious) {
  /** @type {number[]} */
  const best = [];
  for (let box = 0; box < ious.length; box += 1) {
    if (!(ious[box] > 1e-6) || !(best.length < BEST || ious[box] > ious[best[BEST - 1]])) continue;
    best.splice(BEST - 1, 1, box);
    best.sort((a, b) => ious[b] - ious[a] || a - b);
  }
  return best;
}

/**
 * Objects, two or more, that overlap one default box best; or nothing.
 * @param {number[][]} best
 */
function rivalsOf(best) {
  const wanted = best.map(([box]) => box);
  const box = wanted.find((one, gt) => one >= 0 && wanted.indexOf(one) !== gt);
  return box === undefined ? undefined : [...wanted.keys()].filter((gt) => wanted[gt] === box);
}

/**
 * How many of each map's boxes each object has, and last how many have none.
 * @param {Scene} scene
 * @param {Int32Array} matched
 * @param {number} objects
 */
export function countByMap({ maps, starts }, matched, objects) {
  const found = maps.map(() => new Array(objects + 1).fill(0));
  let map = 0;
  matched.forEach((gt, box) => {
    while (box >= starts[map + 1]) map += 1;
    found[map][gt < 0 ? objects : gt] += 1;
  });
  return found;
}

/**
 * The boxes that stand in the table: best ones of each object and what it gets. Where they
 * would be too many, the weakest of the second best ones do not, nor then of those that the
 * threshold brings.
 * @param {Matched} now
 */
function columnsOf({ best, ious, joined, matched, steps }) {
  const needed = new Set([...best.flatMap(([first]) => first ?? []),
    ...steps.map(({ box }) => box)]);
  if (ious[0]?.length > FEW) return [...needed].sort((a, b) => a - b);
  const others = [joined.map((box) => ({ box, iou: ious[matched[box]][box] })),
    best.flatMap(([, box], gt) => (box === undefined ? [] : { box, iou: ious[gt][box] }))];
  for (const { box } of others.flatMap((some) => some.sort((a, b) => b.iou - a.iou))) {
    if (needed.size < WIDE) needed.add(box);
  }
  return [...needed].sort((a, b) => a - b);
}

/**
 * The boxes that stand in the table, and how each pair looks in it.
 * @param {Matched} now
 * @param {Rule} rule
 * @param {Pair[]} walked pairs of the walk
 * @param {boolean} isOver whether all are matched, and nobody walks
 * @param {boolean} isAll whether that is so, or the walk has come to the threshold
 */
export function tableOf(now, rule, walked, isOver, isAll) {
  const { best, ious, isEnough, joined, matched, rivals, steps } = now;
  const shown = isOver ? steps : walked;
  const look = (/** @type {number} */ gt, /** @type {number} */ box) => {
    const iou = ious[gt][box];
    const [inRow, inColumn] = [shown.filter((s) => s.gt === gt),
      shown.filter((s) => s.box === box)];
    const mine = inColumn.at(-1)?.gt === gt;
    const joins = isAll && matched[box] === gt && joined.includes(box);
    const struck = !mine && !joins && (inRow.some((s) => s.box === box)
      || (rule === "bipartite" && !isOver && inRow.length + inColumn.length > 0));
    const first = box === best[gt][0];
    const forced = mine && !isEnough(iou);
    const wanted = first && !isOver && rivals?.includes(gt);
    const lost = struck && inRow.some((s) => s.box === box); // it was had, and taken
    return { iou, struck, classes: [
      lost && "ssd-lost", mine && "ssd-mine", joins && "ssd-joined", forced && "ssd-by-force",
      struck && "ssd-struck", first && "ssd-first", wanted && "ssd-wanted"] };
  };
  return { columns: columnsOf(now), look };
}

/**
 * The pair that the last one overwrites, if it does.
 * @param {Pair[]} shown
 */
export function robbed(shown) {
  return shown.slice(0, -1).findLast(({ box }) => box === shown.at(-1)?.box);
}

/**
 * An IoU in two digits; in more, up to four, where another one of its row would read the same.
 * @param {number} iou
 * @param {number[]} others
 */
export function writeIou(iou, others) {
  const isAlike = (/** @type {number} */ digits) =>
    others.some((one) => one !== iou && one.toFixed(digits) === iou.toFixed(digits));
  const isTie = others.includes(iou);
  if (iou < 0.1 || !(isTie || isAlike(2))) return iou.toFixed(2);
  return iou.toFixed(isAlike(3) ? 4 : 3);
}

/**
 * The pair that the walk's last one could as well have been: of all that were left, an equal one.
 * @param {Matched} now
 * @param {Pair[]} shown pairs of the walk, one at least
 */
export function tieOf({ ious }, shown) {
  const last = shown[shown.length - 1];
  const before = shown.slice(0, -1);
  for (const [gt, row] of ious.entries()) {
    if (before.some((step) => step.gt === gt)) continue;
    const box = row.findIndex((iou, one) => iou === last.iou
      && !(gt === last.gt && one === last.box) && !before.some((step) => step.box === one));
    if (box >= 0) return { gt, box };
  }
  return undefined;
}

/**
 * How much a box overlaps an object, as the table has it.
 * @param {Matched} now
 * @param {number} gt
 * @param {number} box
 */
export function readIou(now, gt, box) {
  const others = columnsOf(now).filter((one) => one !== box);
  return writeIou(now.ious[gt][box], others.map((one) => now.ious[gt][one]));
}

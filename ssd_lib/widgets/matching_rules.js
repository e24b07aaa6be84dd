// What the matching explorer computes and says: who is matched with whom, what each pair of
// the walk means, and the answers to what a reader may ask.

import { argmaxWalk, bipartiteWalk, iouTable, layOut, matchTable } from "./geometry.js";

/** @import { IoUs, Layout, Pair } from "./geometry.js" */
/** @typedef {"bipartite" | "argmax"} Rule */
/** @typedef {ReturnType<typeof layOut>} Scene default boxes of a layout */
/** @typedef {ReturnType<typeof matchObjects>} Matched */

const BEST = 2; // default boxes of each object that a table shows

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
    ious, steps, matched, overlap, forced, best, rivals: rivalsOf(best), isEnough,
    enough: ious.filter((one, gt) => isEnough(one[best[gt][0]])).length,
  };
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
 * The boxes that stand in the table, and how each pair looks in it.
 * @param {Matched} now
 * @param {Rule} rule
 * @param {Pair[]} shown pairs of the walk
 */
export function tableOf({ best, ious, isEnough, rivals, steps }, rule, shown) {
  const columns = [...new Set([...best.flat(), ...steps.map(({ box }) => box)])]
    .sort((a, b) => a - b);
  const look = (/** @type {number} */ gt, /** @type {number} */ box) => {
    const iou = ious[gt][box];
    const [inRow, inColumn] = [shown.filter((s) => s.gt === gt),
      shown.filter((s) => s.box === box)];
    const mine = inColumn.at(-1)?.gt === gt;
    const struck = !mine && (inRow.some((s) => s.box === box)
      || (rule === "bipartite" && inRow.length + inColumn.length > 0));
    const first = box === best[gt][0];
    const forced = mine && !isEnough(iou);
    const wanted = first && rivals?.includes(gt);
    return { iou, struck, classes: [mine && "ssd-mine", forced && "ssd-by-force",
      struck && "ssd-struck", first && "ssd-first", wanted && "ssd-wanted"] };
  };
  return { columns, look };
}

/**
 * What the walk has come to.
 * @param {string[]} names
 * @param {Matched} now
 * @param {Rule} rule
 * @param {Pair[]} shown
 */
export function sayWalk(names, now, rule, shown) {
  const quoted = (/** @type {number} */ gt) => `“${names[gt]}”`;
  const step = shown.at(-1);
  if (!step && !now.rivals) {
    return "Each object overlaps a box of its own best. Which pair comes first?";
  }
  if (!step) {
    const all = now.rivals?.map(quoted).join(" and ");
    return `${all} both overlap box ${now.best[now.rivals?.[0] ?? 0][0]} best. Who gets it?`;
  }
  const pair = `${quoted(step.gt)} and box ${step.box}, ${step.iou.toFixed(2)}.`;
  const start = `${shown.length} of ${now.steps.length}:`;
  if (rule === "bipartite") {
    const second = now.best[step.gt][0] === step.box ? "" : " Its first choice was taken.";
    return `${start} the largest number left is ${pair}${second}`;
  }
  const had = shown.slice(0, -1).findLast((s) => s.box === step.box);
  return `${start} ${pair}${had ? ` It is taken from ${quoted(had.gt)}.` : ""}`;
}

/**
 * Each question that a reader may ask, what changes with it, and its answer.
 * @param {object} start the state that the explorer starts with
 * @param {string[]} start.names
 * @param {number[][]} start.boxes
 * @param {number} start.threshold
 * @param {Scene} start.scene
 * @param {string} start.large name of a larger layout
 * @param {Layout} start.layout
 * @returns {{ ask: string, traits: Record<string, unknown>, answer: string }[]}
 */
export function questions({ names, boxes, threshold, scene, large, layout }) {
  const { steps, rivals } = matchObjects(boxes, scene, "bipartite", threshold);
  /** @type {ReturnType<typeof questions>} */
  const asked = [{
    ask: "Threshold 1: who is left?", traits: { iou_threshold: 1 },
    answer: `${steps.length} boxes, one for each object. No default box fits perfectly, but the `
      + "first step does not ask about the threshold: every object gets one.",
  }];
  const [winner, loser] = steps.filter(({ gt }) => rivals?.includes(gt));
  if (rivals && loser) {
    const quoted = (/** @type {number} */ gt) => `“${names[gt]}”`;
    asked.push({
      ask: `${names[rivals[0]]} and ${names[rivals[1]]}: who gets box ${winner.box}?`,
      traits: { walk: steps.indexOf(loser) + 1 },
      answer: `${quoted(winner.gt)} gets it, because it overlaps the box more `
        + `(${winner.iou.toFixed(2)}). ${quoted(loser.gt)} does not go without: it takes its next `
        + `best, box ${loser.box} (${loser.iou.toFixed(2)}).`,
    }, {
      ask: "What do most ports do?", traits: { rule: "argmax", walk: names.length },
      answer: `Each object takes its best box, and ${quoted(Math.max(...rivals))}, which is later `
        + `in the list, overwrites ${quoted(Math.min(...rivals))}. Whoever has no other box `
        + "is then matched with nothing, and the network learns nothing from it.",
    });
  }
  const fine = layOut(layout);
  const { overlap, forced, enough } = matchObjects(boxes, fine, "bipartite", threshold);
  const matched = overlap.length + forced.length;
  return [...asked, {
    ask: `And on ${large}?`, traits: { layout_name: large },
    answer: `${matched} of ${fine.total} boxes are matched, and ${enough} of the `
      + `${boxes.length} objects find one that overlaps enough: the finer maps have smaller `
      + `boxes. Still, ${(100 - (100 * matched) / fine.total).toFixed(1)} % are background.`,
  }];
}

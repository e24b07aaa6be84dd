// What the matching explorer computes and says: who is matched with whom, what each pair of
// the walk means, and the answers to what a reader may ask.

import { argmaxWalk, bipartiteWalk, iouTable, layOut, matchTable } from "./geometry.js";

/** @import { IoUs, Layout, Pair } from "./geometry.js" */
/** @typedef {"bipartite" | "argmax"} Rule */
/** @typedef {ReturnType<typeof layOut>} Scene default boxes of a layout */
/** @typedef {ReturnType<typeof matchObjects>} Matched */

const BEST = 2; // default boxes of each object that a table shows
const NEW = [0.1, 0.4, 0.35, 0.7]; // an object that is added
const FEW = 1000; // default boxes; of more, the table shows one of each object
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
    ious, steps, matched, overlap, forced, best, rivals: rivalsOf(best), isEnough,
    enough: ious.filter((one, gt) => isEnough(one[best[gt][0]])).length,
  };
}

/**
 * What is matched so far: all of it, or on a walk its pairs; the last pair brings the others.
 * @param {Matched} now
 * @param {Pair[]} shown pairs of the walk
 * @param {boolean} isOver whether nobody walks
 */
export function soFar(now, shown, isOver) {
  if (isOver || shown.length === now.steps.length) return now;
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
 * What is shown, in one line, and what is asked of it.
 * @param {string[]} names
 * @param {Matched} now
 * @param {{ layout: string, rule: Rule, isOver: boolean }} how they are matched
 */
export function headOf(names, { matched }, { layout, rule, isOver }) {
  const twice = names.find((name) => names.includes(`${name} again`));
  const shown = matched.length > FEW ? `${layout}: ${matched.length} default boxes.`
    : rule === "argmax" ? "As many copies of SSD match."
      : twice ? `Two people boxed the ${twice}.` : "";
  return `${shown}\n${isOver ? "Who has" : "Who gets"} which box?`.trim();
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
 * would be too many, the weakest of the second best ones do not.
 * @param {Matched} now
 */
function columnsOf({ best, ious, steps }) {
  const needed = new Set([...best.flatMap(([first]) => first ?? []),
    ...steps.map(({ box }) => box)]);
  const second = ious[0]?.length > FEW ? [] : best.flatMap(([, box], gt) =>
    (box === undefined || needed.has(box) ? [] : { box, iou: ious[gt][box] }));
  second.sort((a, b) => b.iou - a.iou);
  for (const { box } of second) if (needed.size < WIDE) needed.add(box);
  return [...needed].sort((a, b) => a - b);
}

/**
 * The boxes that stand in the table, and how each pair looks in it.
 * @param {Matched} now
 * @param {Rule} rule
 * @param {Pair[]} walked pairs of the walk
 * @param {boolean} isOver whether all are matched, and nobody walks
 */
export function tableOf(now, rule, walked, isOver) {
  const { best, ious, isEnough, rivals, steps } = now;
  const shown = isOver ? steps : walked;
  const look = (/** @type {number} */ gt, /** @type {number} */ box) => {
    const iou = ious[gt][box];
    const [inRow, inColumn] = [shown.filter((s) => s.gt === gt),
      shown.filter((s) => s.box === box)];
    const mine = inColumn.at(-1)?.gt === gt;
    const struck = !mine && (inRow.some((s) => s.box === box)
      || (rule === "bipartite" && !isOver && inRow.length + inColumn.length > 0));
    const first = box === best[gt][0];
    const forced = mine && !isEnough(iou);
    const wanted = first && !isOver && rivals?.includes(gt);
    const lost = struck && inRow.some((s) => s.box === box); // it was had, and taken
    return { iou, struck, classes: [
      lost && "ssd-lost", mine && "ssd-mine", forced && "ssd-by-force",
      struck && "ssd-struck", first && "ssd-first", wanted && "ssd-wanted"] };
  };
  return { columns: columnsOf(now), look };
}

/**
 * What the columns of the table are.
 * @param {Matched} now
 * @param {number[]} columns
 */
export function sayColumns({ best, ious }, columns) {
  const own = new Set(best.flat());
  const isWhole = [...own].every((box) => columns.includes(box));
  const many = ious[0]?.length > FEW ? "best box" : isWhole ? "two best boxes" : "best boxes";
  const rest = columns.some((box) => !own.has(box)) ? " and the one it gets" : "";
  return columns.length ? `IoU with each object's ${many}${rest}; its best is underlined.` : "";
}

/**
 * What is written at a box on the image, and in which colour.
 * @param {Matched} now
 * @param {Matched} counted what is matched so far
 * @param {string[]} names
 * @param {number} gt
 * @param {number} box
 * @param {boolean} [isLit] whether there is room to say that it is forced
 */
export function labelOf(now, counted, names, gt, box, isLit) {
  const owner = counted.matched[box];
  const role = owner < 0 || owner === gt ? roleOf(now, counted, box) : "default";
  const forced = role === "forced" && isLit ? ", forced:" : "";
  return { text: `${names[gt]}${forced} ${now.ious[gt][box].toFixed(2)}`, role };
}

/**
 * The pair that the last one overwrites, if it does.
 * @param {Pair[]} shown
 */
export function robbed(shown) {
  return shown.slice(0, -1).findLast(({ box }) => box === shown.at(-1)?.box);
}

/**
 * What the walk has come to.
 * @param {string[]} names
 * @param {Matched} now
 * @param {Rule} rule
 * @param {Pair[]} shown
 * @param {boolean} isOver whether all are matched, and nobody walks
 */
export function sayWalk(names, now, rule, shown, isOver) {
  const quoted = (/** @type {number} */ gt) => `“${names[gt]}”`;
  const step = shown.at(-1);
  if (!names.length) return "No objects: everything is background.";
  if (isOver && now.matched.length > FEW) {
    return "Boldest is the best box of each object. Choose an object to see its boxes alone.";
  }
  if (isOver) return "This is the finished matching; Play shows in which order.";
  if (!step && !now.rivals) {
    return "Each object overlaps a box of its own best. Which pair comes first?";
  }
  if (!step) {
    const all = now.rivals?.map(quoted).join(" and ");
    return `${all} both overlap box ${now.best[now.rivals?.[0] ?? 0][0]} best. Who gets it?`;
  }
  const own = new Set(shown.map(({ box }) => box)).size;
  const joined = now.overlap.length + now.forced.length - own;
  const end = shown.length < now.steps.length || !joined ? ""
    : ` Then the threshold: ${joined} more overlap enough.`;
  const pair = `${quoted(step.gt)} and box ${step.box}, ${step.iou.toFixed(2)}.`;
  const start = `${shown.length} of ${now.steps.length}:`;
  if (rule === "bipartite") {
    const second = now.best[step.gt][0] === step.box ? "" : " Its first choice was taken.";
    return `${start} the largest number left is ${pair}${second}${end}`;
  }
  const had = robbed(shown);
  return `${start} ${pair}${had ? ` It is taken from ${quoted(had.gt)}.` : ""}${end}`;
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
function questions({ names, boxes, threshold, scene, large, layout }) {
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
      ask: `Who gets box ${winner.box}?`,
      traits: { walk: steps.indexOf(winner) + 1 },
      answer: `${quoted(winner.gt)} gets it, because it overlaps the box more `
        + `(${winner.iou.toFixed(2)}). ${quoted(loser.gt)} does not go without: it takes its next `
        + `best, box ${loser.box} (${loser.iou.toFixed(2)}).`,
    }, {
      ask: "What do many copies get wrong?",
      traits: { rule: "argmax", walk: Math.max(...rivals) + 1 },
      answer: "In many copies of SSD each object takes its best box, and "
        + `${quoted(Math.max(...rivals))}, which is later in the list, overwrites `
        + `${quoted(Math.min(...rivals))}. Whoever has no other box `
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

/**
 * The same as chips: each puts back the state that the explorer starts with, and changes it.
 * @template {{ gt_boxes: number[][], names: string[], iou_threshold: number }} State
 * @param {State} first that state
 * @param {Scene} scene
 * @param {Record<string, Layout>} layouts
 */
export function chipsOf(first, scene, layouts) {
  const large = Object.keys(layouts).at(-1) ?? "";
  return questions({
    names: first.names, boxes: first.gt_boxes, threshold: first.iou_threshold, scene, large,
    layout: layouts[large],
  }).map(({ ask, traits, answer }) => ({ ask, answer, put: () => ({ ...first, ...traits }) }));
}

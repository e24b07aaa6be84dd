// What the matching explorer says: what each step of the walk means, what is written at a box,
// and the answers to what a reader may ask.

import { layOut } from "./geometry.js";
import { FEW, lostOf, matchObjects, readIou, robbed, tieOf } from "./matching_rules.js";

/** @import { Layout, Pair } from "./geometry.js" */
/** @import { Matched, Rule, Scene } from "./matching_rules.js" */
/** @import { Walk } from "./matching_walk.js" */

/**
 * What is shown, in one line, and what is asked of it, or what the walk has come to.
 * @param {Walk} walk
 * @param {Rule} rule
 */
export function headOf(walk, rule) {
  const { names, now, layout } = walk;
  const twice = names.find((name) => names.includes(`${name} again`));
  const shown = now.matched.length > FEW ? `${layout}: ${now.matched.length} default boxes.`
    : rule === "argmax" ? "As many copies of SSD match."
      : twice ? `Two people boxed the ${twice}.` : "";
  const step = walk.walked().at(-1);
  const said = walk.isAll() ? sayOutcome(walk)
    : step ? `“${names[step.gt]}” gets box ${step.box}.` : "Who gets which box?";
  return `${shown}\n${said}`.trim();
}

/**
 * How many objects got how many boxes.
 * @param {Walk} walk
 */
function sayOutcome({ names, now }) {
  const count = (/** @type {number} */ number, /** @type {string} */ word) =>
    `${number} ${word}${number === 1 ? "" : word === "box" ? "es" : "s"}`;
  const boxes = now.overlap.length + now.forced.length;
  const lost = lostOf(names, now, [], true).length;
  const objects = lost ? `${names.length - lost} of ${names.length} objects`
    : count(names.length, "object");
  return names.length ? `${objects} got ${count(boxes, "box")}.` : "No objects, no boxes.";
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
  const rest = columns.some((box) => !own.has(box)) ? " and what it gets" : "";
  return columns.length ? `IoU with each object’s ${many}${rest}; its best is underlined.` : "";
}

/**
 * What is written at a box on the image: an object, how much they overlap, and how the object
 * got the box.
 * @param {Walk} walk
 * @param {number} gt
 * @param {number} box
 */
export function labelOf({ now, counted, names }, gt, box) {
  const { joined, steps, threshold } = now;
  const how = counted.matched[box] !== gt ? ""
    : joined.includes(box) ? ` ≥ ${threshold.toFixed(2)}`
      : `, pair ${steps.findLastIndex((step) => step.box === box) + 1}`;
  return `${names[gt]} ${readIou(now, gt, box)}${how}`;
}

/**
 * What the walk has come to.
 * @param {Walk} walk
 * @param {Rule} rule
 */
export function sayWalk(walk, rule) {
  const { names, now } = walk;
  const quoted = (/** @type {number} */ gt) => `“${names[gt]}”`;
  const shown = walk.walked();
  const step = shown.at(-1);
  if (!names.length) return "No objects: everything is background.";
  if (walk.isOver()) return sayFinished(now);
  if (!step && !now.rivals) {
    return "Each object overlaps a box of its own best. Which pair comes first?";
  }
  if (!step) {
    const all = now.rivals?.map(quoted).join(" and ");
    return `${all} both overlap box ${now.best[now.rivals?.[0] ?? 0][0]} best. Who gets it?`;
  }
  if (walk.isDone()) return `${now.turns} of ${now.turns}, the threshold: ${sayJoined(names, now)}`;
  const pair = `${quoted(step.gt)} and box ${step.box}, ${readIou(now, step.gt, step.box)}.`;
  const start = `${shown.length} of ${now.turns}:`;
  if (rule === "bipartite") {
    const second = now.best[step.gt][0] === step.box ? "" : " Its first choice was taken.";
    return `${start} the largest number left is ${pair}${second}${sayTie(walk)}`;
  }
  const had = robbed(shown);
  return `${start} ${pair}${had ? ` It is taken from ${quoted(had.gt)}.` : ""}`;
}

/**
 * What the numbers at the boxes mean, where all are matched.
 * @param {Matched} now
 */
function sayFinished({ matched, joined, threshold }) {
  if (matched.length > FEW) {
    return "Boldest is the best box of each object. Choose an object to see its boxes alone.";
  }
  const rest = joined.length ? `; then come all that overlap by ${threshold.toFixed(2)}` : "";
  return `The finished matching: first the pairs in this order${rest}. Play shows it.`;
}

/**
 * Why the walk takes this pair, where another one is as large.
 * @param {Walk} walk
 */
function sayTie(walk) {
  const shown = walk.walked();
  const tie = tieOf(walk.now, shown);
  if (!tie) return "";
  const isSameBox = tie.box === shown.at(-1)?.box;
  const other = isSameBox ? `“${walk.names[tie.gt]}”` : `Box ${tie.box}`;
  return ` ${other} has as much: of equal ones the first ${isSameBox ? "object" : "box"} wins.`;
}

/**
 * Which boxes the threshold brings, and why.
 * @param {string[]} names
 * @param {Matched} now
 */
function sayJoined(names, now) {
  const { joined, matched, threshold } = now;
  const enough = `by ${threshold.toFixed(2)} or more`;
  if (!joined.length) return `no other box overlaps an object ${enough}.`;
  if (joined.length > 2) {
    const each = names.flatMap((name, gt) => {
      const some = joined.filter((box) => matched[box] === gt).length;
      return some ? `“${name}” ${some}` : [];
    });
    return `${joined.length} more boxes overlap an object ${enough}: ${each.join(", ")}.`;
  }
  const all = joined.map((box) =>
    `box ${box} (“${names[matched[box]]}”, ${readIou(now, matched[box], box)})`).join(" and ");
  const isContested = joined.some((box) =>
    now.ious.filter((one) => now.isEnough(one[box])).length > 1);
  return `${all} overlap${joined.length > 1 ? "" : "s"} ${enough}.`
    + (isContested ? " The larger IoU wins." : "");
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

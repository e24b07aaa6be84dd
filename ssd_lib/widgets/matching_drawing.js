// What the matching explorer draws on its image: default boxes, each in the colour of the
// object that has it, and at them how much they overlap.

import { Labels, strokeAll } from "./linking.js";
import { FULL, roleOf } from "./matching_rules.js";
import { labelOf } from "./matching_words.js";
import { clamp, rectOf, strokeTwice } from "./stage.js";

/** @import { Walk } from "./matching_walk.js" */
/** @import { ObjectHandles } from "./object_handles.js" */
/** @import { Context } from "./stage.js" */
/**
 * @typedef {object} Drawn
 * @property {Walk} walk
 * @property {ObjectHandles} handles
 * @property {(token: string) => string} colour
 * @property {number} dark how far all is dimmed that is not lit
 */

const MANY = 4; // boxes that are lit: all but the best are drawn thin
const CROWD = 60; // boxes that are lit: all are drawn in thin lines of one colour

/**
 * @param {Context} context
 * @param {[width: number, height: number]} size of the image
 * @param {Drawn} drawn
 */
export function drawMatches(context, size, { walk, handles, colour, dark }) {
  const [width, height] = size;
  const lit = walk.light()?.boxes ?? [];
  context.save();
  context.beginPath();
  if (lit.length > CROWD) context.rect(0, 0, width, height);
  else context.rect(-width, -height, 3 * width, 3 * height);
  context.clip();
  if (lit.length > CROWD) { // the background's
    context.globalAlpha = dark * clamp(14 / Math.sqrt(lit.length), 0.2, 0.8);
    strokeAll(context, colour("ink"), lit.map((box) => rectOf(walk.corners(box), ...size)));
  }
  drawBoxes(context, size, { walk, handles, colour, dark });
  label(context, size, { walk, handles, colour, dark });
  context.restore();
}

/**
 * @param {Context} context
 * @param {[width: number, height: number]} size
 * @param {Drawn} drawn
 */
function drawBoxes(context, size, { walk, colour, dark }) {
  const { now, counted, pointed } = walk;
  const target = walk.light();
  const lit = new Set(target?.boxes);
  const all = walk.allMatched();
  const own = new Map(now.steps.map(({ gt, box }) => [box, gt]));
  const rankOf = (/** @type {number} */ box) => (lit.has(box) ? 2 : 0)
    + Number(all.length <= FULL || own.get(box) === now.matched[box]);
  const outline = (/** @type {number} */ box, /** @type {number[]} */ dash, width = 3) =>
    strokeTwice(context, [colour(walk.hueOfBox(box)), dash, width],
      () => context.rect(...rectOf(walk.corners(box), ...size)), colour("on-box"));
  const among = new Set([...walk.drawn(), ...lit]);
  const shown = all.filter((box) => among.has(box)).sort((a, b) => rankOf(a) - rankOf(b));
  for (const box of shown) {
    const rank = rankOf(box);
    context.globalAlpha = [pointed ? 0.15 : 0.55, 1 - (pointed ? 0.7 : 0.25) * dark, 1, 1][rank];
    if (rank === 0 || (rank === 2 && lit.size > MANY)) {
      strokeAll(context, colour(walk.hueOfBox(box)), [rectOf(walk.corners(box), ...size)]);
    } else {
      const line = rank === 1 ? 3 - 0.5 * dark : lit.size > MANY ? 2.5 : 4;
      outline(box, roleOf(now, counted, box) === "forced" ? [8, 5] : [], line);
    }
  }
  context.globalAlpha = 1;
  if (target?.box !== undefined && now.matched[target.box] < 0) outline(target.box, [3, 3]);
}

/**
 * Write at boxes whose they are, how much they overlap it, and how they came to it.
 * @param {Context} context
 * @param {[width: number, height: number]} size
 * @param {Drawn} drawn
 */
function label(context, size, { walk, handles, colour }) {
  const labels = new Labels(context, ...size);
  handles.kept(...size).forEach((rect) => labels.keep(rect));
  labels.spared.push(...handles.faces(...size));
  const target = walk.light();
  for (const box of walk.told()) {
    const owner = walk.counted.matched[box];
    const gts = (target?.box === box && target.gts) || [owner < 0 ? walk.now.matched[box] : owner];
    for (const gt of gts) {
      if (walk.now.ious[gt]?.[box] === undefined) continue;
      const isOthers = owner >= 0 ? owner !== gt : walk.isAll();
      labels.write(walk.corners(box), labelOf(walk, gt, box),
        colour(isOthers ? "default" : walk.hueOf(gt)), colour("on-box"), colour("face-ui"));
    }
  }
}

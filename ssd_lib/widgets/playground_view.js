// The scenes of the playground: a large one and the row of eight, with what the network
// finds in them, the default boxes that lie over them, or what the batch teaches.

import { iouTable, judge, layOut, matchTable, bipartiteWalk, boxSizes } from "./geometry.js";
import { CLASSES, layoutOf } from "./engine/config.js";
import { Labels } from "./linking.js";
import { LOOKS } from "./scene_strip.js";
import { context2d, make, rectOf, strokeTwice } from "./stage.js";

/** @import { Config } from "./engine/config.js" */
/** @import { Thing } from "./engine/scenes.js" */
/** @import { Compared, Shown } from "./engine/training.js" */
/** @import { Context } from "./stage.js" */
/** @typedef {{ box: number[], label: number, score?: number }} Boxed */
/** @typedef {Boxed & { verdict: "right" | "wrong" | "missed" }} Judged */
/** @typedef {(name: string) => string} Colour of a token */

export const SIGNS = ["", "●", "■", "▲"]; // of the classes
const THRESHOLD = 0.5; // score of what counts as found
const GUESSED = 8; // as the legend says: more would be a thicket
const NAMED = 6; // wrong boxes with a label; more would hide the scene
const MAPS = ["map-1", "map-2", "map-3"];
const NAMES = ["fine", "middle", "coarse"];

/**
 * What is right, wrong and missed in a scene.
 * @param {Pick<Shown, "objects" | "detections">} scene
 * @returns {Judged[]}
 */
export function judged({ objects, detections }) {
  /** @type {Judged[]} */
  const all = [];
  for (let label = 1; label < CLASSES.length; label += 1) {
    const found = detections.filter((one) => one.label === label && one.score >= THRESHOLD)
      .map((one) => ({ ...one, scene: 0 }));
    const there = objects.filter((one) => one.label === label).map((one) => ({ ...one, scene: 0 }));
    const reached = new Set();
    for (const { index, object, verdict } of judge(found, there)) {
      const isRight = verdict === "right";
      if (isRight) reached.add(object);
      all.push({ ...found[index], verdict: isRight ? "right" : "wrong" });
    }
    there.forEach((one, k) => {
      if (!reached.has(k)) all.push({ ...one, verdict: "missed" });
    });
  }
  return all;
}

/**
 * How many objects are found, of how many, and how many boxes are wrong.
 * @param {Pick<Shown, "objects" | "detections">[]} scenes
 */
export function counts(scenes) {
  const all = scenes.flatMap(judged);
  const count = (/** @type {string} */ verdict) =>
    all.filter((one) => one.verdict === verdict).length;
  return { right: count("right"), wrong: count("wrong"), of: count("right") + count("missed") };
}

/**
 * Which default boxes belong to an object.
 * @param {Thing[]} objects
 * @param {Config} config
 */
export function matchedRows(objects, config) {
  const scene = layOut(layoutOf(config));
  const table = iouTable(objects.map(({ box }) => box), scene.corners);
  const steps = config.bipartite ? bipartiteWalk(table) : [];
  const matched = matchTable(table, scene.total, config.iouThreshold, steps);
  return {
    ...scene, rows: [...matched.keys()].filter((row) => matched[row] >= 0),
    forced: steps.filter(({ iou }) => iou < config.iouThreshold).map(({ box }) => box),
  };
}

/** Images as canvases, each made once. */
const canvases = new WeakMap();

/**
 * @param {Context} context
 * @param {Uint8ClampedArray} rgba
 * @param {[x: number, y: number, side: number]} place
 */
function paintImage(context, rgba, [x, y, side]) {
  let canvas = canvases.get(rgba);
  if (!canvas) {
    const size = Math.sqrt(rgba.length / 4);
    canvas = make("canvas", { width: size, height: size });
    context2d(canvas).putImageData(new ImageData(Uint8ClampedArray.from(rgba), size, size), 0, 0);
    canvases.set(rgba, canvas);
  }
  context.imageSmoothingEnabled = false;
  context.drawImage(canvas, x, y, side, side);
}

/**
 * A scene with what is found in it.
 * @param {Context} context
 * @param {number} side
 * @param {Uint8ClampedArray} rgba
 * @param {Shown | undefined} scene
 * @param {{ colour: Colour, isLarge: boolean }} look
 */
export function paintFound(context, side, rgba, scene, { colour, isLarge }) {
  paintImage(context, rgba, [0, 0, side]);
  if (!scene) return;
  const halo = colour("on-box");
  if (isLarge) paintGuesses(context, side, scene, colour);
  const all = judged(scene);
  for (const { box, verdict } of all) {
    const [token, dash, width] = LOOKS[verdict];
    strokeTwice(context, [colour(token), dash, isLarge ? width + 0.5 : 2],
      () => context.rect(...rectOf(box, side, side)), halo);
  }
  if (!isLarge) return;
  const labels = new Labels(context, side, side);
  let wrong = 0;
  for (const { box, label, score, verdict } of all) {
    const [token, , , sign] = LOOKS[verdict];
    wrong += Number(verdict === "wrong");
    if (verdict === "wrong" && wrong > NAMED) continue;
    const text = verdict === "missed" ? `${sign} ${CLASSES[label]}`
      : `${SIGNS[label]} ${CLASSES[label]} ${score?.toFixed(2)} ${sign}`;
    labels.write(box, text, colour(token), halo, colour("face-ui"));
  }
}

/**
 * What it would say if it had to: thin, the surer the stronger.
 * @param {Context} context
 * @param {number} side
 * @param {Shown} scene
 * @param {Colour} colour
 */
function paintGuesses(context, side, { guesses: all, detections }, colour) {
  const guesses = all.slice(0, GUESSED); // the surest come first
  const most = Math.max(...guesses.map(({ score }) => score), 1e-9);
  const some = detections.some(({ score }) => score >= THRESHOLD);
  for (const { box, score } of guesses) {
    context.globalAlpha = (some ? 0.5 : 0.9) * (0.35 + 0.65 * (score / most));
    strokeTwice(context, [colour("prediction"), [], 1.2],
      () => context.rect(...rectOf(box, side, side)), colour("on-box"));
  }
  context.globalAlpha = 1;
}

/**
 * A scene with the default boxes of a layout: their centres, those that are matched with
 * an object, and each map's boxes in the middle.
 * @param {Context} context
 * @param {number} side
 * @param {Uint8ClampedArray} rgba
 * @param {Thing[]} objects
 * @param {{ colour: Colour, config: Config }} look
 */
export function paintLayout(context, side, rgba, objects, { colour, config }) {
  paintImage(context, rgba, [0, 0, side]);
  context.fillStyle = colour("paper");
  context.globalAlpha = 0.55;
  context.fillRect(0, 0, side, side);
  context.globalAlpha = 1;
  const halo = colour("on-box");
  const layout = matchedRows(objects, config);
  const { corners, rows, forced, maps, used } = layout;
  paintCentres(context, side, layout, colour);
  const matched = (/** @type {boolean} */ isForced) => {
    for (const row of rows.filter((one) => forced.includes(one) === isForced)) {
      strokeTwice(context, [colour(isForced ? "forced" : "positive"), isForced ? [7, 4] : [], 2],
        () => context.rect(...rectOf(corners.subarray(4 * row, 4 * row + 4), side, side)), halo);
    }
  };
  context.globalAlpha = 0.45; // many: the objects and the boxes to be dragged stand out
  matched(false);
  context.globalAlpha = 1;
  matched(true);
  for (const { box } of objects) {
    strokeTwice(context, [colour("truth"), [2, 4], 2.5],
      () => context.rect(...rectOf(box, side, side)), halo);
  }
  const middle = (/** @type {number} */ width, height = width) =>
    [0.5 - width / 2, 0.5 - height / 2, 0.5 + width / 2, 0.5 + height / 2];
  maps.forEach((map, k) => boxSizes(map).forEach(([width, height], shape) => {
    if (shape && k !== maps.length - 1) return; // the shapes of one map tell those of all
    strokeTwice(context, [colour(MAPS[used[k]]), shape ? [2, 3] : [], shape ? 1.5 : 3.5],
      () => context.rect(...rectOf(middle(width / config.imageSize, height / config.imageSize),
        side, side)), halo);
  }));
  const labels = new Labels(context, side, side); // last: no line crosses them
  for (const { box, label } of objects) {
    labels.write(box, CLASSES[label], colour("truth"), halo, colour("face-ui"));
  }
  maps.forEach((map, k) => labels.write(middle(map.min / config.imageSize),
    `${NAMES[used[k]]} map`, colour(MAPS[used[k]]), halo, colour("face-ui")));
}

/**
 * A dot for each cell of each map.
 * @param {Context} context
 * @param {number} side
 * @param {ReturnType<typeof matchedRows>} layout
 * @param {Colour} colour
 */
function paintCentres(context, side, { boxes, maps, used, starts }, colour) {
  maps.forEach((map, k) => {
    const wide = side * 0.006 * (1 + k * 0.8);
    context.fillStyle = colour(MAPS[used[k]]);
    for (let row = starts[k]; row < starts[k + 1]; row += boxSizes(map).length) {
      context.fillRect(boxes[4 * row] * side - wide / 2, boxes[4 * row + 1] * side - wide / 2,
        wide, wide);
    }
  });
}

/**
 * Images of the batch with the default boxes that counted: one large, the others beside it.
 * @param {Context} context
 * @param {number} side
 * @param {Compared[]} batch
 * @param {{ colour: Colour, config: Config }} look
 */
export function paintBatch(context, side, batch, { colour, config }) {
  const { corners } = layOut(layoutOf(config));
  const small = Math.round(side / 4);
  const large = batch.length > 1 ? side - small : side;
  context.fillStyle = colour("sunk");
  context.fillRect(0, 0, side, side);
  batch.forEach((one, k) => {
    const [x, y, part] = k ? [large, (k - 1) * small, small] : [0, 0, large];
    context.save();
    context.beginPath();
    context.rect(x + (k ? 4 : 0), y + (k > 1 ? 4 : 0), part, part);
    context.clip();
    context.translate(x, y);
    paintCompared(context, part, one, { colour, corners, isLarge: !k });
    context.restore();
  });
  if (batch.length < 2) return;
  const count = (/** @type {"positives" | "negatives"} */ key) =>
    batch.reduce((sum, one) => sum + one[key].length, 0);
  const size = Math.max(12, Math.round(side / 30));
  context.font = `600 ${size}px ${colour("face-ui")}`;
  context.textBaseline = "middle";
  [["positive", `${count("positives")} boxes that should say what and where`],
    ["mined", `${count("negatives")} that should say: background`]].forEach(([token, text], k) => {
    context.fillStyle = colour(token);
    context.fillText(text, 4, large + small * (0.34 + 0.34 * k));
  });
}

/**
 * A scene that steps back behind what is to be done first.
 * @param {Context} context
 * @param {number} side
 * @param {Uint8ClampedArray} rgba
 * @param {string} text
 * @param {Colour} colour
 */
export function paintWaiting(context, side, rgba, text, colour) {
  paintImage(context, rgba, [0, 0, side]);
  context.fillStyle = colour("paper");
  context.globalAlpha = 0.75;
  context.fillRect(0, 0, side, side);
  context.globalAlpha = 1;
  context.fillStyle = colour("ink");
  context.font = `600 ${Math.round(side / 20)}px ${colour("face-ui")}`;
  context.fillText(text, (side - context.measureText(text).width) / 2, side / 2);
}

/**
 * @param {Context} context
 * @param {number} side
 * @param {Compared} image
 * @param {{ colour: Colour, corners: Float32Array, isLarge: boolean }} look
 */
function paintCompared(context, side, { rgba, positives, negatives }, look) {
  const { colour, corners, isLarge } = look;
  paintImage(context, rgba, [0, 0, side]);
  for (const [rows, token, dash, width] of /** @type {[number[], string, number[], number][]} */ (
    [[negatives.slice(0, 400), "mined", [4, 3], 1], [positives, "positive", [], 2.5]])) {
    context.globalAlpha = token === "mined" ? 0.4 : 1; // many: what is positive stands out
    for (const row of rows) {
      strokeTwice(context, [colour(token), dash, isLarge ? width : 1],
        () => context.rect(...rectOf(corners.subarray(4 * row, 4 * row + 4), side, side)),
        colour("on-box"));
    }
  }
  context.globalAlpha = 1;
}

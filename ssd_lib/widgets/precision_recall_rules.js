// What the precision-recall explorer computes: the verdict on each detection, the curve they
// make, and the answers to what a reader may ask.

import { averagePrecision, boxArea, judge, precisionRecall, sharedBox } from "./geometry.js";

/** @import { Verdict } from "./geometry.js" */
/** @typedef {{ scene: number, name: string, box: number[], difficult?: boolean }} Found */
/** @typedef {Found & { score: number }} Detection */
/** @typedef {Detection & { verdict: Verdict, object?: Found }} Judged */
/** @typedef {{ objects: Found[], detections: Detection[], kinds: string[] }} Scenes */
/** @typedef {{ kind: string, threshold: number, iou_threshold: number }} Asked */

const MOSTLY = 0.6; // of the smaller of two boxes that lie in one place

/**
 * All verdicts by falling score, class by class judged, and the curve they make.
 * @param {Scenes} scenes
 * @param {Asked} asked
 */
export function judgeAll({ objects: all, detections, kinds }, asked) {
  const names = asked.kind === kinds[0] ? kinds.slice(1) : [asked.kind];
  const judged = names.map((name) => {
    const found = detections.filter((one) => one.name === name);
    const there = all.filter((one) => one.name === name);
    /** @type {Judged[]} */
    const verdicts = judge(found, there, asked.iou_threshold)
      .filter(({ verdict }) => verdict !== "ignored")
      .map(({ index, object, verdict }) => ({ ...found[index], verdict, object: there[object] }));
    return { verdicts, there };
  });
  const objects = judged.flatMap(({ there }) => there);
  const verdicts = judged.flatMap((one) => one.verdicts).sort((a, b) => b.score - a.score);
  const isRight = verdicts.map(({ verdict }) => verdict === "right");
  const curve = precisionRecall(isRight, objects.length);
  const shown = verdicts.filter(({ score }) => score >= asked.threshold);
  const right = shown.filter(({ verdict }) => verdict === "right");
  const reached = new Set(right.map(({ object }) => object));
  const missed = objects.filter((object) => !reached.has(object));
  return { verdicts, curve, shown, objects, right: right.length, missed };
}

/**
 * Those of a scene's boxes whose names are written: of the wrong ones the best of each
 * class in one place.
 * @param {Judged[]} ones by falling score
 */
export function named(ones) {
  const isBelow = (/** @type {Judged} */ one, /** @type {Judged} */ better) =>
    better.name === one.name && boxArea(sharedBox(one.box, better.box))
    > MOSTLY * Math.min(boxArea(one.box), boxArea(better.box));
  return ones.filter((one, k) => one.verdict !== "wrong"
    || !ones.slice(0, k).some((better) => isBelow(one, better)));
}

/**
 * Each question that a reader may ask, what changes with it, and its answer.
 * @param {Scenes} scenes
 * @param {Asked} first state
 */
export function questions(scenes, first) {
  const [pooled, ...names] = scenes.kinds;
  const at = (/** @type {Partial<Asked>} */ traits) => judgeAll(scenes, { ...first, ...traits });
  const area = (/** @type {ReturnType<typeof at>} */ { curve }) => averagePrecision(curve, "voc10");
  const share = (/** @type {number} */ a, /** @type {number} */ b) => (a / (b || 1)).toFixed(2);
  const [usual, few, many, strict] = [at({}), at({ threshold: 0.7 }), at({ threshold: 0 }),
    at({ iou_threshold: 0.75, threshold: 0 })];
  const twice = many.shown.filter(({ verdict }) => verdict === "double").length;
  const areas = names.map((kind) => area(at({ kind })));
  const best = areas.indexOf(Math.max(...areas));
  const mean = areas.reduce((a, b) => a + b, 0) / areas.length;
  const one = at({ kind: names[best] ?? pooled });
  const late = one.shown.length - one.right; // with an area of 1, they come after all right ones
  const free = areas[best] > 0.9995 && late ? " (what is wrong comes after all right ones)" : "";
  return [{
    ask: "Show only what it is sure of", traits: { ...first, threshold: 0.7 },
    answer: `${few.shown.length} boxes, ${few.right} of them right: precision is `
      + `${share(few.right, few.shown.length)}. But ${few.missed.length} of ${few.objects.length} `
      + `objects are missed: recall is ${share(few.right, few.objects.length)}.`,
  }, {
    ask: "Show everything", traits: { ...first, threshold: 0 },
    answer: `Recall rises to ${share(many.right, many.objects.length)}, and precision falls to `
      + `${share(many.right, many.shown.length)}: of ${many.shown.length} boxes, `
      + `${many.shown.length - many.right - twice} are wrong and ${twice} found twice. The shaded `
      + "area has not changed: AP "
      + "looks at all thresholds at once.",
  }, {
    ask: "What if boxes must fit better?", traits: { ...first, iou_threshold: 0.75 },
    answer: `At an IoU of 0.75, AP falls from ${area(usual).toFixed(2)} to `
      + `${area(strict).toFixed(2)}. Boxes and scores are the same, but of `
      + `${many.right} objects found at any score only ${strict.right} are left, so the curve `
      + `ends at recall ${share(strict.right, strict.objects.length)}, not `
      + `${share(many.right, many.objects.length)}.`,
  }, {
    ask: "What about one class?", traits: { ...first, kind: names[best] ?? pooled },
    answer: `“${names[best]}” does best, with an AP of ${areas[best]?.toFixed(2)}${free}. mAP is `
      + `the mean over the ${names.length} classes, ${mean.toFixed(2)}; it is not the area for all `
      + `on one list, ${area(at({ kind: pooled })).toFixed(2)}.`,
  }];
}

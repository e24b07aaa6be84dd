// Detections beside the objects: which are right, which wrong, what is missed, and why.

import { judge, overlap } from "./geometry.js";

/** @typedef {"right" | "wrong" | "missed"} Verdict */
/** @typedef {{ scene: number, label: number, box: number[] }} Thing */
/** @typedef {Thing & { verdict: Verdict, why: string }} Judged */
/** @typedef {[label: number, box: number[]]} Labelled */
/** @typedef {[label: number, score: number, box: number[]]} Detection */

/**
 * What is found on some scenes, and what is not, each with its reason.
 * @param {{ detections: Detection[] }[]} scenes
 * @param {Labelled[][]} objects of each scene
 * @param {string[]} classes
 * @param {number} threshold of the score
 */
export function verdicts(scenes, objects, classes, threshold) {
  /** @type {Judged[]} */
  const shown = [];
  /** @type {Judged[]} */
  const missed = [];
  scenes.forEach(({ detections }, scene) => {
    const there = objects[scene].map(([label, box]) => ({ scene, label, box }));
    const found = detections.map(([label, score, box]) => ({ scene, label, score, box }))
      .filter(({ score }) => score >= threshold - 1e-9);
    const reached = new Set();
    for (const label of new Set(found.map((one) => one.label))) {
      const own = found.filter((one) => one.label === label);
      const same = there.filter((one) => one.label === label);
      for (const { index, object, verdict } of judge(own, same)) {
        const iou = Math.max(0, ...same.map(({ box }) => overlap(own[index].box, box).iou));
        const isRight = verdict === "right";
        if (isRight) reached.add(same[object]);
        shown.push({
          ...own[index], verdict: isRight ? "right" : "wrong",
          why: `score ${own[index].score.toFixed(2)}, `
            + reason(verdict, classes[label], same.length ? iou : NaN),
        });
      }
    }
    missed.push(...there.filter((one) => !reached.has(one)).map((one) =>
      /** @type {Judged} */ ({ ...one, verdict: "missed",
        why: `no right ${classes[one.label]} with a score of ${threshold.toFixed(2)} or more` })));
  });
  const right = shown.filter(({ verdict }) => verdict === "right").length;
  return { all: [...missed, ...shown], right, wrong: shown.length - right,
    missed: missed.length };
}

/**
 * @param {string} verdict
 * @param {string} name of the class
 * @param {number} iou with the nearest one, if there is any
 */
function reason(verdict, name, iou) {
  if (Number.isNaN(iou)) return `there is no ${name} in this scene`;
  if (verdict === "right") return `it overlaps a ${name} with an IoU of ${iou.toFixed(2)}`;
  if (verdict === "double") return `a surer box has found that ${name} already`;
  return `its IoU with the nearest ${name} is ${iou.toFixed(2)}, below 0.50`;
}

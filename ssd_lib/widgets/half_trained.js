// What a half-trained network might answer; no network gave these numbers.

import { bipartiteWalk, iouTable, matchTable } from "./geometry.js";

/**
 * The margins of background over object, and what matching makes of the default boxes;
 * the same numbers as in Python.
 * @param {number[][]} gtBoxes
 * @param {Float32Array} corners of the default boxes
 * @param {number} total
 */
export function answers(gtBoxes, corners, total) {
  const table = iouTable(gtBoxes, corners);
  /** @type {Record<"margins" | "positives" | "negatives", number[]>} */
  const found = { margins: [], positives: [], negatives: [] };
  /** @type {{ gt: number, iou: number }[]} the object that is nearest to each box */
  const nearest = [];
  matchTable(table, total, 0.5, bipartiteWalk(table)).forEach((matched, box) => {
    const noise = Number((BigInt(box) * 2654435761n) % 4294967296n) / 4294967296;
    const gt = table.reduce((most, ious, k) => (ious[box] > table[most][box] ? k : most), 0);
    nearest.push({ gt, iou: table[gt][box] });
    found.margins.push(5 - 7 * table[gt][box] + noise * 4 - 2);
    (matched < 0 ? found.negatives : found.positives).push(box);
  });
  found.negatives.sort((a, b) => found.margins[a] - found.margins[b]);
  return { ...found, nearest };
}

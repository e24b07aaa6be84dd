// What a half-trained network might answer; no network gave these numbers.

import { bipartiteWalk, iouTable, matchTable, sigmoid, softplus } from "./geometry.js";

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

/** @param {number[]} values */
export const sum = (values) => values.reduce((a, b) => a + b, 0);

/**
 * What the answers cost, how hard they pull at the weights, and what a reader may ask of that.
 * @param {ReturnType<typeof answers>} answered
 */
export function weigh({ margins, nearest, positives, negatives }) {
  const losses = negatives.map((box) => softplus(-margins[box]));
  const pullOf = (/** @type {number[]} */ boxes) =>
    sum(boxes.map((box) => sigmoid(-margins[box])));
  const positivePull = sum(positives.map((box) => sigmoid(margins[box])));
  /** @param {number} first of the negatives, the percentage of the gradient that is theirs */
  const shareOf = (first) => {
    const pull = pullOf(negatives.slice(0, first));
    return (100 * pull) / (positivePull + pull);
  };

  /**
   * @param {number} few negatives that count, one for each positive
   * @param {number} three times as many
   * @returns {{ ask: string, ratio: number, answer: string }[]} a ratio below 0 is all
   */
  function questions(few, three) {
    const overlaps = negatives.map((box) => nearest[box].iou);
    const mean = (/** @type {number[]} */ values) => (sum(values) / values.length).toFixed(2);
    const every = negatives.length;
    const easy = pullOf(negatives.slice(three));
    return [{
      ask: "Where are the worst?", ratio: 1,
      answer: `Around the objects. The worst ${few} overlap an object with an IoU of `
        + `${mean(overlaps.slice(0, few))} on average, too little for a match; the other `
        + `${every - few} with ${mean(overlaps.slice(few))}.`,
    }, {
      ask: "What if all count?", ratio: -1,
      answer: `Background then makes ${shareOf(every).toFixed(0)} % of the gradient, not `
        + `${shareOf(three).toFixed(0)}. Each of the ${every - three} easy ones pulls with only `
        + `${(easy / (every - three)).toFixed(2)}; but together they pull `
        + `${(easy / positivePull).toFixed(1)} times as hard as all positives, to teach what the `
        + "network knows.",
    }, {
      ask: "What if none counts?", ratio: 0,
      answer: "Then nothing is ever wrong about calling the sky a dog. Only positives teach, "
        + "and the network learns to see objects everywhere.",
    }];
  }
  return {
    losses, positiveLoss: sum(positives.map((box) => softplus(margins[box]))), shareOf, questions,
  };
}

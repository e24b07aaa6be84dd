// What a look inside shows of a network's answer for one image: which row is whose, which
// channel is loud, where a class is hot, what was dropped for whom. No page is needed for it.

import { boxSizes, layOut } from "./geometry.js";

/** @import { Result } from "./engine/client.js" */
/** @import { Values } from "./engine/network.js" */
/** @import { Detection, Dropped, Layout } from "./geometry.js" */
/** @typedef {{ classes: string[], layout: Layout }} Network background is the first class */
/** @typedef {ReturnType<typeof sceneOf>} Scene */
/** @typedef {{ channel: number, loudness: number, peak: number, at: number,
 *   silent: number }} Loudness of a channel */

/**
 * A network's default boxes, where each map's rows start, and how many a cell has.
 * @param {Network} network
 */
export function sceneOf({ classes, layout }) {
  return { ...layOut(layout), classes, perCell: layout.maps.map((map) => boxSizes(map).length) };
}

/**
 * The names of a cell's boxes, in their order.
 * @param {Layout["maps"][number]} map
 */
export function shapesOf({ max, ratios }) {
  const squares = max === null ? ["1:1"] : ["1:1", "1:1 extra"];
  return [...squares, ...ratios.flatMap((ratio) => [`${ratio}:1`, `1:${ratio}`])];
}

/**
 * The map, the cell (row and column) and the box of the cell that a row belongs to.
 * @param {Scene} scene
 * @param {number} row
 */
export function placeOf({ starts, maps, perCell }, row) {
  const map = starts.findIndex((start) => start > row) - 1;
  const cell = Math.floor((row - starts[map]) / perCell[map]);
  const { grid } = maps[map];
  return {
    map, cell: [Math.floor(cell / grid), cell % grid], shape: (row - starts[map]) % perCell[map],
  };
}

/**
 * The row of a box of a cell; the inverse of `placeOf`.
 * @param {Scene} scene
 * @param {number} map
 * @param {number[]} cell row and column
 * @param {number} [shape]
 */
export function rowAt({ starts, maps, perCell }, map, [y, x], shape = 0) {
  return starts[map] + (y * maps[map].grid + x) * perCell[map] + shape;
}

/**
 * A map's channels by their root mean square, the loudest first; each with its largest value,
 * the `peak`, the cell `at` which it is, and the share of its cells that are `silent`: 0.
 * @param {Values} map
 * @returns {Loudness[]}
 */
export function rankChannels({ channels, rows, columns, values }) {
  const area = rows * columns;
  const ranked = Array.from({ length: channels }, (_, channel) => {
    let [at, zeros, squares] = [0, 0, 0];
    for (let cell = 0, k = channel * area; cell < area; cell += 1, k += 1) {
      if (values[k] > values[channel * area + at]) at = cell;
      if (values[k] === 0) zeros += 1;
      squares += values[k] ** 2;
    }
    return {
      channel, loudness: Math.sqrt(squares / area), peak: values[channel * area + at], at,
      silent: zeros / area,
    };
  });
  return ranked.sort((a, b) => b.loudness - a.loudness || a.channel - b.channel);
}

/**
 * The values of one channel, [rows, columns].
 * @param {Values} map
 * @param {number} channel
 */
export function channelOf({ rows, columns, values }, channel) {
  return values.subarray(channel * rows * columns, (channel + 1) * rows * columns);
}

/**
 * Of each cell of a map the largest score of a class, and the row that has it; of equal
 * scores the first. `best` is the best row of the map.
 * @param {Pick<Result, "scores">} result
 * @param {Scene} scene
 * @param {number} map
 * @param {number} label
 */
export function heatOf({ scores }, { starts, maps, perCell, classes }, map, label) {
  const cells = maps[map].grid ** 2;
  const heat = new Float32Array(cells);
  const rows = new Int32Array(cells);
  let best = starts[map];
  for (let cell = 0, row = starts[map]; cell < cells; cell += 1) {
    rows[cell] = row;
    for (const end = row + perCell[map]; row < end; row += 1) {
      if (scores[row * classes.length + label] > scores[rows[cell] * classes.length + label]) {
        rows[cell] = row;
      }
    }
    heat[cell] = scores[rows[cell] * classes.length + label];
    if (heat[cell] > scores[best * classes.length + label]) best = rows[cell];
  }
  return { heat, rows, best };
}

/**
 * What has a score above a threshold that is no lower than that of the run. Suppression by
 * the best first makes this the same as to run it again: no box is dropped for a lower one,
 * so those kept above the threshold stay the first, and `by` stays right.
 * @param {Pick<Result, "kept" | "dropped">} result
 * @param {number} threshold
 */
export function above({ kept, dropped }, threshold) {
  const least = Math.fround(threshold);
  const isOver = (/** @type {Detection} */ { score }) => score > least;
  return { kept: kept.filter(isOver), dropped: dropped.filter(isOver) };
}

/**
 * How many of some boxes come from each map.
 * @param {Scene} scene
 * @param {Pick<Detection, "row">[]} found
 */
export function countByMap(scene, found) {
  const counts = scene.maps.map(() => 0);
  for (const { row } of found) counts[placeOf(scene, row).map] += 1;
  return counts;
}

/**
 * All rows at a glance: how many say background (no class has a larger score), how many
 * have the score of their best object in each tenth from 0 to 1, and the largest score of
 * each class.
 * @param {Pick<Result, "scores">} result
 * @param {number} classes
 */
export function survey({ scores }, classes) {
  const tenths = new Array(10).fill(0);
  const best = new Array(classes).fill(0);
  let background = 0;
  for (let k = 0; k < scores.length; k += classes) {
    let top = 0;
    for (let label = 1; label < classes; label += 1) {
      if (scores[k + label] > top) top = scores[k + label];
      if (scores[k + label] > best[label]) best[label] = scores[k + label];
    }
    if (scores[k] >= top) background += 1;
    tenths[Math.min(Math.floor(top * 10), 9)] += 1;
  }
  return { background, tenths, best };
}

/**
 * What was dropped for a kept box, the largest IoU first.
 * @param {Dropped[]} dropped
 * @param {number} keeper its index
 */
export function droppedFor(dropped, keeper) {
  return dropped.filter(({ by }) => by === keeper).sort((a, b) => b.iou - a.iou);
}

/**
 * The object class with the largest score in a row.
 * @param {Pick<Result, "scores">} result
 * @param {number} row
 * @param {number} classes
 */
export function labelOf({ scores }, row, classes) {
  let best = 1;
  for (let label = 2; label < classes; label += 1) {
    if (scores[row * classes + label] > scores[row * classes + best]) best = label;
  }
  return best;
}

/**
 * The row to begin with: that of the best detection, or else the one surest of an object.
 * @param {Pick<Result, "kept" | "scores">} result
 * @param {number} classes
 */
export function firstRow({ kept, scores }, classes) {
  if (kept.length) return kept[0].row;
  let best = 1;
  for (let k = 0; k < scores.length; k += 1) {
    if (k % classes && scores[k] > scores[best]) best = k;
  }
  return Math.floor(best / classes);
}

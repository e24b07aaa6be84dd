// The book's arithmetic, as ssd_lib does it: every step is rounded to float32, in
// the same order, so that the page and Python agree to the last bit.

/** @typedef {number[] | Float32Array} Box xyxy in fractions of the picture, as a rule */
/** @typedef {number[] | Float32Array} IoUs of one object with each default box */
/** @typedef {{ gt: number, box: number, iou: number }} Pair */
/** @typedef {"right" | "wrong" | "double" | "ignored"} Verdict */
/**
 * @typedef {object} FeatureMap
 * @property {number} grid cells in a row and in a column
 * @property {number} step pixels from cell to cell
 * @property {number} min side of the smaller square box in pixels
 * @property {number | null} max with min, gives the extra box; null: there is none
 * @property {number[]} ratios besides 1, each of them both ways
 */
/** @typedef {{ image: number, maps: FeatureMap[], clampSizes?: boolean }} Layout */
/** @typedef {{ row: number, label: number, score: number }} Candidate row: of the default box */
/** @typedef {Candidate & { box: number[] }} Detection xyxy in fractions of the image */
/**
 * @typedef {object} Fallen
 * @property {number} by what it was dropped for, an index into what was kept; -1 if that
 *   one was itself left out at the end
 * @property {number} iou with it
 */
/** @typedef {Detection & Fallen} Dropped */

const f32 = Math.fround;

/**
 * Area of one xyxy box; 0 if it is inverted.
 * @param {Box} box
 */
export function boxArea([x1, y1, x2, y2]) {
  const width = Math.max(f32(f32(x2) - f32(x1)), 0);
  const height = Math.max(f32(f32(y2) - f32(y1)), 0);
  return f32(width * height);
}

/**
 * The rectangle that two xyxy boxes share; inverted if they share none.
 * @param {Box} a
 * @param {Box} b
 */
export function sharedBox(a, b) {
  return [
    Math.max(f32(a[0]), f32(b[0])),
    Math.max(f32(a[1]), f32(b[1])),
    Math.min(f32(a[2]), f32(b[2])),
    Math.min(f32(a[3]), f32(b[3])),
  ];
}

/**
 * Intersection, union and IoU of two xyxy boxes; IoU is 0 if the union is.
 * @param {Box} a
 * @param {Box} b
 */
export function overlap(a, b) {
  const intersection = boxArea(sharedBox(a, b));
  const union = f32(f32(boxArea(a) + boxArea(b)) - intersection);
  const iou = f32(intersection / (union === 0 ? 1 : union));
  return { intersection, union, iou };
}

/**
 * Width and height of each box on a cell in pixels, in Caffe's order.
 * @param {Pick<FeatureMap, "min" | "max" | "ratios">} map
 */
export function boxSizes({ min, max, ratios }) {
  const sizes = [[min, min]];
  if (max !== null) sizes.push([Math.sqrt(min * max), Math.sqrt(min * max)]);
  for (const ratio of ratios) {
    const [long, short] = [min * Math.sqrt(ratio), min / Math.sqrt(ratio)];
    sizes.push([long, short], [short, long]);
  }
  return sizes;
}

/**
 * All default boxes of a layout as one Float32Array of cxcywh in fractions.
 * @param {Layout} layout
 */
export function defaultBoxes({ image, maps, clampSizes = false }) {
  const numbers = [];
  for (const map of maps) {
    const sizes = boxSizes(map).map((size) => size.map(
      (side) => (clampSizes ? Math.min(side / image, 1) : side / image)));
    for (let row = 0; row < map.grid; row += 1) {
      for (let column = 0; column < map.grid; column += 1) {
        for (const [width, height] of sizes) {
          numbers.push(((column + 0.5) * map.step) / image, ((row + 0.5) * map.step) / image,
            width, height);
        }
      }
    }
  }
  return Float32Array.from(numbers);
}

/**
 * cxcywh to xyxy, for all boxes of one array.
 * @param {Float32Array} boxes
 */
export function toCorners(boxes) {
  const corners = new Float32Array(boxes.length);
  for (let i = 0; i < boxes.length; i += 4) {
    for (const axis of [0, 1]) {
      corners[i + axis] = boxes[i + axis] - boxes[i + 2 + axis] / 2;
      corners[i + 2 + axis] = boxes[i + axis] + boxes[i + 2 + axis] / 2;
    }
  }
  return corners;
}

/**
 * A layout with its default boxes, as cxcywh and as corners, in fractions; where each
 * map's boxes start among them, and last how many there are in all.
 * @template {Layout} T
 * @param {T} layout
 */
export function layOut(layout) {
  const boxes = defaultBoxes(layout);
  const starts = [0];
  for (const map of layout.maps) {
    starts.push(starts[starts.length - 1] + map.grid ** 2 * boxSizes(map).length);
  }
  return { ...layout, boxes, corners: toCorners(boxes), starts, total: boxes.length / 4 };
}

/**
 * IoU of one xyxy box with every box of an array of corners.
 * @param {Box} box
 * @param {Float32Array} corners
 */
export function iouWithAll(box, corners) {
  const [x1, y1, x2, y2] = box.map(f32);
  const area = boxArea(box);
  const ious = new Float32Array(corners.length / 4);
  for (let i = 0, k = 0; k < ious.length; i += 4, k += 1) {
    const [u1, v1, u2, v2] = [corners[i], corners[i + 1], corners[i + 2], corners[i + 3]];
    const width = Math.max(f32(Math.min(x2, u2) - Math.max(x1, u1)), 0);
    const height = Math.max(f32(Math.min(y2, v2) - Math.max(y1, v1)), 0);
    const intersection = f32(width * height);
    const other = f32(Math.max(f32(u2 - u1), 0) * Math.max(f32(v2 - v1), 0));
    const union = f32(f32(area + other) - intersection);
    ious[k] = intersection / (union === 0 ? 1 : union);
  }
  return ious;
}

/**
 * The default box that fits an object best, with its map and cell, and how many boxes
 * of each map fit at all: those with an IoU of 0.5 or more.
 * @param {Box} object
 * @param {ReturnType<typeof layOut<Layout>>} scene
 */
export function bestFit(object, scene) {
  const ious = iouWithAll(object, scene.corners);
  const hits = scene.maps.map(() => 0);
  let [box, map] = [0, 0];
  for (let index = 0; index < ious.length; index += 1) {
    if (index === scene.starts[map + 1]) map += 1;
    if (ious[index] > ious[box]) box = index;
    if (ious[index] >= 0.5) hits[map] += 1;
  }
  map = scene.starts.findIndex((start) => start > box) - 1;
  const { grid } = scene.maps[map];
  const place = Math.floor((box - scene.starts[map]) / boxSizes(scene.maps[map]).length);
  return {
    box, map, iou: ious[box], cell: [Math.floor(place / grid), place % grid], hits,
    sum: hits.reduce((sum, count) => sum + count, 0),
  };
}

/**
 * The paper's equation 4: `count` scales from low to high, evenly spaced.
 * @param {number} count
 * @param {number} low
 * @param {number} high
 */
export function linearScales(count, low, high) {
  const step = (high - low) / (count - 1);
  return Array.from({ length: count }, (_, k) => low + step * k);
}

/**
 * A layout with the scales of the paper's words: half the lowest for the first map,
 * equation 4 for the rest.
 * @param {Layout} layout whose maps it has
 * @param {number} low
 * @param {number} high
 * @returns {Layout}
 */
export function spreadScales({ image, maps }, low, high) {
  const rest = linearScales(maps.length - 1, low, high);
  const [last, before] = [rest[rest.length - 1], rest[rest.length - 2]];
  const scales = [low / 2, ...rest, 2 * last - before];
  return {
    image,
    maps: maps.map((map, k) => ({
      ...map, step: image / map.grid, min: scales[k] * image, max: scales[k + 1] * image,
    })),
  };
}

/**
 * Centre, width and height of one xyxy box.
 * @param {Box} box
 */
export function toCentre([x1, y1, x2, y2]) {
  return [(x1 + x2) / 2, (y1 + y2) / 2, x2 - x1, y2 - y1];
}

/**
 * Offsets that lead from a default box to a box, both cxcywh.
 * @param {number[]} box
 * @param {number[]} from
 * @param {number[]} variances of place and size
 */
export function encode(box, from, [place, size] = [0.1, 0.2]) {
  return [
    (box[0] - from[0]) / from[2] / place,
    (box[1] - from[1]) / from[3] / place,
    Math.log(box[2] / from[2]) / size,
    Math.log(box[3] / from[3]) / size,
  ];
}

/**
 * The box, cxcywh, that offsets lead to; a side grows at most 62.5-fold.
 * @param {number[]} offsets
 * @param {number[]} from
 * @param {number[]} variances of place and size
 */
export function decode(offsets, from, [place, size] = [0.1, 0.2]) {
  const grown = (/** @type {number} */ offset) =>
    Math.exp(Math.min(offset * size, Math.log(1000 / 16)));
  return [
    from[0] + offsets[0] * place * from[2],
    from[1] + offsets[1] * place * from[3],
    from[2] * grown(offsets[2]),
    from[3] * grown(offsets[3]),
  ];
}

/**
 * Smooth L1 of one difference.
 * @param {number} difference
 */
export function smoothL1(difference) {
  const size = Math.abs(difference);
  return size < 1 ? (size * size) / 2 : size - 0.5;
}

/**
 * The derivative of smooth L1.
 * @param {number} difference
 */
export function smoothL1Slope(difference) {
  return Math.min(Math.max(difference, -1), 1);
}

/**
 * The focal loss of the right class's score, from its logarithm; with a gamma of 0 it is
 * the cross-entropy.
 * @param {number} logScore
 * @param {number} gamma
 */
export function focalLoss(logScore, gamma) {
  return -((1 - Math.exp(logScore)) ** gamma) * logScore;
}

/**
 * The derivative of the focal loss by the logarithm. A logit's derivative is this times
 * (1 if it is the right class's, or else 0) - its score.
 * @param {number} logScore
 * @param {number} gamma
 */
export function focalSlope(logScore, gamma) {
  const score = Math.exp(Math.min(logScore, -1e-7)); // powers below 1 have no slope at 0
  return gamma * score * (1 - score) ** (gamma - 1) * logScore - (1 - score) ** gamma;
}

/**
 * The hard negatives of an image, as ssd_lib.loss.hard_negatives chooses them: of the
 * negatives those with the largest loss, `ratio` for each positive; of equal ones the
 * first.
 * @param {ArrayLike<number>} losses of each default box as background
 * @param {ArrayLike<number>} labels of each; above 0: a positive
 * @param {number} ratio
 * @returns {number[]} their rows
 */
export function hardNegatives(losses, labels, ratio) {
  const sorted = new Float32Array(labels.length);
  let negatives = 0;
  for (let row = 0; row < labels.length; row += 1) {
    if (!(labels[row] > 0)) {
      sorted[negatives] = losses[row];
      negatives += 1;
    }
  }
  const count = Math.min(Math.floor(ratio * (labels.length - negatives)), negatives);
  if (count === 0) return [];
  const least = sorted.subarray(0, negatives).sort()[negatives - count]; // that is enough
  /** @type {number[]} */
  const above = [];
  /** @type {number[]} */
  const equal = [];
  for (let row = 0; row < labels.length; row += 1) {
    const loss = f32(losses[row]);
    if (labels[row] > 0 || loss < least) continue;
    (loss === least ? equal : above).push(row);
  }
  return [...above, ...equal.slice(0, count - above.length)];
}

/**
 * log(1 + e^x): with x, the cross-entropy of two logits that lie x apart.
 * @param {number} x
 */
export function softplus(x) {
  return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
}

/**
 * The derivative of softplus.
 * @param {number} x
 */
export function sigmoid(x) {
  return 1 / (1 + Math.exp(-x));
}

/**
 * IoU of each of N xyxy boxes with every box of an array of corners.
 * @param {Box[]} boxes
 * @param {Float32Array} corners
 */
export function iouTable(boxes, corners) {
  return boxes.map((box) => iouWithAll(box, corners));
}

/**
 * The bipartite rule on a table of IoUs, walked: of all pairs that are left the one
 * with the largest IoU, then without its row and its column. Each step says who got
 * which box; of equal pairs the first box counts, then the first object.
 * @param {IoUs[]} table
 * @param {number} smallest IoU that counts
 */
export function bipartiteWalk(table, smallest = 1e-6) {
  const left = new Set(table.keys());
  const taken = new Set();
  const steps = [];
  while (left.size > 0) {
    let best = null;
    for (const gt of left) {
      for (let box = 0; box < table[gt].length; box += 1) {
        const iou = table[gt][box];
        const better = !best || iou > best.iou || (iou === best.iou && box < best.box);
        if (iou > smallest && better && !taken.has(box)) best = { gt, box, iou };
      }
    }
    if (!best) break;
    left.delete(best.gt);
    taken.add(best.box);
    steps.push(best);
  }
  return steps;
}

/**
 * The other rule: each object forces its best box, whoever had it before.
 * @param {IoUs[]} table
 * @param {number} smallest IoU that counts
 */
export function argmaxWalk(table, smallest = 1e-6) {
  return table.map((ious, gt) => {
    let box = 0;
    for (let k = 1; k < ious.length; k += 1) if (ious[k] > ious[box]) box = k;
    return { gt, box, iou: ious[box] };
  }).filter(({ iou }) => iou > smallest);
}

/**
 * The object of each default box, or -1: by the threshold, then by the walk's steps.
 * @param {IoUs[]} table
 * @param {number} count of default boxes
 * @param {number} threshold
 * @param {Pair[]} steps
 */
export function matchTable(table, count, threshold, steps) {
  const matched = new Int32Array(count).fill(-1);
  for (let box = 0; box < count; box += 1) {
    let best = -1;
    table.forEach((ious, gt) => {
      if (ious[box] >= f32(threshold) && (best < 0 || ious[box] > table[best][box])) best = gt;
    });
    matched[box] = best;
  }
  for (const { gt, box } of steps) matched[box] = gt;
  return matched;
}

/**
 * Random numbers from 0 to 1 that a seed determines (mulberry32).
 * @param {number} seed
 */
export function randomFrom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/**
 * One patch by SSD's rule, xyxy in fractions: scale 0.3 to 1, aspect ratio 1/2 to 2.
 * @param {() => number} random
 */
export function drawPatch(random) {
  const scale = 0.3 + 0.7 * random();
  const aspect = Math.min(Math.max(0.5 + 1.5 * random(), scale ** 2), 1 / scale ** 2);
  const width = Math.min(scale * Math.sqrt(aspect), 1);
  const height = Math.min(scale / Math.sqrt(aspect), 1);
  const [x, y] = [random() * (1 - width), random() * (1 - height)];
  return [x, y, x + width, y + height];
}

/**
 * Whether the centre of an xyxy box lies in a patch, the edge included.
 * @param {Box} box
 * @param {Box} patch
 */
export function centreInside([x1, y1, x2, y2], patch) {
  const [x, y] = [(x1 + x2) / 2, (y1 + y2) / 2];
  return x >= patch[0] && x <= patch[2] && y >= patch[1] && y <= patch[3];
}

/**
 * Non-maximum suppression, walked: of what is left above the score threshold the best is
 * kept, and those of its class (or all) that overlap it too much are dropped; with
 * `soft`, their scores fall instead. Of equal scores the earlier box comes first. Each
 * step has what was kept, with its score then, and the boxes it touched: IoU, and score
 * before and after (0 for dropped).
 * @param {Box[]} boxes
 * @param {number[]} scores
 * @param {(number | string)[]} labels
 * @param {object} rule
 * @param {number} [rule.score] threshold
 * @param {number} [rule.iou] threshold
 * @param {boolean} [rule.agnostic] whether all classes count as one
 * @param {boolean} [rule.soft]
 * @param {number} [rule.sigma] of the soft rule
 */
export function nmsWalk(boxes, scores, labels, rule = {}) {
  const { score = 0.01, iou = 0.45, agnostic = false, soft = false, sigma = 0.5 } = rule;
  const now = [...scores];
  const left = new Set([...scores.keys()].filter((k) => scores[k] > score));
  const steps = [];
  while (left.size > 0) {
    let best = -1;
    for (const k of left) {
      const tied = now[k] === now[best] && k < best;
      if (best < 0 || now[k] > now[best] || tied) best = k;
    }
    left.delete(best);
    const touched = [];
    for (const k of left) {
      if (!agnostic && labels[k] !== labels[best]) continue;
      const shared = overlap(boxes[best], boxes[k]).iou;
      const dropped = shared > iou ? 0 : now[k];
      const after = soft ? now[k] * Math.exp(-(shared ** 2) / sigma) : dropped;
      if (after === now[k]) continue;
      touched.push({ box: k, iou: shared, before: now[k], after });
      now[k] = after;
      if (!(after > score)) left.delete(k);
    }
    steps.push({ kept: best, score: now[best], touched });
  }
  return steps;
}

/**
 * The softmax of each row: scores that are positive and sum to 1.
 * @param {Float32Array} logits [P, C]
 * @param {number} classes C
 */
export function softmax(logits, classes) {
  const scores = new Float32Array(logits.length);
  for (let row = 0; row < logits.length; row += classes) {
    let [largest, sum] = [-Infinity, 0];
    for (let k = row; k < row + classes; k += 1) largest = Math.max(largest, logits[k]);
    for (let k = row; k < row + classes; k += 1) sum += Math.exp(logits[k] - largest);
    for (let k = row; k < row + classes; k += 1) {
      scores[k] = Math.exp(logits[k] - largest) / sum;
    }
  }
  return scores;
}

/**
 * The boxes that all offsets lead to, xyxy; a side grows at most 62.5-fold.
 * @param {Float32Array} offsets [P, 4]
 * @param {Float32Array} boxes the default boxes, [P, 4], cxcywh
 * @param {number[]} variances of place and size
 */
export function decodeAll(offsets, boxes, [place, size] = [0.1, 0.2]) {
  const most = f32(Math.log(1000 / 16));
  const decoded = new Float32Array(boxes.length);
  for (let i = 0; i < boxes.length; i += 4) {
    for (const axis of [i, i + 1]) {
      decoded[axis] = boxes[axis] + f32(f32(offsets[axis] * f32(place)) * boxes[axis + 2]);
      const stretch = Math.min(f32(offsets[axis + 2] * f32(size)), most);
      decoded[axis + 2] = boxes[axis + 2] * f32(Math.exp(stretch));
    }
  }
  return toCorners(decoded);
}

/**
 * IoU of two boxes of an array of corners, in float64 as torchvision's NMS is given them.
 * @param {Float32Array} corners
 * @param {number} a
 * @param {number} b
 */
function iouOfRows(corners, a, b) {
  const [i, j] = [4 * a, 4 * b];
  const width = Math.min(corners[i + 2], corners[j + 2]) - Math.max(corners[i], corners[j]);
  const height = Math.min(corners[i + 3], corners[j + 3])
    - Math.max(corners[i + 1], corners[j + 1]);
  if (!(width > 0 && height > 0)) return 0;
  const area = (/** @type {number} */ k) =>
    (corners[k + 2] - corners[k]) * (corners[k + 3] - corners[k + 1]);
  return (width * height) / (area(i) + area(j) - width * height);
}

/**
 * What may become a detection, class by class: the best of those above a threshold, by
 * falling score; of equal scores the earlier row comes first.
 * @param {Float32Array} scores [P, C], background first
 * @param {Float32Array} corners [P, 4]
 * @param {number} threshold a score must be larger
 * @param {number} most of each class
 * @returns {Candidate[][]}
 */
function candidatesOf(scores, corners, threshold, most) {
  const rows = corners.length / 4;
  const classes = scores.length / rows;
  const finite = (/** @type {number} */ row) =>
    corners.subarray(4 * row, 4 * row + 4).every(Number.isFinite);
  return Array.from({ length: classes - 1 }, (_, k) => {
    const found = [];
    for (let row = 0; row < rows; row += 1) {
      const score = scores[row * classes + k + 1];
      if (score > f32(threshold) && finite(row)) found.push({ row, label: k + 1, score });
    }
    return found.sort((a, b) => b.score - a.score).slice(0, most);
  });
}

/**
 * Non-maximum suppression of one class: what stays, and what falls for whom.
 * @param {Candidate[]} candidates by falling score
 * @param {Float32Array} corners [P, 4]
 * @param {number} threshold a box falls if its IoU with a better one that stays is larger
 */
function suppress(candidates, corners, threshold) {
  /** @type {Candidate[]} */
  const stay = [];
  /** @type {(Candidate & { by: Candidate, iou: number })[]} */
  const fell = [];
  for (const one of candidates) {
    const by = stay.find(({ row }) => iouOfRows(corners, row, one.row) > threshold);
    if (by) fell.push({ ...one, by, iou: iouOfRows(corners, by.row, one.row) });
    else stay.push(one);
  }
  return { stay, fell };
}

/**
 * Detections from a network's answers, as ssd_lib.predict.detect makes them: softmax, a
 * threshold, of each class the best, non-maximum suppression class by class, and of all
 * together the best that have an area inside the image; of equal scores the lower class
 * and then the earlier row comes first. Also says what was dropped and for which detection.
 * @param {Float32Array} offsets [P, 4]
 * @param {Float32Array} logits [P, C]
 * @param {Float32Array} boxes the default boxes, [P, 4], cxcywh
 * @param {object} [rule]
 * @param {number} [rule.scoreThreshold] a score must be larger
 * @param {number} [rule.iouThreshold] of the suppression
 * @param {number} [rule.preNmsTopK] of each class
 * @param {number} [rule.keepTopK] of the image
 * @param {number[]} [rule.variances]
 */
export function detect(offsets, logits, boxes, rule = {}) {
  const { scoreThreshold = 0.01, iouThreshold = 0.45, preNmsTopK = 400, keepTopK = 200 } = rule;
  const corners = decodeAll(offsets, boxes, rule.variances);
  const clipped = corners.map((edge) => Math.min(Math.max(edge, 0), 1));
  const scores = softmax(logits, logits.length / (boxes.length / 4));
  const classes = candidatesOf(scores, corners, scoreThreshold, preNmsTopK)
    .map((candidates) => suppress(candidates, corners, iouThreshold));
  const boxOf = (/** @type {number} */ row) => Array.from(clipped.subarray(4 * row, 4 * row + 4));
  const last = classes.flatMap(({ stay }) => stay).filter(({ row }) => boxArea(boxOf(row)) > 0)
    .sort((a, b) => b.score - a.score).slice(0, keepTopK);
  const place = new Map(last.map((one, index) => [one, index]));
  /** @type {Detection[]} */
  const kept = last.map((one) => ({ ...one, box: boxOf(one.row) }));
  /** @type {Dropped[]} */
  const dropped = classes.flatMap(({ fell }) => fell).map((one) => (
    { ...one, box: boxOf(one.row), by: place.get(one.by) ?? -1 }));
  return { scores, boxes: clipped, kept, dropped };
}

/**
 * Which detections of one class are right, by Pascal VOC's rule, over many pictures.
 * Gives, by falling score, each detection with its `object` (an index, or -1) and
 * `verdict`: "double" is wrong, too.
 * @param {{ scene: number, box: Box, score: number }[]} found
 * @param {{ scene: number, box: Box, difficult?: boolean }[]} objects
 * @param {number} threshold IoU from which on a detection has found an object
 * @returns {{ index: number, object: number, verdict: Verdict }[]}
 */
export function judge(found, objects, threshold = 0.5) {
  const taken = new Set();
  const order = [...found.keys()].sort((a, b) => found[b].score - found[a].score || a - b);
  return order.map((index) => {
    const one = found[index];
    let [best, most] = [-1, -1];
    objects.forEach((object, k) => {
      const shared = object.scene === one.scene ? overlap(one.box, object.box).iou : -1;
      if (shared > most) [best, most] = [k, shared];
    });
    if (best < 0 || !(most >= f32(threshold))) return { index, object: -1, verdict: "wrong" };
    if (objects[best].difficult) return { index, object: best, verdict: "ignored" };
    const verdict = taken.has(best) ? "double" : "right";
    taken.add(best);
    return { index, object: best, verdict };
  });
}

/**
 * Recall and precision after each verdict; ignored ones count neither way.
 * @param {boolean[]} isRight
 * @param {number} count of objects
 */
export function precisionRecall(isRight, count) {
  let right = 0;
  return isRight.map((yes, k) => {
    right += yes ? 1 : 0;
    return { recall: right / count, precision: right / (k + 1) };
  });
}

/**
 * The area below the curve: at 11 recalls ("voc07"), or all of it ("voc10").
 * @param {{ recall: number, precision: number }[]} curve
 * @param {"voc07" | "voc10"} metric
 */
export function averagePrecision(curve, metric) {
  const best = new Array(curve.length + 1).fill(0); // the best from here on
  for (let k = curve.length - 1; k >= 0; k -= 1) {
    best[k] = Math.max(best[k + 1], curve[k].precision);
  }
  if (metric === "voc10") {
    return curve.reduce((area, { recall }, k) =>
      area + (recall - (k ? curve[k - 1].recall : 0)) * best[k], 0);
  }
  let sum = 0;
  for (let tenth = 0; tenth <= 10; tenth += 1) {
    const first = curve.findIndex(({ recall }) => recall >= tenth / 10);
    sum += first < 0 ? 0 : best[first];
  }
  return sum / 11;
}

// The book's arithmetic, as ssd_lib does it: every step is rounded to float32, in
// the same order, so that the page and Python agree to the last bit.

const f32 = Math.fround;

/** Area of one xyxy box; 0 if it is inverted. */
export function boxArea([x1, y1, x2, y2]) {
  const width = Math.max(f32(f32(x2) - f32(x1)), 0);
  const height = Math.max(f32(f32(y2) - f32(y1)), 0);
  return f32(width * height);
}

/** The rectangle that two xyxy boxes share; inverted if they share none. */
export function sharedBox(a, b) {
  return [
    Math.max(f32(a[0]), f32(b[0])),
    Math.max(f32(a[1]), f32(b[1])),
    Math.min(f32(a[2]), f32(b[2])),
    Math.min(f32(a[3]), f32(b[3])),
  ];
}

/** Intersection, union and IoU of two xyxy boxes; IoU is 0 if the union is. */
export function overlap(a, b) {
  const intersection = boxArea(sharedBox(a, b));
  const union = f32(f32(boxArea(a) + boxArea(b)) - intersection);
  const iou = f32(intersection / (union === 0 ? 1 : union));
  return { intersection, union, iou };
}

/** Width and height of each box on a cell in pixels, in Caffe's order. */
export function boxSizes({ min, max, ratios }) {
  const sizes = [[min, min]];
  if (max !== null) sizes.push([Math.sqrt(min * max), Math.sqrt(min * max)]);
  for (const ratio of ratios) {
    const [long, short] = [min * Math.sqrt(ratio), min / Math.sqrt(ratio)];
    sizes.push([long, short], [short, long]);
  }
  return sizes;
}

/** All default boxes of a layout as one Float32Array of cxcywh in fractions. */
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

/** cxcywh to xyxy, for all boxes of one array. */
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

/** IoU of one xyxy box with every box of an array of corners. */
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

/** The paper's equation 4: `count` scales from low to high, evenly spaced. */
export function linearScales(count, low, high) {
  const step = (high - low) / (count - 1);
  return Array.from({ length: count }, (_, k) => low + step * k);
}

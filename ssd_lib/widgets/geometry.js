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

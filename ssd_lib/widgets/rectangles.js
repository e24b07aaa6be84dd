// Rectangles on the screen, by their edges in pixels; boxes of the library are geometry.js's.

/** @typedef {[left: number, top: number, right: number, bottom: number]} Edges in pixels */

/**
 * The area that two rectangles share.
 * @param {Edges} one
 * @param {Edges} other
 * @param {number} apart pixels that have to be between them
 */
export function sharedArea([x1, y1, x2, y2], [left, top, right, bottom], apart = 0) {
  return Math.max(0, Math.min(x2, right) - Math.max(x1, left) + apart)
    * Math.max(0, Math.min(y2, bottom) - Math.max(y1, top) + apart);
}

/**
 * The edges of a rectangle that is given as canvases want it.
 * @param {[left: number, top: number, width: number, height: number]} rect
 * @returns {Edges}
 */
export function edgesOf([left, top, width, height]) {
  return [left, top, left + width, top + height];
}

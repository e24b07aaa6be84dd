// Scenes of one picture: one of them large, and all of them small in a column beside it.

/** @import { Box } from "./geometry.js" */
/** @import { Context } from "./stage.js" */
/** @typedef {[left: number, top: number, side: number]} Place in widths of the image */

const COUNT = 6; // small scenes, which are together as high as the large one
const SMALL = 1 / (COUNT + 1); // the side of one
export const LARGE = 1 - SMALL;

/**
 * @param {number} scene
 * @returns {Place}
 */
const smallPlace = (scene) => [LARGE, scene * SMALL, SMALL];

/**
 * A box of a scene in fractions of the whole image.
 * @param {number} scene
 * @param {number} large the scene that is large
 * @param {Box} box
 * @returns {number[]}
 */
export function onImage(scene, large, [x1, y1, x2, y2]) {
  const [left, top, side] = scene === large ? [0, 0, LARGE] : smallPlace(scene);
  return [left + x1 * side, (top + y1 * side) / LARGE, left + x2 * side,
    (top + y2 * side) / LARGE];
}

/**
 * The small scene at a place of the image, or the place in the large one.
 * @param {number[]} place
 * @returns {{ small: number } | { at: [number, number] }}
 */
export function sceneAt([across, down]) {
  return across > LARGE ? { small: Math.floor(down * COUNT) } : { at: [across / LARGE, down] };
}

/**
 * @param {Context} context
 * @param {HTMLImageElement} picture of all scenes
 * @param {number} columns of it
 * @param {number} scenes
 * @param {number} large
 * @param {number} width of the image
 */
export function paintScenes(context, picture, columns, scenes, large, width) {
  const pixels = picture.naturalWidth / columns;
  const paint = (/** @type {number} */ scene, /** @type {Place} */ place) => {
    const [left, top, side] = place.map((at) => at * width);
    context.imageSmoothingQuality = "high";
    context.drawImage(picture, (scene % columns) * pixels, Math.floor(scene / columns) * pixels,
      pixels, pixels, left, top, side, side);
  };
  for (let scene = 0; scene < scenes; scene += 1) paint(scene, smallPlace(scene));
  paint(large, [0, 0, LARGE]);
}

/**
 * What parts the scenes, and a frame around the small copy of the large one.
 * @param {Context} context
 * @param {number} scenes
 * @param {number} large
 * @param {number} width of the image
 * @param {string[]} colours of the gaps and the frame
 */
export function paintFrames(context, scenes, large, width, [gap, frame]) {
  const side = SMALL * width;
  context.fillStyle = gap;
  context.fillRect(width - side - 3, 0, 6, width);
  for (let scene = 1; scene < scenes; scene += 1) {
    context.fillRect(width - side, scene * side - 2, side, 4);
  }
  [context.strokeStyle, context.lineWidth] = [frame, 4];
  context.strokeRect(width - side + 4, large * side + 3, side - 6, side - 6);
}

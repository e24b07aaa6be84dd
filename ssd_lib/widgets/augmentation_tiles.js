// Images with the boxes that the augmentation leaves them. A small object's lines are thin and
// stand off from it, so that it is seen in its box.

import { WHOLE } from "./augmentation.js";
import { isClear, placeNames } from "./box_names.js";
import { boxArea, sharedBox } from "./geometry.js";
import { make } from "./stage.js";

/** @import { Draw } from "./augmentation.js" */
/** @import { Edges } from "./rectangles.js" */
/** @typedef {ReturnType<typeof shotOf>} Shot */

const TINY = 100; // pixels: an image that has no room for names
const ALONE = 3; // times the side of a box: a name that is seen only when it is pointed at
// Of a box whose shorter side has fewer pixels: its line, the gap inside it, its centre's mark.
const LINES = [
  { below: 10, wide: 1, gap: 1, dot: 3 }, { below: 20, wide: 1, gap: 2, dot: 5 },
  { below: 40, wide: 1.25, gap: 2, dot: 7 }, { below: 90, wide: 1.5, gap: 0, dot: 9 },
  { below: Infinity, wide: 2, gap: 0, dot: 10 },
];

/**
 * One image with boxes.
 * @param {string} url
 * @param {string[]} labels
 * @param {string[]} colours
 */
export function shotOf(url, labels, colours) {
  const image = make("img", { src: url, alt: "", draggable: "false" });
  const boxes = labels.map((label, k) => {
    const box = make("i", { class: "ssd-frame-of" }, make("span", {}, label));
    box.style.setProperty("--ssd-own", colours[k]);
    return box;
  });
  const element = make("div", { class: "ssd-shot ssd-light", "aria-hidden": "true" },
    image, ...boxes);
  return { element, image, boxes, labels };
}

/**
 * Let it show what a draw has come to.
 * @param {Shot} shot
 * @param {Draw} one
 * @param {number[][]} objects boxes in the image itself
 * @param {number} step 0 to 3, of which the last is the result
 * @param {number} side in pixels
 */
export function show({ element: shot, image, boxes, labels }, one, objects, step, side) {
  const { brightness, contrast, saturation, hue } = one.colours;
  const filter = `brightness(${brightness}) contrast(${contrast}) `
    + `saturate(${saturation}) hue-rotate(${hue}deg)`;
  image.style.setProperty("filter", filter, "important"); // at night the page takes it
  const view = step === 3 ? one.patch : WHOLE;
  const flip = step === 3 && one.flip;
  const [left, top, size] = step > 0 ? [...one.place, 1 / one.ratio] : [0, 0, 1];
  lay(image, [left, top, left + size, top + size], view, flip);
  shot.classList.toggle("ssd-tiny", (size / (view[2] - view[0])) * side < TINY);
  image.style.transform = flip ? "scaleX(-1)" : "none";
  boxes.forEach((element, k) => {
    const box = step > 0 ? one.boxes[k] : objects[k];
    const seen = step === 3 ? sharedBox(box, one.patch) : box;
    line(element, lay(element, seen, view, flip), side);
    element.hidden = step === 3 && !one.kept[k] && !(boxArea(seen) > 0); // out of sight
    const isLost = step > 1 && !one.kept[k];
    element.classList.toggle("ssd-lost", isLost);
    if (element.firstElementChild) {
      element.firstElementChild.textContent = isLost ? `${labels[k]}: lost` : labels[k];
    }
  });
}

/**
 * Put an element where a box is in a view; gives its edges in percent.
 * @param {HTMLElement} element
 * @param {number[]} box
 * @param {number[]} view
 * @param {boolean} flip
 */
export function lay(element, box, view = WHOLE, flip = false) {
  const [wide, high] = [view[2] - view[0], view[3] - view[1]];
  const [x1, x2] = [box[0], box[2]].map((x) => (100 * (x - view[0])) / wide);
  const [y1, y2] = [box[1], box[3]].map((y) => (100 * (y - view[1])) / high);
  const left = flip ? 100 - x2 : x1;
  Object.assign(element.style, {
    left: `${left}%`, top: `${y1}%`, width: `${x2 - x1}%`, height: `${y2 - y1}%`,
  });
  return [left, y1, left + x2 - x1, y2];
}

/**
 * Draw the line of a box as its size has it, and inside the image.
 * @param {HTMLElement} element
 * @param {number[]} edges in percent
 * @param {number} side of the image in pixels
 */
function line({ style }, edges, side) {
  const [left, top, right, bottom] = edges.map((at) => (at * side) / 100);
  const least = Math.min(right - left, bottom - top);
  const { wide, gap, dot } = LINES.find(({ below }) => least < below) ?? LINES[0];
  const room = [top, side - right, side - bottom, left]; // up to the image's edges
  const rims = room.map((far) => Math.max(0, Math.min(gap && gap + wide, far)));
  style.setProperty("--ssd-rims", rims.map((rim) => `${-rim.toFixed(2)}px`).join(" "));
  style.setProperty("--ssd-stroke", `${wide}px`);
  style.setProperty("--ssd-dot", `${dot}px`);
}

/**
 * Lay the names at the boxes of an image, and mark those that have no room.
 * @param {Shot} shot
 * @param {number} side in pixels
 */
export function layNames({ boxes }, side) {
  const shown = boxes.filter((box) => !box.hidden).map((element) => {
    const { left, top, width, height } = element.style;
    const [x, y, wide, high] = [left, top, width, height].map((part) =>
      (parseFloat(part) * side) / 100);
    const rims = element.style.getPropertyValue("--ssd-rims").split(" ").map(parseFloat);
    /** @type {Edges} */
    const box = [x + rims[3], y + rims[0], x + wide - rims[1], y + high - rims[2]];
    const name = /** @type {HTMLElement} */ (element.firstElementChild);
    const isAlone = !element.classList.contains("ssd-lost")
      && name.offsetWidth > ALONE * Math.max(wide, high);
    return { box, at: [x, y], element, name, isAlone, sizes: [[name.offsetWidth,
      name.offsetHeight]] };
  });
  const places = placeNames(shown, [side, side]);
  shown.forEach(({ at, box, element, name, isAlone }, k) => {
    const place = places[k];
    element.classList.toggle("ssd-nameless", isAlone || !isClear(place));
    const [left, top] = place ? place.edges : box;
    Object.assign(name.style, { left: `${left - at[0]}px`, top: `${top - at[1]}px` });
  });
}

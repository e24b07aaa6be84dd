// What is counted in the hard-negative lab: a key of colours with their numbers, and how much
// of all boxes and how much of the gradient each colour makes.

import { keyRow } from "./controls.js";
import { make } from "./stage.js";

/** @typedef {"positive" | "mined" | "left"} Part */

/**
 * A row for a mark on the image that has no number.
 * @param {string} mark
 * @param {string} text
 */
function markRow(mark, text) {
  return make("div", { class: "ssd-key-row" }, make("span", {},
    make("i", { class: `ssd-key ssd-mark-${mark}` }), text));
}

/**
 * Three colours with their numbers, and other marks; someone may ask for the boxes of two of
 * the colours.
 * @param {(whose: "positive" | "left" | undefined) => void} ask
 */
export function countsKey(ask) {
  const light = (/** @type {"positive" | "left"} */ whose) =>
    (/** @type {boolean} */ on) => ask(on ? whose : undefined);
  const rows = {
    positive: keyRow("positive", "with an object: counts",
      { name: "with", light: light("positive") }),
    mined: keyRow("mined", "background: counts", { name: "counted" }),
    left: keyRow("edge", "background: left out", { name: "left", light: light("left") }),
  };
  return {
    element: make("div", { class: "ssd-mining-keys" },
      ...Object.values(rows).map(({ element }) => element),
      markRow("frame", "costliest default box at each object"),
      markRow("dot", "a larger dot costs more")),
    /** @param {Record<Part, number>} counts */
    say(counts) {
      rows.positive.say(counts.positive);
      rows.mined.say(counts.mined);
      rows.left.say(counts.left);
    },
  };
}

/** Two bars: the few boxes that count, and what they make of the gradient. */
export function shares() {
  const boxes = bar("Share of all boxes");
  const gradient = bar("Share of the gradient", "share");
  const element = make("div", { class: "ssd-shares", role: "img" },
    ...boxes.elements, ...gradient.elements);
  return {
    element,
    /**
     * @param {Record<Part, number>} counts
     * @param {number} percent of the gradient that is the background's
     */
    say({ positive, mined, left }, percent) {
      const all = positive + mined + left;
      const few = boxes.say((100 * positive) / all, (100 * mined) / all);
      const pull = gradient.say(100 - percent, percent);
      element.setAttribute("aria-label", `${few}. ${pull}`);
    },
  };
}

/**
 * A bar under its title and its two percentages.
 * @param {string} title
 * @param {string} [name] for tests
 */
function bar(title, name) {
  const [green, red] = [make("span"), make("span")];
  const [ours, theirs] = [keyRow("positive", ""), keyRow("mined", "", { name })];
  return {
    elements: [make("span", {}, title), ours.element, theirs.element,
      make("div", { class: "ssd-pull" }, green, red)],
    /**
     * @param {number} positive percent
     * @param {number} mined percent
     */
    say(positive, mined) {
      green.style.width = `${positive}%`;
      red.style.width = `${mined}%`;
      red.hidden = mined === 0; // nor the seam beside it
      const rounded = Math.round(mined);
      const other = positive + mined > 99.9 ? 100 - rounded : Math.round(positive);
      ours.say(`${other} %`);
      theirs.say(`${rounded} %`);
      return `${title}: positives ${other} %, background ${rounded} %`;
    },
  };
}

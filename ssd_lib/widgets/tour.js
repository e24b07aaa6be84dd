// Two minutes with the live detector: a walk through the stages of the network, one after
// the other, each with the chapter that takes it apart. It can be left at any time.

import { headerHeight } from "./motion.js";
import { make } from "./stage.js";

/** @import { Network } from "./inside_facts.js" */
/**
 * @typedef {object} Stop of the walk
 * @property {string} stage of the look inside
 * @property {string} say
 * @property {string} chapter its stem
 * @property {string} title
 * @property {number} [threshold] of the scores, while it lasts
 */
/**
 * @typedef {object} View what the tour drives
 * @property {string | null} stage that is open
 * @property {number} threshold
 */

const LEAST = 0.05; // threshold: candidates pile up

/**
 * The stops, with the numbers of the network that runs.
 * @param {Network} network
 * @param {number} total how many default boxes it has
 * @returns {Stop[]}
 */
export function stopsOf({ layout }, total) {
  const { image, maps } = layout;
  return [
    { stage: "image", chapter: "boxes", title: "Boxes and IoU", say: "All that the network gets "
      + `is ${image} × ${image} pixels, three numbers each. No names, no boxes: those it has to `
      + "find. Drag something in the scene above, now or at any later stop, and everything "
      + "follows." },
    { stage: "maps", chapter: "features", title: "Feature maps", say: "Convolutions turn the "
      + `image into ${maps.length} grids of numbers. The fine ones follow edges and colours, the `
      + "coarse ones see whole things." },
    { stage: "heads", chapter: "heads", title: "Heads", say: "At every cell of every grid, small "
      + "convolutions give their opinion: which class is here, and where exactly. They all "
      + "answer at once." },
    { stage: "boxes", chapter: "default_boxes", title: "Default boxes", say: `That makes ${total} `
      + "boxes with a score each. They were laid out before the network saw anything, and nearly "
      + "all of them say “background”." },
    { stage: "threshold", threshold: LEAST, chapter: "predict", title: "Detections",
      say: `Keep what scores above ${LEAST}: one thing is found by many boxes at once, and a few `
      + "of them see what is not there." },
    { stage: "nms", threshold: LEAST, chapter: "predict", title: "Detections", say: "Non-maximum "
      + "suppression: the best box stays, and those of the same class that overlap it too much "
      + "go. Then the next best, until none is left." },
    { stage: "detections", threshold: 0.5, chapter: "train", title: "Training", say: "What is "
      + "left above 0.5 is the answer. Every number on the way was learnt from images with "
      + "boxes drawn around their objects." },
  ];
}

/** The walk: `button` begins it, `element` is its card. */
export class Tour {
  at = -1; // the stop, or before the first
  /** @type {View | undefined} before the tour began */
  before;

  /**
   * @param {Stop[]} stops
   * @param {{ get: () => View, set: (view: View) => void }} view
   * @param {() => void} clear what else stands at the scene
   * @param {HTMLElement} scene
   */
  constructor(stops, view, clear, scene) {
    this.stops = stops;
    this.view = view;
    this.clear = clear;
    this.scene = scene;
    this.where = make("p", { class: "ssd-sum", "data-line": "tour" });
    this.words = make("p", { class: "ssd-tour-words", role: "status" });
    this.link = make("a", {});
    this.back = make("button", { type: "button", onclick: () => this.go(this.at - 1) }, "Back");
    this.next = make("button", {
      type: "button", class: "ssd-main", onclick: () => this.go(this.at + 1),
    });
    const leave = make("button", { type: "button", onclick: () => this.leave() }, "Leave");
    this.element = make("div", {
      class: "ssd-tour", role: "region", "aria-label": "Tour", hidden: true,
      onkeydown: (/** @type {KeyboardEvent} */ event) => {
        if (event.key === "Escape") this.leave();
      },
    }, this.where, this.words, make("div", { class: "ssd-tour-ways" }, this.back, this.next, leave,
      ...(this.isPage ? [this.link] : [])));
    this.lead(stops[0]); // never an anchor that leads nowhere
    const begin = () => this.begin();
    this.button = make("button", { type: "button", onclick: begin }, "Two-minute tour");
  }

  /** Chapters are pages of the built book alone. */
  get isPage() {
    return "ssdLoad" in window;
  }

  begin() {
    this.before ??= this.view.get();
    this.clear();
    this.element.hidden = false;
    this.go(0);
    this.next.focus({ preventScroll: true });
  }

  /** @param {number} to the number of a stop; behind the last one the tour is over */
  go(to) {
    if (to >= this.stops.length) return this.leave();
    const isAtScene = Math.min(this.at, to) <= 0; // before this step, or after it
    this.at = Math.max(0, to);
    const { stage, say, threshold } = this.stops[this.at];
    const isLast = this.at === this.stops.length - 1;
    this.view.set({ stage, threshold: threshold ?? (this.before ?? this.view.get()).threshold });
    this.where.textContent = `Stop ${this.at + 1} of ${this.stops.length}`;
    this.words.textContent = say;
    this.back.disabled = this.at === 0;
    this.next.textContent = isLast ? "Finish" : "Next";
    this.lead(this.stops[this.at]);
    if (isAtScene) this.bring();
  }

  /** Into sight: at the first stop the scene and the words, later these and their stage. */
  bring() {
    const { element, scene, at } = this;
    const high = element.getBoundingClientRect().bottom - scene.getBoundingClientRect().top;
    const isLow = high > innerHeight - headerHeight();
    if (at > 0) element.scrollIntoView({ block: "start" });
    else if (isLow) element.scrollIntoView({ block: "end" });
    else scene.scrollIntoView({ block: "start" });
  }

  /** @param {Stop} stop whose chapter the link is to lead to */
  lead({ chapter, title }) {
    this.link.textContent = `Chapter: ${title}`;
    const root = document.documentElement.dataset.content_root ?? "";
    this.link.setAttribute("href", `${root}book/${chapter}.html`);
  }

  /** Everything is as it was before. */
  leave() {
    if (this.before) this.view.set(this.before);
    this.before = undefined;
    this.at = -1;
    this.element.hidden = true;
    this.button.scrollIntoView({ block: "center" });
    this.button.focus({ preventScroll: true });
  }
}

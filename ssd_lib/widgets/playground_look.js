// What the playground shows of the scenes: the large one in one of three ways, with handles
// at the default boxes, and the row of small ones.

import { CLASSES } from "./engine/config.js";
import { Square } from "./playground_square.js";
import {
  counts, judged, matchedRows, paintBatch, paintFound, paintLayout, paintWaiting,
} from "./playground_view.js";
import { arrowOf, clamp, make } from "./stage.js";

/** @import { Figure } from "./controls.js" */
/** @import { Config } from "./engine/config.js" */
/** @import { Run } from "./playground_run.js" */
/** @typedef {"found" | "layout" | "batch"} Way */
/**
 * @typedef {object} Eyes what is looked at
 * @property {() => Run | undefined} run
 * @property {() => Config} wanted
 * @property {(scales: number[]) => void} setScales
 * @property {() => void} turned the large scene is shown in another way
 */

/** @type {[Way, string][]} */
const WAYS = [["found", "What it finds"], ["layout", "Default boxes"],
  ["batch", "What the batch teaches"]];
const SIDES = ["fine", "middle", "coarse"];
const SHOWN = 8;
const FIRST = 6; // scene: three things, found in the end, two of them in frames that fit loosely
const LEGENDS = {
  found: [["kept", "", "✓ right"], ["forced", "dashed", "✕ wrong"], ["truth", "dotted", "? missed"],
    ["prediction", "", "8 best guesses, unsure"]],
  layout: [["truth", "dotted", "object"], ["positive", "", "matched"],
    ["forced", "dashed", "matched by force"]],
  batch: [["positive", "", "positive"], ["mined", "dashed", "negative that counts"]],
};

/** The large scene, and the row below it. */
export class Look {
  /** @type {Way} */
  way = "found";
  chosen = FIRST; // scene
  index = FIRST; // of the scene that is shown: a run may have a single one
  number = Math.random();

  /**
   * @param {Figure<any>} figure
   * @param {Eyes} eyes
   */
  constructor(figure, eyes) {
    this.figure = figure;
    this.eyes = eyes;
    this.view = new Square((context, side) => this.paint(context, side));
    this.view.canvas.removeAttribute("aria-hidden");
    this.view.canvas.setAttribute("role", "img");
    this.handles = SIDES.map((side, map) => this.handle(side, map));
    this.view.element.append(...this.handles);
    this.legend = make("p", { class: "ssd-sum ssd-legend" });
    this.about = make("p", { class: "ssd-sum", "data-line": "about-scene" });
    this.tiles = Array.from({ length: SHOWN }, (_, index) => this.tile(index));
    this.element = make("div", { class: "ssd-look" }, this.view.element,
      make("div", { class: "ssd-shown-as", role: "radiogroup", "aria-label": "Show" },
        ...WAYS.map(([way, text]) => this.radio(way, text))), this.legend, this.about);
    this.row = make("div", { class: "ssd-eight", role: "group",
      "aria-label": "Eight scenes that it never trains on" },
    ...this.tiles.map(({ button }) => button));
    for (const one of [this.view, ...this.tiles.map(({ view }) => view)]) {
      figure.ends.push(() => one.destroy());
    }
    this.explain();
  }

  /**
   * @param {Way} way
   * @param {string} text
   */
  radio(way, text) {
    return make("label", {}, make("input", {
      type: "radio", name: `way-${this.number}`, value: way, checked: way === this.way,
      onchange: () => this.show(way),
    }), text);
  }

  /** @param {Way} way */
  show(way) {
    this.way = way;
    for (const input of this.element.querySelectorAll("input")) input.checked = input.value === way;
    this.explain();
    this.eyes.turned();
  }

  explain() {
    this.element.dataset.way = this.way;
    this.legend.replaceChildren(...LEGENDS[this.way].map(([token, line, text]) =>
      make("span", {}, make("i", {
        class: `ssd-line-key ssd-line-${token}`,
        style: `border-top: 3px ${line || "solid"} var(--ssd-${token})`,
      }), text)));
  }

  /** @param {number} index */
  tile(index) {
    const view = new Square((context, side) => {
      const run = this.eyes.run();
      const rgba = run?.images[index];
      if (!rgba) return;
      paintFound(context, side, rgba, run.scenes[index],
        { colour: view.colour, isLarge: false });
    });
    const text = make("span", {}, "–");
    const button = make("button", {
      type: "button", class: "ssd-small-scene", "aria-pressed": `${index === FIRST}`,
      onclick: () => this.choose(index),
    }, view.element, text);
    return { view, button, text };
  }

  /** @param {number} index */
  choose(index) {
    this.chosen = index;
    if (this.way === "batch") this.show("found");
    else this.refresh();
  }

  /** Draw what there is now. */
  refresh() {
    const { images = [], scenes = [] } = this.eyes.run() ?? {};
    this.index = Math.min(this.chosen, Math.max(images.length, 1) - 1);
    this.tiles.forEach(({ view, button, text }, k) => {
      button.hidden = images.length > 0 && k >= images.length;
      button.setAttribute("aria-pressed", `${k === this.index}`);
      if (!scenes[k]) return;
      const { right, of, wrong } = counts([scenes[k]]);
      text.textContent = `${right} of ${of}${wrong ? `, ${wrong} ✕` : ""}`;
      button.setAttribute("aria-label",
        `Scene ${k + 1}: ${right} of ${of} found${wrong ? `, ${wrong} wrong` : ""}`);
      view.draw();
    });
    this.view.draw();
    this.placeHandles();
    this.about.textContent = this.words();
    this.view.canvas.setAttribute("aria-label", this.about.textContent);
  }

  /** What the large image shows, in words. */
  words() {
    const run = this.eyes.run();
    const scene = run?.scenes[this.index];
    if (!run || !scene) return "The network is being made …";
    if (this.way === "layout") return this.layoutWords(scene.objects);
    if (this.way === "batch") return this.batchWords(run);
    const { right, of, wrong } = counts([scene]);
    const all = judged(scene).filter(({ verdict }) => verdict !== "missed");
    const best = all[0] ? "" : ` Its best guess has a score of ${scoreOf(scene)}.`;
    return `Scene ${this.index + 1}, ${run.config.imageSize} × ${run.config.imageSize} pixels: `
      + `${right} of ${of} found, ${wrong} wrong.${best}`;
  }

  /** @param {import("./engine/scenes.js").Thing[]} objects */
  layoutWords(objects) {
    const { total, rows, forced } = matchedRows(objects, this.eyes.wanted());
    const force = forced.length ? `, ${forced.length} of them by force` : "";
    return `${total} default boxes, a dot for each cell. ${rows.length} match an object of this `
      + `scene${force}. In the middle: the boxes of one cell of each map, to be dragged.`;
  }

  /** @param {Run} run */
  batchWords(run) {
    if (!run.batch.length) return "Take a step, and see which boxes of its batch count.";
    const [{ positives, negatives }] = run.batch;
    return `${run.batch.length} images of the batch of step ${run.step}, with the default boxes `
      + `that count; on the large one ${positives.length} positives and ${negatives.length} `
      + "negatives.";
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {number} side
   */
  paint(context, side) {
    const run = this.eyes.run();
    const rgba = run?.images[this.index];
    if (!run || !rgba) return;
    const { colour } = this.view;
    const scene = run.scenes[this.index];
    if (this.way === "batch" && run.batch.length) {
      paintBatch(context, side, run.batch, { colour, config: run.config });
    } else if (this.way === "layout" && scene) {
      paintLayout(context, side, rgba, scene.objects, { colour, config: this.eyes.wanted() });
    } else if (this.way === "batch") paintWaiting(context, side, rgba, "Take a step", colour);
    else paintFound(context, side, rgba, scene, { colour, isLarge: true });
  }

  // The handles of the box sizes
  /**
   * @param {string} side
   * @param {number} map
   */
  handle(side, map) {
    return make("button", {
      type: "button", class: "ssd-scale-handle", role: "slider", "aria-valuemin": 6,
      "aria-valuemax": 95, "aria-label": `Box size of the ${side} map`,
      style: `--ssd-own: var(--ssd-map-${map + 1})`,
      onkeydown: (event) => {
        const arrow = arrowOf(event);
        if (!arrow) return;
        event.preventDefault();
        this.setScale(map, this.eyes.wanted().scales[map] + 0.01 * (arrow[0] - arrow[1]));
      },
      onpointerdown: (event) => this.grab(event, map),
    });
  }

  /**
   * @param {PointerEvent} event
   * @param {number} map
   */
  grab(event, map) {
    if (event.button !== 0) return;
    const handle = this.handles[map];
    handle.setPointerCapture(event.pointerId);
    const end = new AbortController();
    const { signal } = end;
    handle.addEventListener("pointermove", ({ clientX, clientY }) => {
      const { left, top, width } = this.view.element.getBoundingClientRect();
      const away = [(clientX - left) / width - 0.5, (clientY - top) / width - 0.5];
      this.setScale(map, 2 * Math.max(...away));
    }, { signal });
    for (const type of ["pointerup", "pointercancel", "lostpointercapture"]) {
      handle.addEventListener(type, () => end.abort(), { signal });
    }
  }

  /**
   * @param {number} map
   * @param {number} scale
   */
  setScale(map, scale) {
    const value = Math.round(100 * clamp(scale, 0.06, 0.95)) / 100;
    this.eyes.setScales(this.eyes.wanted().scales.map((old, k) => (k === map ? value : old)));
  }

  placeHandles() {
    const { maps, scales } = this.eyes.wanted();
    this.handles.forEach((handle, map) => {
      handle.hidden = this.way !== "layout" || !maps[map];
      handle.style.left = `${50 + 50 * scales[map]}%`;
      handle.style.top = handle.style.left;
      handle.setAttribute("aria-valuenow", `${Math.round(100 * scales[map])}`);
      handle.setAttribute("aria-valuetext", `${Math.round(100 * scales[map])} % of the image`);
    });
  }
}

/** @param {import("./engine/training.js").Shown} scene */
function scoreOf({ detections, guesses }) {
  const [best] = [...detections, ...guesses];
  return best ? `${best.score.toFixed(2)} (${CLASSES[best.label]})` : "0";
}

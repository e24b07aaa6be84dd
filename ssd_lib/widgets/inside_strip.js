// The stages of a detector in a row, from the image to the detections: tabs, each with a
// small live drawing and its number.

import { fadeEnds } from "./question_row.js";
import { channelOf } from "./inside_facts.js";
import { drawTint, rove } from "./inside_parts.js";
import { context2d, make, rectOf } from "./stage.js";

/** @import { LookInside } from "./look_inside.js" */
/** @import { Detection } from "./geometry.js" */
/** @import { Context } from "./stage.js" */

/** @type {[key: string, name: string][]} */
export const STAGES = [
  ["image", "image"], ["maps", "maps"], ["heads", "heads"], ["boxes", "scored boxes"],
  ["threshold", "above the threshold"], ["nms", "non\u2011maximum suppression"],
  ["detections", "detections"],
];
const [WIDE, HIGH] = [96, 64]; // CSS pixels of a drawing
const SHEETS = 3; // drawn behind each map's front one
/** @type {Record<string, number>} */
const KEYS = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 };

/** The row; `element` goes into the page. */
export class Strip {
  /** @param {LookInside} inside */
  constructor(inside) {
    this.inside = inside;
    this.stages = STAGES.filter(([key]) => inside.stages.includes(key));
    this.canvases = this.stages.map(() => make("canvas", { "aria-hidden": "true" }));
    this.numbers = this.stages.map(([key]) => make("b", { "data-number": `stage-${key}` }));
    this.notes = this.stages.map(() => make("small"));
    this.tabs = this.stages.map(([key, name], k) => make("button", {
      type: "button", role: "tab", class: "ssd-inside-tab", id: `${inside.id}-${key}`,
      "data-stage": key, "aria-controls": `${inside.id}-panel`,
      onclick: () => inside.turn(inside.open === key && inside.canClose ? null : key),
    }, this.canvases[k], make("span", {}, name), this.numbers[k], this.notes[k]));
    this.element = make("div", {
      class: "ssd-inside-strip", role: "tablist", "aria-label": "Stages of the detector",
      onkeydown: (event) => this.key(event),
    }, ...this.tabs);
    inside.figure.ends.push(fadeEnds(this.element)); // on a phone the row goes on
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const now = this.tabs.findIndex((tab) => tab === document.activeElement);
    const last = this.tabs.length - 1;
    const by = KEYS[event.key];
    const to = by ? now + by : new Map([["Home", 0], ["End", last]]).get(event.key);
    if (to === undefined || now < 0 || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    const next = (to + last + 1) % (last + 1);
    this.tabs[next].focus();
    this.inside.turn(this.stages[next][0]);
  }

  /** Show which stage is open, and bring it into sight within the row. */
  choose() {
    const { open } = this.inside;
    const at = this.stages.findIndex(([key]) => key === open);
    this.tabs.forEach((tab, k) => tab.setAttribute("aria-selected", `${k === at}`));
    rove(this.tabs, Math.max(at, 0));
    const tab = this.tabs[at];
    if (!tab) return;
    const { element } = this;
    element.scrollTo({ left: tab.offsetLeft - (element.clientWidth - tab.offsetWidth) / 2 });
  }

  /** Numbers and drawings, of the last answer. */
  update() {
    const { scene, facts, threshold, result } = this.inside;
    const { kept, dropped, background } = facts;
    const count = kept.length + dropped.length;
    const side = scene.image;
    const grids = scene.maps.map(({ grid }) => grid);
    /** @type {Record<string, [number: string | number, note: string]>} */
    const texts = {
      image: [`${side} × ${side}`, "pixels"],
      maps: [grids.length, `${grids[0]} to ${grids[grids.length - 1]} cells`],
      heads: [spaced(result.offsets.length + result.logits.length),
        `${scene.total} × (4 + ${scene.classes.length})`],
      boxes: [scene.total, `${background} background`],
      threshold: [count, `score > ${threshold.toFixed(2)}`],
      nms: [dropped.length, "dropped"],
      detections: [kept.length, "found"],
    };
    this.stages.forEach(([key], k) => {
      this.numbers[k].textContent = `${texts[key][0]}`;
      this.notes[k].textContent = texts[key][1];
    });
    this.draw();
  }

  draw() {
    /** @type {Record<string, (context: Context) => void>} */
    const draws = {
      image: this.drawImage, maps: this.drawMaps, heads: this.drawHeads, boxes: this.drawBoxes,
      threshold: this.drawThreshold, nms: this.drawNms, detections: this.drawFound,
    };
    this.stages.forEach(([key], k) => {
      const canvas = this.canvases[k];
      const ratio = window.devicePixelRatio || 1;
      [canvas.width, canvas.height] = [WIDE * ratio, HIGH * ratio];
      const context = context2d(canvas);
      context.scale(ratio, ratio);
      draws[key].call(this, context);
    });
  }

  /**
   * @param {Context} context
   * @param {number} [alpha]
   */
  drawImage(context, alpha = 1) {
    context.globalAlpha = alpha;
    context.drawImage(this.inside.image, (WIDE - HIGH) / 2, 0, HIGH, HIGH);
    context.globalAlpha = 1;
  }

  /**
   * Five stacks of sheets that lean back, the finest first; on each the loudest channel.
   * @param {Context} context
   */
  drawMaps(context) {
    const { figure, maps, scene } = this.inside;
    const largest = scene.maps[0].grid;
    let left = 3;
    scene.maps.forEach(({ grid }, k) => {
      const high = Math.max((42 * grid) / largest, 5);
      const wide = high * 0.7;
      const colour = figure.colour(`map-${k + 1}`);
      for (let sheet = SHEETS; sheet >= 0; sheet -= 1) {
        context.save();
        context.transform(1, -0.32, 0, 1, left + sheet * 2.4, 54 - high - sheet * 1.6);
        context.fillStyle = figure.colour("raised");
        context.fillRect(0, 0, wide, high);
        [context.fillStyle, context.globalAlpha] = [colour, 0.12];
        context.fillRect(0, 0, wide, high);
        context.globalAlpha = 1;
        if (sheet === 0 && maps) {
          const { channel, peak } = this.inside.ranked[k][0];
          drawTint(context, [0, 0, wide, high], channelOf(maps[k], channel), grid, peak, colour);
        }
        [context.strokeStyle, context.lineWidth] = [colour, 1.1];
        context.strokeRect(0, 0, wide, high);
        context.restore();
      }
      left += wide + 7;
    });
  }

  /**
   * The largest score of each class.
   * @param {Context} context
   */
  drawHeads(context) {
    const { facts, scene } = this.inside;
    const step = 88 / (scene.classes.length - 1);
    scene.classes.slice(1).forEach((_, k) => {
      context.fillStyle = this.inside.colourOf(k + 1);
      const high = 2 + 54 * facts.best[k + 1];
      context.fillRect(4 + k * step, 62 - high, step - 3, high);
    });
  }

  /**
   * How many rows have each tenth of score, by powers of ten; background hatches the first.
   * @param {Context} context
   */
  drawBoxes(context) {
    const { facts: { tenths }, figure, scene } = this.inside;
    tenths.forEach((count, k) => {
      const high = count ? 4 + (54 * Math.log10(count)) / Math.log10(scene.total) : 1;
      context.fillStyle = figure.colour(k < 5 ? "default" : "prediction");
      context.fillRect(3 + k * 9, 62 - high, 7, high);
    });
  }

  /** @param {Context} context */
  drawThreshold(context) {
    const { kept, dropped } = this.inside.facts;
    this.drawImage(context, 0.45);
    this.strokes(context, [...dropped, ...kept], "", 1);
  }

  /** @param {Context} context */
  drawNms(context) {
    const { kept, dropped } = this.inside.facts;
    this.drawImage(context, 0.45);
    context.setLineDash([2, 2]);
    this.strokes(context, dropped, "dropped", 1);
    context.setLineDash([]);
    this.strokes(context, kept, "kept", 1.8);
  }

  /** @param {Context} context */
  drawFound(context) {
    this.drawImage(context);
    this.strokes(context, this.inside.facts.kept, "", 2);
  }

  /**
   * @param {Context} context
   * @param {Detection[]} found
   * @param {string} token or nothing: each has the colour of its class
   * @param {number} width
   */
  strokes(context, found, token, width) {
    context.lineWidth = width;
    for (const { box, label } of found) {
      context.strokeStyle = token ? this.inside.figure.colour(token) : this.inside.colourOf(label);
      const [x, y, wide, high] = rectOf(box, HIGH, HIGH);
      context.strokeRect(x + (WIDE - HIGH) / 2, y, wide, high);
    }
  }
}

/**
 * A number with a narrow space between thousands.
 * @param {number} count
 */
function spaced(count) {
  return `${count}`.replace(/\B(?=(\d{3})+$)/g, "\u202f");
}

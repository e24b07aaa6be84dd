// A look inside the network that runs in the page: its stages in a row, and what one of
// them holds, number by number, for the image that was run last.

import { above, firstRow, rankChannels, sceneOf, survey } from "./inside_facts.js";
import { BoxesPanel } from "./inside_boxes.js";
import { HeadsPanel } from "./inside_heads.js";
import { ImagePanel, MapsPanel } from "./inside_maps.js";
import { NmsPanel } from "./inside_nms.js";
import { nameOf } from "./inside_parts.js";
import { STAGES, Strip } from "./inside_strip.js";
import { bringUp, shareInSight, steady } from "./motion.js";
import { Stage, arrowOf, context2d, make } from "./stage.js";

/** @import { Figure } from "./controls.js" */
/** @import { Result } from "./engine/client.js" */
/** @import { Values } from "./engine/network.js" */
/** @import { Loudness, Network } from "./inside_facts.js" */
/** @import { Box } from "./geometry.js" */
/** @import { Context } from "./stage.js" */
/** @typedef {{ box: Box, token: string, dashed: boolean }} Lit a box to be lit elsewhere */
/**
 * @typedef {object} Panel of a stage
 * @property {HTMLElement} element beside the image
 * @property {() => void} update the answer, the threshold or the stage is another
 * @property {(context: Context, side: number) => void} paint over the image
 * @property {(at: number[] | undefined) => void} point a mouse is there, or nowhere
 * @property {(at: number[]) => void} choose a click or a tap
 * @property {(arrow: [number, number]) => void} step by an arrow key
 * @property {() => string} words for what the image shows
 */

/** @type {Record<string, string>} */
const CLASS_TOKENS = Object.fromEntries(
  ["dog", "cat", "ball", "bird", "car", "kite", "tree", "boat"].map((name) => [name, name]));
/** @type {any} the image of this stage is a canvas, not a picture of the page */
const NO_PICTURE = { get: () => undefined };

/**
 * The stages of a network's last answer. Put `el` under the scene, and call `update` with
 * each answer; `onlight` is told what to light there, `onthreshold` that a reader has
 * moved the score threshold.
 */
export class LookInside {
  /** @type {(lit: Lit[]) => void} */
  onlight = () => {};
  /** @type {(threshold: number) => void} */
  onthreshold = () => {};
  /** @type {Values[] | null} of the last answer that had them */
  maps = null;
  /** @type {Loudness[][]} each map's channels */
  ranked = [];
  isSeen = true;
  isStale = false; // there is an answer that is not shown yet

  /**
   * @param {Figure<any>} figure
   * @param {Network} network
   * @param {object} [options]
   * @param {string | null} [options.open] the key of a stage, or none
   * @param {boolean} [options.compact] without the row: the stage that is open alone
   * @param {string[]} [options.stages] that the row has, if it should not have all
   * @param {number} [options.threshold] of the scores
   * @param {number} [options.iou] above which suppression drops
   */
  constructor(figure, network, options = {}) {
    const { open = "threshold", compact = false, threshold = 0.3, iou = 0.45 } = options;
    const all = STAGES.map(([key]) => key);
    this.stages = compact && open ? [open] : options.stages ?? all;
    this.figure = figure;
    this.id = nameOf();
    this.open = open;
    this.canClose = open === null; // by a press on the stage that is open
    this.threshold = threshold;
    this.iou = iou;
    this.scene = sceneOf(network);
    const side = this.scene.image;
    this.image = make("canvas", { width: side, height: side }); // as the network sees it
    this.image.getContext("2d", { willReadFrequently: true });
    /** @type {Result} */
    this.result = emptyResult(this.scene.total, network.classes.length);
    this.facts = this.lookAt();
    this.row = 0; // the row that the panels of boxes look at
    this.waiting = true; // for a first answer
    this.ground = "";
    this.stage = new Stage(NO_PICTURE, (context, width) => this.paint(context, width));
    this.stage.picture.replaceWith(make("span", { class: "ssd-inside-ground" }));
    figure.stages.push(this.stage);
    figure.ends.push(() => this.stage.destroy());
    this.listen();
    const [boxes, nms] = [new BoxesPanel(this), new NmsPanel(this)];
    /** @type {Record<string, Panel>} */
    this.panels = {
      image: new ImagePanel(this), maps: new MapsPanel(this), heads: new HeadsPanel(this),
      boxes, threshold: boxes, nms, detections: nms,
    };
    this.strip = new Strip(this);
    this.sides = [...new Set(this.stages.map((key) => this.panels[key]))];
    const isAlone = this.stages.length === 1;
    this.body = make("div", {
      class: "ssd-inside-body", id: `${this.id}-panel`, role: isAlone ? "group" : "tabpanel",
    }, this.stage.frame,
    make("div", { class: "ssd-swap" }, ...this.sides.map(({ element }) => element)));
    this.el = make("div", {
      class: "ssd-inside ssd-inside-waiting", role: "region", "aria-label": "Look inside",
      onpointerleave: () => this.light([]), onfocusout: () => this.light([]),
    }, ...(isAlone ? [] : [this.strip.element]), this.body);
    figure.shows.push(() => { if (this.ground !== figure.colour("paper")) this.refresh(); });
    this.show(open);
    this.watchSight();
  }

  listen() {
    const { stage } = this;
    const { element } = stage;
    element.tabIndex = 0;
    element.setAttribute("role", "application");
    const inside = (/** @type {MouseEvent} */ event) =>
      stage.at(event).map((at) => Math.min(Math.max(at, 0), 0.9999));
    element.addEventListener("pointermove", (event) => {
      if (event.pointerType === "mouse" && !event.buttons) this.panel.point(inside(event));
    });
    element.addEventListener("pointerleave", () => this.panel.point(undefined));
    element.addEventListener("click", (event) => this.panel.choose(inside(event)));
    element.addEventListener("keydown", (event) => {
      const arrow = arrowOf(event);
      if (!arrow) return;
      event.preventDefault();
      this.panel.step(arrow);
      this.figure.say(this.panel.words());
    });
  }

  /** Of the stage that is open. */
  get panel() {
    return this.panels[this.open ?? "threshold"];
  }

  /** Whether the next answer should bring the feature maps. */
  get wantsMaps() {
    return this.stages.includes("maps");
  }

  /** @param {number} label */
  tokenOf(label) {
    return CLASS_TOKENS[this.scene.classes[label]] ?? (label ? "prediction" : "default");
  }

  /** @param {number} label */
  colourOf(label) {
    return this.figure.colour(this.tokenOf(label));
  }

  /**
   * Open a stage; the row of stages stays where it is, whatever makes room above it.
   * @param {string | null} key
   */
  show(key) {
    steady(this.el, () => {
      this.open = key && this.stages.includes(key) ? key : null;
      this.body.hidden = this.open === null;
      this.body.dataset.stage = `${this.open}`;
      this.body.setAttribute("aria-label", new Map(STAGES).get(`${this.open}`) ?? "");
      for (const side of this.sides) side.element.inert = side !== this.panel;
    });
    this.strip.choose();
    this.refresh();
    if (matchMedia("(max-width: 600px)").matches) { // where little is in sight at once
      this.stage.frame.scrollIntoView({ block: "nearest", behavior: "instant" });
    }
  }

  /**
   * Open a stage where it is seen: the row goes up to the top of the page, if what the
   * reader has opened would lie below its end.
   * @param {string | null} key
   */
  turn(key) {
    const isAnother = this.open !== null; // one was open, and the reader has a place for it
    this.show(key);
    if (!this.open || matchMedia("(max-width: 600px)").matches) return;
    if (shareInSight(this.body) < (isAnother ? 0.5 : 1)) bringUp(this.el);
  }

  /**
   * Show another answer.
   * @param {Result} result
   * @param {CanvasImageSource | Uint8ClampedArray} image that it is for: square, or RGBA
   *   of the network's size
   */
  update(result, image) {
    const side = this.scene.image;
    const context = context2d(this.image);
    if (image instanceof Uint8ClampedArray) {
      context.putImageData(new ImageData(new Uint8ClampedArray(image), side, side), 0, 0);
    } else context.drawImage(image, 0, 0, side, side);
    this.result = result.maps ? result : { ...result, maps: this.result.maps };
    this.isStale = true;
    if (this.waiting) this.begin();
    if (this.isSeen) this.take();
  }

  /**
   * Work out what is shown of the last answer; while nobody sees it, that can wait.
   * @returns {void}
   */
  take() {
    this.isStale = false;
    this.maps = this.result.maps; // with their ranks: one is never seen without the other
    this.ranked = this.maps?.map(rankChannels) ?? [];
    this.facts = this.lookAt();
    this.refresh();
  }

  /** Note whether it is on the screen, or near it. */
  watchSight() {
    const sight = new IntersectionObserver((entries) => {
      this.isSeen = entries[entries.length - 1].isIntersecting;
      if (this.isSeen && this.isStale) this.take();
    }, { rootMargin: "200px" });
    sight.observe(this.el);
    const paper = () => { // a page that is about to be printed shows all of it at once
      this.refresh();
      this.stage.drawNow();
    };
    addEventListener("ssd-scheme", paper);
    this.figure.ends.push(() => {
      sight.disconnect();
      removeEventListener("ssd-scheme", paper);
    });
  }

  /**
   * Light boxes elsewhere, as long as a pointer or the keys are here.
   * @param {Lit[]} lit
   */
  light(lit) {
    const isHeld = !this.waiting && this.el.matches(":hover, :focus-within");
    this.onlight(isHeld ? lit : []);
  }

  /** The first answer is there. */
  begin() {
    this.waiting = false;
    this.row = firstRow(this.result, this.scene.classes.length);
    this.el.classList.remove("ssd-inside-waiting");
    this.strip.choose();
  }

  /** @param {number} threshold of the scores */
  setThreshold(threshold) {
    if (threshold === this.threshold) return;
    this.threshold = threshold;
    this.isStale = true;
    if (this.isSeen) this.take();
    this.onthreshold(threshold);
  }

  lookAt() {
    const { result, scene, threshold } = this;
    return { ...above(result, threshold), ...survey(result, scene.classes.length) };
  }

  /** @returns {void} */
  refresh() {
    if (this.isStale) return this.take();
    this.ground = this.figure.colour("paper"); // another one: the scheme has changed
    if (this.stages.length > 1) this.strip.update();
    if (!this.open) return;
    this.panel.update();
    this.draw();
  }

  /** The image has another look. */
  draw() {
    this.stage.element.setAttribute("aria-label", `${this.panel.words()} Arrow keys move.`);
    this.stage.draw();
  }

  /**
   * @param {Context} context
   * @param {number} side
   */
  paint(context, side) {
    if (this.open && !this.waiting) this.panel.paint(context, side);
  }

  /**
   * The image under what a panel paints, more or less of it.
   * @param {Context} context
   * @param {number} side
   * @param {number} [share]
   */
  paintImage(context, side, share = 1) {
    context.fillStyle = this.figure.colour("raised");
    context.fillRect(0, 0, side, side);
    context.globalAlpha = share;
    context.imageSmoothingEnabled = false;
    context.drawImage(this.image, 0, 0, side, side);
    context.globalAlpha = 1;
  }
}

/**
 * An answer that says nothing, until there is one.
 * @param {number} total of default boxes
 * @param {number} classes
 * @returns {Result}
 */
function emptyResult(total, classes) {
  return {
    milliseconds: 0, maps: null, kept: [], dropped: [], offsets: new Float32Array(4 * total),
    logits: new Float32Array(classes * total), scores: new Float32Array(classes * total),
    boxes: new Float32Array(4 * total),
  };
}

// The walk of the matching explorer: how far it has come, what is matched by then, and what
// that lights.

import { layOut } from "./geometry.js";
import { lightOf, matchObjects, pairOf, soFar, toldOf } from "./matching_rules.js";

/** @import { AnyModel } from "@anywidget/types" */
/** @import { Layout } from "./geometry.js" */
/** @import { Light } from "./matching_rules.js" */
/**
 * @typedef {object} Traits
 * @property {Record<string, Layout>} layouts
 * @property {string} layout_name
 * @property {number[][]} gt_boxes
 * @property {string[]} names
 * @property {number} iou_threshold
 * @property {"bipartite" | "argmax"} rule
 * @property {number} walk how many pairs are shown; one more: the threshold
 * @property {number} chosen object
 */

const SPARE = ["map-4", "tree", "car", "boat", "ball", "kite"]; // colours of other objects
const CLASSES = ["cat", "dog", "bird"];

export class Walk {
  isOpen = true; // nobody has a box yet
  /** @type {Light | undefined} */
  pointed;

  /** @param {AnyModel<Traits>} model */
  constructor(model) {
    this.model = model;
    this.layout = model.get("layout_name");
    this.scene = layOut(model.get("layouts")[this.layout]);
    this.now = this.match(); // what will be matched
    this.counted = this.now; // of it, what the walk has come to
  }

  match() {
    const { model, scene } = this;
    return matchObjects(model.get("gt_boxes"), scene, model.get("rule"),
      model.get("iou_threshold"));
  }

  /** Follow the traits. */
  follow() {
    const layout = this.model.get("layout_name");
    if (layout !== this.layout) {
      this.layout = layout;
      this.scene = layOut(this.model.get("layouts")[layout]);
      this.pointed = undefined;
    }
    this.now = this.match();
    this.counted = soFar(this.now, this.walked(), this.isAll());
  }

  get names() {
    return this.model.get("names");
  }

  get at() {
    return this.model.get("walk");
  }

  /** The pairs that are shown. */
  walked() {
    return this.now.steps.slice(0, this.at);
  }

  /** Whether nobody walks or has a box yet. */
  isAsked() {
    return this.isOpen && this.at === 0;
  }

  /** Are all matched, and nobody walks? */
  isOver() {
    return !this.isOpen && this.at === 0;
  }

  /** Is the walk at the threshold, its end? */
  isDone() {
    return this.at >= this.now.turns;
  }

  /** Is all matched that will be? */
  isAll() {
    return this.isOver() || this.isDone();
  }

  /** @param {number} box */
  corners(box) {
    return this.scene.corners.subarray(4 * box, 4 * box + 4);
  }

  allMatched() {
    return [...this.now.overlap, ...this.now.forced];
  }

  background() {
    const { matched } = this.counted;
    return [...matched.keys()].filter((box) => matched[box] < 0);
  }

  /** @param {number} gt */
  ofObject(gt) {
    return { boxes: this.allMatched().filter((box) => this.now.matched[box] === gt), gts: [gt] };
  }

  /** Boxes that are drawn unlit. */
  drawn() {
    if (this.isAsked()) return [];
    return this.isAll() ? this.allMatched() : this.walked().map(({ box }) => box);
  }

  /**
   * What stands out on the image: what is pointed at, else the walk's last pair, or what two
   * want; at the end nothing does.
   * @returns {Light | undefined}
   */
  light() {
    const { best, rivals } = this.now;
    if (this.pointed) return this.pointed;
    if (this.walked().length) return this.isDone() ? undefined : this.marked();
    return this.isOpen && rivals ? { ...pairOf(best[rivals[0]][0]), gts: rivals } : undefined;
  }

  /** The same in the table, where the end has what the threshold brings. */
  marked() {
    if (this.pointed || !this.walked().length) return this.light();
    return lightOf(this.now, this.walked(), this.isDone());
  }

  /** The boxes that have a label on the image, those first that were first given. */
  told() {
    const light = this.light();
    if (this.pointed || this.isAsked()) return light ? toldOf(light, this.now) : [];
    return this.isAll() ? toldOf(undefined, this.now) : new Set(this.drawn());
  }

  /** The objects whose name such a label says. */
  named() {
    if (this.pointed?.gts || this.isAsked()) return [];
    return [...this.told()].map((box) => this.counted.matched[box]);
  }

  /**
   * The token of an object's colour: its class's, or one that no other object has.
   * @param {number} gt
   */
  hueOf(gt) {
    const others = this.names.filter((name) => !CLASSES.includes(name));
    const { [gt]: name } = this.names;
    return CLASSES.includes(name) ? name : SPARE[others.indexOf(name) % SPARE.length];
  }

  /**
   * The same of a default box: it has its object's.
   * @param {number} box
   * @param {string} nobodys
   */
  hueOfBox(box, nobodys = this.counted === this.now ? "default" : "accent") {
    const gt = this.counted.matched[box];
    return gt >= 0 ? this.hueOf(gt) : nobodys;
  }
}

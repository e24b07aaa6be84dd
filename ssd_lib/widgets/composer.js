// A scene that the reader composes: things are put in, moved, resized, turned, laid over each
// other and removed, by mouse, finger and key.

import { boundsOf, placed, sizeOf } from "./placing.js";
import { ScenePainter } from "./scene_painter.js";
import { clamp, make, strokeTwice } from "./stage.js";

/** @import { Figure } from "./controls.js" */
/** @import { Placed, Point } from "./placing.js" */
/** @import { Scene, Source } from "./scene_painter.js" */
/** @import { Rect } from "./linking.js" */
/** @import { Context, Paint } from "./stage.js" */
/**
 * @typedef {object} Traits that a composer reads and sets
 * @property {Placed[]} things from back to front
 * @property {string} background
 */

export const MOST = 16; // things in a scene
const PAST = 60; // scenes that can be brought back
const HANDLES = ["nw", "ne", "se", "sw", "turn"];
/** @type {Point[]} */
const SPOTS = [[0.5, 0.5], [0.25, 0.7], [0.75, 0.7], [0.25, 0.3], [0.75, 0.3], [0.5, 0.8],
  [0.5, 0.2], [0.12, 0.5], [0.88, 0.5]];

/** The scene, and what the reader does with it. */
export class Composer {
  chosen = -1;
  /** @type {Source | undefined} */
  own;
  /** @type {Scene[]} */
  past = [];
  /** @type {HTMLElement[]} */
  elements = [];

  /**
   * @param {Figure<any>} figure
   * @param {object} options
   * @param {number} options.side of the network's image in pixels
   * @param {Paint} options.paint what lies over the scene
   * @param {() => void} options.changed the scene, or what is chosen in it
   */
  constructor(figure, { side, paint, changed }) {
    this.figure = figure;
    this.changed = changed;
    this.painter = new ScenePainter(side);
    this.stage = figure.stage(paint);
    this.handles = HANDLES.map((name) => make("span", { class: `ssd-tug ssd-tug-${name}`,
      "data-handle": name }));
    const { element } = this.stage;
    element.classList.add("ssd-scene", "ssd-light"); // the scene is bright in both schemes
    element.addEventListener("focusin", ({ target }) =>
      this.choose(this.elements.indexOf(/** @type {HTMLElement} */ (target))));
    for (const type of ["focusin", "focusout", "keydown"]) { // its frame says who has the keys
      element.addEventListener(type, () => this.stage.draw());
    }
    this.stage.onresize = () => this.place();
    figure.watch(["things", "background"], () => {
      this.place();
      this.changed();
    });
    this.place();
  }

  /** @returns {Placed[]} */
  get things() {
    return this.figure.model.get("things");
  }

  /** @returns {Scene} */
  get scene() {
    return { things: this.things, background: this.figure.model.get("background"), own: this.own };
  }

  // What can be done with the scene; each of these can be undone.
  /**
   * Show another scene; the reader can come back to this one.
   * @param {Partial<Scene>} scene
   */
  show(scene) {
    this.remember();
    if ("own" in scene) this.own = scene.own;
    const { things = this.things, background = this.scene.background } = scene;
    this.chosen = -1;
    this.figure.put({ things, background });
    this.place();
    this.changed();
  }

  remember() {
    const { scene } = this;
    if (this.past.at(-1)?.things !== scene.things || this.past.at(-1)?.own !== scene.own) {
      this.past.push(scene);
    }
    this.past.splice(0, this.past.length - PAST);
  }

  undo() {
    const scene = this.past.pop();
    if (!scene) return;
    this.own = scene.own;
    this.chosen = Math.min(this.chosen, scene.things.length - 1);
    this.figure.put({ things: scene.things, background: scene.background });
    this.place();
    this.changed();
    this.figure.say("Undone.");
  }

  /**
   * Put a thing in, at a place or where there is room; gives whether there was any.
   * @param {string} name
   * @param {Point} [at]
   */
  add(name, at) {
    if (this.things.length >= MOST) {
      this.figure.say(`${MOST} things are enough: remove one first.`);
      return false;
    }
    this.remember();
    const [x, y] = at ?? this.room();
    const same = this.things.filter((thing) => thing.name === name).length;
    this.set([...this.things, placed({ name, x, y, colour: same })]);
    this.choose(this.things.length - 1);
    return true;
  }

  /**
   * The spot that is farthest from all things.
   * @returns {Point}
   */
  room() {
    const free = (/** @type {Point} */ [x, y]) => Math.min(1, ...this.things.map((thing) =>
      Math.hypot(thing.x - x, thing.y - y)));
    return SPOTS.reduce((best, spot) => (free(spot) > free(best) + 0.02 ? spot : best));
  }

  remove() {
    if (this.chosen < 0) return;
    this.remember();
    const { name } = this.things[this.chosen];
    const had = this.elements.includes(/** @type {HTMLElement} */ (document.activeElement));
    const chosen = Math.min(this.chosen, this.things.length - 2);
    this.set(this.things.filter((_, k) => k !== this.chosen));
    this.choose(chosen);
    if (had) this.elements[chosen]?.focus({ preventScroll: true });
    this.figure.say(`The ${name} is gone.`);
  }

  /**
   * Lay the chosen thing over the next one, or under the one below.
   * @param {1 | -1} by
   */
  reorder(by) {
    const to = this.chosen + by;
    if (this.chosen < 0 || to < 0 || to >= this.things.length) return;
    this.remember();
    const things = [...this.things];
    [things[this.chosen], things[to]] = [things[to], things[this.chosen]];
    const had = document.activeElement === this.elements[this.chosen];
    this.set(things);
    this.choose(to);
    if (had) this.elements[to].focus({ preventScroll: true });
  }

  /**
   * Put another in place of the chosen thing.
   * @param {(thing: Placed) => Placed} change
   */
  change(change) {
    if (this.chosen < 0) return;
    this.remember();
    this.replace(change(this.things[this.chosen]));
  }

  /** @param {Placed} thing in place of the chosen one */
  replace(thing) {
    this.set(this.things.map((one, k) => (k === this.chosen ? thing : one)));
  }

  /** @param {Placed[]} things */
  set(things) {
    this.figure.put({ things });
  }

  /** @param {number} index of a thing, or -1 */
  choose(index) {
    if (index === this.chosen) return;
    this.chosen = index;
    this.place();
    this.changed();
  }

  // Where everything is on the page
  /** Put an element on each thing: it has the focus, its name and the handles. */
  place() {
    while (this.elements.length < this.things.length) {
      const element = make("div", {
        class: "ssd-thing", tabindex: "0", role: "application", "aria-roledescription": "thing",
      });
      this.elements.push(element);
      this.stage.element.append(element);
    }
    for (const element of this.elements.splice(this.things.length)) element.remove();
    const { clientWidth: side } = this.stage.element;
    this.things.forEach((thing, k) => {
      const [wide, tall] = frameOf(thing, side);
      const element = this.elements[k];
      Object.assign(element.style, {
        left: `calc(${100 * thing.x}% - ${wide / 2}px)`,
        top: `calc(${100 * thing.y}% - ${tall / 2}px)`,
        width: `${wide}px`, height: `${tall}px`, rotate: `${thing.turn}deg`,
      });
      element.classList.toggle("ssd-chosen", k === this.chosen);
      element.setAttribute("aria-label", described(thing));
    });
    const chosen = this.elements[this.chosen];
    if (!chosen) this.handles.forEach((handle) => handle.remove());
    else if (this.handles[0].parentNode !== chosen) chosen.append(...this.handles);
    const above = chosen && boundsOf(this.things[this.chosen])[1] * side > 30;
    chosen?.classList.toggle("ssd-turn-below", !above);
  }

  /**
   * The frame of the chosen thing, on the scene: what is written there goes over it.
   * @param {Context} context
   * @param {number} side
   * @returns {Rect[]} where its handle for turning is
   */
  paintFrame(context, side) {
    const element = this.elements[this.chosen];
    if (!element) return [];
    const thing = this.things[this.chosen];
    const [wide, tall] = frameOf(thing, side);
    const turn = (thing.turn * Math.PI) / 180;
    const { classList } = this.stage.element;
    const hasKeys = element.matches(":focus-visible") && !classList.contains("ssd-by-hand");
    const colour = getComputedStyle(element).getPropertyValue(`--ssd-${hasKeys ? "focus" : "ink"}`);
    context.save();
    context.translate(thing.x * side, thing.y * side);
    context.rotate(turn);
    strokeTwice(context, [colour, hasKeys ? [] : [6, 4], hasKeys ? 3 : 2],
      () => context.rect(-wide / 2 - 1, -tall / 2 - 1, wide + 2, tall + 2));
    context.restore();
    const up = element.classList.contains("ssd-turn-below") ? 1 : -1;
    return [9, 26].map((away) => { // the stem, and the knob
      const y = up * (tall / 2 + away);
      return [thing.x * side - Math.sin(turn) * y - 9, thing.y * side + Math.cos(turn) * y - 9,
        18, 18];
    });
  }
}

/**
 * Width and height of the frame of a thing in pixels: its handles do not hide it.
 * @param {Placed} thing
 * @param {number} side of the scene
 */
function frameOf(thing, side) {
  const least = matchMedia("(pointer: coarse)").matches ? 84 : 34;
  return sizeOf(thing).map((size) => Math.max(size * side, least));
}

/** @param {Placed} thing */
function described({ name, x, y, height, turn, flip }) {
  const turned_ = turn ? `, turned ${Math.round(turn)} degrees` : "";
  return `${name}, ${percent(x)} from the left, ${percent(y)} from the top, `
    + `${percent(height)} tall${turned_}${flip ? ", mirrored" : ""}`;
}

/** @param {number} share */
function percent(share) {
  return `${Math.round(100 * clamp(share, 0, 2))} %`;
}

// How a scene is composed: by mouse, by one finger or two, and by keys.

import { moved, pulled, resized, thingAt, turned } from "./placing.js";
import { arrowOf } from "./stage.js";
import { THINGS } from "./toy_things.js";

/** @import { Composer } from "./composer.js" */
/** @import { Placed, Point } from "./placing.js" */

const NEAR = 12; // pixels from a thing that still mean it
const [STEP, GROW, TURN] = [0.01, 1.06, 5]; // of a press of a key

/** What pointers do with the things of a composer. */
export class Hands {
  /** @type {Map<number, Point>} */
  pointers = new Map();
  /** @type {{ thing: Placed, points: Point[] } | undefined} */
  start;

  /** @param {Composer} composer */
  constructor(composer) {
    this.composer = composer;
    this.element = composer.stage.element;
    this.element.addEventListener("pointerdown", (event) => this.grab(event));
    this.element.addEventListener("pointermove", (event) => this.hover(event));
  }

  /** @param {PointerEvent} event */
  hover(event) {
    if (event.pointerType !== "mouse" || event.buttons) return;
    const at = this.at(event);
    this.element.style.cursor = thingAt(this.composer.things, at, this.near()) < 0 ? "" : "grab";
  }

  near() {
    return NEAR / this.element.clientWidth;
  }

  /**
   * @param {MouseEvent} event
   * @returns {Point}
   */
  at(event) {
    const [x, y] = this.composer.stage.at(event);
    return [x, y];
  }

  /** @param {PointerEvent} event */
  grab(event) {
    if (event.button !== 0) return;
    const target = /** @type {HTMLElement} */ (event.target);
    const { handle } = target.dataset;
    const before = this.composer.chosen;
    if (!handle && !this.pointers.size) {
      const hit = thingAt(this.composer.things, this.at(event), this.near());
      this.composer.choose(hit < 0 && target.closest(".ssd-chosen") ? this.composer.chosen : hit);
    }
    const isNew = this.composer.chosen !== before;
    this.element.classList.toggle("ssd-swiped", isNew && event.pointerType === "touch");
    if (this.composer.chosen < 0) return;
    event.preventDefault();
    this.element.classList.add("ssd-by-hand"); // until a key is pressed: handles, and no ring
    this.composer.elements[this.composer.chosen].focus({ preventScroll: true });
    this.element.setPointerCapture(event.pointerId);
    this.pointers.set(event.pointerId, this.at(event));
    if (this.pointers.size > 1) this.anchor();
    else this.follow(handle, before);
  }

  /** From here on, the fingers move the thing as it is now. */
  anchor() {
    const { things, chosen } = this.composer;
    this.start = { thing: things[chosen], points: [...this.pointers.values()] };
  }

  /**
   * Follow the pointers until the last one is lifted.
   * @param {string | undefined} handle
   * @param {number} before what was chosen then
   */
  follow(handle, before) {
    const { scene } = this.composer;
    this.anchor();
    const end = new AbortController();
    const { signal } = end;
    const on = (/** @type {string} */ type, /** @type {(event: PointerEvent) => void} */ does) =>
      this.element.addEventListener(type, /** @type {EventListener} */ (does), { signal });
    on("pointermove", (event) => {
      if (!this.pointers.has(event.pointerId)) return;
      this.pointers.set(event.pointerId, this.at(event));
      this.drag(handle);
    });
    const lift = (/** @type {PointerEvent} */ event) => {
      if (!this.pointers.delete(event.pointerId)) return;
      if (event.type === "pointercancel") { // the finger scrolls the page
        this.composer.set(scene.things);
        if (before < 0) this.composer.choose(-1);
      }
      if (this.pointers.size) return this.anchor();
      end.abort();
      this.element.classList.remove("ssd-swiped");
      if (this.composer.things !== scene.things) this.composer.past.push(scene);
      this.composer.changed();
    };
    for (const type of ["pointerup", "pointercancel", "lostpointercapture"]) on(type, lift);
  }

  /** @param {string | undefined} handle */
  drag(handle) {
    if (!this.start) return;
    const { composer, start: { thing, points: [from, other] } } = this;
    const [to, second] = this.pointers.values();
    /** @type {Point} */
    const centre = [thing.x, thing.y];
    if (other && second) composer.replace(pulled(thing, [from, other], [to, second], {}));
    else if (!handle) composer.replace(moved(thing, to[0] - from[0], to[1] - from[1]));
    else {
      const allowed = { turn: handle === "turn", resize: handle !== "turn" };
      composer.replace(pulled(thing, [centre, from], [centre, to], allowed));
    }
  }
}

/**
 * What a key does with the chosen thing; none if the key has no meaning here.
 * @param {Composer} composer
 * @param {KeyboardEvent} event
 */
function meaning(composer, event) {
  const commanded = event.ctrlKey || event.metaKey;
  if (commanded && event.key === "z") return () => composer.undo();
  if (commanded || event.altKey || composer.chosen < 0) return undefined;
  const change = (/** @type {(thing: Placed) => Placed} */ by) => () => composer.change(by);
  const arrow = arrowOf(event);
  const far = event.shiftKey ? 5 * STEP : STEP;
  if (arrow) return change((one) => moved(one, arrow[0] * far, arrow[1] * far));
  /** @type {Record<string, () => void>} */
  const keys = {
    "+": change((one) => resized(one, GROW)), "=": change((one) => resized(one, GROW)),
    "-": change((one) => resized(one, 1 / GROW)),
    "[": change((one) => turned(one, -TURN)), "]": change((one) => turned(one, TURN)),
    f: change(flipped), c: change(recoloured),
    Delete: () => composer.remove(), Backspace: () => composer.remove(),
    PageUp: () => composer.reorder(1), PageDown: () => composer.reorder(-1),
    Escape: () => composer.choose(-1),
  };
  return keys[event.key];
}

/**
 * Let keys work on the thing that has the focus.
 * @param {Composer} composer
 */
export function watchKeys(composer) {
  const { element } = composer.stage;
  element.addEventListener("keydown", (event) => {
    element.classList.remove("ssd-by-hand");
    const does = meaning(composer, event);
    if (!does) return;
    event.preventDefault();
    event.stopPropagation();
    does();
  });
}

/**
 * The thing, looking the other way.
 * @param {Placed} thing
 * @returns {Placed}
 */
export function flipped(thing) {
  return { ...thing, flip: !thing.flip };
}

/**
 * The thing in its next colours.
 * @param {Placed} thing
 * @returns {Placed}
 */
export function recoloured(thing) {
  return { ...thing, colour: (thing.colour + 1) % THINGS[thing.name].palettes.length };
}

// What a scene is composed from, a shelf of things, and what is done with the chosen one.

import { MOST } from "./composer.js";
import { flipped, recoloured } from "./composing.js";
import { placed } from "./placing.js";
import { paintThing } from "./scene_painter.js";
import { context2d, make } from "./stage.js";
import { THINGS } from "./toy_things.js";

/** @import { Composer } from "./composer.js" */

const ICON = 88; // pixels of the canvas, twice what it takes on the page
const AWAY = 6; // pixels that a pointer moves before it drags

/**
 * A shelf: a press puts a thing in, a drag puts it where it ends.
 * @param {Composer} composer
 */
export function shelf(composer) {
  const made = Object.keys(THINGS).map((name) => {
    const button = make("button", {
      type: "button", "data-add": name, "aria-label": `Add a ${name}`,
    }, icon(name), make("span", {}, name));
    const drag = new Drag(composer, name, button);
    button.addEventListener("click", ({ detail }) => {
      const { ended } = drag;
      drag.ended = false;
      if (ended && detail) return; // it ends a drag; not every browser has one there
      if (composer.add(name)) composer.figure.say(`A ${name} is in the scene.`);
    });
    return button;
  });
  composer.figure.shows.push(() => made.forEach((button) => {
    button.disabled = composer.things.length >= MOST;
  }));
  return make("div", { class: "ssd-shelf", role: "group", "aria-label": "Shelf" }, ...made);
}

/** @param {string} name */
function icon(name) {
  const canvas = make("canvas", { width: ICON, height: ICON, "aria-hidden": "true" });
  const height = 0.94 / Math.max(1, THINGS[name].aspect);
  paintThing(context2d(canvas), ICON, placed({ name, height }));
  return canvas;
}

/** A thing on its way from the shelf into the scene. */
class Drag {
  ended = false;
  inside = false;

  /**
   * @param {Composer} composer
   * @param {string} name
   * @param {HTMLButtonElement} button
   */
  constructor(composer, name, button) {
    this.composer = composer;
    this.name = name;
    this.ghost = icon(name);
    this.ghost.className = "ssd-carried";
    button.addEventListener("pointerdown", (event) => this.start(button, event));
  }

  /**
   * @param {HTMLButtonElement} button
   * @param {PointerEvent} from
   */
  start(button, from) {
    if (from.button !== 0 || button.disabled) return;
    button.setPointerCapture(from.pointerId); // the first move may already be off the button
    this.ended = false;
    this.inside = false;
    let moves = false;
    const end = new AbortController();
    const { signal } = end;
    button.addEventListener("pointermove", (event) => {
      const away = Math.hypot(event.clientX - from.clientX, event.clientY - from.clientY);
      if (!moves && away < AWAY) return;
      moves = true;
      this.carry(event);
    }, { signal });
    const finish = (/** @type {PointerEvent} */ event) => {
      end.abort();
      this.ghost.remove();
      this.ended = moves && event.type === "pointerup";
      if (event.type === "pointercancel" && this.inside) this.composer.undo();
    };
    button.addEventListener("pointerup", finish, { signal });
    button.addEventListener("pointercancel", finish, { signal });
  }

  /** @param {PointerEvent} event */
  carry(event) {
    const { composer, ghost } = this;
    const [x, y] = composer.stage.at(event);
    const over = x >= 0 && x <= 1 && y >= 0 && y <= 1;
    if (over && !this.inside) this.inside = composer.add(this.name, [x, y]);
    else if (!over && this.inside) {
      composer.undo();
      this.inside = false;
    } else if (over) composer.replace({ ...composer.things[composer.chosen], x, y });
    ghost.hidden = over;
    if (!ghost.parentNode) composer.figure.el.append(ghost);
    const { left, top } = composer.figure.el.getBoundingClientRect();
    ghost.style.left = `${event.clientX - left}px`;
    ghost.style.top = `${event.clientY - top}px`;
  }
}

/**
 * Buttons for the chosen thing; they stay, so that nothing moves when one is chosen.
 * @param {Composer} composer
 */
export function tools(composer) {
  const { figure } = composer;
  const none = () => composer.chosen < 0;
  const made = [
    figure.button("Flip", () => composer.change(flipped), none),
    figure.button("Recolour", () => composer.change(recoloured), none),
    figure.button("Forward", () => composer.reorder(1),
      () => none() || composer.chosen === composer.things.length - 1),
    figure.button("Back", () => composer.reorder(-1), () => composer.chosen < 1),
    figure.button("Remove", () => composer.remove(), none),
    figure.button("Undo", () => composer.undo(), () => !composer.past.length),
  ];
  return make("div", { class: "ssd-tools", role: "group", "aria-label": "The chosen thing" },
    ...made);
}

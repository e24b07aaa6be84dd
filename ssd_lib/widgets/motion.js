// What moves by itself: a player, numbers that fly or glide, parts that glide to new places;
// and what must not move.
// For readers who want no motion, all of it is there at once.

import { isStill, make } from "./stage.js";

/** @import { Figure } from "./controls.js" */

const DOUBLE_MS = 300; // a second press within this time is of a double click

/** The pixels that the page's header takes of the window. */
export function headerHeight() {
  return parseFloat(getComputedStyle(document.documentElement).scrollPaddingTop) || 0;
}

/**
 * Change the page so that an element stays where it is seen, whatever moves above it.
 * @param {HTMLElement} element
 * @param {() => void} change
 * @param {HTMLElement} [head] what is not to be pushed out of sight for it
 */
export function steady(element, change, head) {
  const before = element.getBoundingClientRect().top;
  change();
  const moved = element.getBoundingClientRect().top - before;
  const room = head ? Math.max(head.getBoundingClientRect().top - headerHeight(), 0) : Infinity;
  if (moved) window.scrollBy({ top: Math.min(moved, room), behavior: "instant" });
}

/**
 * How much of an element's height is in the window.
 * @param {HTMLElement} element
 */
export function shareInSight(element) {
  const { top, bottom, height } = element.getBoundingClientRect();
  return Math.max(0, Math.min(bottom, innerHeight) - Math.max(top, 0)) / (height || 1);
}

/**
 * Scroll until an element begins under the page's header, as far as the page goes.
 * @param {HTMLElement} element
 */
export function bringUp(element) {
  element.scrollIntoView({ block: "start", behavior: isStill() ? "instant" : "smooth" });
}

/**
 * A button that plays a sequence and stops it; whoever sets something else stops it, too.
 * @param {Figure<any>} figure
 * @param {string} text
 * @param {(isFirst: boolean) => number | undefined} step shows what comes next and gives the
 *   milliseconds that it stays; none at the end
 */
export function player(figure, text, step) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const stop = () => {
    if (timer === undefined) return;
    clearTimeout(timer);
    timer = undefined;
    figure.show();
  };
  const go = (isFirst = false) => {
    const pause = step(isFirst);
    timer = pause === undefined ? undefined : setTimeout(go, pause);
    figure.show();
  };
  let pressed = -Infinity;
  const button = make("button", {
    type: "button", class: "ssd-play", onclick: () => {
      const since = performance.now() - pressed;
      if (since < DOUBLE_MS) return;
      pressed = performance.now();
      if (timer === undefined) go(true);
      else stop();
    },
  });
  figure.shows.push(() => {
    button.textContent = timer ? "Pause" : text;
    button.dataset.on = timer ? "yes" : "";
  });
  figure.ends.push(() => clearTimeout(timer));
  return { button, stop };
}

/**
 * A number flies from one place to another.
 * @param {HTMLElement} el of the figure
 * @param {Element | null} from
 * @param {Element} to
 * @param {string} text
 */
export function fly(el, from, to, text) {
  if (!from || isStill()) return;
  const [a, b, frame] = [from, to, el].map((one) => one.getBoundingClientRect());
  const ghost = make("span", { class: "ssd-ghost", "aria-hidden": "true" }, text);
  ghost.style.left = `${a.left + a.width / 2 - frame.left}px`;
  ghost.style.top = `${a.top + a.height / 2 - frame.top}px`;
  el.append(ghost);
  const dx = b.left - a.left + (b.width - a.width) / 2;
  const dy = b.top - a.top + (b.height - a.height) / 2;
  ghost.animate([{ translate: "0 0" }, { translate: `${dx}px ${dy}px`, opacity: 0.3 }],
    { duration: 280, easing: "ease-in" }).onfinish = () => ghost.remove();
}

/**
 * Let elements glide to where a change of the page puts them.
 * @param {HTMLElement[]} elements
 * @param {() => void} change
 */
export function glide(elements, change) {
  const before = elements.map((element) => element.getBoundingClientRect());
  change();
  if (isStill()) return;
  elements.forEach((element, i) => {
    const now = element.getBoundingClientRect();
    const [dx, dy] = [before[i].left - now.left, before[i].top - now.top];
    if (!before[i].width || (!dx && !dy)) return;
    element.animate([{ translate: `${dx}px ${dy}px` }, {}],
      { duration: 300, easing: "ease-in-out" });
  });
}

/** Numbers that follow their target: at once, or gliding there in a moment. */
export class Glide {
  /** @type {number | undefined} */
  request;

  /**
   * @param {() => number[]} target always as many numbers
   * @param {() => void} show what depends on `now`
   * @param {number} [ms]
   */
  constructor(target, show, ms = 240) {
    this.target = target;
    this.show = show;
    this.ms = ms;
    this.now = target();
  }

  /** Be where the target is, at once. */
  jump() {
    this.end();
    this.now = this.target();
    this.show();
  }

  /** Glide to where the target is. */
  go() {
    if (isStill()) return this.jump();
    this.end();
    const [from, to] = [this.now, this.target()];
    let start = -1;
    const step = (/** @type {number} */ time) => {
      if (start < 0) start = time;
      const left = Math.max(1 - (time - start) / this.ms, 0) ** 3;
      this.now = left > 0 ? to.map((end, i) => end + (from[i] - end) * left) : to;
      this.request = left > 0 ? requestAnimationFrame(step) : undefined;
      this.show();
    };
    this.request = requestAnimationFrame(step);
  }

  end = () => {
    if (this.request !== undefined) cancelAnimationFrame(this.request);
    this.request = undefined;
  };
}

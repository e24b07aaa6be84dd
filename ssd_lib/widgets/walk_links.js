// Lines of a head walk: from its cell in the image to the cell's numbers, and from each box's
// numbers to their row of the output.

import { makeSvg } from "./stage.js";

/** @typedef {{ left: number, top: number, width: number, height: number }} Rect */
/** @typedef {{ from: Rect, to: Rect, look: string }} Link to the right, or else down */

const SVG = "http://www.w3.org/2000/svg";

/**
 * Where an element is laid out in another, whatever it glides from.
 * @param {HTMLElement} element
 * @param {HTMLElement} frame is positioned
 * @returns {Rect}
 */
function rectIn(element, frame) {
  const { offsetWidth: width, offsetHeight: height } = element;
  let [left, top] = [0, 0];
  /** @type {Element | null} */
  let one = element;
  while (one instanceof HTMLElement && one !== frame) {
    left += one.offsetLeft;
    top += one.offsetTop;
    one = one.offsetParent;
  }
  return { left, top, width, height };
}

/**
 * The line of a link, and the tip of its arrow.
 * @param {Link} link
 */
function traced({ from, to }) {
  const [right, bottom] = [from.left + from.width, from.top + from.height];
  if (right < to.left) {
    const [y, end, down] = [from.top + from.height / 2, to.left - 7, to.top + to.height / 2];
    const bend = Math.min(Math.max((end - right) / 2, 14), 90);
    return [`M${right} ${y}C${right + bend} ${y} ${end - bend} ${down} ${end} ${down}`,
      `M${end + 6} ${down}l-9 -5.5v11z`];
  }
  const [x, end] = [from.left + from.width / 2, to.top - 7];
  return [`M${x} ${bottom}V${end}`, `M${x} ${end + 6}l-5.5 -9h11z`];
}

/** The lines; they lie over an element. */
export class WalkLinks {
  /**
   * @param {HTMLElement} frame
   * @param {object} parts of the walk
   * @param {HTMLElement} parts.image
   * @param {HTMLElement} parts.numbers all numbers of the cell
   * @param {HTMLElement[]} parts.names what a box's numbers begin with, box by box
   * @param {HTMLElement[]} parts.ends a number in the last line of each box
   * @param {HTMLElement[]} parts.rows of the output
   * @param {() => { step: number, grid: number, cell: [row: number, column: number],
   *   first: number }} look where the walk is, and the first row of its cell
   */
  constructor(frame, parts, look) {
    this.frame = frame;
    this.parts = parts;
    this.look = look;
    this.element = document.createElementNS(SVG, "svg");
    this.element.setAttribute("class", "ssd-links");
    this.element.setAttribute("aria-hidden", "true");
    frame.append(this.element);
    this.observer = new ResizeObserver(() => this.draw());
    const { image, numbers, rows } = parts; // each can move within a frame that does not grow
    for (const one of [frame, ...frame.children, image, numbers, ...rows]) {
      this.observer.observe(one);
    }
  }

  end = () => this.observer.disconnect();

  /** @returns {Link[]} */
  links() {
    const { step, grid, cell: [row, column], first } = this.look();
    if (step >= 0 && step < 3) return [];
    const { image, numbers, names, ends, rows } = this.parts;
    const of = (/** @type {HTMLElement} */ part) => rectIn(part, this.frame);
    const [at, all] = [of(image), of(numbers)];
    const [width, height] = [at.width / grid, at.height / grid];
    const from = { left: at.left + column * width, top: at.top + row * height, width, height };
    const isLast = step === 3; // the rows are still to come
    if (all.left < at.left + at.width) { // one below the other
      const to = of(rows[0]);
      const gap = { ...all, left: to.left + 0.53 * to.width, width: all.width && 1 };
      return [{ from, to: all, look: "ssd-link" },
        ...isLast ? [] : [{ from: gap, to, look: "ssd-link" }]];
    }
    return names.flatMap((name, box) => {
      const [{ top }, end, bar] = [name, ends[box], rows[first + box]].map(of);
      const card = { ...all, top, height: end.top + end.height - top };
      return [{ from, to: card, look: "ssd-link" }, ...isLast ? [] : [
        { from: card, to: { ...bar, left: bar.left - 28 }, look: `ssd-link ssd-of-${box}` }]];
    });
  }

  draw() {
    const there = this.links().filter(({ from, to }) => from.width && to.width);
    this.element.replaceChildren(...there.flatMap((link) => {
      const [d, tip] = traced(link);
      return [makeSvg("path", { class: "ssd-halo", d }), makeSvg("path", { class: link.look, d }),
        makeSvg("path", { class: `${link.look} ssd-head`, d: tip })];
    }));
  }
}

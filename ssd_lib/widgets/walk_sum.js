// One number of a head walk: window times kernel, channel by channel, and the bias; at once,
// or term by term before the reader's eyes.

import { fly } from "./motion.js";
import { signed } from "./small_heads.js";
import { isStill, make } from "./stage.js";

/** @typedef {ReturnType<import("./small_heads.js").SmallHeads["products"]>} Made */

/**
 * A number on a ground that is the darker the larger it is.
 * @param {number} value
 * @param {Record<string, unknown>} attributes
 */
export function shaded(value, attributes) {
  return make("span", { ...attributes, style: `--of: ${Math.abs(value)}` }, signed(value));
}

/** @param {string} text */
const sign = (text) => make("i", {}, text);
/** @param {string} text */
const head = (text) => make("span", { class: "ssd-sum" }, text);

/** The sum; `element` and `formula` go into the page. */
export class WalkSum {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  timer;

  /**
   * @param {import("./controls.js").Figure<any>} figure
   * @param {number} planes channels of the map
   * @param {Record<string, unknown>} lit attributes: what happens under the pointer
   * @param {() => void} press the sum
   */
  constructor(figure, planes, lit, press) {
    this.el = figure.el;
    this.rows = Array.from({ length: planes }, (_, plane) => ({
      window: make("div", { class: "ssd-threes" }),
      kernel: make("div", { class: "ssd-threes" }),
      part: make("span", { class: "ssd-number ssd-part", "data-number": `part-${plane}` }),
    }));
    this.bias = make("b", { class: "ssd-number" });
    this.outputName = head("");
    this.sum = make("output", { "data-number": "sum" });
    this.button = make("button", { type: "button", class: "ssd-number ssd-total-number",
      title: "add it up", onclick: press }, this.sum);
    this.element = make("div", { class: "ssd-equation", ...lit },
      ...this.rows.flatMap(({ window, kernel, part }, plane) => [...plane ? [sign("+")] : [],
        make("div", { class: "ssd-product" },
          make("b", { class: "ssd-of-plane" }, `channel ${plane}`),
          head("window"), head("kernel"), window, sign("×"), kernel, sign("="), part)]),
      make("div", { class: "ssd-rest" },
        ...this.labelled("+", head("bias"), this.bias),
        ...this.labelled("=", this.outputName, this.button)));
    this.formula = make("p", { class: "ssd-formula", "data-line": "formula" });
    figure.ends.push(() => this.stop());
  }

  /**
   * @param {string} text
   * @param {Node} name
   * @param {Node} value
   */
  labelled(text, name, value) {
    return [sign(text), make("div", { class: "ssd-labelled" }, name, value)];
  }

  stop() {
    clearTimeout(this.timer);
    for (const { part } of this.rows) part.classList.remove("ssd-lit");
  }

  /**
   * Write window, kernel and bias of an output channel, and what they come to.
   * @param {number} channel
   * @param {Made} made
   * @param {string} [instead] of the sums
   */
  draw(channel, { numbers, kernel, bias, parts, sum }, instead) {
    this.rows.forEach((row, plane) => {
      for (const [element, all] of /** @type {const} */ ([
        [row.window, numbers], [row.kernel, kernel]])) {
        element.replaceChildren(...all.slice(9 * plane, 9 * plane + 9).map((value, i) =>
          shaded(value, { class: "ssd-number", "data-k": 9 * plane + i })));
      }
    });
    this.bias.textContent = signed(bias);
    this.outputName.textContent = `output ${channel}`;
    this.write(parts, sum, instead);
  }

  /**
   * @param {number[]} parts of the channels
   * @param {number} sum
   * @param {string} [instead]
   */
  write(parts, sum, instead) {
    this.rows.forEach(({ part }, plane) => { part.textContent = instead ?? signed(parts[plane]); });
    this.sum.textContent = instead ?? signed(sum);
    this.button.setAttribute("aria-label", `Add up: ${this.sum.textContent}`);
    this.button.toggleAttribute("data-asks", instead === "?");
  }

  /**
   * Add the products up before the reader's eyes, and put the sum in its place.
   * @param {Made} made
   * @param {number} channel
   * @param {string[]} terms of the formula
   * @param {HTMLElement} tile where the sum goes
   * @param {(index: number) => void} light a pair
   * @param {(isWhole: boolean) => void} tell whether it is all added up
   */
  add(made, channel, terms, tile, light, tell) {
    this.stop();
    if (isStill()) return;
    this.outputName.textContent = "so far";
    tell(false);
    const parts = made.parts.map(() => 0);
    let [i, soFar, shown] = [0, 0, 0];
    const write = (/** @type {number} */ more) => {
      soFar += more;
      this.write(parts, soFar);
      this.formula.textContent =
        shown ? `${terms.slice(0, shown).join(" + ")} = ${signed(soFar)}` : "";
    };
    const next = () => {
      light(i < made.numbers.length ? i : -1);
      if (i === made.numbers.length) {
        for (const { part } of this.rows) part.classList.remove("ssd-lit");
        shown += 1;
        write(made.bias);
        this.outputName.textContent = `output ${channel}`;
        tell(true);
        return this.land(made, tile);
      }
      const product = made.numbers[i] * made.kernel[i];
      const plane = Math.floor(i / 9);
      parts[plane] += product;
      shown += Number(product !== 0);
      write(product);
      this.rows.forEach(({ part }, one) => part.classList.toggle("ssd-lit", one === plane));
      i += 1;
      this.timer = setTimeout(next, product ? Math.max(420 - 30 * i, 160) : 60);
    };
    tile.textContent = "";
    write(0);
    this.timer = setTimeout(next, 200);
  }

  /**
   * The sum flies to its place.
   * @param {Made} made
   * @param {HTMLElement} tile
   */
  land({ sum }, tile) {
    this.timer = setTimeout(() => {
      fly(this.el, this.button, tile, signed(sum));
      this.timer = setTimeout(() => { tile.textContent = signed(sum); }, 280);
    }, 450);
  }
}

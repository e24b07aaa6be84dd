// The curves of the playground: mAP and both losses against steps, of the run that goes on
// and of those that were kept.

import { linearScale, logScale, stepTicks } from "./scales.js";
import { arrowOf, clamp, make, makeSvg, svgText } from "./stage.js";

/** @import { Judged, Losses } from "./playground_run.js" */
/** @typedef {{ name: string, losses: Losses[], maps: Judged[] }} Drawn */
/** @import { Scale } from "./scales.js" */

const [LEFT, TOP, WIDE, BELOW] = [44, 30, 366, 24];
const AXIS = [0.2, 8]; // losses that it has room for from the start; it only grows
const SMOOTH = 0.85; // of the running mean from step to step
const PARTS = /** @type {const} */ ([
  { part: "confidence", line: "ssd-confidence", words: "ssd-confidence-name", sign: "—" },
  { part: "localization", line: "ssd-localization", words: "ssd-localization-name",
    sign: "– –" }]);
const SHARE = { rise: (/** @type {number} */ map) => map, ticks: [0, 0.25, 0.5, 0.75, 1] };

/**
 * A running mean, which begins at the first value.
 * @param {number[]} values
 */
export function smoothed(values) {
  let mean = values[0];
  return values.map((value) => {
    mean = SMOOTH * mean + (1 - SMOOTH) * value;
    return mean;
  });
}

/** A plot with an axis of steps; `element` goes into the page. */
class Plot {
  /**
   * @param {string} title
   * @param {number} high
   * @param {Node[]} names of its lines
   */
  constructor(title, high, ...names) {
    this.high = high;
    this.lit = "";
    this.grid = makeSvg("g", {});
    this.lines = makeSvg("g", {});
    this.rod = makeSvg("path", { class: "ssd-reading", visibility: "hidden" });
    this.element = makeSvg("svg", {
      class: "ssd-plot", "aria-hidden": "true",
      viewBox: `0 0 ${LEFT + WIDE + 30} ${TOP + high + BELOW}`,
    }, this.grid, this.lines, this.rod,
    makeSvg("text", { class: "ssd-plot-name", x: LEFT, y: 15 }, title, ...names));
  }

  /**
   * @param {number} last step
   * @param {Scale} scale
   */
  frame(last, scale) {
    this.x = (/** @type {number} */ step) => LEFT + (WIDE * step) / last;
    this.y = (/** @type {number} */ value) => TOP + this.high * (1 - clamp(scale.rise(value)));
    const { x, y } = this;
    this.grid.replaceChildren(
      ...scale.ticks.flatMap((of) => [
        makeSvg("path", { class: "ssd-level", d: `M${LEFT} ${y(of)}h${WIDE}` }),
        svgText(LEFT - 7, y(of) + 4, "end", of)]),
      ...stepTicks(last).map((at) => svgText(x(at), TOP + this.high + 18, at ? "middle" : "start",
        at || "step 0")),
    );
    this.lines.replaceChildren();
  }

  /**
   * @param {number[][]} points step and value
   * @param {string} kind of line, a class
   * @param {string} [name] at its end
   */
  line(points, kind, name) {
    if (!points.length || !this.x || !this.y) return;
    const { x, y } = this;
    const path = points.filter(([, value]) => Number.isFinite(value))
      .map(([step, value]) => `${x(step).toFixed(1)} ${y(value).toFixed(1)}`);
    if (path.length) this.lines.append(makeSvg("path", { class: kind, d: `M${path.join("L")}` }));
    const [step, value] = points[points.length - 1];
    if (!name || !Number.isFinite(value)) return;
    const text = svgText(Math.min(x(step) + 6, LEFT + WIDE + 6), y(value) + 4, "start", name);
    if (name === this.lit) text.setAttribute("class", "ssd-lit-run-name");
    this.lines.append(text);
  }

  /** @param {number} [step] none: no rod */
  stand(step) {
    this.rod.setAttribute("visibility", step === undefined ? "hidden" : "visible");
    if (step === undefined || !this.x) return;
    this.rod.setAttribute("d", `M${this.x(step)} ${TOP - 4}V${TOP + this.high}`);
  }
}

/** Both plots, which one place of a step is read from. */
export class Curves {
  logarithmic = true;
  /** @type {number | undefined} */
  at;
  /** @type {Drawn[]} the one that goes on is the last */
  runs = [];
  last = 250;
  lit = "";

  /** @param {(text: string) => void} say */
  constructor(say) {
    this.say = say;
    this.map = new Plot("mAP on 96 other scenes, unsure boxes too", 150);
    this.loss = new Plot("Loss: ", 150, ...PARTS.map(({ part, words, sign }, k) =>
      makeSvg("tspan", { class: words }, `${k ? "  " : ""}${sign} ${part}`)));
    this.read = make("p", { class: "ssd-sum", "data-line": "read" });
    this.which = make("div", { class: "ssd-which", role: "group", "aria-label": "Curve" },
      ...["mAP", "Losses"].map((name, k) => make("button", {
        type: "button", "aria-pressed": `${!k}`, onclick: () => this.turn(k),
      }, name)));
    this.axis = make("div", {
      class: "ssd-training-curves", tabindex: "0", role: "slider", "aria-label": "Curves: a step",
      "aria-valuemin": 0, "aria-valuetext": "no step yet",
      onpointermove: (event) => this.point(event), onpointerdown: (event) => this.point(event),
      onpointerleave: () => this.stand(undefined), onblur: () => this.stand(undefined),
      onkeydown: (event) => this.key(event),
    }, this.map.element, this.loss.element, this.read);
    this.element = make("div", { class: "ssd-curves-of-run" }, this.which, this.axis);
    this.turn(0);
  }

  /** @param {number} index of the curve that is shown where there is room for one alone */
  turn(index) {
    this.element.dataset.shown = ["map", "losses"][index];
    [...this.which.children].forEach((one, k) =>
      one.setAttribute("aria-pressed", `${k === index}`));
  }

  /**
   * @param {Drawn[]} runs the one that goes on is the last
   * @param {number} last step of its axis
   */
  draw(runs, last) {
    this.runs = runs;
    this.last = last;
    this.map.lit = this.lit;
    this.loss.lit = this.lit;
    const now = runs[runs.length - 1];
    this.map.frame(last, SHARE);
    for (const { name, maps } of runs.slice(0, -1)) {
      this.map.line(maps.map(({ step, map }) => [step, map]), this.kind(name), name);
    }
    this.map.line(now.maps.map(({ step, map }) => [step, map]), "ssd-now");
    this.drawLosses(runs, last);
    this.stand(this.at);
  }

  /**
   * @param {Drawn[]} runs
   * @param {number} last
   */
  drawLosses(runs, last) {
    const means = runs.map(({ losses }) => ({
      steps: losses.map(({ step }) => step),
      confidence: smoothed(losses.map(({ confidence }) => confidence)),
      localization: smoothed(losses.map(({ localization }) => localization)),
    }));
    const shown = [...AXIS, ...means.flatMap(({ confidence, localization }) =>
      [...confidence, ...localization]).filter(Number.isFinite)];
    this.loss.frame(last, this.logarithmic ? logScale(shown) : linearScale(shown));
    means.forEach(({ steps, ...two }, k) => {
      const isNow = k === means.length - 1;
      for (const { part, line } of PARTS) {
        const points = steps.map((step, i) => [step, two[part][i]]);
        if (isNow) {
          const raw = runs[k].losses.map((one) => [one.step, one[part]]);
          this.loss.line(raw, `ssd-raw ${line}`);
        }
        this.loss.line(points, isNow ? line : this.kind(runs[k].name),
          isNow ? "" : runs[k].name);
      }
    });
  }

  /** @param {string} name of a kept run */
  kind(name) {
    return name === this.lit ? "ssd-lit-run" : "ssd-kept-run";
  }

  /** @param {PointerEvent} event */
  point(event) {
    const frame = this.map.element.getBoundingClientRect();
    const at = ((event.clientX - frame.left) / frame.width) * (LEFT + WIDE + 30);
    this.stand(clamp(Math.round(((at - LEFT) / WIDE) * this.last), 0, this.last));
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const arrow = arrowOf(event);
    const by = arrow ? 10 * (arrow[0] - arrow[1]) : { Home: -1e6, End: 1e6 }[event.key];
    if (!by) return;
    event.preventDefault();
    this.stand(clamp((this.at ?? 0) + by, 0, this.last));
    this.say(this.read.textContent ?? "");
  }

  /** @param {number} [step] that is read; none: the last one */
  stand(step) {
    this.at = step;
    this.map.stand(step);
    this.loss.stand(step);
    const { losses, maps } = this.runs[this.runs.length - 1] ?? { losses: [], maps: [] };
    const upTo = step ?? Infinity;
    const loss = losses.findLast((one) => one.step <= upTo);
    const map = maps.findLast((one) => one.step <= upTo);
    this.read.textContent = loss ? `Step ${loss.step}: confidence ${loss.confidence.toFixed(2)}, `
      + `localization ${loss.localization.toFixed(2)}, learning rate ${loss.rate.toPrecision(2)}`
      + `${map ? `; mAP ${map.map.toFixed(2)} at step ${map.step}` : ""}`
      : "No step yet: a run draws its curves here.";
    this.axis.setAttribute("aria-valuemax", `${this.last}`);
    this.axis.setAttribute("aria-valuenow", `${loss?.step ?? 0}`);
    this.axis.setAttribute("aria-valuetext", this.read.textContent);
  }
}

// A curve of a run over its steps, with a mark and a number where the reader stands.

import { makeSvg, svgText } from "./stage.js";

const [LEFT, TOP, WIDE, HIGH] = [30, 26, 380, 112];

/**
 * @param {object} options
 * @param {string} options.title
 * @param {string} options.name for tests
 * @param {number[][]} options.points step and value
 * @param {number[]} options.steps at which the reader can stand
 * @param {(value: number) => number} options.rise of a value, 0 to 1
 * @param {number[]} options.ticks
 * @param {boolean} options.rising then the number stands left of the mark, where there is room
 * @param {(index: number) => void} options.go to one of the steps
 */
export function curve({ title, name, points, steps, rise, ticks, rising, go }) {
  const last = steps[steps.length - 1];
  const x = (/** @type {number} */ at) => LEFT + (WIDE * at) / last;
  const y = (/** @type {number} */ of) => TOP + HIGH * (1 - rise(of));
  const line = points.map(([at, of]) => `${x(at).toFixed(1)} ${y(of).toFixed(1)}`).join("L");
  const rod = makeSvg("path", { class: "ssd-rod", d: `M0 ${TOP - 4}V${TOP + HIGH}` });
  const dot = makeSvg("circle", { class: "ssd-here", r: 6 });
  const text = makeSvg("text", { class: "ssd-here-text", "data-number": name });
  const element = makeSvg("svg", {
    class: "ssd-plot", "aria-hidden": "true",
    viewBox: `0 0 ${LEFT + WIDE + 12} ${TOP + HIGH + 22}`,
  },
  ...ticks.flatMap((of) => [
    makeSvg("path", { class: "ssd-grid-line", d: `M${LEFT} ${y(of)}h${WIDE}` }),
    svgText(LEFT - 6, y(of) + 4, "end", of)]),
  ...[0, 300, 600, 900].filter((at) => at <= last)
    .map((at) => svgText(x(at) + (at < last ? 0 : 12), TOP + HIGH + 16,
      at ? at < last ? "middle" : "end" : "start", at || "step 0")),
  makeSvg("path", { class: "ssd-teeth", d: `M${line}` }),
  makeSvg("path", { class: "ssd-moment",
    d: steps.map((at) => `M${x(at).toFixed(1)} ${TOP + HIGH}v5`).join("") }),
  rod, dot, text, makeSvg("text", { class: "ssd-plot-title", x: LEFT, y: 14 }, title));

  /** @param {MouseEvent} event */
  function scrub(event) {
    const frame = element.getBoundingClientRect();
    const at = ((event.clientX - frame.left) / frame.width) * (LEFT + WIDE + 12);
    const far = steps.map((one) => Math.abs(x(one) - at));
    go(far.indexOf(Math.min(...far)));
  }

  element.addEventListener("pointerdown", (event) => {
    if (!(event instanceof PointerEvent)) return;
    element.setPointerCapture(event.pointerId);
    scrub(event);
  });
  element.addEventListener("pointermove", (event) => {
    if (event instanceof PointerEvent && event.buttons) scrub(event);
  });
  return {
    element,
    /**
     * Put the mark at a step.
     * @param {number} at
     * @param {number | undefined} value nothing stands at the step, if there is none yet
     * @param {string} said
     */
    stand(at, value, said) {
      rod.style.transform = `translate(${x(at)}px, 0)`;
      text.textContent = said;
      dot.setAttribute("visibility", value === undefined ? "hidden" : "visible");
      if (value === undefined) {
        text.style.transform = `translate(${x(at) + 30}px, ${TOP + 14}px)`;
        text.setAttribute("text-anchor", "start");
        return;
      }
      const isLeft = at > (rising ? 0.2 : 0.7) * last;
      const isHigh = !rising && y(value) < TOP + 22; // then beside it, under the title
      const next = points.filter(([one]) => one >= at && one < at + 0.23 * last);
      const over = y(value) - Math.min(...next.map(([, of]) => y(of))) + 10;
      const up = rising && !isLeft ? over : isHigh ? -9 : 10; // above what follows
      dot.style.transform = `translate(${x(at)}px, ${y(value)}px)`;
      const aside = isLeft ? -10 : isHigh ? 18 : 10;
      text.style.transform = `translate(${x(at) + aside}px, ${y(value) - up}px)`;
      text.setAttribute("text-anchor", isLeft ? "end" : "start");
    },
  };
}

// A recorded run to scrub through: predictions on three scenes, mined negatives, curves.

import { Figure, fields, legend, panel, replaceNumbers } from "./controls.js";
import { judge, layOut } from "./geometry.js";
import { clamp, make, makeSvg, rectOf, sceneGaps, sceneOutliner, svgText } from "./stage.js";

/** @import { AnyWidget } from "@anywidget/types" */
/** @import { Layout } from "./geometry.js" */
/** @import { Look, Paint } from "./stage.js" */
/** @typedef {{ scene: number, label: number, box: number[] }} Thing */
/** @typedef {Thing & { score: number, verdict: "right" | "wrong" }} Shown */
/**
 * @typedef {object} Moment
 * @property {number} step
 * @property {number} map
 * @property {Scene[]} scenes
 */
/**
 * @typedef {object} Scene
 * @property {[label: number, score: number, box: number[]][]} detections
 * @property {number[]} mined indices of default boxes
 */
/**
 * @typedef {object} Run
 * @property {number} batch_size
 * @property {[label: number, box: number[]][][]} objects of each scene
 * @property {[step: number, place: number, kind: number][]} loss
 * @property {Moment[]} moments
 */
/**
 * @typedef {object} Traits
 * @property {Run} run
 * @property {Layout} layout_table
 * @property {number} moment
 * @property {number} threshold
 * @property {boolean} mined
 */

/** @type {Record<string, Look>} */
const LOOKS = {
  right: ["#0072b2", [], 3], wrong: ["#9a3f00", [8, 4], 2.5], missed: ["#111", [1, 3], 1.5],
};
const MINED = "#7a1f5c";
const [LEFT, TOP, WIDE, HIGH] = [34, 8, 270, 90];

/** @satisfies {AnyWidget<Traits>} */
export default {
  render({ model, el }) {
    const figure = new Figure(model, el);
    const stage = figure.stage(paint);
    const run = model.get("run");
    const { moments } = run;
    const { corners } = layOut(model.get("layout_table"));
    const losses = run.loss.map(([at, place, kind]) => [at, place + kind]);
    const lastStep = moments[moments.length - 1].step;
    let now = compute();

    const numbers = make("dl");
    const plots = make("div", { class: "ssd-row ssd-halves" });
    figure.lay(
      fields(
        figure.slider("moment", "moment ", {
          min: 0, max: moments.length - 1, step: 1, spoken: true,
          text: () => `step ${now.moment.step}`,
        }),
        figure.slider("threshold", "score at least ", { min: 0.3, max: 1, step: 0.05 }),
        figure.checkbox("paint the mined negatives", () => model.get("mined"),
          (mined) => figure.put({ mined }))),
      panel(stage.frame, legend(["right", LOOKS.right], ["wrong", LOOKS.wrong],
        ["missed", LOOKS.missed], ["mined", [MINED, [], 1.5]])),
      plots, panel(numbers));

    /** Right, wrong and missed on the three scenes at this moment. */
    function compute() {
      const moment = moments[clamp(model.get("moment"), 0, moments.length - 1)];
      /** @type {Shown[]} */
      const shown = [];
      /** @type {Thing[]} */
      const missed = [];
      moment.scenes.forEach(({ detections }, scene) => {
        const objects = run.objects[scene].map(([label, box]) => ({ scene, label, box }));
        const found = detections.map(([label, score, box]) => ({ scene, label, score, box }))
          .filter(({ score }) => score >= model.get("threshold") - 1e-9);
        const reached = new Set();
        for (const label of new Set(found.map((one) => one.label))) {
          const own = found.filter((one) => one.label === label);
          const there = objects.filter((one) => one.label === label);
          for (const { index, object, verdict } of judge(own, there)) {
            if (verdict === "right") reached.add(there[object]);
            shown.push({ ...own[index], verdict: verdict === "right" ? "right" : "wrong" });
          }
        }
        missed.push(...objects.filter((object) => !reached.has(object)));
      });
      const right = shown.filter(({ verdict }) => verdict === "right").length;
      return { moment, shown, missed, right };
    }

    /** @type {Paint} */
    function paint(context, width, height) {
      const outline = sceneOutliner(context, 3, width);
      if (model.get("mined")) {
        context.strokeStyle = MINED;
        context.lineWidth = 1.2;
        context.globalAlpha = 0.55;
        context.setLineDash([]);
        const side = width / 3;
        now.moment.scenes.forEach((scene, place) => {
          context.save();
          context.beginPath();
          context.rect(place * side, 0, side, height);
          context.clip();
          context.beginPath();
          for (const box of scene.mined) {
            const [x, ...rest] = rectOf(corners.subarray(4 * box, 4 * box + 4), side, side);
            context.rect(place * side + x, ...rest);
          }
          context.stroke();
          context.restore();
        });
        context.globalAlpha = 1;
      }
      now.missed.forEach((object) => outline(object, LOOKS.missed));
      now.shown.forEach((one) => outline(one, LOOKS[one.verdict]));
      sceneGaps(context, 3, width, height);
    }

    /**
     * One curve over the steps, with a mark at this moment.
     * @param {string} title
     * @param {number[][]} points step and value
     * @param {number} value at this moment
     * @param {number} top value
     */
    function plot(title, points, value, top) {
      const { step } = now.moment;
      const x = (/** @type {number} */ at) => (LEFT + (WIDE * at) / lastStep).toFixed(1);
      const y = (/** @type {number} */ of) =>
        (TOP + HIGH * (1 - Math.min(of, top) / top)).toFixed(1);
      const line = points.map(([at, of], k) => `${k ? "L" : "M"}${x(at)} ${y(of)}`).join("");
      return panel(makeSvg("svg", {
        class: "ssd-plot", viewBox: `0 0 ${LEFT + WIDE + 10} ${TOP + HIGH + 32}`, role: "img",
        "aria-label": `${title} over steps; at step ${step} it is ${value.toFixed(2)}.`,
      },
      makeSvg("path", { class: "ssd-axis", d: `M${LEFT} ${TOP}V${TOP + HIGH}H${LEFT + WIDE}` }),
      makeSvg("path", { class: "ssd-teeth", d: line }),
      makeSvg("circle", { class: "ssd-here", cx: x(step), cy: y(value), r: 6 }),
      svgText(LEFT - 5, TOP + 8, "end", top),
      svgText(LEFT - 5, TOP + HIGH, "end", 0),
      svgText(LEFT + WIDE, TOP + HIGH + 14, "end", lastStep),
      svgText(LEFT + WIDE / 2, TOP + HIGH + 27, "middle", `${title} over steps`)));
    }

    function refresh() {
      now = compute();
      figure.show();
      const { moment, right } = now;
      const wrong = now.shown.length - right;
      const mined = moment.scenes.reduce((sum, scene) => sum + scene.mined.length, 0);
      const [, loss] = losses.reduce((a, b) =>
        (Math.abs(b[0] - moment.step) < Math.abs(a[0] - moment.step) ? b : a));
      const top = Math.ceil(Math.max(...losses.slice(1).map(([, value]) => value)));
      plots.replaceChildren(plot("loss", losses, loss, top),
        plot("mAP", moments.map((one) => [one.step, one.map]), moment.map, 1));
      replaceNumbers(numbers, ["pictures seen", "seen", moment.step * run.batch_size],
        ["loss", "loss", loss.toFixed(2)], ["mAP on 200 scenes", "map", moment.map.toFixed(3)],
        ["right here", "right", right], ["wrong here", "wrong", wrong],
        ["missed here", "missed", now.missed.length], ["mined negatives", "mined", mined]);
      stage.draw();
      figure.say(`Step ${moment.step}: loss ${loss.toFixed(2)}, mAP ${moment.map.toFixed(2)}; `
        + `${right} right, ${wrong} wrong, ${now.missed.length} missed.`);
    }

    figure.watch(["moment", "threshold", "mined"], refresh);
    refresh();
    return figure.end;
  },
};

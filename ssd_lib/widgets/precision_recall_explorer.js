// A threshold over the detections of twelve scenes: which are right, and where the
// detector then stands on its curve of precision over recall.

import { Figure, fields, legend, panel, replaceNumbers, sideBySide } from "./controls.js";
import { averagePrecision, judge, precisionRecall } from "./geometry.js";
import { make, makeSvg, sceneGaps, sceneOutliner, svgText } from "./stage.js";

/** @import { AnyWidget } from "@anywidget/types" */
/** @import { Look, Paint } from "./stage.js" */
/** @typedef {{ scene: number, name: string, box: number[], difficult?: boolean }} Found */
/**
 * @typedef {object} Traits
 * @property {Found[]} objects
 * @property {(Found & { score: number })[]} detections
 * @property {number} columns of scenes
 * @property {string[]} kinds all classes together, then each
 * @property {string} kind
 * @property {number} threshold
 * @property {number} iou_threshold
 */

/** @type {Record<string, Look>} */
const LOOKS = {
  right: ["#0072b2", [], 3], wrong: ["#9a3f00", [8, 4], 2.5], double: ["#7a1f5c", [2, 3], 2.5],
  missed: ["#111", [1, 3], 1.5],
};
const [LEFT, TOP, SIDE_X, SIDE_Y] = [34, 8, 270, 180];

/** @satisfies {AnyWidget<Traits>} */
export default {
  render({ model, el }) {
    const figure = new Figure(model, el);
    const stage = figure.stage(paint);
    let now = compute();

    const numbers = make("dl");
    const plot = make("div");
    figure.lay(
      fields(
        figure.slider("threshold", "score at least ", { min: 0, max: 1, step: 0.01 }),
        figure.slider("iou_threshold", "IoU at least ", { min: 0.05, max: 1, step: 0.05 }),
        figure.select("kind", "class ", model.get("kinds"))),
      sideBySide(
        panel(stage.frame, legend(["right", LOOKS.right], ["wrong", LOOKS.wrong],
          ["found twice: wrong", LOOKS.double], ["missed", LOOKS.missed])),
        panel(plot, numbers)));

    /** All verdicts by falling score, class by class judged, and the curve they make. */
    function compute() {
      const [wanted, all] = [model.get("kind"), model.get("kinds")];
      const kinds = wanted === all[0] ? all.slice(1) : [wanted];
      const judged = kinds.map((name) => {
        const found = model.get("detections").filter((one) => one.name === name);
        const there = model.get("objects").filter((one) => one.name === name);
        const verdicts = judge(found, there, model.get("iou_threshold"))
          .filter(({ verdict }) => verdict !== "ignored")
          .map(({ index, object, verdict }) =>
            ({ ...found[index], verdict, object: there[object] }));
        return { verdicts, there };
      });
      const objects = judged.flatMap(({ there }) => there);
      const verdicts = judged.flatMap((one) => one.verdicts).sort((a, b) => b.score - a.score);
      const isRight = verdicts.map(({ verdict }) => verdict === "right");
      const curve = precisionRecall(isRight, objects.length);
      const shown = verdicts.filter(({ score }) => score >= model.get("threshold"));
      const right = shown.filter(({ verdict }) => verdict === "right");
      const reached = new Set(right.map(({ object }) => object));
      const missed = objects.filter((object) => !reached.has(object));
      return { curve, shown, objects, right: right.length, missed };
    }

    /** @type {Paint} */
    function paint(context, width, height) {
      const columns = model.get("columns");
      const outline = sceneOutliner(context, columns, width);
      now.missed.forEach((object) => outline(object, LOOKS.missed));
      [...now.shown].reverse().forEach((one) => outline(one, LOOKS[one.verdict]));
      sceneGaps(context, columns, width, height);
    }

    /**
     * The curve as SVG: what is filed off, the teeth, the eleven marks, the point.
     * @param {number} precision
     * @param {number} recall
     */
    function drawPlot(precision, recall) {
      const x = (/** @type {number} */ value) => (LEFT + SIDE_X * value).toFixed(1);
      const y = (/** @type {number} */ value) => (TOP + SIDE_Y * (1 - value)).toFixed(1);
      const from = (/** @type {number} */ asked) => Math.max(0,
        ...now.curve.filter((p) => p.recall >= asked).map((p) => p.precision));
      const tenths = Array.from({ length: 11 }, (_, k) => k / 10);
      const recalls = [...new Set(now.curve.map((p) => p.recall))];
      let area = `M${x(0)} ${y(0)}`;
      [0, ...recalls].forEach((start, k) => {
        if (recalls[k] > start) area += `V${y(from(recalls[k]))}H${x(recalls[k])}`;
      });
      const teeth = now.curve.map((p, k) => `${k ? "L" : "M"}${x(p.recall)} ${y(p.precision)}`);
      plot.replaceChildren(makeSvg("svg", {
        class: "ssd-plot",
        viewBox: `0 0 ${LEFT + SIDE_X + 10} ${TOP + SIDE_Y + 34}`, role: "img",
        "aria-label": "Precision over recall; the point is at "
          + `recall ${recall.toFixed(2)}, precision ${precision.toFixed(2)}.`,
      },
      makeSvg("path", { class: "ssd-filed", d: `${area}V${y(0)}Z` }),
      makeSvg("path", { class: "ssd-axis", d: `M${x(0)} ${y(1)}V${y(0)}H${x(1)}` }),
      makeSvg("path", { class: "ssd-teeth", d: teeth.join("") }),
      ...tenths.map((v) => makeSvg("rect", {
        class: "ssd-eleven", x: Number(x(v)) - 3, y: Number(y(from(v))) - 3, width: 6, height: 6,
      })),
      makeSvg("circle", { class: "ssd-here", cx: x(recall), cy: y(precision), r: 6 }),
      ...[0, 0.5, 1].flatMap((v) => [
        svgText(x(v), TOP + SIDE_Y + 15, "middle", v),
        svgText(LEFT - 6, Number(y(v)) + 4, "end", v)]),
      svgText(x(0.5), TOP + SIDE_Y + 30, "middle",
        "recall; precision upwards; squares: the 11 points")));
    }

    function refresh() {
      now = compute();
      figure.show();
      const count = now.shown.length;
      const wrong = count - now.right;
      const recall = now.right / now.objects.length;
      const precision = count ? now.right / count : 1;
      const share = `${now.right}/${count} = ${precision.toFixed(2)}`;
      replaceNumbers(numbers, ["right", "right", now.right], ["wrong", "wrong", wrong],
        ["missed", "missed", now.missed.length],
        ["precision", "precision", count ? share : "nothing shown"],
        ["recall", "recall", `${now.right}/${now.objects.length} = ${recall.toFixed(2)}`],
        ["AP, 11 points", "voc07", averagePrecision(now.curve, "voc07").toFixed(3)],
        ["AP, all points (the shaded area)", "voc10",
          averagePrecision(now.curve, "voc10").toFixed(3)]);
      drawPlot(precision, recall);
      stage.draw();
      figure.say(`${now.right} right, ${wrong} wrong, ${now.missed.length} missed. `
        + `Precision ${precision.toFixed(2)}, recall ${recall.toFixed(2)}.`);
    }

    figure.watch(["objects", "detections", "kind", "threshold", "iou_threshold"], refresh);
    refresh();
    return figure.end;
  },
};

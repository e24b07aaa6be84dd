// A threshold over the detections of twelve scenes: which are right, and where the
// detector then stands on its curve of precision over recall.

const LOOKS = {
  right: ["#0072b2", [], 3], wrong: ["#9a3f00", [8, 4], 2.5], double: ["#7a1f5c", [2, 3], 2.5], missed: ["#111", [1, 3], 1.5],
};
const [LEFT, TOP, SIDE_X, SIDE_Y] = [34, 8, 270, 180];

export default {
  render({ model, el }) {
    const stage = new Stage(model, paint);
    const live = new LiveLine();
    const put = (name, value) => {
      model.set(name, value);
      model.save_changes();
    };
    let now;

    const kind = make("select", { onchange: () => put("kind", kind.value) },
      ...model.get("kinds").map((value) => make("option", { value }, value)));
    const slider = (name, low) => make("input", {
      type: "range", min: low, max: 1, step: name === "threshold" ? 0.01 : 0.05, oninput: ({ target }) => put(name, target.valueAsNumber),
    });
    const sliders = { threshold: slider("threshold", 0), iou_threshold: slider("iou_threshold", 0.05) };
    const values = { threshold: make("output", {}), iou_threshold: make("output", {}) };
    const numbers = make("dl", {});
    const plot = make("div", {});
    asFigure(el);
    el.append(
      make("fieldset", { class: "ssd-fields" },
        make("label", { class: "ssd-slider" }, "score at least ", sliders.threshold, values.threshold),
        make("label", { class: "ssd-slider" }, "IoU at least ", sliders.iou_threshold, values.iou_threshold),
        make("label", {}, "class ", kind)),
      make("div", { class: "ssd-row" },
        make("div", { class: "ssd-panel" }, stage.frame,
          make("p", { class: "ssd-sum" }, ...Object.entries(LOOKS).map(([name, [colour, dash, width]]) =>
            swatch({ right: "right", wrong: "wrong", double: "found twice: wrong", missed: "missed" }[name], width,
              dash.length === 0 ? "solid" : dash[0] > 2 ? "dashed" : "dotted", colour)))),
        make("div", { class: "ssd-panel" }, plot, numbers)),
      live.element);

    /** All verdicts by falling score, class by class judged, and the curve they make. */
    function compute() {
      const [wanted, all] = [model.get("kind"), model.get("kinds")];
      const kinds = wanted === all[0] ? all.slice(1) : [wanted];
      const verdicts = [];
      let objects = [];
      for (const name of kinds) {
        const own = (list) => list.filter((one) => one.name === name);
        const [found, there] = [own(model.get("detections")), own(model.get("objects"))];
        for (const { index, object, verdict } of judge(found, there, model.get("iou_threshold"))) {
          if (verdict !== "ignored") verdicts.push({ ...found[index], verdict, object: there[object] });
        }
        objects = objects.concat(there);
      }
      verdicts.sort((a, b) => b.score - a.score);
      const curve = precisionRecall(verdicts.map(({ verdict }) => verdict === "right"), objects.length);
      const shown = verdicts.filter(({ score }) => score >= model.get("threshold"));
      const right = shown.filter(({ verdict }) => verdict === "right");
      const reached = new Set(right.map(({ object }) => object));
      now = { curve, shown, objects, right: right.length, missed: objects.filter((object) => !reached.has(object)) };
    }

    function paint(context, width, height) {
      const columns = model.get("columns");
      const outline = sceneOutliner(context, columns, width);
      now.missed.forEach((object) => outline(object, LOOKS.missed));
      [...now.shown].reverse().forEach((one) => outline(one, LOOKS[one.verdict]));
      sceneGaps(context, columns, width, height);
    }

    /** The curve as SVG: what is filed off, the teeth, the eleven marks, the point. */
    function drawPlot(precision, recall) {
      const x = (value) => (LEFT + SIDE_X * value).toFixed(1);
      const y = (value) => (TOP + SIDE_Y * (1 - value)).toFixed(1);
      const from = (asked) => Math.max(0, ...now.curve.filter((p) => p.recall >= asked).map((p) => p.precision));
      const tenths = Array.from({ length: 11 }, (_, k) => k / 10);
      const recalls = [...new Set(now.curve.map((p) => p.recall))];
      let area = `M${x(0)} ${y(0)}`;
      [0, ...recalls].forEach((start, k) => { if (recalls[k] > start) area += `V${y(from(recalls[k]))}H${x(recalls[k])}`; });
      const teeth = now.curve.map((p, k) => `${k ? "L" : "M"}${x(p.recall)} ${y(p.precision)}`).join("");
      const label = (left, bottom, anchor, text) => makeSvg("text", { x: left, y: bottom, "text-anchor": anchor }, `${text}`);
      plot.replaceChildren(makeSvg("svg", {
        class: "ssd-plot", viewBox: `0 0 ${LEFT + SIDE_X + 10} ${TOP + SIDE_Y + 34}`, role: "img",
        "aria-label": `Precision over recall; the point is at recall ${recall.toFixed(2)}, precision ${precision.toFixed(2)}.`,
      },
      makeSvg("path", { class: "ssd-filed", d: `${area}V${y(0)}Z` }),
      makeSvg("path", { class: "ssd-axis", d: `M${x(0)} ${y(1)}V${y(0)}H${x(1)}` }),
      makeSvg("path", { class: "ssd-teeth", d: teeth }),
      ...tenths.map((v) => makeSvg("rect", { class: "ssd-eleven", x: Number(x(v)) - 3, y: Number(y(from(v))) - 3, width: 6, height: 6 })),
      makeSvg("circle", { class: "ssd-here", cx: x(recall), cy: y(precision), r: 6 }),
      ...[0, 0.5, 1].flatMap((v) => [label(x(v), TOP + SIDE_Y + 15, "middle", v), label(LEFT - 6, Number(y(v)) + 4, "end", v)]),
      label(x(0.5), TOP + SIDE_Y + 30, "middle", "recall; precision upwards; squares: the 11 points")));
    }

    function refresh() {
      compute();
      kind.value = model.get("kind");
      for (const name of Object.keys(sliders)) {
        sliders[name].value = model.get(name);
        values[name].textContent = model.get(name).toFixed(2);
      }
      const count = now.shown.length;
      const recall = now.right / now.objects.length;
      const precision = count ? now.right / count : 1;
      const rows = [["right", "right", now.right], ["wrong", "wrong", count - now.right], ["missed", "missed", now.missed.length],
        ["precision", "precision", count ? `${now.right}/${count} = ${precision.toFixed(2)}` : "nothing shown"],
        ["recall", "recall", `${now.right}/${now.objects.length} = ${recall.toFixed(2)}`],
        ["AP, 11 points", "voc07", averagePrecision(now.curve, "voc07").toFixed(3)],
        ["AP, all points (the shaded area)", "voc10", averagePrecision(now.curve, "voc10").toFixed(3)]];
      numbers.replaceChildren(...rows.flatMap(([text, name, value]) =>
        [make("dt", {}, text), make("dd", { "data-number": name }, `${value}`)]));
      drawPlot(precision, recall);
      stage.draw();
      live.say(`${now.right} right, ${count - now.right} wrong, ${now.missed.length} missed. `
        + `Precision ${precision.toFixed(2)}, recall ${recall.toFixed(2)}.`);
    }

    const names = ["objects", "detections", "kind", "threshold", "iou_threshold"];
    for (const name of names) model.on(`change:${name}`, refresh);
    refresh();
    return () => {
      for (const name of names) model.off(`change:${name}`, refresh);
      stage.destroy();
    };
  },
};

// A recorded run to scrub through: predictions on three scenes, mined negatives, curves.

const LOOKS = { right: ["#0072b2", [], 3], wrong: ["#9a3f00", [8, 4], 2.5], missed: ["#111", [1, 3], 1.5] };
const MINED = "#7a1f5c";
const [LEFT, TOP, WIDE, HIGH] = [34, 8, 270, 90];

export default {
  render({ model, el }) {
    const stage = new Stage(model, paint);
    const live = new LiveLine();
    const put = (name, value) => {
      model.set(name, value);
      model.save_changes();
    };
    const run = model.get("run");
    const { moments } = run;
    const layout = model.get("layout_table");
    const corners = toCorners(defaultBoxes(layout));
    const lastStep = moments.at(-1).step;
    let now;

    const slider = make("input", { type: "range", min: 0, max: moments.length - 1, step: 1, oninput: () => put("moment", slider.valueAsNumber) });
    const step = make("output", {});
    const threshold = make("input", { type: "range", min: 0.3, max: 1, step: 0.05, oninput: () => put("threshold", threshold.valueAsNumber) });
    const thresholdText = make("output", {});
    const mined = make("input", { type: "checkbox", onchange: () => put("mined", mined.checked) });
    const numbers = make("dl", {});
    const plots = make("div", { class: "ssd-row ssd-halves" });
    asFigure(el);
    el.append(
      make("fieldset", { class: "ssd-fields" },
        make("label", { class: "ssd-slider" }, "moment ", slider, step),
        make("label", { class: "ssd-slider" }, "score at least ", threshold, thresholdText),
        make("label", {}, mined, "paint the mined negatives")),
      make("div", { class: "ssd-panel" }, stage.frame,
        make("p", { class: "ssd-sum" }, swatch("right", 3, "solid", LOOKS.right[0]), swatch("wrong", 2.5, "dashed", LOOKS.wrong[0]),
          swatch("missed", 1.5, "dotted", LOOKS.missed[0]), swatch("mined", 1.5, "solid", MINED))),
      plots, make("div", { class: "ssd-panel" }, numbers), live.element);

    /** Right, wrong and missed on the three scenes at this moment. */
    function compute() {
      const moment = moments[clamp(model.get("moment"), 0, moments.length - 1)];
      now = { moment, shown: [], missed: [], mined: 0 };
      moment.scenes.forEach(({ detections, mined: negatives }, scene) => {
        now.mined += negatives.length;
        const objects = run.objects[scene].map(([label, box]) => ({ scene, label, box }));
        const found = detections.filter(([, score]) => score >= model.get("threshold") - 1e-9).map(([label, score, box]) => ({ scene, label, score, box }));
        const reached = new Set();
        for (const label of new Set(found.map((one) => one.label))) {
          const [own, there] = [found, objects].map((list) => list.filter((one) => one.label === label));
          for (const { index, object, verdict } of judge(own, there)) {
            if (verdict === "right") reached.add(there[object]);
            now.shown.push({ ...own[index], verdict: verdict === "right" ? "right" : "wrong" });
          }
        }
        now.missed.push(...objects.filter((object) => !reached.has(object)));
      });
      now.right = now.shown.filter(({ verdict }) => verdict === "right").length;
    }

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
            const [x1, y1, x2, y2] = corners.subarray(4 * box, 4 * box + 4);
            context.rect((place + x1) * side, y1 * side, (x2 - x1) * side, (y2 - y1) * side);
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

    /** One curve over the steps, with a mark at this moment. */
    function plot(title, points, mark, top) {
      const x = (at) => (LEFT + (WIDE * at) / lastStep).toFixed(1);
      const y = (value) => (TOP + HIGH * (1 - Math.min(value, top) / top)).toFixed(1);
      const line = points.map(([at, value], k) => `${k ? "L" : "M"}${x(at)} ${y(value)}`).join("");
      const label = (left, bottom, anchor, text) => makeSvg("text", { x: left, y: bottom, "text-anchor": anchor }, `${text}`);
      return make("div", { class: "ssd-panel" }, makeSvg("svg", {
        class: "ssd-plot", viewBox: `0 0 ${LEFT + WIDE + 10} ${TOP + HIGH + 32}`, role: "img",
        "aria-label": `${title} over steps; at step ${mark[0]} it is ${mark[1].toFixed(2)}.`,
      },
      makeSvg("path", { class: "ssd-axis", d: `M${LEFT} ${TOP}V${TOP + HIGH}H${LEFT + WIDE}` }),
      makeSvg("path", { class: "ssd-teeth", d: line }),
      makeSvg("circle", { class: "ssd-here", cx: x(mark[0]), cy: y(mark[1]), r: 6 }),
      label(LEFT - 5, TOP + 8, "end", top),
      label(LEFT - 5, TOP + HIGH, "end", 0),
      label(LEFT + WIDE, TOP + HIGH + 14, "end", lastStep),
      label(LEFT + WIDE / 2, TOP + HIGH + 27, "middle", `${title} over steps`)));
    }

    function refresh() {
      compute();
      const { moment } = now;
      slider.value = String(model.get("moment"));
      step.textContent = `step ${moment.step}`;
      slider.setAttribute("aria-valuetext", step.textContent);
      threshold.value = model.get("threshold");
      thresholdText.textContent = model.get("threshold").toFixed(2);
      mined.checked = model.get("mined");
      const losses = run.loss.map(([at, place, kind]) => [at, place + kind]);
      const nearest = losses.reduce((a, b) => (Math.abs(b[0] - moment.step) < Math.abs(a[0] - moment.step) ? b : a));
      plots.replaceChildren(plot("loss", losses, [moment.step, nearest[1]], Math.ceil(Math.max(...losses.slice(1).map(([, v]) => v)))),
        plot("mAP", moments.map((one) => [one.step, one.map]), [moment.step, moment.map], 1));
      const rows = [["pictures seen", "seen", moment.step * run.batch_size], ["loss", "loss", nearest[1].toFixed(2)],
        ["mAP on 200 scenes", "map", moment.map.toFixed(3)], ["right here", "right", now.right],
        ["wrong here", "wrong", now.shown.length - now.right], ["missed here", "missed", now.missed.length],
        ["mined negatives", "mined", now.mined]];
      numbers.replaceChildren(...rows.flatMap(([text, name, value]) =>
        [make("dt", {}, text), make("dd", { "data-number": name }, `${value}`)]));
      stage.draw();
      live.say(`Step ${moment.step}: loss ${nearest[1].toFixed(2)}, mAP ${moment.map.toFixed(2)}; `
        + `${now.right} right, ${now.shown.length - now.right} wrong, ${now.missed.length} missed.`);
    }

    const names = ["moment", "threshold", "mined"];
    for (const name of names) model.on(`change:${name}`, refresh);
    refresh();
    return () => {
      for (const name of names) model.off(`change:${name}`, refresh);
      stage.destroy();
    };
  },
};

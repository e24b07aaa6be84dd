// Objects to move, add and take away; the default boxes that are matched with them, by
// either rule; and the rule walked, step by step, on the table of IoUs.

const COLOURS = ["#0072b2", "#9a3f00", "#7a1f5c", "#00664b", "#5b4a00"];
const MOST = COLOURS.length;
const COLUMNS = 3; // best default boxes of each object that the table shows
const NEW = [0.1, 0.1, 0.35, 0.4];

export default {
  render({ model, el }) {
    const stage = new Stage(model, paint, 0.13);
    const live = new LiveLine();
    let scene; // the layout's boxes and corners
    let now; // what is matched now
    let handles = [];
    const put = (name, value) => {
      model.set(name, value);
      model.save_changes();
    };

    // Controls
    const layout = choice(Object.keys(model.get("layouts")), "layout_name", () => put("feature_map", 0));
    const rule = choice(["bipartite", "argmax"], "rule");
    const shade = make("select", { onchange: () => put("feature_map", Number(shade.value)) });
    const object = make("select", { onchange: () => put("chosen", Number(object.value)) });
    const threshold = make("input", {
      type: "range", min: 0.3, max: 1, step: 0.05, oninput: () => put("iou_threshold", threshold.valueAsNumber),
    });
    const thresholdText = make("output", {});
    const add = make("button", { type: "button", onclick: () => change(1) }, "add an object");
    const remove = make("button", { type: "button", onclick: () => change(-1) }, "take the chosen one away");
    const forward = make("button", { type: "button", onclick: () => walk(1) }, "next pair");
    const again = make("button", { type: "button", onclick: () => walk(-Infinity) }, "start again");
    const counts = make("table", { class: "ssd-counts" });
    const sum = make("p", { class: "ssd-sum", "data-line": "sum" });
    const table = make("table", { class: "ssd-counts ssd-dense ssd-ious" });
    const said = make("p", { "data-line": "walk" });
    asFigure(el);
    el.append(
      make("div", { class: "ssd-row" },
        make("div", { class: "ssd-panel" }, stage.frame),
        make("div", { class: "ssd-panel" },
          make("fieldset", { class: "ssd-fields" }, make("label", {}, "layout ", layout), make("label", {}, "rule ", rule),
            make("label", { class: "ssd-slider" }, "threshold ", threshold, thresholdText)),
          counts, sum,
          make("fieldset", { class: "ssd-fields" }, make("label", {}, "object ", object), make("label", {}, "shade ", shade)),
          make("div", { class: "ssd-presets" }, add, remove))),
      make("div", { class: "ssd-presets" }, forward, again), said,
      make("div", { class: "ssd-scroll", tabindex: "0", role: "region", "aria-label": "IoU table" }, table), live.element);

    function choice(values, name, then = () => {}) {
      return make("select", {
        onchange: (event) => {
          model.set("walk", 0);
          put(name, event.target.value);
          then();
        },
      }, ...values.map((value) => make("option", { value }, value)));
    }

    function change(by) {
      const [boxes, names] = [[...model.get("gt_boxes")], [...model.get("names")]];
      if (by > 0) {
        boxes.push(NEW);
        names.push(`object ${names.length + 1}`);
      } else {
        boxes.splice(chosen(), 1);
        names.splice(chosen(), 1);
      }
      model.set("names", names);
      model.set("walk", 0);
      put("gt_boxes", boxes);
      put("chosen", clamp(by > 0 ? boxes.length - 1 : chosen(), 0, Math.max(0, boxes.length - 1)));
    }

    function walk(by) {
      put("walk", clamp(model.get("walk") + by, 0, now.steps.length));
    }

    // What is looked at
    function chosen() {
      return clamp(model.get("chosen"), 0, Math.max(0, model.get("gt_boxes").length - 1));
    }

    function rebuild() {
      scene = { ...model.get("layouts")[model.get("layout_name")] };
      scene.boxes = defaultBoxes(scene);
      scene.corners = toCorners(scene.boxes);
      scene.starts = [0];
      for (const map of scene.maps) {
        scene.starts.push(scene.starts.at(-1) + map.grid ** 2 * boxSizes(map).length);
      }
      shade.replaceChildren(...scene.maps.map(({ grid }, i) => make("option", { value: i }, `${grid} × ${grid} map`)));
      refresh();
    }

    function compute() {
      const ious = iouTable(model.get("gt_boxes"), scene.corners);
      const steps = model.get("rule") === "bipartite" ? bipartiteWalk(ious) : argmaxWalk(ious);
      const matched = matchTable(ious, scene.corners.length / 4, model.get("iou_threshold"), steps);
      now = { ious, steps, matched, forced: new Set(steps.map(({ box }) => box)) };
    }

    // Painting
    function outline(context, width, height, box) {
      const [x1, y1, x2, y2] = scene.corners.subarray(4 * box, 4 * box + 4);
      context.rect(x1 * width, y1 * height, (x2 - x1) * width, (y2 - y1) * height);
    }

    function paint(context, width, height) {
      const index = clamp(model.get("feature_map"), 0, scene.maps.length - 1);
      const map = scene.maps[index];
      const kinds = boxSizes(map).length;
      const ious = now.ious[chosen()];
      const step = map.step / scene.image;
      for (let place = 0; ious && place < map.grid ** 2; place += 1) {
        const first = scene.starts[index] + place * kinds;
        const best = Math.max(...ious.subarray(first, first + kinds));
        const [row, column] = [Math.floor(place / map.grid), place % map.grid];
        context.fillStyle = `rgba(10, 10, 60, ${(0.75 * best).toFixed(3)})`;
        context.fillRect(column * step * width, row * step * height, step * width - 1, step * height - 1);
      }
      now.matched.forEach((gt, box) => {
        if (gt < 0) return;
        const forced = now.forced.has(box) && !(now.ious[gt][box] >= Math.fround(model.get("iou_threshold")));
        strokeTwice(context, COLOURS[gt % MOST], forced ? [8, 4] : [], now.forced.has(box) ? 3 : 1.5,
          () => outline(context, width, height, box));
      });
    }

    // Numbers
    function refreshHandles() {
      const names = model.get("names");
      if (handles.length !== names.length || handles.some((one, i) => one.name !== names[i])) {
        handles.forEach((one) => one.element.remove());
        handles = names.map((name, i) => new BoxHandle(stage, {
          name, kind: "object", get: () => model.get("gt_boxes")[i],
          set: (box) => {
            model.set("chosen", i);
            model.set("walk", 0);
            put("gt_boxes", model.get("gt_boxes").map((old, k) => (k === i ? box : old)));
          },
        }));
      }
      handles.forEach((one) => one.place());
      object.replaceChildren(...names.map((name, i) => make("option", { value: i }, name)));
      object.value = String(chosen());
    }

    function countRows() {
      const rows = scene.maps.map(({ grid }, i) => {
        const mine = now.matched.subarray(scene.starts[i], scene.starts[i + 1]);
        return [`${grid} × ${grid}`, ...model.get("names").map((_, gt) => mine.filter((m) => m === gt).length),
          mine.filter((m) => m < 0).length];
      });
      const totals = rows[0].slice(1).map((_, k) => rows.reduce((total, row) => total + row[k + 1], 0));
      counts.replaceChildren(
        make("tr", {}, ...["map", ...model.get("names"), "none"].map((text) => make("th", { scope: "col" }, text))),
        ...rows.map((row) => make("tr", {}, ...row.map((text) => make("td", {}, `${text}`)))),
        make("tr", { class: "ssd-total" }, make("td", {}, "all"),
          ...totals.map((total) => make("td", { "data-total": "" }, `${total}`))));
      return totals;
    }

    function drawTable() {
      const done = model.get("walk");
      const shown = now.steps.slice(0, done);
      const bipartite = model.get("rule") === "bipartite";
      const columns = [...new Set([...now.steps.map(({ box }) => box), ...now.ious.flatMap((ious) =>
        [...ious.keys()].sort((a, b) => ious[b] - ious[a] || a - b).slice(0, COLUMNS))])].sort((a, b) => a - b);
      const struckRow = (gt) => bipartite && shown.some((s) => s.gt === gt);
      const struckColumn = (box) => bipartite && shown.some((s) => s.box === box);
      const holder = (box) => shown.findLast((s) => s.box === box)?.gt;
      table.replaceChildren(
        make("tr", {}, make("th", { scope: "col" }, "default box"),
          ...columns.map((box) => make("th", { scope: "col" }, `${box}`))),
        ...model.get("names").map((name, gt) => make("tr", {}, make("th", { scope: "row" }, name),
          ...columns.map((box) => {
            const mine = holder(box) === gt;
            const was = shown.some((s) => s.gt === gt && s.box === box) && !mine;
            const gone = struckRow(gt) || struckColumn(box) || was;
            const state = mine ? "ssd-mine" : gone ? "ssd-struck" : "";
            return make("td", { class: state }, gone && !mine ? make("s", {}, now.ious[gt][box].toFixed(2))
              : now.ious[gt][box].toFixed(2));
          }))));
      said.textContent = sayStep(shown.at(-1), done, bipartite);
      forward.disabled = done === now.steps.length;
    }

    function sayStep(step, done, bipartite) {
      const names = model.get("names");
      if (!step) return "The table of IoUs: each object's best default boxes. Which pair comes first?";
      const pair = `${names[step.gt]} and default box ${step.box}, IoU ${step.iou.toFixed(2)}`;
      const before = now.steps.slice(0, done - 1).findLast((s) => s.box === step.box);
      if (!bipartite) return `Step ${done}: ${pair}.${before ? ` It is taken from ${names[before.gt]}.` : ""}`;
      return `Step ${done}: the largest that is left is ${pair}. Row and column are struck out.`;
    }

    function refresh() {
      compute();
      layout.value = model.get("layout_name");
      rule.value = model.get("rule");
      threshold.value = model.get("iou_threshold");
      thresholdText.textContent = model.get("iou_threshold").toFixed(2);
      shade.value = String(clamp(model.get("feature_map"), 0, scene.maps.length - 1));
      const count = model.get("gt_boxes").length;
      add.disabled = count === MOST;
      remove.disabled = count === 0;
      refreshHandles();
      const totals = countRows();
      const none = totals.pop();
      const positives = totals.reduce((a, b) => a + b, 0);
      const lost = model.get("names").filter((_, gt) => totals[gt] === 0);
      sum.textContent = `${positives} positives, ${none} negatives`
        + (lost.length ? `; without any default box: ${lost.join(", ")}` : "");
      drawTable();
      stage.draw();
      live.say(`${sum.textContent}. ${said.textContent}`);
    }

    const listeners = [["change:layout_name", rebuild],
      ...["gt_boxes", "names", "iou_threshold", "rule", "walk", "feature_map", "chosen"].map(
        (name) => [`change:${name}`, () => {
          if (model.get("names").length === model.get("gt_boxes").length) refresh();
        }])];
    for (const [event, listener] of listeners) model.on(event, listener);
    rebuild();
    return () => {
      for (const [event, listener] of listeners) model.off(event, listener);
      stage.destroy();
    };
  },
};

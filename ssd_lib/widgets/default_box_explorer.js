// Default boxes over the picture: a map, a cell, its boxes; their number; and an
// object to drag, with the default box that fits it best.

const OWN = "your scales";
const REACH = 0.5; // IoU at which a default box is matched
const MARGIN = 0.13; // share of the picture's side that is shown around it
const KINDS = [ // in the order of boxes on a cell: colour and dashes
  { name: "1", colour: "#0072b2", dash: [] },
  { name: "extra", colour: "#7a1f5c", dash: [7, 3] },
  { name: "2", colour: "#00664b", dash: [] },
  { name: "1/2", colour: "#00664b", dash: [3, 3] },
  { name: "3", colour: "#9a3f00", dash: [] },
  { name: "1/3", colour: "#9a3f00", dash: [3, 3] },
];
const BEST = "#e69f00";
const REDRAWN = ["layout_name", "feature_map", "ratios", "extra_box", "s_min", "s_max", "show"];

export default {
  render({ model, el }) {
    const stage = new Stage(model, paint, MARGIN);
    const live = new LiveLine();
    const backdrop = document.createElement("canvas"); // boxes that do not move
    let scene; // all that depends on the layout: boxes, corners, where maps start
    let stale = true; // whether the backdrop must be painted anew
    const put = (name, value) => {
      model.set(name, value);
      model.save_changes();
    };

    const handle = new BoxHandle(stage, {
      name: "object", kind: "object",
      get: () => model.get("gt_box"), set: (box) => put("gt_box", box),
    });
    watchCells(stage, {
      cell,
      choose,
      step: () => scene.maps[model.get("feature_map")].step / scene.image,
    });

    // The controls
    const layout = select([...Object.keys(model.get("layouts")), OWN], "layout_name");
    const show = select(["cell", "map", "all"], "show", ["this cell", "this map", "all maps"]);
    const ratios = [2, 3].map((ratio) => checkbox(`${ratio} and 1/${ratio}`,
      () => model.get("ratios").includes(ratio),
      (on) => put("ratios", [2, 3].filter((r) => (r === ratio ? on : model.get("ratios").includes(r))))));
    const extra = checkbox("extra box", () => model.get("extra_box"), (on) => put("extra_box", on));
    const sliders = [slider("s_min", 0.05, 0.5), slider("s_max", 0.5, 1)];
    const counts = make("table", { class: "ssd-counts" });
    const cellLine = make("p", { class: "ssd-sum", "data-line": "cell" });
    const best = make("p", { class: "ssd-big" });
    const reachLine = make("p", { class: "ssd-sum", "data-line": "reach" });
    const legend = make("p", { class: "ssd-sum" });

    const panel = make("div", { class: "ssd-panel" },
      make("fieldset", { class: "ssd-fields" },
        make("label", {}, "layout ", layout), make("label", {}, "draw ", show)),
      counts,
      make("fieldset", { class: "ssd-fields" }, make("legend", {}, "aspect ratios besides 1"),
        ...ratios.map((r) => r.label), extra.label),
      make("fieldset", { class: "ssd-fields" },
        make("legend", {}, "moving one of these makes a layout of your own"),
        ...sliders.map((s) => s.label)));
    asFigure(el);
    el.append(make("div", { class: "ssd-row" },
      make("div", { class: "ssd-panel" }, stage.frame, best, reachLine, cellLine, legend), panel),
    live.element);

    function select(values, name, texts = values) {
      return make("select", { onchange: (event) => put(name, event.target.value) },
        ...values.map((value, i) => make("option", { value }, texts[i])));
    }

    function checkbox(text, get, set) {
      const input = make("input", { type: "checkbox", onchange: () => set(input.checked) });
      return { label: make("label", {}, input, text), refresh: () => { input.checked = get(); } };
    }

    function slider(name, min, max) {
      const shown = make("output", {});
      const input = make("input", {
        type: "range", min, max, step: 0.01,
        oninput: () => {
          model.set(name, input.valueAsNumber);
          put("layout_name", OWN);
        },
      });
      const refresh = () => {
        input.value = model.get(name);
        shown.textContent = model.get(name).toFixed(2);
      };
      return { label: make("label", { class: "ssd-slider" }, `${name} `, input, shown), refresh };
    }

    // What is looked at
    function table() {
      const tables = model.get("layouts");
      const chosen = tables[model.get("layout_name")] ?? ownTable(Object.values(tables)[0]);
      const maps = chosen.maps.map((map) => ({
        ...map,
        max: model.get("extra_box") ? map.max : null,
        ratios: map.ratios.filter((ratio) => model.get("ratios").includes(ratio)),
      }));
      return { ...chosen, maps };
    }

    function ownTable({ image, maps }) {
      const [low, high] = [model.get("s_min"), model.get("s_max")];
      const rest = linearScales(maps.length - 1, low, high);
      const scales = [low / 2, ...rest, 2 * rest.at(-1) - rest.at(-2)];
      return {
        image,
        maps: maps.map((map, k) => ({
          ...map, step: image / map.grid, min: scales[k] * image, max: scales[k + 1] * image,
        })),
      };
    }

    function perCell(map) {
      return 1 + (map.max !== null) + 2 * map.ratios.length;
    }

    function kindsOf(map) {
      const names = ["1", ...(map.max === null ? [] : ["extra"]),
        ...map.ratios.flatMap((ratio) => [`${ratio}`, `1/${ratio}`])];
      return names.map((name) => KINDS.find((kind) => kind.name === name));
    }

    function cell() {
      const last = scene.maps[model.get("feature_map")].grid - 1;
      return model.get("cell").map((index) => clamp(index, 0, last));
    }

    function choose(row, column) {
      const last = scene.maps[model.get("feature_map")].grid - 1;
      put("cell", [clamp(row, 0, last), clamp(column, 0, last)]);
    }

    function boxesOf(mapIndex, row, column) {
      const map = scene.maps[mapIndex];
      const first = scene.starts[mapIndex] + (row * map.grid + column) * perCell(map);
      return Array.from({ length: perCell(map) }, (_, i) => first + i);
    }

    // Painting
    function outline(context, width, height, index) {
      const [x1, y1, x2, y2] = scene.corners.subarray(4 * index, 4 * index + 4);
      context.rect(x1 * width, y1 * height, (x2 - x1) * width, (y2 - y1) * height);
    }

    function paintBackdrop(context, width, height) {
      const chosen = model.get("feature_map");
      const { grid, step } = scene.maps[chosen];
      const end = (grid * step) / scene.image;
      context.beginPath();
      for (let line = 0; line <= grid; line += 1) {
        const at = (line * step) / scene.image;
        context.moveTo(at * width, 0);
        context.lineTo(at * width, end * height);
        context.moveTo(0, at * height);
        context.lineTo(end * width, at * height);
      }
      for (const [style, lineWidth] of [["rgba(0, 0, 0, 0.22)", 2], ["rgba(255, 255, 255, 0.7)", 1]]) {
        context.strokeStyle = style;
        context.lineWidth = lineWidth;
        context.stroke();
      }
      if (model.get("show") === "cell") return;
      const all = model.get("show") === "all";
      const [first, last] = all ? [0, scene.total] : [scene.starts[chosen], scene.starts[chosen + 1]];
      context.strokeStyle = `rgba(10, 30, 80, ${Math.max(0.05, Math.min(0.5, 60 / (last - first)))})`;
      context.beginPath();
      for (let index = first; index < last; index += 1) outline(context, width, height, index);
      context.stroke();
    }

    function paint(context, width, height) {
      if (stale) {
        [backdrop.width, backdrop.height] = [stage.canvas.width, stage.canvas.height];
        stage.paintOn(backdrop.getContext("2d"), paintBackdrop);
        stale = false;
      }
      context.save();
      context.resetTransform();
      context.drawImage(backdrop, 0, 0);
      context.restore();
      const chosen = model.get("feature_map");
      const [row, column] = cell();
      const boxes = boxesOf(chosen, row, column);
      kindsOf(scene.maps[chosen]).forEach((kind, i) => {
        strokeTwice(context, kind.colour, kind.dash, 2, () => outline(context, width, height, boxes[i]));
      });
      const [cx, cy] = scene.boxes.subarray(4 * boxes[0]);
      context.fillStyle = "#fff";
      context.strokeStyle = "#111";
      context.setLineDash([]);
      context.beginPath();
      context.arc(cx * width, cy * height, 4, 0, 7);
      context.fill();
      context.stroke();
      if (scene.bestIou > 0) {
        strokeTwice(context, BEST, [10, 4], 3.5, () => outline(context, width, height, scene.best));
      }
    }

    // Numbers
    function rebuild() {
      scene = table();
      scene.boxes = defaultBoxes(scene);
      scene.corners = toCorners(scene.boxes);
      scene.starts = [0];
      for (const map of scene.maps) scene.starts.push(scene.starts.at(-1) + map.grid ** 2 * perCell(map));
      scene.total = scene.starts.at(-1);
    }

    function reach() {
      const ious = iouWithAll(model.get("gt_box"), scene.corners);
      scene.best = 0;
      scene.reaching = scene.maps.map(() => 0);
      let map = 0;
      for (let index = 0; index < ious.length; index += 1) {
        if (index === scene.starts[map + 1]) map += 1;
        if (ious[index] > ious[scene.best]) scene.best = index;
        if (ious[index] >= REACH) scene.reaching[map] += 1;
      }
      scene.bestIou = ious[scene.best];
      scene.bestMap = scene.starts.findIndex((start) => start > scene.best) - 1;
    }

    function refreshLayout() {
      rebuild();
      stale = true;
      layout.value = model.get("layout_name");
      show.value = model.get("show");
      for (const control of [...ratios, extra, ...sliders]) control.refresh();
      const focused = counts.contains(document.activeElement);
      counts.replaceChildren(countHead(), ...scene.maps.map(countRow), make("tr", { class: "ssd-total" },
        make("td", {}, "all maps"), make("td", {}), make("td", { "data-number": "total" }, `${scene.total}`),
        make("td", { "data-number": "reaching" })));
      if (focused) counts.querySelector("input:checked").focus();
      legend.replaceChildren(
        ...kindsOf(scene.maps[model.get("feature_map")]).map(
          ({ name, colour, dash }) => swatch(name, 3, dash.length ? "dashed" : "solid", colour)),
        swatch("best for the object", 4, "dashed", BEST));
      refresh();
    }

    function countHead() {
      return make("tr", {}, ...["map", "a cell", "boxes", "reach"].map(
        (text) => make("th", { scope: "col" }, text)));
    }

    function countRow(map, index) {
      const input = make("input", {
        type: "radio", name: `map-${radioGroup(el)}`, checked: index === model.get("feature_map"),
        onchange: () => put("feature_map", index),
      });
      return make("tr", {},
        make("td", {}, make("label", {}, input, `${map.grid} × ${map.grid}`)),
        make("td", {}, `${perCell(map)}`),
        make("td", {}, `${map.grid ** 2 * perCell(map)}`),
        make("td", { "data-reach": index }));
    }

    function refresh() {
      reach();
      const [row, column] = cell();
      const chosen = model.get("feature_map");
      const first = boxesOf(chosen, row, column)[0];
      const [cx, cy] = scene.boxes.subarray(4 * first);
      const { grid } = scene.maps[scene.bestMap];
      const hits = scene.reaching.reduce((sum, count) => sum + count, 0);
      best.replaceChildren("best IoU ", make("output", { "data-number": "best" }, scene.bestIou.toFixed(3)));
      reachLine.textContent = `on the ${grid} × ${grid} map; ${hits} default boxes reach 0.5`;
      cellLine.textContent = `row ${row}, column ${column}: centre (${cx.toFixed(4)}, ${cy.toFixed(4)})`
        + (cx > 1 || cy > 1 ? ", outside the picture" : "");
      counts.querySelectorAll("[data-reach]").forEach((field, i) => { field.textContent = scene.reaching[i]; });
      counts.querySelector("[data-number=reaching]").textContent = hits;
      stage.element.setAttribute("aria-label",
        `Cells of the ${scene.maps[chosen].grid} by ${scene.maps[chosen].grid} map, arrow keys move. ${cellLine.textContent}.`);
      handle.place();
      stage.draw();
      live.say(`${cellLine.textContent}. Best IoU ${scene.bestIou.toFixed(3)} ${reachLine.textContent}. ${scene.total} boxes in all.`);
    }

    const listeners = [...REDRAWN.map((name) => [`change:${name}`, refreshLayout]),
      ["change:cell", refresh], ["change:gt_box", refresh]];
    for (const [event, listener] of listeners) model.on(event, listener);
    stage.onresize = () => { stale = true; };
    refreshLayout();
    return () => {
      for (const [event, listener] of listeners) model.off(event, listener);
      stage.destroy();
    };
  },
};

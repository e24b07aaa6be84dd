// A cell of a feature map: what it sees of the picture, the patch that is its own,
// its default boxes, and what the map holds there.

const MARGIN = 0.13; // share of the picture's side that is shown around it
const TILES = 8; // channels in the strip
const NARROW = 480; // pixels of the figure below which they stand in two lines
const FIELD = "#e69f00";
const PATCH = "#0072b2";
const BOXES = "#9a3f00";

export default {
  render({ model, el }) {
    const stage = new Stage(model, paint, MARGIN);
    const live = new LiveLine();
    const sheet = make("img", { src: model.get("activations_url"), alt: "" });
    sheet.addEventListener("load", () => { paintStrip(); });
    stage.picture.addEventListener("load", () => { paintWhole(); });
    const put = (name, value) => {
      model.set(name, value);
      model.save_changes();
    };
    watchCells(stage, { cell, choose, step: () => map().step / network().image });

    const networks = make("select", {
      onchange: (event) => {
        model.set("network", event.target.value);
        look(0);
      },
    }, ...Object.keys(model.get("networks")).map((value) => make("option", { value }, value)));
    const fieldOn = checkbox("receptive field");
    const boxesOn = checkbox("default boxes");
    const maps = make("table", { class: "ssd-counts ssd-dense" });
    const whole = make("canvas", { class: "ssd-whole", "aria-hidden": "true" });
    const strip = make("canvas", { class: "ssd-strip", role: "img" });
    const stripLine = make("p", { class: "ssd-sum" });
    const cellLine = make("p", { class: "ssd-sum", "data-line": "cell" });
    const fieldLine = make("p", { class: "ssd-sum", "data-line": "field" });
    const panel = make("div", { class: "ssd-panel" },
      make("fieldset", { class: "ssd-fields" }, make("label", {}, "network ", networks)),
      maps,
      make("fieldset", { class: "ssd-fields" }, make("legend", {}, "show on the picture"),
        fieldOn.parentNode, boxesOn.parentNode),
      make("p", { class: "ssd-sum" }, "the picture in the whole field"), whole);
    const legend = make("p", { class: "ssd-sum" },
      swatch("receptive field", 4, "solid", FIELD), swatch("the cell's own patch", 4, "solid", PATCH),
      swatch("default boxes", 3, "solid", BOXES));
    asFigure(el);
    el.append(make("div", { class: "ssd-row" },
      make("div", { class: "ssd-panel" }, stage.frame, cellLine, fieldLine, legend), panel),
    stripLine, strip, live.element);

    function checkbox(text) {
      const input = make("input", { type: "checkbox", checked: "", onchange: () => stage.draw() });
      make("label", {}, input, text);
      return input;
    }

    // What is looked at
    function network() {
      return model.get("networks")[model.get("network")];
    }

    function map() {
      return network().maps[model.get("feature_map")];
    }

    function cell() {
      return model.get("cell").map((index) => clamp(index, 0, map().grid - 1));
    }

    /** Choose a map, and in it the cell that was chosen, or the last one before it. */
    function look(index) {
      model.set("feature_map", index);
      choose(...cell());
    }

    function choose(row, column) {
      const last = map().grid - 1;
      put("cell", [clamp(row, 0, last), clamp(column, 0, last)]);
    }

    /** What the cell sees, as left, top and side in fractions of the picture. */
    function field() {
      const { size_px: size, step_px: step, centre_px: centre } = map().field;
      const [row, column] = cell();
      return [column, row].map((index) => (centre + index * step - size / 2) / network().image)
        .concat(size / network().image);
    }

    // Painting
    function paint(context, width, height) {
      const [left, top, side] = field();
      const [row, column] = cell();
      const step = map().step / network().image;
      if (fieldOn.checked) {
        context.beginPath();
        context.rect(-width, -height, 3 * width, 3 * height);
        context.rect(left * width, top * height, side * width, side * height);
        context.fillStyle = "rgba(12, 18, 28, 0.62)";
        context.save();
        context.clip("evenodd");
        context.fillRect(0, 0, width, height);
        context.restore();
        strokeTwice(context, FIELD, [], 3,
          () => context.rect(left * width, top * height, side * width, side * height));
      }
      strokeTwice(context, PATCH, [], 3,
        () => context.rect(column * step * width, row * step * height, step * width, step * height));
      if (!boxesOn.checked) return;
      const { image } = network();
      const centre = [(column + 0.5) * step, (row + 0.5) * step];
      for (const [w, h] of boxSizes(map()).map((size) => size.map((length) => length / image))) {
        strokeTwice(context, BOXES, [], 1.5, () => context.rect(
          (centre[0] - w / 2) * width, (centre[1] - h / 2) * height, w * width, h * height));
      }
    }

    /** The picture at a scale at which the largest field has room. */
    function paintWhole() {
      if (!stage.picture.complete) return;
      const [low, high, pixels] = [-1.1, 2, 440];
      [whole.width, whole.height] = [pixels, pixels];
      const context = whole.getContext("2d");
      const scale = pixels / (high - low);
      const rect = (left, top, side) => [(left - low) * scale, (top - low) * scale, side * scale, side * scale];
      context.drawImage(stage.picture, ...rect(0, 0, 1));
      context.fillStyle = "rgba(230, 159, 0, 0.25)";
      context.fillRect(...rect(...field()));
      strokeTwice(context, FIELD, [], 4, () => context.rect(...rect(...field())));
    }

    function paintStrip() {
      if (!sheet.complete) return;
      const { grid, strip: top } = map();
      const size = Math.max(1, Math.round(76 / grid)); // canvas pixels a cell
      const columns = el.clientWidth < NARROW ? TILES / 2 : TILES;
      const pitch = grid * size + 4;
      [strip.width, strip.height] = [columns * pitch - 4, (TILES / columns) * pitch - 4];
      const context = strip.getContext("2d");
      context.imageSmoothingEnabled = false;
      const [row, column] = cell();
      for (let tile = 0; tile < TILES; tile += 1) {
        const [x, y] = [(tile % columns) * pitch, Math.floor(tile / columns) * pitch];
        context.drawImage(sheet, tile * grid, top, grid, grid, x, y, grid * size, grid * size);
        context.strokeStyle = FIELD;
        context.lineWidth = 2;
        if (grid > 1) context.strokeRect(x + column * size - 1, y + row * size - 1, size + 2, size + 2);
      }
    }

    // Numbers
    function refreshMaps() {
      networks.value = model.get("network");
      const focused = maps.contains(document.activeElement);
      maps.replaceChildren(
        make("tr", {}, ...["map", "cells", "sees", "boxes"].map((text) => make("th", { scope: "col" }, text))),
        ...network().maps.map(mapRow));
      if (focused) maps.querySelector("input:checked").focus();
      refresh();
    }

    function mapRow({ name, grid, field: { size_px: size }, min, max }, index) {
      const input = make("input", {
        type: "radio", name: `map-${radioGroup(el)}`, checked: index === model.get("feature_map"),
        onchange: () => look(index),
      });
      return make("tr", {}, make("td", {}, make("label", {}, input, name)),
        make("td", {}, `${grid} × ${grid}`), make("td", { "data-field": index }, `${size}`),
        make("td", {}, `${Math.round(min)}–${Math.round(max)}`));
    }

    function refresh() {
      const [row, column] = cell();
      const { name, grid, step, field: { size_px: size } } = map();
      const { image, weights } = network();
      const [left, top, side] = field();
      const middle = [left, top].map((edge) => (edge + side / 2) * image);
      const boxes = [column, row].map((index) => (index + 0.5) * step);
      const shown = (point) => `(${point.map((at) => Number(at.toFixed(1))).join(", ")})`;
      const inside = (edge) => clamp(edge + side) - clamp(edge);
      const share = inside(left) * inside(top);
      cellLine.textContent = `row ${row}, column ${column} of ${name}: the middle of what it sees is `
        + `${shown(middle)}, the middle of its boxes ${shown(boxes)}`;
      fieldLine.textContent = `it sees ${size} × ${size} pixels, ${(100 * share).toFixed(0)} % of the picture`
        + (left < 0 || top < 0 || left + side > 1 || top + side > 1 ? ", and padding around it" : "");
      stripLine.textContent = `8 of the channels of ${name}, ${weights} weights`;
      strip.setAttribute("aria-label",
        `Eight channels of ${name} as grey pictures of ${grid} by ${grid} cells, from ${weights} weights.`);
      stage.element.setAttribute("aria-label",
        `Cells of ${name}, ${grid} by ${grid}; arrow keys move. ${cellLine.textContent}.`);
      paintStrip();
      paintWhole();
      stage.draw();
      live.say(`${cellLine.textContent}; ${fieldLine.textContent}.`);
    }

    const listeners = [["change:network", refreshMaps], ["change:feature_map", refreshMaps],
      ["change:cell", refresh]];
    for (const [event, listener] of listeners) model.on(event, listener);
    stage.onresize = paintStrip;
    refreshMaps();
    return () => {
      for (const [event, listener] of listeners) model.off(event, listener);
      stage.destroy();
    };
  },
};

// A head on two small maps, in five steps: one cell's window, one number, the cell's
// channels, its rows, and where these stand among the rows of all maps.

const STEPS = ["window", "one number", "all channels", "rows", "joined"];
const COORDINATES = ["x", "y", "width", "height"];

export default {
  render({ model, el }) {
    const live = new LiveLine();
    const put = (name, value) => {
      model.set(name, value);
      model.save_changes();
    };
    const [k, classes] = [model.get("boxes_per_cell"), model.get("num_classes")];
    const grids = model.get("maps").map((map) => map[0].length);
    const totals = grids.map((grid) => grid * grid * k);

    // Controls
    const steps = STEPS.map((text, index) => radio("step", index, `${index + 1} ${text}`));
    const mapChoice = grids.map((grid, index) => radio("feature_map", index, `${grid} × ${grid} map`,
      () => choose(...cell())));
    const back = make("button", { type: "button", onclick: () => go(-1) }, "back");
    const next = make("button", { type: "button", onclick: () => go(1) }, "next step");
    const channels = make("select", { onchange: () => put("channel", Number(channels.value)) },
      ...Array.from({ length: k * (4 + classes) }, (_, i) => make("option", { value: i }, `${i}: ${nameOf(i)}`)));
    const channelLabel = make("label", {}, "channel ", channels);
    const grid = make("div", {
      class: "ssd-planes", tabindex: "0", role: "application", "aria-roledescription": "grid of cells",
      onkeydown: (event) => {
        const arrow = ARROWS[event.key];
        if (!arrow || event.altKey || event.ctrlKey || event.metaKey) return;
        event.preventDefault();
        const [row, column] = cell();
        choose(row + arrow[1], column + arrow[0]);
      },
      onclick: ({ target }) => {
        if (target.dataset.row) choose(Number(target.dataset.row), Number(target.dataset.column));
      },
    });
    const detail = make("div", { class: "ssd-detail" });
    const formula = make("p", { class: "ssd-formula", "data-line": "formula" });
    const words = make("p", { "data-line": "words" });

    asFigure(el);
    el.append(
      make("fieldset", { class: "ssd-fields ssd-steps" }, make("legend", {}, "step"), ...steps.map((s) => s.label)),
      make("div", { class: "ssd-presets" }, back, next),
      make("div", { class: "ssd-row" },
        make("div", { class: "ssd-panel" },
          make("fieldset", { class: "ssd-fields" }, ...mapChoice.map((m) => m.label)), grid,
          make("p", { class: "ssd-sum" }, "two channels of the map, zeros of the padding around it")),
        make("div", { class: "ssd-panel" }, words, channelLabel, detail, formula)),
      live.element);

    function radio(name, value, text, then = () => {}) {
      const input = make("input", {
        type: "radio", name: `${name}-${radioGroup(el)}`,
        onchange: () => {
          put(name, value);
          then();
        },
      });
      return { input, label: make("label", {}, input, text) };
    }

    function go(by) {
      put("step", clamp(model.get("step") + by, 0, STEPS.length - 1));
    }

    /** What an output channel of the two heads, one behind the other, stands for. */
    function nameOf(channel) {
      const box = boxOf(channel);
      if (channel < 4 * k) return `box ${box}, offset ${COORDINATES[channel % 4]}`;
      return `box ${box}, logit ${(channel - 4 * k) % classes}`;
    }

    function boxOf(channel) {
      return channel < 4 * k ? Math.floor(channel / 4) : Math.floor((channel - 4 * k) / classes);
    }

    // What is looked at
    function side() {
      return grids[model.get("feature_map")];
    }

    function cell() {
      return model.get("cell").map((index) => clamp(index, 0, side() - 1));
    }

    function choose(row, column) {
      put("cell", [clamp(row, 0, side() - 1), clamp(column, 0, side() - 1)]);
    }

    /** The map's number at a place, 0 in the padding. */
    function at(plane, row, column) {
      return model.get("maps")[model.get("feature_map")][plane][row]?.[column] ?? 0;
    }

    /** The window's numbers: planes of 3 rows of 3. */
    function windowOf() {
      const [row, column] = cell();
      return model.get("maps")[0].map((_, plane) => [-1, 0, 1].map(
        (down) => [-1, 0, 1].map((right) => at(plane, row + down, column + right))));
    }

    /** The products of window and kernel of one channel, its bias and their sum. */
    function products(channel) {
      const numbers = windowOf().flat(2);
      const kernel = model.get("weights")[model.get("feature_map")][channel].flat(2);
      const bias = model.get("biases")[model.get("feature_map")][channel];
      const sum = numbers.reduce((total, number, i) => total + number * kernel[i], bias);
      return { numbers, kernel, bias, sum };
    }

    function outputs() {
      return Array.from({ length: k * (4 + classes) }, (_, channel) => products(channel).sum);
    }

    function firstRow() {
      const [row, column] = cell();
      const before = totals.slice(0, model.get("feature_map")).reduce((a, b) => a + b, 0);
      return { before, first: before + (row * side() + column) * k };
    }

    // Drawing
    function matrix(rows, cellOf, columns = rows[0].length) {
      return make("div", { class: "ssd-matrix", style: `--columns: ${columns}` },
        ...rows.flatMap((row, i) => row.map((value, j) => cellOf(value, i, j))));
    }

    function number(value, classNames = "", data = {}) {
      return make("span", { class: `ssd-number ${classNames}`, ...data }, text(value));
    }

    function text(value) {
      return `${value}`.replace("-", "−");
    }

    function drawMaps() {
      const [row, column] = cell();
      const around = Array.from({ length: side() + 2 }, (_, i) => i - 1);
      grid.replaceChildren(...model.get("maps")[0].map((_, plane) => matrix(
        around.map((r) => around.map((c) => [r, c])),
        ([r, c]) => {
          const inside = r >= 0 && c >= 0 && r < side() && c < side();
          const near = Math.abs(r - row) <= 1 && Math.abs(c - column) <= 1;
          const classNames = [inside ? "" : "ssd-padding", near ? "ssd-near" : "",
            r === row && c === column ? "ssd-chosen" : ""].join(" ");
          return number(at(plane, r, c), classNames, inside ? { "data-row": r, "data-column": c } : {});
        })));
    }

    function threes(numbers, classNames) {
      const planes = numbers.length / 9;
      return make("div", { class: "ssd-planes" }, ...Array.from({ length: planes }, (_, plane) => matrix(
        [0, 1, 2].map((r) => numbers.slice(9 * plane + 3 * r, 9 * plane + 3 * r + 3)),
        (value) => number(value, classNames))));
    }

    function labelled(label, ...children) {
      return make("div", { class: "ssd-labelled" }, make("span", { class: "ssd-sum" }, label), ...children);
    }

    function span(first, count) {
      return outputs().slice(first, first + count).map(
        (value, i) => number(value, `ssd-of-${boxOf(first + i)}`, { title: nameOf(first + i) }));
    }

    function run(first, count) {
      return make("div", { class: "ssd-matrix", style: `--columns: ${count}` }, ...span(first, count));
    }

    const show = [
      () => {
        const { numbers } = products(0);
        detail.replaceChildren(labelled("the window", threes(numbers, "ssd-near")));
        return ["Every output of this cell is computed from the same 3 × 3 window, through all channels.",
        `3 × 3 × 2 = ${numbers.length} numbers; on SSD300's conv4_3, 3 × 3 × 512 = 4608`];
      },
      () => {
        const channel = model.get("channel");
        const { numbers, kernel, bias, sum } = products(channel);
        detail.replaceChildren(
          labelled("the window", threes(numbers, "ssd-near")),
          labelled(`times the kernel of channel ${channel}`, threes(kernel, `ssd-of-${boxOf(channel)}`)));
        const terms = numbers.map((value, i) => [value, kernel[i]]).filter(([a, b]) => a * b !== 0)
          .map(([a, b]) => `${a}·${b < 0 ? `(${text(b)})` : b}`);
        return [`Number by number, window times kernel, all added up, and the bias: ${nameOf(channel)}.`,
          `${[...terms, text(bias)].join(" + ")} = ${text(sum)}`];
      },
      () => {
        detail.replaceChildren(
          labelled(`${4 * k} channels of the offset head`, run(0, 4 * k)),
          labelled(`${classes * k} channels of the logit head`, run(4 * k, classes * k)));
        return ["The other channels have kernels of their own for the same window.",
          `k (4 + C) = ${k} × (4 + ${classes}) = ${k * (4 + classes)} numbers for this cell`];
      },
      () => {
        detail.replaceChildren(...Array.from({ length: k }, (_, box) => labelled(`box ${box}`,
          make("div", { class: "ssd-planes" },
            run(4 * box, 4), run(4 * k + classes * box, classes)))));
        return ["Each box of the cell takes the next 4 offsets and the next C logits: one row in each tensor.",
          `${4 * k} offsets → ${k} rows of 4;  ${classes * k} logits → ${k} rows of ${classes}`];
      },
      () => {
        const { before, first } = firstRow();
        const [row, column] = cell();
        const all = totals.reduce((a, b) => a + b, 0);
        detail.replaceChildren(...totals.map((total, index) => {
          const start = totals.slice(0, index).reduce((a, b) => a + b, 0);
          return labelled(`rows of the ${grids[index]} × ${grids[index]} map`, make("div",
            { class: "ssd-matrix", style: `--columns: ${2 * grids[0]}` },
            ...Array.from({ length: total }, (_, i) => number(start + i,
              start + i >= first && start + i < first + k ? `ssd-of-${start + i - first}` : "ssd-other"))));
        }));
        return [`Cell by cell, map behind map: ${all} rows, in the order of the default boxes.`,
          `${before} + (${row} × ${side()} + ${column}) × ${k} = ${first}: rows ${first} to ${first + k - 1}`];
      },
    ];

    function refresh() {
      const step = model.get("step");
      const [row, column] = cell();
      steps[step].input.checked = true;
      mapChoice[model.get("feature_map")].input.checked = true;
      channels.value = String(model.get("channel"));
      channelLabel.hidden = step !== 1;
      back.disabled = step === 0;
      next.disabled = step === STEPS.length - 1;
      drawMaps();
      const [said, computed] = show[step]();
      words.textContent = said;
      formula.textContent = computed;
      grid.setAttribute("aria-label",
        `Cells of the ${side()} by ${side()} map, arrow keys move. Row ${row}, column ${column}.`);
      live.say(`Row ${row}, column ${column}. ${said} ${computed}.`);
    }

    const listeners = ["step", "feature_map", "cell", "channel"].map((name) => `change:${name}`);
    for (const event of listeners) model.on(event, refresh);
    refresh();
    return () => {
      for (const event of listeners) model.off(event, refresh);
    };
  },
};

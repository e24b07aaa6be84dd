// The losses of all default boxes as background, the worst first; how many of them are
// to count; and where on the picture they are.

const ALL = 11;
const MINED = "#9a3f00";
const POSITIVE = "#0072b2";

export default {
  render({ model, el }) {
    const stage = new Stage(model, paint, 0.06);
    const live = new LiveLine();
    const put = (name, value) => {
      model.set(name, value);
      model.save_changes();
    };
    const boxes = defaultBoxes(model.get("layout_table"));
    const corners = toCorners(boxes);
    const { margins, positives, negatives } = answers();
    const losses = negatives.map((box) => softplus(-margins[box]));

    const slider = make("input", {
      type: "range", min: 0, max: ALL, step: 0.5, oninput: () => put("ratio", slider.valueAsNumber),
    });
    const shown = make("output", {});
    const curve = make("canvas", { class: "ssd-curve", role: "img" });
    const big = make("p", { class: "ssd-big" });
    const numbers = make("dl", {});
    const positivesOn = make("input", { type: "checkbox", checked: "", onchange: () => stage.draw() });
    asFigure(el);
    el.append(make("div", { class: "ssd-row" },
      make("div", { class: "ssd-panel" }, stage.frame,
        make("p", { class: "ssd-sum" }, swatch("mined negatives", 2, "solid", MINED),
          swatch("positives", 2, "dashed", POSITIVE))),
      make("div", { class: "ssd-panel" },
        make("fieldset", { class: "ssd-fields" },
          make("label", { class: "ssd-slider" }, "negatives for each positive ", slider, shown),
          make("label", {}, positivesOn, "draw the positives")),
        big, numbers,
        make("p", { class: "ssd-sum" }, "loss of each negative, the worst first (ranks 1, 10, 100, 1000)"), curve)),
    live.element);

    function softplus(x) {
      return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
    }

    function sigmoid(x) {
      return 1 / (1 + Math.exp(-x));
    }

    /** What a half-trained network might answer; the same numbers as in Python. */
    function answers() {
      const table = iouTable(model.get("gt_boxes"), corners);
      const matched = matchTable(table, corners.length / 4, 0.5, bipartiteWalk(table));
      const found = { margins: [], positives: [], negatives: [] };
      matched.forEach((gt, box) => {
        const noise = (Number((BigInt(box) * 2654435761n) % 4294967296n) / 4294967296) * 4 - 2;
        found.margins.push(5 - 7 * Math.max(...table.map((ious) => ious[box])) + noise);
        (gt < 0 ? found.negatives : found.positives).push(box);
      });
      found.negatives.sort((a, b) => found.margins[a] - found.margins[b]);
      return found;
    }

    function count() {
      const ratio = model.get("ratio");
      const asked = ratio >= ALL ? negatives.length : Math.floor(ratio * positives.length);
      return Math.min(asked, negatives.length);
    }

    // Painting
    function outline(context, width, height, box) {
      const [x1, y1, x2, y2] = corners.subarray(4 * box, 4 * box + 4);
      context.rect(x1 * width, y1 * height, (x2 - x1) * width, (y2 - y1) * height);
    }

    function paint(context, width, height) {
      const mined = count();
      for (const [list, colour, dash, alpha] of [
        [negatives.slice(0, mined), MINED, [], Math.max(0.06, Math.min(0.9, 120 / mined))],
        [positivesOn.checked ? positives : [], POSITIVE, [4, 3], 0.8]]) {
        context.globalAlpha = alpha;
        context.strokeStyle = colour;
        context.lineWidth = 1.4;
        context.setLineDash(dash);
        context.beginPath();
        for (const box of list) outline(context, width, height, box);
        context.stroke();
      }
      context.globalAlpha = 1;
    }

    function paintCurve() {
      [curve.width, curve.height] = [640, 260];
      const context = curve.getContext("2d");
      const mined = count();
      const x = (rank) => (Math.log(rank + 1) / Math.log(losses.length)) * 640;
      const y = (loss) => 255 - (loss / losses[0]) * 245;
      for (const [first, last, colour] of [[0, mined, MINED], [mined, losses.length, "#8a94a0"]]) {
        context.fillStyle = colour;
        for (let rank = first; rank < last; rank += 1) {
          const width = Math.max(1.5, x(rank + 1) - x(rank));
          context.fillRect(x(rank), y(losses[rank]), width, 260 - y(losses[rank]));
        }
      }
    }

    // Numbers
    function refresh() {
      const mined = count();
      const sum = (values) => values.reduce((a, b) => a + b, 0);
      const pulls = [sum(positives.map((box) => sigmoid(margins[box]))),
        sum(negatives.slice(0, mined).map((box) => sigmoid(-margins[box])))];
      const share = pulls[1] / (pulls[0] + pulls[1]);
      const ratio = model.get("ratio");
      slider.value = ratio;
      shown.textContent = ratio >= ALL ? "all" : `${ratio}`;
      slider.setAttribute("aria-valuetext", shown.textContent);
      big.replaceChildren(make("output", { "data-number": "mined" }, `${mined}`), " negatives count");
      const rows = [["positives", "positives", `${positives.length}`],
        ["loss of the positives", "positive_loss", sum(positives.map((box) => softplus(margins[box]))).toFixed(1)],
        ["loss of these negatives", "negative_loss", sum(losses.slice(0, mined)).toFixed(1)],
        ["their share of the gradient", "share", `${(100 * share).toFixed(0)} %`]];
      numbers.replaceChildren(...rows.flatMap(([text, name, value]) =>
        [make("dt", {}, text), make("dd", { "data-number": name }, value)]));
      curve.setAttribute("aria-label",
        `Falling curve of ${losses.length} losses from ${losses[0].toFixed(2)} on; the first ${mined} are mined.`);
      paintCurve();
      stage.draw();
      live.say(`${mined} negatives count, ${(100 * share).toFixed(0)} percent of the gradient.`);
    }

    model.on("change:ratio", refresh);
    refresh();
    return () => {
      model.off("change:ratio", refresh);
      stage.destroy();
    };
  },
};

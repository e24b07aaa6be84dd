// A default box that stays, an object and a prediction that move: the offsets of both,
// smooth L1 of their differences, and its gradient.

const PARTS = ["x", "y", "width", "height"];
const RATE = 0.3; // share of the gradient that a step takes
const SMALLEST = 0.02; // a box that is dragged keeps at least this side

export default {
  render({ model, el }) {
    const stage = new Stage(model, paint);
    const live = new LiveLine();
    const put = (name, value) => {
      model.set(name, value);
      model.save_changes();
    };
    const handles = [
      handle("prediction", "prediction", "a"),
      handle("object", "gt_box", "b"),
    ];

    function handle(name, trait, kind) {
      const set = ([x1, y1, x2, y2]) => put(trait,
        tidy([x1, y1, Math.max(x2, x1 + SMALLEST), Math.max(y2, y1 + SMALLEST)]));
      return new BoxHandle(stage, { name, kind, get: () => model.get(trait), set });
    }

    const units = make("input", { type: "checkbox", onchange: () => put("variances", units.checked) });
    const table = make("table", { class: "ssd-counts" });
    const sum = make("p", { class: "ssd-big" });
    const line = make("p", { class: "ssd-sum", "data-line": "iou" });
    const jump = (text, name) => make("button", {
      type: "button", onclick: () => put("prediction", [...model.get(name)]),
    }, text);
    const panel = make("div", { class: "ssd-panel" }, sum, table, line,
      make("div", { class: "ssd-presets" },
        make("button", { type: "button", onclick: step }, "a step down the gradient"),
        jump("to the default box", "default_box"), jump("to the object", "gt_box")),
      make("fieldset", { class: "ssd-fields" }, make("label", {}, units, "divide by the variances")),
      make("p", { class: "ssd-sum" }, swatch("prediction", 3, "solid", "#0072b2"),
        swatch("object", 3, "dashed", "#b34d00"), swatch("default box", 2, "solid", "#111")));
    asFigure(el);
    el.append(make("div", { class: "ssd-row" }, stage.frame, panel), live.element);

    function variances() {
      return model.get("variances") ? [0.1, 0.2] : [1, 1];
    }

    /** Offsets of a box that a trait holds. */
    function offsetsOf(trait) {
      return encode(toCentre(model.get(trait)), toCentre(model.get("default_box")), variances());
    }

    function step() {
      const target = offsetsOf("gt_box");
      const moved = offsetsOf("prediction").map((answer, i) => answer - RATE * smoothL1Slope(answer - target[i]));
      const [cx, cy, width, height] = decode(moved, toCentre(model.get("default_box")), variances());
      put("prediction", tidy([cx - width / 2, cy - height / 2, cx + width / 2, cy + height / 2]));
    }

    function paint(context, width, height) {
      const [x1, y1, x2, y2] = model.get("default_box");
      strokeTwice(context, "#111", [], 1.5,
        () => context.rect(x1 * width, y1 * height, (x2 - x1) * width, (y2 - y1) * height));
    }

    function refresh() {
      units.checked = model.get("variances");
      const [answers, targets] = [offsetsOf("prediction"), offsetsOf("gt_box")];
      const losses = answers.map((answer, i) => smoothL1(answer - targets[i]));
      const total = losses.reduce((a, b) => a + b, 0);
      const shown = (value) => value.toFixed(2).replace("-0.00", "0.00").replace("-", "−");
      table.replaceChildren(
        make("tr", {}, ...["", "answer", "target", "smooth L1", "slope"].map((text) => make("th", { scope: "col" }, text))),
        ...PARTS.map((part, i) => make("tr", { "data-part": part }, make("td", {}, part),
          ...[answers[i], targets[i], losses[i], smoothL1Slope(answers[i] - targets[i])].map(
            (value) => make("td", {}, shown(value))))));
      sum.replaceChildren("loss ", make("output", { "data-number": "loss" }, shown(total)));
      const { iou } = overlap(model.get("prediction"), model.get("gt_box"));
      line.textContent = `IoU of prediction and object ${iou.toFixed(3)}`;
      handles.forEach((one) => one.place());
      stage.draw();
      live.say(`Loss ${shown(total)}. ${line.textContent}. Offsets ${answers.map(shown).join(", ")}.`);
    }

    const listeners = ["default_box", "gt_box", "prediction", "variances"].map((name) => `change:${name}`);
    for (const event of listeners) model.on(event, refresh);
    refresh();
    return () => {
      for (const event of listeners) model.off(event, refresh);
      stage.destroy();
    };
  },
};

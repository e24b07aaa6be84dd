// Two boxes over the picture: drag them and read intersection, union and IoU.

const NAMES = { a: "box_a", b: "box_b" };
const EDGES = ["left", "top", "right", "bottom"];

export default {
  render({ model, el }) {
    const stage = new Stage(model, paint);
    const live = new LiveLine();
    const box = (which) => model.get(NAMES[which]);
    const put = (which, corners) => {
      model.set(NAMES[which], corners);
      model.save_changes();
    };
    const handles = Object.keys(NAMES).map((which) => new BoxHandle(stage, {
      name: which.toUpperCase(), kind: which,
      get: () => box(which), set: (corners) => put(which, corners),
    }));

    const side = model.get("side_px");
    const unit = make("select", { onchange: refresh },
      make("option", { value: "1" }, "fractions of the picture"),
      make("option", { value: String(side) }, `pixels of ${side} × ${side}`));
    const scale = () => Number(unit.value);

    const numbers = Object.fromEntries(["iou", "intersection", "union", "a", "b"].map(
      (name) => [name, make("output", { "data-number": name })]));
    const bars = Object.fromEntries(["union", "intersection"].map(
      (name) => [name, make("span", { class: `ssd-bar ssd-bar-${name}` })]));
    const sum = make("p", { class: "ssd-sum" });
    const inputs = Object.fromEntries(Object.keys(NAMES).map(
      (which) => [which, EDGES.map((edge, i) => edgeInput(which, edge, i))]));

    function edgeInput(which, edge, i) {
      return make("input", {
        type: "number", "aria-label": `Box ${which.toUpperCase()}, ${edge}`,
        onblur: refresh,
        onchange: (event) => {
          const value = event.target.valueAsNumber;
          if (Number.isFinite(value)) {
            put(which, box(which).map((old, k) => (k === i ? clamp(value / scale()) : old)));
          }
          refresh();
        },
      });
    }

    const presets = model.get("presets").map(([name, a, b]) => make("button", {
      type: "button",
      onclick: () => {
        model.set("box_a", a);
        model.set("box_b", b);
        model.save_changes();
      },
    }, name));

    const panel = make("div", { class: "ssd-panel" },
      make("p", { class: "ssd-big" }, "IoU ", numbers.iou),
      make("div", { class: "ssd-bars", "aria-hidden": "true" }, bars.union, bars.intersection),
      sum,
      make("dl", {},
        ...row("intersection", numbers.intersection, "ssd-key-intersection"),
        ...row("union", numbers.union, "ssd-key-union"),
        ...row("area of A", numbers.a, "ssd-key-a"),
        ...row("area of B", numbers.b, "ssd-key-b")),
      make("div", { class: "ssd-presets", role: "group", "aria-label": "Examples" }, ...presets),
      make("details", {}, make("summary", {}, "Type the corners"),
        make("label", { class: "ssd-unit" }, "in ", unit),
        make("div", { class: "ssd-corners" },
          make("span", {}), ...EDGES.map((edge) => make("span", { "aria-hidden": "true" }, edge)),
          make("b", { "aria-hidden": "true" }, "A"), ...inputs.a,
          make("b", { "aria-hidden": "true" }, "B"), ...inputs.b)));
    asFigure(el);
    el.append(make("div", { class: "ssd-row" }, stage.frame, panel), live.element);

    function row(name, output, key) {
      return [make("dt", {}, make("i", { class: `ssd-key ${key}` }), name), make("dd", {}, output)];
    }

    function paint(context, width, height) {
      const [x1, y1, x2, y2] = sharedBox(box("a"), box("b"));
      if (x2 > x1 && y2 > y1) {
        const area = [x1 * width, y1 * height, (x2 - x1) * width, (y2 - y1) * height];
        context.fillStyle = "rgba(255, 255, 255, 0.45)";
        context.fillRect(...area);
        hatch(context, ...area);
      }
    }

    function refresh() {
      const [a, b] = [box("a"), box("b")];
      const { intersection, union, iou } = overlap(a, b);
      const square = scale() ** 2;
      const digits = scale() === 1 ? 4 : 0;
      const show = (area) => (area * square).toFixed(digits) + (scale() === 1 ? "" : " px²");
      numbers.iou.textContent = iou.toFixed(3);
      numbers.intersection.textContent = show(intersection);
      numbers.union.textContent = show(union);
      numbers.a.textContent = show(boxArea(a));
      numbers.b.textContent = show(boxArea(b));
      sum.textContent = `${show(intersection)} / ${show(union)} = ${iou.toFixed(3)}`;
      bars.intersection.style.width = `${100 * iou}%`;
      for (const [which, fields] of Object.entries(inputs)) {
        fields.forEach((field, i) => {
          field.max = scale();
          field.step = scale() === 1 ? 0.01 : 1;
          if (field !== document.activeElement) {
            field.value = Number((box(which)[i] * scale()).toFixed(digits));
          }
        });
      }
      for (const handle of handles) handle.place();
      stage.draw();
      live.say(`IoU ${iou.toFixed(3)}. Intersection ${show(intersection)}, union ${show(union)}.`);
    }

    const changed = Object.values(NAMES).map((name) => `change:${name}`);
    for (const event of changed) model.on(event, refresh);
    refresh();
    return () => {
      for (const event of changed) model.off(event, refresh);
      stage.destroy();
    };
  },
};

/** Slanted lines over a rectangle: seen without telling colours apart. */
function hatch(context, x, y, width, height) {
  context.save();
  context.beginPath();
  context.rect(x, y, width, height);
  context.clip();
  context.strokeStyle = "rgba(20, 20, 20, 0.55)";
  context.lineWidth = 1.5;
  context.beginPath();
  for (let at = x - height; at < x + width; at += 9) {
    context.moveTo(at, y + height);
    context.lineTo(at + height, y);
  }
  context.stroke();
  context.restore();
}

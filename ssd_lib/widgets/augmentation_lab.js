// One draw of SSD's augmentation on the picture: distorted, zoomed out, the patches that
// were tried, and what the network sees in the end.

const STAGES = ["distorted", "zoomed out", "patch", "result"];
const MEAN = "rgb(123, 117, 104)";
const SIZE = 600; // pixels of the canvases
const SHOWN = 12; // trials in the table
const VERDICTS = { taken: "taken", good: "would do", overlap: "overlaps too little", centre: "no centre inside" };
const COLOURS = { taken: "#e69f00", good: "#00664b", overlap: "#7a1f5c", centre: "#7a1f5c" };

export default {
  render({ model, el }) {
    const live = new LiveLine();
    const put = (name, value) => {
      model.set(name, value);
      model.save_changes();
    };
    const picture = make("img", { src: model.get("picture_url"), alt: "" });
    picture.addEventListener("load", () => { paint(); });
    const [ground, image, marks] = ["ground", "image", "marks"].map(() =>
      make("canvas", { width: SIZE, height: SIZE, "aria-hidden": "true" }));
    const view = make("div", { class: "ssd-layers", role: "img" }, ground, image, marks);
    let now;

    const stages = STAGES.map((text, index) => {
      const input = make("input", { type: "radio", name: `stage-${radioGroup(el)}`, onchange: () => put("stage", index) });
      return { input, label: make("label", {}, input, `${index + 1} ${text}`) };
    });
    const constraint = make("select", { onchange: () => put("constraint", constraint.value) },
      ...["drawn", "whole", ...model.get("constraints")].map((value) => make("option", { value },
        { drawn: "as it is drawn", whole: "the whole picture", any: "any patch" }[value] ?? `IoU at least ${value}`)));
    const again = make("button", { type: "button", onclick: () => put("seed", model.get("seed") + 1) }, "draw again");
    const line = make("p", { "data-line": "step" });
    const counts = make("table", { class: "ssd-counts ssd-dense" });
    const trials = make("table", { class: "ssd-counts ssd-dense" });
    asFigure(el);
    el.append(
      make("fieldset", { class: "ssd-fields" }, make("legend", {}, "step"), ...stages.map((s) => s.label)),
      make("fieldset", { class: "ssd-fields" }, make("label", {}, "patch ", constraint), again),
      make("div", { class: "ssd-row" },
        make("div", { class: "ssd-panel" }, view, line),
        make("div", { class: "ssd-panel" }, counts, trials)), live.element);

    // One draw
    function compute() {
      const random = randomFrom(model.get("seed") * 7919);
      const between = (low, high) => low + (high - low) * random();
      const colours = {
        brightness: random() < 0.5 ? between(-32, 32) / 128 + 1 : 1, contrast: random() < 0.5 ? between(0.5, 1.5) : 1,
        saturate: random() < 0.5 ? between(0.5, 1.5) : 1, hue: random() < 0.5 ? between(-36, 36) : 0,
      };
      const ratio = random() < 0.5 ? between(1, 4) : 1;
      const place = [random() * (1 - 1 / ratio), random() * (1 - 1 / ratio)];
      const flip = random() < 0.5;
      const boxes = model.get("gt_boxes").map((box) => box.map((edge, i) => edge / ratio + place[i % 2]));
      const tried = {};
      for (const name of model.get("constraints")) {
        tried[name] = Array.from({ length: model.get("trials") }, () => judge(drawPatch(random), boxes, name));
      }
      const successful = ["whole", ...model.get("constraints").filter((name) => tried[name].some((t) => t.ok))];
      const drawn = successful[Math.floor(random() * successful.length)];
      const name = model.get("constraint") === "drawn" ? drawn : model.get("constraint");
      const taken = (tried[name] ?? []).findIndex((t) => t.ok);
      const patch = taken < 0 ? [0, 0, 1, 1] : tried[name][taken].patch;
      return { colours, ratio, place, flip, boxes, tried, name, taken, patch };
    }

    function judge(patch, boxes, name) {
      const iou = Math.max(...boxes.map((box) => overlap(patch, box).iou));
      const centre = boxes.some((box) => centreInside(box, patch));
      const enough = name === "any" || iou >= Number(name);
      return { patch, iou, ok: enough && centre, verdict: !enough ? "overlap" : centre ? "good" : "centre" };
    }

    // Painting
    function paint() {
      if (!picture.complete || !now) return;
      const stage = model.get("stage");
      const contexts = [ground, image, marks].map((canvas) => canvas.getContext("2d"));
      for (const context of contexts) {
        context.setTransform(1, 0, 0, 1, 0, 0);
        context.clearRect(0, 0, SIZE, SIZE);
      }
      const { brightness, contrast, saturate, hue } = now.colours;
      image.style.filter = `brightness(${brightness}) contrast(${contrast}) saturate(${saturate}) hue-rotate(${hue}deg)`;
      contexts[0].fillStyle = MEAN;
      contexts[0].fillRect(0, 0, SIZE, SIZE);
      const zoomed = stage > 0;
      const patch = stage === 3 ? now.patch : [0, 0, 1, 1];
      const [scaleX, scaleY] = [SIZE / (patch[2] - patch[0]), SIZE / (patch[3] - patch[1])];
      const flip = stage === 3 && now.flip;
      const at = ([x1, y1, x2, y2]) => {
        const [left, right] = [(x1 - patch[0]) * scaleX, (x2 - patch[0]) * scaleX];
        const x = flip ? SIZE - right : left;
        return [x, (y1 - patch[1]) * scaleY, right - left, (y2 - y1) * scaleY];
      };
      const [left, top] = zoomed ? now.place : [0, 0];
      const side = zoomed ? 1 / now.ratio : 1;
      const [x, y, width, height] = at([left, top, left + side, top + side]);
      if (flip) {
        contexts[1].setTransform(-1, 0, 0, 1, SIZE, 0);
        contexts[1].drawImage(picture, SIZE - x - width, y, width, height);
      } else contexts[1].drawImage(picture, x, y, width, height);
      const boxes = zoomed ? now.boxes : model.get("gt_boxes");
      if (stage === 2) paintTrials(contexts[2]);
      boxes.forEach((box) => {
        if (stage === 3 && !centreInside(box, now.patch)) return;
        const clipped = stage === 3 ? sharedBox(box, now.patch) : box;
        strokeTwice(contexts[2], "#111", [], 3, () => contexts[2].rect(...at(clipped)));
      });
    }

    function paintTrials(context) {
      (now.tried[now.name] ?? []).slice(0, SHOWN).forEach((trial, i) => {
        const kind = i === now.taken ? "taken" : trial.verdict;
        const [x1, y1, x2, y2] = trial.patch.map((edge) => edge * SIZE);
        strokeTwice(context, COLOURS[kind], kind === "taken" ? [] : [10, 6], kind === "taken" ? 7 : 2,
          () => context.rect(x1, y1, x2 - x1, y2 - y1));
      });
    }

    // Numbers
    function describe() {
      const kept = now.boxes.filter((box) => centreInside(box, now.patch)).length;
      const { brightness, contrast, saturate, hue } = now.colours;
      const size = now.patch.map((edge) => edge * 300);
      return [
        `brightness × ${brightness.toFixed(2)}, contrast × ${contrast.toFixed(2)}, saturation × ${saturate.toFixed(2)}, hue ${hue.toFixed(0)}°`,
        now.ratio === 1 ? "not zoomed out this time" : `on a canvas ${now.ratio.toFixed(2)} times as wide and high`,
        now.taken < 0 ? "the whole picture is taken"
          : `${now.name === "any" ? "any patch" : `IoU at least ${now.name}`}: trial ${now.taken + 1} is taken`,
        `${(size[2] - size[0]).toFixed(0)} × ${(size[3] - size[1]).toFixed(0)} of 300 become 300 × 300${
          now.flip ? ", flipped" : ""}; ${kept} of ${now.boxes.length} objects stay`,
      ][model.get("stage")];
    }

    function refresh() {
      now = compute();
      stages[model.get("stage")].input.checked = true;
      constraint.value = model.get("constraint");
      line.textContent = describe();
      counts.replaceChildren(make("tr", {}, make("th", { scope: "col" }, "IoU at least"),
        make("th", { scope: "col" }, `accepted of ${model.get("trials")}`)),
      ...Object.entries(now.tried).map(([name, list]) => make("tr", {}, make("td", {}, name),
        make("td", { "data-accepted": name }, `${list.filter((t) => t.ok).length}`))));
      trials.replaceChildren(...((now.tried[now.name] ?? []).length ? [make("tr", {},
        ...["trial", "best IoU", "verdict"].map((text) => make("th", { scope: "col" }, text)))] : []),
      ...(now.tried[now.name] ?? []).slice(0, SHOWN).map((trial, i) => make("tr",
        { "data-patch": JSON.stringify(trial.patch) }, make("td", {}, `${i + 1}`), make("td", {}, trial.iou.toFixed(2)),
        make("td", {}, VERDICTS[i === now.taken ? "taken" : trial.verdict]))));
      view.setAttribute("aria-label", `The running picture, ${STAGES[model.get("stage")]}: ${line.textContent}.`);
      paint();
      live.say(`${STAGES[model.get("stage")]}: ${line.textContent}.`);
    }

    const listeners = ["seed", "stage", "constraint"].map((name) => `change:${name}`);
    for (const event of listeners) model.on(event, refresh);
    refresh();
    return () => {
      for (const event of listeners) model.off(event, refresh);
    };
  },
};

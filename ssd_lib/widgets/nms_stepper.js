// Non-maximum suppression on a picture: the best is kept, its neighbours are dropped,
// box by box or at once; class by class, all classes together, or softly.

const WAITING = "#3d4650";
const KEPT = "#0072b2";
const DROPPED = "#9a3f00";
const SHOWN = "#e69f00";

export default {
  render({ model, el }) {
    const stage = new Stage(model, paint, 0.04);
    const live = new LiveLine();
    const put = (name, value) => {
      model.set(name, value);
      model.save_changes();
    };
    let now; // steps of the rule, and the state of each candidate
    let shown = -1; // a candidate that the reader asked to see

    const slider = (name, low, high) => make("input", {
      type: "range", min: low, max: high, step: 0.05, oninput: ({ target }) => restart(name, target.valueAsNumber),
    });
    const mode = make("select", { onchange: () => restart("mode", mode.value) },
      ...model.get("modes").map((value) => make("option", { value }, value)));
    const sliders = { score_threshold: slider("score_threshold", 0, 0.95), iou_threshold: slider("iou_threshold", 0, 1) };
    const values = { score_threshold: make("output", {}), iou_threshold: make("output", {}) };
    const forward = make("button", { type: "button", onclick: () => walk(1) }, "keep the best that is left");
    const back = make("button", { type: "button", onclick: () => walk(-1) }, "one back");
    const end = make("button", { type: "button", onclick: () => walk(Infinity) }, "to the end");
    const again = make("button", { type: "button", onclick: () => walk(-Infinity) }, "start again");
    const said = make("p", { "data-line": "step" });
    const sum = make("p", { class: "ssd-sum", "data-line": "sum" });
    const look = make("select", {
      onchange: () => {
        shown = Number(look.value);
        stage.draw();
      },
    });
    const table = make("table", { class: "ssd-counts ssd-dense" });
    asFigure(el);
    el.append(
      make("div", { class: "ssd-row" },
        make("div", { class: "ssd-panel" }, stage.frame,
          make("p", { class: "ssd-sum" }, swatch("waiting", 1.5, "solid", WAITING), swatch("kept", 3, "solid", KEPT),
            swatch("dropped or lowered now", 2, "dashed", DROPPED)),
          make("div", { class: "ssd-presets" }, forward, back, end, again), said),
        make("div", { class: "ssd-panel" },
          make("fieldset", { class: "ssd-fields" }, make("label", {}, "rule ", mode),
            ...Object.entries({ score_threshold: "score above ", iou_threshold: "drop if IoU above " }).map(([name, text]) =>
              make("label", { class: "ssd-slider" }, text, sliders[name], values[name])),
            make("label", {}, "point at ", look)),
          sum,
          make("div", { class: "ssd-scroll ssd-list", tabindex: "0", role: "region", "aria-label": "Candidates" }, table))),
      live.element);

    function restart(name, value) {
      model.set("step", 0);
      put(name, value);
    }

    function walk(by) {
      put("step", clamp(model.get("step") + by, 0, now.steps.length));
    }

    const percent = (score) => score.toFixed(2);
    const title = (k) => `${now.rank.indexOf(k) + 1} ${model.get("candidates")[k].name}`;

    /** What the rule does, and after the steps taken so far each candidate's state. */
    function compute() {
      const candidates = model.get("candidates");
      const scores = candidates.map(({ score }) => score);
      const steps = nmsWalk(candidates.map(({ box }) => box), scores, candidates.map(({ name }) => name), {
        score: model.get("score_threshold"), iou: model.get("iou_threshold"),
        agnostic: model.get("mode").startsWith("all"), soft: model.get("mode").startsWith("soft"),
      });
      const states = candidates.map(({ score }) => (score > model.get("score_threshold")
        ? { kind: "waiting", score, text: "waiting" } : { kind: "below", score, text: "below the threshold" }));
      const done = steps.slice(0, model.get("step"));
      now = { steps, states, done, rank: [...scores.keys()].sort((a, b) => scores[b] - scores[a] || a - b) };
      for (const { kept, score, touched } of done) {
        states[kept] = { kind: "kept", score, text: "kept" };
        for (const { box, iou, after } of touched) {
          const over = after > model.get("score_threshold");
          states[box] = { kind: over ? "waiting" : "dropped", score: after > 0 ? after : states[box].score,
            text: `${over ? "lowered" : "dropped"}: ${iou.toFixed(2)} with ${now.rank.indexOf(kept) + 1}` };
        }
      }
    }

    function paint(context, width, height) {
      const touched = new Set(now.done.at(-1)?.touched.map(({ box }) => box));
      const candidates = model.get("candidates");
      const draw = (k, colour, dash, line) => strokeTwice(context, colour, dash, line, () => {
        const [x1, y1, x2, y2] = candidates[k].box;
        context.rect(x1 * width, y1 * height, (x2 - x1) * width, (y2 - y1) * height);
      });
      now.states.forEach(({ kind }, k) => {
        if (touched.has(k)) draw(k, DROPPED, [7, 5], 2);
        else if (kind === "waiting") draw(k, WAITING, [], 1.2);
      });
      now.states.forEach(({ kind }, k) => { if (kind === "kept") draw(k, KEPT, [], 3); });
      if (shown >= 0) draw(shown, SHOWN, [], 5);
    }

    function say() {
      const last = now.done.at(-1);
      if (!last) return "Nothing is kept yet. Which box comes first, and which ones will it drop?";
      const dropped = last.touched.filter(({ after }) => !(after > model.get("score_threshold")));
      const lowered = last.touched.length - dropped.length;
      const effects = [...(dropped.length || !lowered ? [`${dropped.length} dropped`] : []), ...(lowered ? [`${lowered} lowered`] : [])];
      return `Step ${now.done.length}: ${title(last.kept)}, score ${percent(last.score)}, is kept; ${effects.join(", ")}.`;
    }

    function refresh() {
      compute();
      mode.value = model.get("mode");
      for (const [name, control] of Object.entries(sliders)) {
        control.value = model.get(name);
        values[name].textContent = model.get(name).toFixed(2);
      }
      sliders.iou_threshold.disabled = model.get("mode").startsWith("soft");
      const step = now.done.length;
      for (const button of [forward, end]) button.disabled = step === now.steps.length;
      for (const button of [back, again]) button.disabled = step === 0;
      look.replaceChildren(make("option", { value: -1 }, "no box"), ...now.rank.map((k) => make("option", { value: k }, title(k))));
      look.value = String(shown);
      table.replaceChildren(
        make("tr", {}, ...["box", "score", "state: IoU"].map((text) => make("th", { scope: "col" }, text))),
        ...now.rank.map((k) => make("tr", { "data-state": now.states[k].kind }, make("td", {}, title(k)),
          make("td", {}, percent(now.states[k].score)), make("td", {}, now.states[k].text))));
      const count = (kind) => now.states.filter((state) => state.kind === kind).length;
      sum.textContent = `${count("kept")} kept, ${count("dropped")} dropped, ${count("waiting")} waiting, ${count("below")} below the threshold`;
      said.textContent = say();
      stage.draw();
      live.say(`${said.textContent} ${sum.textContent}.`);
    }

    const names = ["candidates", "score_threshold", "iou_threshold", "mode", "step"];
    for (const name of names) model.on(`change:${name}`, refresh);
    refresh();
    return () => {
      for (const name of names) model.off(`change:${name}`, refresh);
      stage.destroy();
    };
  },
};

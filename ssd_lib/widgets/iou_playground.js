// Two boxes over the picture: drag them and watch intersection, union and IoU; the goal
// is 0.90 on the dog.

import { BoxHandle } from "./box_handle.js";
import {
  Figure, buttons, choices, headline, keyRow, more, panel, sideBySide,
} from "./controls.js";
import { boxArea, overlap, sharedBox } from "./geometry.js";
import { Glide } from "./motion.js";
import { clamp, make, rectOf, strokeTwice, tidy } from "./stage.js";

/** @import { AnyWidget } from "@anywidget/types" */
/** @import { Box } from "./geometry.js" */
/** @import { Context, Paint } from "./stage.js" */
/** @typedef {"intersection" | "a" | "b" | "union"} Part of the image */
/**
 * @typedef {object} Traits
 * @property {number[]} box_a
 * @property {number[]} box_b
 * @property {[name: string, box: number[]][]} things on the image; the goal's is the first
 * @property {number[]} start where box A is when the goal is set
 * @property {[name: string, a: number[], b: number[]][]} presets
 * @property {number} side_px
 */

/** @type {["a", "b"]} */
const BOXES = ["a", "b"];
const EDGES = ["left", "top", "right", "bottom"];
const GOAL = 0.9;
const ASKED = ["shifted by half", "nested", "touching"]; // pairs that questions set

/** @satisfies {AnyWidget<Traits>} */
export default {
  render({ model, el }) {
    const figure = new Figure(model, el);
    const stage = figure.stage(paint);
    const [[goalName, goalBox]] = model.get("things");
    const box = (/** @type {"a" | "b"} */ which) => model.get(`box_${which}`);
    const glide = new Glide(() => [...box("a"), ...box("b")], show);
    figure.ends.push(glide.end);
    let byHand = false; // what a hand moves does not glide
    let best = 0; // of what the reader has reached on the goal's box
    let isThere = false;
    /** @type {Part | undefined} */
    let lit;
    const shown = { a: () => glide.now.slice(0, 4), b: () => glide.now.slice(4) };
    const handles = BOXES.map((which) => new BoxHandle(stage, {
      name: which.toUpperCase(), kind: which, get: shown[which],
      set: (corners) => {
        byHand = true;
        figure.put({ [`box_${which}`]: corners });
        byHand = false;
      },
    }));
    const cheer = make("div", { class: "ssd-cheer", "aria-hidden": "true", hidden: true });
    stage.element.append(cheer);

    // Numbers
    const iouNow = headline("IoU of A and B", "iou");
    const goal = make("p", { class: "ssd-goal" });
    const bars = BOXES.map((which) => segment(which));
    const shared = segment("intersection");
    const mark = (/** @type {number} */ at, /** @type {string} */ text) =>
      make("span", { class: "ssd-mark", style: `left: ${100 * at}%` }, text);
    const rows = {
      intersection: areaRow("intersection", "intersection"), union: areaRow("union", "union"),
      a: areaRow("a", "only in A"), b: areaRow("b", "only in B"),
    };

    // Controls
    const side = model.get("side_px");
    const unit = make("select", { onchange: refresh },
      ...choices([1, side], ["fractions of the image", `pixels of ${side} × ${side}`]));
    const scale = () => Number(unit.value);
    const inputs = {
      a: EDGES.map((_, i) => edgeInput("a", i)), b: EDGES.map((_, i) => edgeInput("b", i)),
    };
    const presets = model.get("presets").filter(([name]) => !ASKED.includes(name))
      .map(([name, a, b]) => figure.button(name, () => figure.put({ box_a: a, box_b: b })));

    el.classList.add("ssd-iou");
    figure.lay(sideBySide(stage.frame, panel(
      iouNow.element,
      make("div", { class: "ssd-gauge", "aria-hidden": "true" },
        make("div", {}, shared, ...bars), mark(0.5, "0.5"), mark(GOAL, "goal")),
      goal,
      make("div", { class: "ssd-areas" }, ...Object.values(rows).map(({ element }) => element)),
      tries()), more("More",
      make("div", { role: "group", "aria-label": "Pairs of boxes" }, buttons(...presets)),
      make("label", { class: "ssd-unit" }, "Corners in ", unit),
      make("div", { class: "ssd-corners" },
        make("span"), ...EDGES.map((edge) => make("span", { "aria-hidden": "true" }, edge)),
        make("b", { "aria-hidden": "true" }, "A"), ...inputs.a,
        make("b", { "aria-hidden": "true" }, "B"), ...inputs.b))));

    /** @param {Part} part */
    function segment(part) {
      return make("span", {
        class: `ssd-part ssd-part-${part}`,
        onpointerenter: () => light(part), onpointerleave: () => light(),
      }, make("span", {}, part === "intersection" ? "both" : `only ${part.toUpperCase()}`));
    }

    /**
     * @param {Part} part
     * @param {string} text
     */
    function areaRow(part, text) {
      const row = keyRow("ink", text, { name: part, light: (on) => light(on ? part : undefined) });
      row.element.querySelector("i")?.setAttribute("class", `ssd-key ssd-part-${part}`);
      row.element.querySelector("i")?.removeAttribute("style");
      return row;
    }

    /** @param {Part} [part] that is to stand out */
    function light(part) {
      lit = part;
      stage.draw();
    }

    function tries() {
      const [half, nested, apart] = ASKED.map((name) => {
        const [, a, b] = model.get("presets").find(([one]) => one === name)
          ?? ["", goalBox, goalBox];
        return { a, b, iou: overlap(a, b).iou.toFixed(3), put: () => ({ box_a: a, box_b: b }) };
      });
      const share = (boxArea(nested.b) / boxArea(nested.a)).toFixed(3);
      const off = 1 - Math.sqrt((2 * GOAL) / (1 + GOAL)); // of both sides, with equal sizes
      const [dx, dy] = [off * (goalBox[2] - goalBox[0]), off * (goalBox[3] - goalBox[1])];
      const [right, down] = [dx, dy].map((by) => (by * side).toFixed(1));
      const near = tidy([goalBox[0] + dx, goalBox[1] + dy, goalBox[2] + dx, goalBox[3] + dy]);
      const there = overlap(near, goalBox).iou;
      return figure.chips([
        {
          ask: "Half a box aside: half the IoU?",
          put: half.put,
          answer: `Less: ${half.iou}. What sticks out on either side makes the `
            + "union larger, so a shift costs twice.",
        }, {
          ask: "One inside the other: is it 1?",
          put: nested.put,
          answer: `No. All of B is shared, and still the IoU is ${nested.iou}: B is only ${share} `
            + "of A. IoU asks for the right size as well as for the right place.",
        }, {
          ask: "How far off is 0.90?",
          put: () => ({ box_a: near, box_b: goalBox }),
          answer: `Not far: ${right} pixels right and ${down} down, on an image of ${side} by `
            + `${side}, and the IoU is ${there.toFixed(3)}. You would hardly call this wrong.`,
        }, {
          ask: "Only touching: what then?",
          put: apart.put,
          answer: `${apart.iou}, and ${apart.iou} it stays: drag B further away. Once nothing is `
            + "shared, IoU no longer tells how far off a box is.",
        },
      ]);
    }

    /**
     * @param {"a" | "b"} which
     * @param {number} i
     */
    function edgeInput(which, i) {
      const onchange = () => {
        const value = input.valueAsNumber;
        if (Number.isFinite(value)) {
          const corners = box(which).map((old, k) => (k === i ? clamp(value / scale()) : old));
          figure.put({ [`box_${which}`]: corners });
        }
        refresh();
      };
      const label = `Box ${which.toUpperCase()}, ${EDGES[i]}`;
      const input = make("input",
        { type: "number", "aria-label": label, onblur: refresh, onchange });
      return input;
    }

    /** @type {Paint} */
    function paint(context, width, height) {
      const [a, b] = [shown.a(), shown.b()];
      const areas = [a, b].map((one) => rectOf(one, width, height));
      context.fillStyle = `rgba(10, 14, 24, ${lit === "union" ? 0.6 : 0.15})`;
      context.fillRect(0, 0, width, height);
      for (const area of areas) if (area[2] > 0 && area[3] > 0) context.clearRect(...area);
      const both = rectOf(sharedBox(a, b), width, height);
      const overlaps = both[2] > 0 && both[3] > 0;
      BOXES.forEach((which, i) => {
        if (lit !== which) return;
        context.fillStyle = figure.colour(which === "a" ? "prediction" : "truth");
        context.globalAlpha = 0.6;
        context.fillRect(...areas[i]);
        context.globalAlpha = 1;
        if (overlaps) context.clearRect(...both);
      });
      if (overlaps) hatch(context, both, lit === "intersection");
      if (lit === "union") {
        strokeTwice(context, [figure.colour("accent"), [], 5], () => {
          for (const area of areas) context.rect(...area);
        }, figure.colour("on-box"));
        for (const area of areas) context.clearRect(...area);
        if (overlaps) hatch(context, both, false);
      }
    }

    /** What the boxes that are drawn now have in common, on their way, too. */
    function show() {
      const [a, b] = [shown.a(), shown.b()];
      const { intersection, union, iou } = overlap(a, b);
      const only = [boxArea(a) - intersection, boxArea(b) - intersection];
      const square = scale() ** 2;
      const area = (/** @type {number} */ share) => (scale() === 1
        ? `${(100 * share).toFixed(2)} %` : `${(share * square).toFixed(0)} px²`);
      iouNow.say(iou.toFixed(3), `= ${area(intersection)} / ${area(union)}`);
      rows.intersection.say(area(intersection));
      rows.a.say(area(only[0]));
      rows.b.say(area(only[1]));
      rows.union.say(area(union));
      const part = (/** @type {number} */ share) => `${union ? (100 * share) / union : 0}%`;
      let before = 0; // share of the bar
      [shared, ...bars].forEach((bar, i) => {
        const own = [intersection, ...only][i];
        bar.style.width = part(own);
        const isFree = own > 0.2 * union
          && [0.5, GOAL].every((at) => at < before || at > before + 0.2);
        bar.firstElementChild?.toggleAttribute("hidden", !isFree);
        before += union ? own / union : 0;
      });
      handles.forEach((handle, i) => {
        handle.place();
        const thing = model.get("things").find(([, other]) => same(other, box(BOXES[i])));
        const isTwin = i === 0 && same(box("a"), box("b"));
        handle.tag.textContent = handle.name
          + (isTwin ? " = B" : thing ? ` · the ${thing[0]}` : "");
      });
      stage.draw();
    }

    /** How far the reader is from the goal; a cheer for who has got there by hand. */
    function judge() {
      const aims = BOXES.some((which) => same(box(which), goalBox));
      const { iou } = overlap(box("a"), box("b"));
      const was = isThere;
      const isClose = aims && iou >= GOAL;
      isThere = isClose && (byHand || isThere); // what a question sets is nobody's goal
      if (aims && byHand) best = Math.max(best, iou);
      const text = isThere ? `★ You have got the ${goalName}!`
        : `Goal: reach 0.90 on the ${goalName}.`;
      const odd = BOXES.map((which) => whyEmpty(which.toUpperCase(), box(which))).find(Boolean);
      const record = best > 0 ? ` Your best: ${best.toFixed(3)}.` : "";
      goal.classList.toggle("ssd-reached", isThere);
      if (odd) goal.replaceChildren(odd);
      else if (aims && isClose === isThere) goal.replaceChildren(text, record);
      else {
        const near = isClose ? "This is how near the goal is. " : `Goal: 0.90 on the ${goalName}. `;
        goal.replaceChildren(near, figure.button("Set it up", () =>
          figure.put({ box_a: model.get("start"), box_b: goalBox })));
      }
      if (isThere && !was && byHand) {
        cheer.replaceChildren(...Array.from({ length: 14 }, (_, k) =>
          make("i", { style: `--turn: ${k / 14}turn; --far: ${80 + 50 * (k % 3)}px` }, "★")),
        make("b", {}, "★ Well fitted!"));
        cheer.hidden = false;
        setTimeout(() => { cheer.hidden = true; }, 2200);
      }
    }

    function refresh() {
      const digits = scale() === 1 ? 4 : 0;
      for (const which of BOXES) {
        inputs[which].forEach((field, i) => {
          field.max = String(scale());
          field.step = scale() === 1 ? "0.01" : "1";
          if (field !== document.activeElement) {
            field.value = String(Number((box(which)[i] * scale()).toFixed(digits)));
          }
        });
      }
      if (byHand) glide.jump();
      else glide.go();
      judge();
      const { intersection, union, iou } = overlap(box("a"), box("b"));
      const percent = (/** @type {number} */ share) => `${(100 * share).toFixed(2)} % of the image`;
      figure.say(`IoU ${iou.toFixed(3)}. Intersection ${percent(intersection)}, `
        + `union ${percent(union)}.${isThere ? ` You have got the ${goalName}!` : ""}`);
    }

    figure.watch(["box_a", "box_b"], refresh);
    glide.jump();
    refresh();
    return figure.end;
  },
};

/**
 * Why a box has no area, if it has none.
 * @param {string} name
 * @param {Box} box
 */
function whyEmpty(name, [x1, y1, x2, y2]) {
  const so = "so its area counts as 0.";
  if (x2 < x1) return `${name}'s right edge lies left of its left edge, ${so}`;
  if (y2 < y1) return `${name}'s bottom edge lies above its top edge, ${so}`;
  if (x2 === x1) return `${name}'s left and right edges are the same, ${so}`;
  return y2 === y1 ? `${name}'s top and bottom edges are the same, ${so}` : undefined;
}

/**
 * @param {Box} one
 * @param {Box} other
 */
function same(one, other) {
  return one.every((edge, i) => edge === other[i]);
}

/**
 * Slanted lines over a rectangle: seen without telling colours apart.
 * @param {Context} context
 * @param {[x: number, y: number, width: number, height: number]} area
 * @param {boolean} lit
 */
function hatch(context, [x, y, width, height], lit) {
  context.save();
  context.beginPath();
  context.rect(x, y, width, height);
  context.clip();
  context.fillStyle = `rgba(255, 255, 255, ${lit ? 0.6 : 0.22})`;
  context.fillRect(x, y, width, height);
  context.beginPath();
  for (let at = x - height - ((x - height) % 16); at < x + width; at += 16) {
    context.moveTo(at, y + height);
    context.lineTo(at + height, y);
  }
  for (const [style, lineWidth] of /** @type {[string, number][]} */ (
    [["rgba(10, 14, 24, 0.35)", 4], ["rgba(255, 255, 255, 0.95)", 2]])) {
    [context.strokeStyle, context.lineWidth] = [style, lineWidth];
    context.stroke();
  }
  context.restore();
}

// controls.js without a browser: each control shows its trait and sets it.

import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";

import * as controls from "../../ssd_lib/widgets/controls.js";
import { make } from "../../ssd_lib/widgets/stage.js";
import { FakeModel, anEvent, changeScheme, fakePage } from "./fake_page.js";

beforeEach(fakePage);

/** A figure, its model, and what makes a control think that a reader set it. */
function figureOf(state) {
  const model = new FakeModel(state);
  const figure = new controls.Figure(model, make("div"));
  const set = (label, type, properties) => {
    Object.assign(label.control, properties);
    label.control.dispatchEvent(anEvent(type));
  };
  return { model, figure, set };
}

test("traits are set together, and Python is told once", () => {
  const { model, figure } = figureOf({ a: 1, b: 2 });
  figure.put({ a: 3, b: 4 });
  assert.deepEqual([model.state, model.saved], [{ a: 3, b: 4 }, 1]);
});

test("a slider shows its number beside it and sets it", () => {
  const { model, figure, set } = figureOf({ share: 0.5 });
  const label = figure.slider("share", "share ", { min: 0, max: 1, step: 0.1 });
  figure.show();
  assert.deepEqual([label.control.value, label.textContent], ["0.5", "share 0.50"]);
  set(label, "input", { value: "0.8" });
  assert.equal(model.state.share, 0.8);
});

test("a slider can speak a word, be switched off, and set something else", () => {
  const { model, figure, set } = figureOf({ share: 1, locked: false });
  const label = figure.slider("share", "", {
    min: 0, max: 1, step: 0.1, text: () => "all", spoken: true,
    disabled: () => model.get("locked"), put: (value) => figure.put({ other: value }),
  });
  figure.show();
  assert.equal(label.control.getAttribute("aria-valuetext"), "all");
  assert.equal(label.control.disabled, false);
  model.set("locked", true);
  figure.show();
  assert.equal(label.control.disabled, true);
  set(label, "input", { value: "0.3" });
  assert.deepEqual([model.state.share, model.state.other], [1, 0.3]);
});

test("a select box gives the value itself, not its text", () => {
  const { model, figure, set } = figureOf({ channel: 2 });
  const label = figure.select("channel", "", [1, 2, 3], { texts: ["one", "two", "three"] });
  figure.show();
  assert.equal(label.control.value, "2");
  assert.equal(label.textContent, "onetwothree");
  set(label, "change", { value: "3" });
  assert.equal(model.state.channel, 3);
});

test("a check box shows what it is told and tells what is checked", () => {
  let on = true;
  const { figure, set } = figureOf({});
  const label = figure.checkbox("it", () => on, (checked) => { on = checked; });
  figure.show();
  assert.equal(label.control.checked, true);
  set(label, "change", { checked: false });
  assert.equal(on, false);
});

test("of radio buttons the trait's is chosen; two figures share none", () => {
  const { model, figure, set } = figureOf({ step: 1 });
  const labels = figure.radios("step", ["one", "two"]);
  figure.show();
  assert.deepEqual(labels.map(({ control }) => control.checked), [false, true]);
  set(labels[0], "change");
  assert.equal(model.state.step, 0);
  const [other] = figureOf({ step: 1 }).figure.radios("step", ["one"]);
  assert.notEqual(other.control.name, labels[0].control.name);
  assert.equal(labels[0].control.name, labels[1].control.name);
});

test("a button is off while it says so", () => {
  let done = false;
  const { figure } = figureOf({});
  const button = figure.button("go", () => { done = true; }, () => done);
  figure.show();
  assert.equal(button.disabled, false);
  button.dispatchEvent(anEvent("click"));
  figure.show();
  assert.equal(button.disabled, true);
});

test("a figure that has ended hears nothing and has taken down its picture", () => {
  const { model, figure } = figureOf({ a: 1, b: 1, picture_url: "", picture_alt: "" });
  let heard = 0;
  const stage = figure.stage(() => {});
  figure.watch(["a", "b"], () => { heard += 1; });
  model.set("a", 2);
  model.set("b", 2);
  assert.equal(heard, 2);
  const { end } = figure; // as anywidget and the page call it
  end();
  model.set("a", 3);
  assert.equal(heard, 2);
  assert.equal(stage.observer.disconnected, true);
});

test("the spoken line comes last, and says only what the numbers come to rest at", () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const { figure } = figureOf({});
  figure.lay(make("p"));
  const line = figure.el.children.at(-1);
  assert.equal(line.getAttribute("aria-live"), "polite");
  figure.say("first");
  mock.timers.tick(200);
  figure.say("second");
  mock.timers.tick(200);
  assert.equal(line.textContent, "");
  mock.timers.tick(100);
  assert.equal(line.textContent, "second");
  mock.timers.reset();
});

test("a row takes texts, numbers, elements and cells", () => {
  const made = controls.row(["a", 1, make("b", {}, "c"), make("th", {}, "d")], { class: "x" });
  assert.deepEqual(made.children.map(({ tag }) => tag), ["td", "td", "td", "th"]);
  assert.equal(made.textContent, "a1cd");
  assert.deepEqual(made.attributes, { class: "x" });
});

test("a colour is the scheme's, read anew when that changes and drawn with again", () => {
  const { figure } = figureOf({});
  figure.el.style["--ssd-positive"] = " #0b7356";
  let drawn = 0;
  const stage = figure.stage(() => {});
  stage.drawNow = () => { drawn += 1; };
  assert.equal(figure.colour("positive"), "#0b7356");
  figure.el.style["--ssd-positive"] = "#4ec9a0";
  assert.equal(figure.colour("positive"), "#0b7356"); // nothing has changed yet
  changeScheme();
  assert.deepEqual([figure.colour("positive"), drawn], ["#4ec9a0", 1]);
  figure.end();
  changeScheme();
  assert.equal(drawn, 1);
});

test("a question sets the state, and answers when it is pressed again", () => {
  const { model, figure } = figureOf({ share: 0 });
  const element = figure.chips([
    { ask: "None?", put: () => ({ share: 1 }), answer: "Only the forced ones." },
    { ask: "All?", put: () => ({ share: 2 }), answer: "Every box." },
  ]);
  const [none, all] = element.all.filter(({ tag }) => tag === "button");
  const answer = element.all.find(({ attributes }) => attributes.role === "status");
  let scrolled = 0;
  answer.scrollIntoView = () => { scrolled += 1; };
  const press = (chip) => chip.dispatchEvent(anEvent("click"));
  press(none);
  assert.deepEqual([model.state.share, answer.textContent], [1, "Show the answer"]);
  press(none);
  assert.equal(answer.textContent, "Only the forced ones.");
  assert.equal(model.state.share, 1); // the state that is answered
  assert.equal(scrolled, 1); // but comes into sight
  press(all);
  assert.deepEqual([model.state.share, answer.textContent], [2, "Show the answer"]);
  assert.deepEqual([none, all].map((chip) => chip.getAttribute("aria-pressed")), ["false", "true"]);
  press(answer.all.find(({ tag }) => tag === "button"));
  assert.equal(answer.textContent, "Every box.");
});

test("an answer goes out when something else changes, and the question sets its state anew", () => {
  const { model, figure } = figureOf({ share: 0, side: 0 });
  let shown = 0;
  figure.watch(["share", "side"], () => { shown += 1; }, ["side"]);
  const element = figure.chips([{ ask: "None?", put: () => ({ share: 1 }), answer: "Some." }]);
  const chip = element.all.find(({ tag }) => tag === "button");
  const answer = element.all.find(({ attributes }) => attributes.role === "status");
  const press = () => chip.dispatchEvent(anEvent("click"));
  const read = () => [chip.getAttribute("aria-pressed"), answer.textContent];
  press();
  press();
  model.set("side", 1); // no answer depends on it
  assert.deepEqual(read(), ["true", "Some."]);
  model.set("share", 3);
  assert.deepEqual(read(), ["false", ""]);
  press();
  assert.deepEqual([model.state.share, ...read()], [1, "true", "Show the answer"]);
  figure.outdate(); // by what is no trait
  assert.deepEqual(read(), ["false", ""]);
  assert.ok(shown >= 3);
});

test("room is kept for every answer, and a line that goes on fades there", () => {
  const { figure } = figureOf({});
  const element = figure.chips([{ ask: "Why?", put: () => ({}), answer: "For a reason." }]);
  const room = element.all.filter(({ attributes }) => attributes["data-text"]);
  assert.deepEqual(room.map(({ attributes }) => attributes["data-text"]), ["For a reason."]);
  const line = element.all.find(({ attributes }) => attributes.class === "ssd-presets");
  const ends = () => ["ssd-from-left", "ssd-goes-on"].map((name) => line.classList.contains(name));
  Object.assign(line, { scrollLeft: 0, clientWidth: 200, scrollWidth: 500 });
  line.dispatchEvent(anEvent("scroll"));
  assert.deepEqual(ends(), [false, true]);
  line.scrollLeft = 300;
  line.dispatchEvent(anEvent("scroll"));
  assert.deepEqual(ends(), [true, false]);
});

test("a row lights what it counts while it is pointed at or stood on", () => {
  const lit = [];
  const row = controls.keyRow("positive", "matched", { light: (on) => lit.push(on) });
  row.say(4);
  assert.equal(row.element.textContent, "matched4");
  for (const type of ["pointerenter", "pointerleave", "focus", "blur"]) {
    row.element.dispatchEvent(anEvent(type));
  }
  assert.deepEqual(lit, [true, false, true, false]);
  const still = controls.keyRow("default", "background");
  assert.equal(still.element.getAttribute("tabindex"), null);
});

test("the headline says a number and what it is out of", () => {
  const { element, say } = controls.headline("Boxes that learn something", "positives");
  say(5, "of 320");
  assert.equal(element.textContent, "Boxes that learn something5 of 320");
  say(0);
  assert.equal(element.textContent, "Boxes that learn something0 ");
});

test("what comes second stands behind one line", () => {
  const element = controls.more("More", make("p", {}, "layout"));
  assert.deepEqual([element.tag, element.textContent], ["details", "Morelayout"]);
});

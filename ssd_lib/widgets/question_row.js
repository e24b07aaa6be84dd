// The questions of the text, as a row of buttons: on a phone it scrolls sideways, says how
// many there are, and shows more than one of them.

import { steady } from "./motion.js";
import { clamp, make } from "./stage.js";

/** @import { Figure } from "./controls.js" */
/** @typedef {string | (() => string)} Answer it may depend on the state */
/**
 * @template {Record<string, any>} T the traits
 * @typedef {object} Try
 * @property {string} ask
 * @property {string} [name] what its button says, if not the question
 * @property {() => Partial<T>} put
 * @property {Answer} answer
 * @property {Partial<T>} [then] the answer changes the state once more
 */

const HINT = "Press a question and look; press it again for the answer.";

/**
 * The buttons, with the line that says an answer.
 * @template {Record<string, any>} T the traits
 * @param {Figure<T>} figure
 * @param {Try<T>[]} tries
 */
export function questionRow(figure, tries) {
  const answer = make("p", { class: "ssd-answer", role: "status", "data-hint": HINT });
  const room = tries.map(({ answer: text }) =>
    make("i", { "aria-hidden": "true", "data-text": textOf(text) }));
  const put = (/** @type {Partial<T>} */ traits) => {
    figure.asking = true;
    figure.put(traits);
    figure.asking = false;
  };
  /** @param {Try<T>} one */
  const tell = ({ answer: text, then }) => {
    if (then) put(then);
    answer.textContent = textOf(text);
    answer.scrollIntoView({ block: "nearest" });
  };
  const press = (/** @type {Element | undefined} */ one) => {
    for (const chip of made) chip.setAttribute("aria-pressed", `${chip === one}`);
  };
  const made = tries.map((one) => chipOf(one.name ?? one.ask, (event, chip) => {
    const again = chip.getAttribute("aria-pressed") === "true";
    steady(chip, () => { // it is pressed again for the answer
      put(one.put());
      press(chip);
    });
    intoSight(chip, line, event);
    if (again) return tell(one);
    answer.replaceChildren(make("button", {
      type: "button", class: "ssd-show-answer", onclick: () => {
        tell(one);
        chip.focus();
      },
    }, "Show the answer"));
  }));
  figure.outdate = () => {
    if (figure.asking || made.every((chip) => chip.getAttribute("aria-pressed") !== "true")) return;
    press(undefined);
    answer.replaceChildren();
  };
  const line = make("div", { class: "ssd-presets" }, ...made);
  figure.ends.push(fadeEnds(line));
  return make("div", { class: "ssd-tries", role: "group", "aria-label": "Try" },
    make("p", { class: "ssd-sum" }, "Try", ...many(made.length)), line,
    make("div", { class: "ssd-answers" }, answer, ...room));
}

/**
 * One question; how long it is says how wide its button is where it has two lines.
 * @param {string} text
 * @param {(event: MouseEvent, chip: HTMLElement) => void} press
 */
function chipOf(text, press) {
  const chip = make("button", {
    type: "button", class: "ssd-chip", "aria-pressed": "false", style: `--ssd-long: ${text.length}`,
    onclick: (event) => press(event, chip),
  }, text);
  return chip;
}

/**
 * How many there are, where not all of them are in sight.
 * @param {number} count
 */
function many(count) {
  return count > 1 ? [make("span", { class: "ssd-of" }, ` one of ${count}`)] : [];
}

/**
 * What stands where answers do while there is none.
 * @param {Element} questions as questionRow makes them
 * @param {string} [text]
 */
export function suggest(questions, text = HINT) {
  questions.querySelector(".ssd-answer")?.setAttribute("data-hint", text);
}

/** @param {Answer} text */
function textOf(text) {
  const said = typeof text === "string" ? text : text();
  return said.replace(/ (?=[%×])|(?<=×) /g, "\u00a0"); // a number keeps what it is counted in
}

/**
 * Let the ends of what scrolls sideways fade where it goes on, beside what is chosen in it.
 * @param {HTMLElement} line
 */
export function fadeEnds(line) {
  const fade = () => {
    const { scrollLeft, clientWidth, scrollWidth } = line;
    line.classList.toggle("ssd-from-left", scrollLeft > 2);
    line.classList.toggle("ssd-goes-on", scrollLeft + clientWidth < scrollWidth - 2);
    const edge = line.getBoundingClientRect();
    const chosen = line.querySelector("[aria-pressed=true], [aria-selected=true]");
    const { left, right } = chosen?.getBoundingClientRect() ?? { left: Infinity, right: -Infinity };
    for (const [side, room] of [["left", left - edge.left], ["right", edge.right - right]]) {
      const free = Number.isFinite(room) ? `${Math.max(0, Number(room))}px` : "";
      line.style.setProperty(`--ssd-${side}-room`, free);
    }
  };
  line.addEventListener("scroll", fade, { passive: true });
  const observer = new ResizeObserver(fade);
  for (const element of [line, ...line.children]) observer.observe(element);
  const choice = new MutationObserver(fade);
  choice.observe(line, { subtree: true, attributeFilter: ["aria-pressed", "aria-selected"] });
  line.classList.add("ssd-fading");
  return () => {
    observer.disconnect();
    choice.disconnect();
  };
}

/**
 * Where the line of what was pressed scrolls, bring it into sight, as far as it stays under
 * the pointer.
 * @param {HTMLElement} chip
 * @param {HTMLElement} line
 * @param {MouseEvent} event
 */
export function intoSight(chip, line, { clientX, detail }) {
  const { left, right, width } = chip.getBoundingClientRect();
  const edge = line.getBoundingClientRect();
  const by = left - edge.left - (edge.width - width) / 2;
  const rim = 12; // of it, that the pointer shall not be on
  const [least, most] = [Math.min(left - clientX + rim, 0), Math.max(right - clientX - rim, 0)];
  line.scrollBy?.({ left: detail ? clamp(by, least, most) : by }); // pressed by a key: no pointer
}

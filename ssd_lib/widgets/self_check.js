// Questions that the page grades: a wrong answer is answered with what leads to it.

import { Figure } from "./controls.js";
import { make } from "./stage.js";

/** @import { AnyWidget } from "@anywidget/types" */
/** @typedef {{ right: boolean, say: string }} Grade */
/**
 * @typedef {object} Question
 * @property {string} name
 * @property {string} ask
 * @property {string} why it is right
 * @property {[text: string, right: boolean, say: string][]} [choices] or, of a number:
 * @property {number} [number]
 * @property {number} [near] how far off still counts
 * @property {[number: number, say: string][]} [traps]
 */
/** @typedef {{ title: string, questions: Question[], num_right: number }} Traits */

const NO_NUMBER = "That is no number. A fraction such as 1/3 will do.";
const ONCE_MORE = "Try once more; the section above has what it takes.";

/**
 * Text with `code` and *stress*, as Markdown has them.
 * @param {string} text
 */
function marked(text) {
  return text.split(/(`[^`]+`|\*[^*]+\*)/).map((part, k) => (
    k % 2 ? make(part[0] === "`" ? "code" : "em", {}, part.slice(1, -1)) : part));
}

/**
 * What a reader may type for a number: 1/3, 0,5, −1, 8 732, 50 %.
 * @param {string} text
 */
export function readNumber(text) {
  const plain = text.trim().replace(/−/g, "-").replace(/(\d)[ \u202f\u00a0](?=\d{3}\b)/g, "$1")
    .replace(/\b([1-9]\d{0,2}),(?=\d{3}\b)/g, "$1").replace(",", ".");
  const match = /^([+-]?\d*\.?\d+)\s*(?:\/\s*(\d*\.?\d+)|(%))?$/.exec(plain);
  if (!match) return NaN;
  return Number(match[1]) / (match[2] ? Number(match[2]) : match[3] ? 100 : 1);
}

/**
 * Grade a number.
 * @param {Question} question
 * @param {number} value
 * @returns {Grade}
 */
export function gradeNumber({ number = NaN, near = 0, traps = [], why }, value) {
  if (Number.isNaN(value)) return { right: false, say: NO_NUMBER };
  if (Math.abs(value - number) <= near) return { right: true, say: why };
  const trap = traps.find(([wrong]) => Math.abs(value - wrong) <= near);
  return { right: false, say: trap ? trap[1] : ONCE_MORE };
}

let groups = 0;

/** @satisfies {AnyWidget<Traits>} */
export default {
  render({ model, el }) {
    const figure = new Figure(model, el);
    const questions = model.get("questions");
    const right = new Set();
    const score = make("output");
    const list = make("ul", { class: "ssd-questions" });
    el.append(make("p", { class: "ssd-quiz-title" }, model.get("title")), list,
      make("p", { class: "ssd-sum", "data-number": "score" }, score));

    function tell() {
      score.textContent = `${right.size} of ${questions.length} right`;
      figure.put({ num_right: right.size });
    }

    questions.forEach((question, index) => {
      const { choices } = question;
      const group = `ssd-question-${(groups += 1)}`;
      const verdict = make("p", { class: "ssd-verdict", role: "status" });
      const field = make("input", {
        type: "text", inputmode: "text", autocomplete: "off", size: 10,
        "aria-label": `Answer to question ${index + 1}`,
      });
      const buttons = (choices ?? []).map((_, k) =>
        make("input", { type: "radio", name: group, value: k }));
      const answers = choices
        ? make("div", { class: "ssd-choices" }, ...choices.map(([text], k) =>
          make("label", {}, buttons[k], make("span", {}, ...marked(text)))))
        : field;

      /** @returns {Grade} */
      function grade() {
        if (!choices) return gradeNumber(question, readNumber(field.value));
        const chosen = buttons.findIndex((button) => button.checked);
        if (chosen < 0) return { right: false, say: "Choose one first." };
        const [, isRight, say] = choices[chosen];
        return { right: isRight, say: isRight ? question.why : say };
      }

      /** @param {Event} event */
      function onsubmit(event) {
        event.preventDefault();
        const found = grade();
        if (found.right) right.add(question.name);
        item.dataset.verdict = found.right ? "right" : "wrong";
        verdict.replaceChildren(
          make("strong", {}, found.right ? "Right. " : "Not yet. "), ...marked(found.say));
        tell();
      }

      const form = make("form", { onsubmit },
        make("fieldset", {}, make("legend", {}, `${index + 1}. `, ...marked(question.ask)),
          answers, make("button", { type: "submit" }, "Check")), verdict);
      const item = make("li", { "data-question": question.name }, form);
      list.append(item);
    });
    tell();
  },
};

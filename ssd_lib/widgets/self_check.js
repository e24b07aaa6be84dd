// Questions that the page grades, a card for each: choosing an answer grades it, and a
// wrong one is answered with what leads to it.

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

/** @satisfies {AnyWidget<Traits>} */
export default {
  render({ model, el }) {
    const figure = new Figure(model, el);
    el.classList.add("ssd-quiz");
    const questions = model.get("questions");
    const count = questions.length;
    let at = 0;
    const where = make("span");
    const score = make("output", { "data-number": "score" });
    const cards = questions.map((question, index) => card(question, index));
    const dots = cards.map((_, index) =>
      make("button", { type: "button", class: "ssd-dot", onclick: () => turn(index) }));
    const reveal = make("button", {
      type: "button", class: "ssd-reveal", onclick: () => {
        cards[at].reveal();
        next.focus({ preventScroll: true });
      },
    }, "Show the answer");
    const next = make("button", {
      type: "button", class: "ssd-next", onclick: () => turn(following(), true),
    });
    const result = make("p", { class: "ssd-ask", "data-number": "first" });
    const again = make("p", { "data-line": "again" });
    const end = make("div", { tabindex: "-1", role: "group", "aria-label": "Result" },
      result, again);
    const list = make("div", { class: "ssd-questions" }, ...cards.map(({ item }) => item), end);
    el.append(
      make("div", { class: "ssd-quiz-head" },
        make("p", { class: "ssd-quiz-title" }, model.get("title")),
        make("div", { class: "ssd-dots", role: "group", "aria-label": "Questions" }, ...dots)),
      list,
      make("div", { class: "ssd-quiz-foot" },
        make("p", { class: "ssd-sum" }, where, score),
        make("div", {}, reveal, next)));

    /**
     * Turn to a question.
     * @param {number} to
     * @param {boolean} [on] whether the reader goes there to answer
     */
    function turn(to, on = false) {
      at = to;
      refresh();
      if (on) (cards[at]?.item ?? end).focus({ preventScroll: true });
    }

    /** @param {{ item: HTMLElement }} card */
    function hasAnswer({ item }) {
      return ["right", "shown"].includes(`${item.dataset.verdict}`);
    }

    /** Behind the last question stands the result, once each has its answer. */
    function following() {
      const isDone = cards.every(hasAnswer);
      return (at + 1) % (isDone && count > 1 ? count + 1 : count);
    }

    function refresh() {
      const right = cards.filter(({ item }) => item.dataset.verdict === "right").length;
      cards.forEach(({ item }, index) => {
        item.classList.toggle("ssd-shown", index === at);
        const { verdict } = item.dataset;
        const dot = dots[index];
        if (index === at) dot.setAttribute("aria-current", "step");
        else dot.removeAttribute("aria-current");
        dot.dataset.verdict = verdict ?? "";
        dot.setAttribute("aria-label",
          `Question ${index + 1}: ${verdict === "wrong" ? "not yet" : verdict ?? "open"}`);
      });
      end.classList.toggle("ssd-shown", at === count);
      const missed = cards.flatMap(({ first }, index) => (first() ? [] : [`${index + 1}`]));
      result.textContent = `${count - missed.length} of ${count} right at the first try`;
      again.textContent = missed.length === 0 ? "Nothing here needs another look."
        : `Worth another look: question${missed.length > 1 ? "s" : ""} ${missed.join(", ")}`;
      where.textContent = at < count ? `Question ${at + 1} of ${count} · ` : "";
      score.textContent = right === count ? `all ${count} right` : `${right} right`;
      const to = following();
      next.textContent = to === count ? "See the result" : to ? "Next question" : "First question";
      reveal.classList.toggle("ssd-offered", !!cards[at]?.isStuck());
      next.hidden = count < 2;
      next.classList.toggle("ssd-ready", at < count && hasAnswer(cards[at]));
      if (right !== model.get("num_right")) figure.put({ num_right: right });
    }

    /**
     * One question with its answers; it keeps its verdict while others are read.
     * @param {Question} question
     * @param {number} index
     */
    function card(question, index) {
      const { choices, ask, why, traps = [] } = question;
      const says = choices ? choices.map(([, , say]) => say) : traps.map(([, say]) => say);
      const right = choices ? choices.find(([, isRight]) => isRight)?.[0]
        : `${Number(question.number?.toPrecision(4))}`;
      const answer = `The answer: ${right}. `;
      /** @type {boolean | undefined} */
      let first;
      let numWrong = 0;
      let isShown = false;
      const rooms = [`${answer}${why}`, ...[ONCE_MORE, ...says].map((say) => `Not yet. ${say}`)]
        .map((text) => make("i", { "data-text": text, "aria-hidden": "true" }));
      const verdict = make("p", { class: "ssd-verdict", role: "status" });
      const answers = choices ? choose(choices) : type();
      const item = make("div", {
        "data-question": question.name, tabindex: "-1", role: "group",
        "aria-label": `Question ${index + 1} of ${count}`,
      }, make("p", { class: "ssd-ask" }, ...marked(ask)), answers,
      // Room for each verdict is kept, so that nothing moves below it.
      make("div", { class: "ssd-verdicts" }, ...rooms, verdict));

      /** @param {Grade} [grade] none takes the last one back */
      function tell(grade) {
        delete item.dataset.verdict;
        verdict.replaceChildren();
        if (grade) {
          if (grade.say !== NO_NUMBER) {
            first ??= grade.right;
            numWrong += Number(!grade.right);
          }
          item.dataset.verdict = !grade.right ? "wrong" : isShown ? "shown" : "right";
          verdict.append(make("strong", {}, grade.right ? "Right. " : "Not yet. "),
            ...marked(grade.say));
        }
        refresh();
      }

      /** @param {[text: string, right: boolean, say: string][]} from */
      function choose(from) {
        const buttons = from.map(([text, isRight, say]) => {
          const button = make("button", {
            type: "button", class: "ssd-choice", "aria-pressed": "false",
            "data-right": isRight && "", onclick: () => {
              for (const other of buttons) {
                other.setAttribute("aria-pressed", `${other === button}`);
              }
              tell({ right: isRight, say: isRight ? why : say });
            },
          }, make("span", {}, ...marked(text)));
          return button;
        });
        return make("div", { class: "ssd-choices" }, ...buttons);
      }

      function type() {
        const field = make("input", {
          type: "text", inputmode: "text", autocomplete: "off", size: 10, placeholder: "A number",
          "aria-label": `Answer to question ${index + 1}`,
          oninput: () => { if (item.dataset.verdict) tell(); },
        });
        /** @param {Event} event */
        const onsubmit = (event) => {
          event.preventDefault();
          tell(gradeNumber(question, readNumber(field.value)));
        };
        return make("form", { class: "ssd-type", onsubmit }, field,
          make("button", { type: "submit" }, "Check"));
      }

      /** Tell the answer, which then no longer counts as right. */
      function show() {
        isShown = true;
        item.dataset.verdict = "shown";
        for (const button of item.querySelectorAll(".ssd-choice")) {
          button.setAttribute("aria-pressed", `${button.hasAttribute("data-right")}`);
        }
        verdict.replaceChildren(make("strong", {}, ...marked(answer)), ...marked(why));
        refresh();
      }

      return {
        item, reveal: show, first: () => first === true,
        isStuck: () => numWrong > 1 && item.dataset.verdict === "wrong",
      };
    }

    refresh();
  },
};

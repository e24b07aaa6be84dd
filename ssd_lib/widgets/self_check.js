// Questions that the page grades, a card for each: choosing an answer grades it, and a
// wrong one is answered with what leads to it.

import { Figure } from "./controls.js";
import { steady } from "./motion.js";
import { drawingOf } from "./question_drawings.js";
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
 * @property {boolean} [again] it was missed before
 */
/**
 * @typedef {object} Traits
 * @property {string} title
 * @property {Question[]} questions
 * @property {number} at which of them is shown
 * @property {number} num_right
 */

const NO_NUMBER = "That is no number. A fraction such as 3/8 will do.";
const ONCE_MORE = "Try once more; the section above has what it takes.";
const MISSED = "You missed this one before, so here it is again.";

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
    const memory = window.ssdMemory; // in the built page alone
    el.classList.add("ssd-quiz");
    const questions = model.get("questions");
    const count = questions.length;
    let at = 0; // behind the last one: the result
    let tallest = 0; // of the cards seen, at this width
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
    const marks = cards.map(() => make("i"));
    const end = make("div", {
      class: "ssd-result", tabindex: "-1", role: "group", "aria-label": "Result",
    }, make("div", { class: "ssd-result-marks", "aria-hidden": "true" }, ...marks), result, again);
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
     * Turn to a question. The card stays as tall as it has been, and what is pressed stays
     * under the pointer as far as the card's head stays in sight.
     * @param {number} to
     * @param {boolean} [on] whether the reader goes there to answer
     */
    function turn(to, on = false) {
      tallest = Math.max(tallest, list.getBoundingClientRect().height); // offsetHeight rounds
      list.style.minHeight = `${tallest}px`;
      const show = () => {
        at = to;
        if (at < count) figure.put({ at });
        refresh();
      };
      if (!on) return show();
      steady(next, show, el);
      (cards[at]?.item ?? end).focus({ preventScroll: true });
    }

    /** @param {{ verdict: () => string | undefined }} card */
    function hasAnswer({ verdict }) {
      return ["right", "shown"].includes(`${verdict()}`);
    }

    /** Behind the last question stands the result, whatever it is; then what is open. */
    function following() {
      if (at === count) return Math.max(0, cards.findIndex((one) => !hasAnswer(one)));
      return (at + 1) % (count > 1 ? count + 1 : count);
    }

    function resultText() {
      const names = (/** @type {number[]} */ some) =>
        `question${some.length > 1 ? "s" : ""} ${some.map((k) => k + 1).join(", ")}`;
      const all = [...cards.keys()];
      const open = all.filter((k) => !hasAnswer(cards[k]));
      const missed = all.filter((k) => hasAnswer(cards[k]) && !cards[k].first());
      const lines = [];
      if (missed.length) lines.push(`Worth another look: ${names(missed)}`);
      if (open.length) lines.push(`No right answer yet: ${names(open)}`);
      return lines.join(". ") || "Nothing here needs another look.";
    }

    function refresh() {
      const right = cards.filter(({ verdict }) => verdict() === "right").length;
      cards.forEach(({ item, verdict: stands }, index) => {
        item.classList.toggle("ssd-shown", index === at);
        const verdict = stands();
        const dot = dots[index];
        if (index === at) dot.setAttribute("aria-current", "step");
        else dot.removeAttribute("aria-current");
        const isLate = verdict === "right" && !cards[index].first();
        for (const one of [dot, marks[index]]) {
          one.dataset.verdict = verdict ?? "";
          one.toggleAttribute("data-late", isLate);
        }
        dot.setAttribute("aria-label", `Question ${index + 1}: `
          + `${verdict === "wrong" ? "not yet" : verdict ?? "open"}${isLate ? ", later" : ""}`);
      });
      end.classList.toggle("ssd-shown", at === count);
      const atOnce = cards.filter(({ first }) => first()).length;
      end.classList.toggle("ssd-all-right", atOnce === count);
      result.textContent = atOnce < count ? `${atOnce} of ${count} right at the first try`
        : `All ${count} right at the first try`;
      again.textContent = resultText();
      where.textContent = at < count ? `Question ${at + 1} of ${count} · ` : "Result";
      score.hidden = at === count; // the result says more
      score.textContent = `${right === count ? `all ${count}` : right} right`
        + (atOnce < right ? `, ${atOnce} at the first try` : "");
      const to = following();
      if (to === count) next.textContent = "See the result";
      else if (at === count) {
        next.textContent = cards.every(hasAnswer) ? "First question" : "To the open questions";
      } else next.textContent = hasAnswer(cards[at]) ? "Next question" : "Skip for now";
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
      let wasRight = false; // and stays so, whatever else a reader looks at
      let given = "";
      let isRecalled = false; // while an answer of an earlier visit is put back
      /** @type {(text: string) => void} */
      let answerWith = () => {};
      const rooms = [`${answer}${why}`, ...[ONCE_MORE, ...says].map((say) => `Not yet. ${say}`)]
        .map((text) => make("i", { "data-text": text, "aria-hidden": "true" }));
      const verdict = make("p", { class: "ssd-verdict", role: "status" });
      const answers = choices ? choose(choices) : type();
      const drawing = drawingOf(question.name);
      const item = make("div", {
        "data-question": question.name, tabindex: "-1", role: "group",
        "aria-label": `Question ${index + 1} of ${count}`,
      }, ...(question.again ? [make("p", { class: "ssd-sum" }, MISSED)] : []),
      make("p", { class: "ssd-ask" }, ...marked(ask)),
      // Room for each verdict is kept, so that nothing moves below it.
      make("div", { class: "ssd-asked" }, answers, ...(drawing ? [drawing.element] : []),
        make("div", { class: "ssd-verdicts" }, ...rooms, verdict)));
      item.classList.toggle("ssd-with-drawing", !!drawing);

      /** @param {Grade} [grade] none takes the last one back */
      function tell(grade) {
        const isNumber = grade?.say !== NO_NUMBER; // else there is nothing to judge
        delete item.dataset.verdict;
        verdict.replaceChildren();
        if (grade && isNumber) {
          first ??= grade.right;
          numWrong += Number(!grade.right);
          wasRight ||= grade.right && !isShown;
          item.dataset.verdict = !grade.right ? "wrong" : isShown ? "shown" : "right";
          verdict.append(make("strong", {}, grade.right ? "Right. "
            : wasRight ? "Not this one. " : "Not yet. "), ...marked(grade.say));
          if (grade.right || !wasRight) keep();
        } else if (grade) verdict.append(NO_NUMBER);
        drawing?.tell(item.dataset.verdict === "right"); // a wrong one is to be thought over
        refresh();
      }

      function keep() {
        if (isRecalled) return;
        const is = /** @type {"right" | "wrong" | "shown"} */ (item.dataset.verdict);
        memory?.keep(question.name, { given, verdict: is, first: first ?? null });
      }

      /** Bring back what was answered on this page before. */
      function recall() {
        const kept = memory?.recall(question.name);
        if (!kept) return;
        isRecalled = true;
        first = kept.first ?? undefined;
        if (kept.verdict === "shown") show();
        else answerWith(kept.given);
        isRecalled = false;
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
              given = text;
              tell({ right: isRight, say: isRight ? why : say });
            },
          }, make("span", {}, ...marked(text)));
          return button;
        });
        answerWith = (text) => buttons[from.findIndex(([one]) => one === text)]?.click();
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
          given = field.value;
          tell(gradeNumber(question, readNumber(given)));
        };
        answerWith = (text) => {
          given = field.value = text;
          tell(gradeNumber(question, readNumber(text)));
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
        drawing?.tell(true);
        keep();
        refresh();
      }

      return {
        item, recall, reveal: show, first: () => first === true,
        verdict: () => (wasRight ? "right" : item.dataset.verdict),
        isStuck: () => numWrong > 1 && !wasRight && item.dataset.verdict === "wrong",
      };
    }

    for (const { recall } of cards) recall();
    at = model.get("at") || Math.max(0, cards.findIndex((one) => !hasAnswer(one)));
    let width = 0;
    const observer = new ResizeObserver(() => {
      if (list.clientWidth === width) return;
      width = list.clientWidth;
      tallest = 0;
      list.style.minHeight = "";
    });
    observer.observe(list);
    figure.ends.push(() => observer.disconnect());
    figure.watch(["at"], () => {
      at = model.get("at");
      refresh();
    });
    refresh();
    return figure.end;
  },
};

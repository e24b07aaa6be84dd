// Questions that the page grades: a wrong answer is answered with what leads to it.

/** Text with `code` and *stress*, as Markdown has them. */
function marked(text) {
  const tags = { "`": "code", "*": "em" };
  return text.split(/(`[^`]+`|\*[^*]+\*)/).map((part, k) => (k % 2 ? make(tags[part[0]], {}, part.slice(1, -1)) : part));
}

/** What a reader may type for a number: 1/3, 0,5, −1, 8 732, 50 %. */
export function readNumber(text) {
  const plain = text.trim().replace(/−/g, "-").replace(/(\d)[ \u202f\u00a0](?=\d{3}\b)/g, "$1").replace(/\b([1-9]\d{0,2}),(?=\d{3}\b)/g, "$1").replace(",", ".");
  const match = /^([+-]?\d*\.?\d+)\s*(?:\/\s*(\d*\.?\d+)|(%))?$/.exec(plain);
  if (!match) return NaN;
  return Number(match[1]) / (match[2] ? Number(match[2]) : match[3] ? 100 : 1);
}

/** { right, say } for a number. */
export function gradeNumber(question, value) {
  const { number, near, traps, why } = question;
  if (Number.isNaN(value)) return { right: false, say: "That is no number. A fraction such as 1/3 will do." };
  if (Math.abs(value - number) <= near) return { right: true, say: why };
  const trap = traps.find(([wrong]) => Math.abs(value - wrong) <= near);
  return { right: false, say: trap ? trap[1] : "Try once more; the section above has what it takes." };
}

let groups = 0;

export default {
  render({ model, el }) {
    const questions = model.get("questions");
    const right = new Set();
    const score = make("output", {}, "");
    asFigure(el);
    const list = make("ul", { class: "ssd-questions" });
    el.append(make("p", { class: "ssd-quiz-title" }, model.get("title")), list, make("p", { class: "ssd-sum", "data-number": "score" }, score));

    function tell() {
      score.textContent = `${right.size} of ${questions.length} right`;
      model.set("num_right", right.size);
      model.save_changes();
    }

    questions.forEach((question, index) => {
      const group = `ssd-question-${(groups += 1)}`;
      const verdict = make("p", { class: "ssd-verdict", role: "status" });
      const field = make("input", { type: "text", inputmode: "text", autocomplete: "off", size: 10, "aria-label": `Answer to question ${index + 1}` });
      const answers = question.choices
        ? make("div", { class: "ssd-choices" }, ...question.choices.map(([text], k) =>
          make("label", {}, make("input", { type: "radio", name: group, value: k }), make("span", {}, ...marked(text)))))
        : field;

      function grade() {
        if (!question.choices) return gradeNumber(question, readNumber(field.value));
        const chosen = answers.querySelector("input:checked");
        if (!chosen) return { right: false, say: "Choose one first." };
        const [, isRight, say] = question.choices[Number(chosen.value)];
        return { right: isRight, say: isRight ? question.why : say };
      }

      function check(event) {
        event.preventDefault();
        const found = grade();
        if (found.right) right.add(question.name);
        item.dataset.verdict = found.right ? "right" : "wrong";
        verdict.replaceChildren(make("strong", {}, found.right ? "Right. " : "Not yet. "), ...marked(found.say));
        tell();
      }

      const form = make("form", { onsubmit: check },
        make("fieldset", {}, make("legend", {}, `${index + 1}. `, ...marked(question.ask)), answers, make("button", { type: "submit" }, "Check")), verdict);
      const item = make("li", { "data-question": question.name }, form);
      list.append(item);
    });
    tell();
  },
};

// What a reader has answered, kept in this browser and nowhere else: localStorage, which a
// browser may refuse to a page from file://; then the book forgets as it always did.
//
// A question that was missed comes back in the recap of a later chapter; answered there,
// once more after a day; and a miss that no recap has asked again comes back after a day,
// on the first page, too. Once something is kept, the first page shows what is done, and
// lets the reader save it as a file and forget everything; a file can be loaded there always.

/** @typedef {"right" | "wrong" | "shown"} Verdict */
/**
 * @typedef {object} Answer
 * @property {string} given the text of the choice, or what was typed
 * @property {Verdict} verdict
 * @property {boolean | null} first whether the first answer was right; null: none was given
 * @property {number} at milliseconds since 1970
 */
/**
 * @typedef {object} Kept of one question
 * @property {Record<string, Answer>} answers by the page where they were given
 * @property {0 | 1 | 2} again 1: missed, 2: right since, and to be asked once more
 * @property {number} since when that was so
 */

(() => {
  const KEY = "ssd-book";
  const FORMAT = "ssd-book memory 1";
  const DAY = 24 * 60 * 60 * 1000;
  const VERDICTS = ["right", "wrong", "shown"];
  const MOST = 200; // letters of an answer
  const MOST_BYTES = 1e6; // of a file: all the book's questions take less than a tenth of it
  const page = location.pathname.split("/").pop()?.replace(/\.html$/, "") || "index";
  const isFirst = page === "index" || page === "intro";

  /** @param {string} question */
  const chapterOf = (question) => question.split(".")[0];

  /** @param {unknown} value */
  const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

  /**
   * An answer as it was kept, or nothing if it is none.
   * @param {any} answer
   */
  function isAnswer(answer) {
    return isObject(answer) && typeof answer.given === "string" && answer.given.length <= MOST
      && VERDICTS.includes(answer.verdict) && [true, false, null].includes(answer.first)
      && Number.isFinite(answer.at);
  }

  /**
   * What of a text is a memory; anything else in it is left out.
   * @param {string | null} text
   * @returns {Record<string, Kept> | undefined}
   */
  function read(text) {
    let found;
    try {
      found = JSON.parse(text ?? "");
    } catch {
      return undefined;
    }
    if (!isObject(found) || found.format !== FORMAT || !isObject(found.questions)) return undefined;
    const sound = Object.entries(found.questions).filter(([name, kept]) =>
      /^\w+\.[\w-]+$/.test(name) && isObject(kept) && isObject(kept.answers)
      && [0, 1, 2].includes(kept.again) && Number.isFinite(kept.since)
      && Object.values(kept.answers).every(isAnswer));
    return Object.fromEntries(sound);
  }

  /** @param {Record<string, Kept>} questions */
  const written = (questions) => JSON.stringify({ format: FORMAT, questions });

  function load() {
    try {
      return read(localStorage.getItem(KEY)) ?? {};
    } catch {
      return {};
    }
  }

  /**
   * Keep these questions and no others; whether the browser did. The book works without.
   * @param {Record<string, Kept>} questions
   */
  function store(questions) {
    try {
      if (Object.keys(questions).length) localStorage.setItem(KEY, written(questions));
      else localStorage.removeItem(KEY);
      return true;
    } catch {
      return false;
    }
  }

  /** Whether this browser keeps anything for this page. */
  function isKeeping() {
    try {
      localStorage.setItem(`${KEY}-try`, "");
      localStorage.removeItem(`${KEY}-try`);
      return true;
    } catch {
      return false;
    }
  }

  /** The chapters in the order of the road, each with how many questions it asks. */
  function chapters() {
    /** @type {NodeListOf<HTMLElement>} */
    const stops = document.querySelectorAll(".ssd-road li[data-chapter]");
    return [...stops].map((stop) => ({
      stop, stem: `${stop.dataset.chapter}`, count: Number(stop.dataset.questions),
    }));
  }

  /**
   * Whether a question is to be asked again on this page.
   * @param {string} name
   * @param {Kept} kept
   */
  function isDue(name, kept) {
    if (!kept.again) return false;
    // A clock that went wrong and was set back has left a time in the future.
    if (Math.abs(Date.now() - kept.since) >= DAY) return true;
    const order = chapters().map(({ stem }) => stem);
    const isLater = order.indexOf(page) > order.indexOf(chapterOf(name));
    return kept.again === 1 && isLater && !((kept.answers[page]?.at ?? 0) >= kept.since);
  }

  /** Names of the questions that are to be asked again here, the oldest first. */
  function due() {
    return Object.entries(load()).filter(([name, kept]) =>
      isDue(name, kept) && (isFirst || chapterOf(name) !== page))
      .sort(([, a], [, b]) => a.since - b.since).map(([name]) => name);
  }

  const memory = {
    /**
     * What was answered on this page, unless the question is to be asked anew.
     * @param {string} name of the question
     * @returns {Answer | undefined}
     */
    recall(name) {
      const kept = load()[name];
      return kept && !isDue(name, kept) ? kept.answers[page] : undefined;
    },

    /**
     * Keep an answer.
     * @param {string} name of the question
     * @param {Omit<Answer, "at">} answer
     */
    keep(name, { given, verdict, first }) {
      const questions = load(), at = Date.now();
      const kept = questions[name] ??= { answers: {}, again: 0, since: at };
      const before = isDue(name, kept) ? undefined : kept.answers[page];
      const isNew = before === undefined || (before.first === null && first !== null);
      if (isNew && first !== true) Object.assign(kept, { again: 1, since: at });
      else if (isNew && kept.again) {
        Object.assign(kept, { again: kept.again === 1 ? 2 : 0, since: at });
      }
      kept.answers[page] = { given: given.slice(0, MOST), verdict, first, at };
      store(questions);
      refresh();
    },

    /**
     * Add what was missed in earlier chapters to a page's recap.
     * @param {string | undefined} widget
     * @param {Record<string, any>} state of the widget
     */
    async prepare(widget, state) {
      if (widget !== "self_check" || !Array.isArray(state.questions)) return;
      const here = state.questions.map(({ name }) => name);
      const names = due();
      for (const question of state.questions) {
        if (names.includes(question.name)) question.again = true;
      }
      if (here.some((name) => chapterOf(name) === page)) return;
      state.questions.push(...await asked(names.filter((name) => !here.includes(name))));
    },
  };
  Object.assign(window, { ssdMemory: memory });

  /** All questions of the book by their names, as a widget asks them. */
  const all = async () => JSON.parse(await window.ssdLoad("questions"));

  /**
   * Those of some names that the book has a question for.
   * @param {string[]} names
   */
  async function known(names) {
    if (names.length === 0) return [];
    const book = await all();
    return names.filter((name) => Object.hasOwn(book, name));
  }

  /**
   * Questions by their names, to be asked again.
   * @param {string[]} names
   */
  async function asked(names) {
    if (names.length === 0) return [];
    const book = await all();
    return (await known(names)).map((name) => ({ ...book[name], again: true }));
  }

  /**
   * How many of a chapter's own questions have their answer, and how many at the first try.
   * @param {Record<string, Kept>} questions
   * @param {string} stem
   */
  function counts(questions, stem) {
    const own = Object.entries(questions).filter(([name]) => chapterOf(name) === stem)
      .flatMap(([, { answers }]) => answers[stem] ?? []);
    return {
      answered: own.filter(({ verdict }) => verdict !== "wrong").length,
      first: own.filter(({ first }) => first === true).length,
    };
  }

  /** Show on the road and in the words below it what is done. */
  function refresh() {
    /** @type {HTMLElement | null} */
    const way = document.querySelector(".ssd-way-so-far");
    if (!way) return;
    const questions = load();
    const found = chapters().map((one) => ({ ...one, ...counts(questions, one.stem) }));
    for (const { stop, answered, count, stem } of found) {
      const done = answered === 0 ? "" : answered >= count ? "done" : "begun";
      stop.dataset.done = done;
      const link = stop.querySelector("a");
      const words = `${link?.textContent ?? stem}`;
      if (done) link?.setAttribute("aria-label", `${words}, ${done}`);
      else link?.removeAttribute("aria-label");
    }
    const sum = (/** @type {"answered" | "first"} */ what) =>
      found.reduce((total, one) => total + one[what], 0);
    const answered = sum("answered");
    const finished = found.filter(({ stop }) => stop.dataset.done === "done").length;
    const waiting = Object.values(questions).filter(({ again }) => again).length;
    const isEmpty = Object.keys(questions).length === 0;
    if (!isEmpty) way.hidden = false; // and so it stays until the page is left
    say(".ssd-way-words", isEmpty ? "Nothing is kept any more."
      : `${finished} of ${found.length} chapters done, ${answered} `
        + `question${answered === 1 ? "" : "s"} answered, ${sum("first")} right at the first try`
        + (waiting ? `; ${waiting} will be asked again.` : "."));
  }

  /**
   * @param {string} selector of a line, or of one in each place that can be asked
   * @param {string} text
   */
  function say(selector, text) {
    for (const line of document.querySelectorAll(selector)) line.textContent = text;
  }

  /** Give the reader a file of all that is kept. */
  function save() {
    const url = URL.createObjectURL(new Blob([written(load())], { type: "application/json" }));
    const link = document.createElement("a");
    Object.assign(link, { href: url, download: "ssd-book-memory.json" }).click();
    setTimeout(() => URL.revokeObjectURL(url), 1000);
    say(".ssd-way-said", "Saved. Load the file in another browser to go on there.");
  }

  /**
   * Add what a file holds; of two memories of a question the later one stays.
   * @param {File} file
   */
  async function loadFile(file) {
    const loaded = file.size > MOST_BYTES ? undefined : read(await file.text());
    if (!loaded) {
      say(".ssd-way-said", `The file must be one that “Save” wrote, got ${file.name}.`);
      return;
    }
    const questions = load();
    const names = await known(Object.keys(loaded));
    for (const name of names) {
      if (!((questions[name]?.since ?? 0) > loaded[name].since)) questions[name] = loaded[name];
    }
    const isKept = store(questions);
    refresh();
    say(".ssd-way-said", isKept
      ? `Loaded: ${names.length} question${names.length === 1 ? "" : "s"}.`
      : "This browser has no room left to keep them.");
    await askAgain();
  }

  /** Forget everything; until the page is left, that can be taken back. */
  function forget() {
    const before = load();
    store({});
    refresh();
    const back = document.createElement("button");
    back.type = "button";
    back.textContent = "Take it back";
    back.addEventListener("click", () => {
      store({ ...before, ...load() });
      refresh();
      say(".ssd-way-said", "It is all there again.");
    });
    document.querySelector(".ssd-way-so-far .ssd-way-said")
      ?.replaceChildren("Everything is forgotten. ", back);
  }

  /** Ask on the first page what has waited for a day. */
  async function askAgain() {
    const questions = await asked(due());
    const place = document.querySelector(".ssd-way-again");
    if (!place || place.firstChild || questions.length === 0) return;
    const figure = document.createElement("figure");
    figure.className = "ssd-widget";
    figure.dataset.widget = "self_check";
    figure.dataset.state = JSON.stringify({ title: "You missed these a while ago", questions });
    place.append(figure);
    await window.ssdMount(figure);
  }

  /** @param {Element} way the first page's part about what is kept */
  function wire(way) {
    const file = document.createElement("input");
    Object.assign(file, { type: "file", accept: ".json,application/json", hidden: true });
    file.addEventListener("change", () => {
      if (file.files?.[0]) loadFile(file.files[0]);
      file.value = "";
    });
    way.append(file);
    for (const [name, act] of Object.entries({ save, load: () => file.click(), forget })) {
      for (const button of document.querySelectorAll(`[data-way=${name}]`)) {
        button.addEventListener("click", act);
      }
    }
    /** @type {HTMLElement | null} */
    const elsewhere = document.querySelector(".ssd-way-elsewhere");
    if (elsewhere) elsewhere.hidden = Object.keys(load()).length > 0;
    refresh();
    askAgain();
  }

  document.addEventListener("DOMContentLoaded", () => {
    const way = document.querySelector(".ssd-way-so-far");
    if (way && isKeeping()) wire(way);
  });
})();

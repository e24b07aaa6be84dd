// What a printed page needs and a screen does not: each figure as a still picture beside
// its table, and the solutions, which are folded on the screen, at the end.

(() => {
  const PICTURES = ".ssd-frame, .ssd-sheet, .ssd-planes, .ssd-costs, canvas, svg";
  const LEAST = 90; // pixels across: what is smaller is a sign, not a picture
  const WIDEST = 640;
  const TALLEST = 400; // a taller one would leave half a page empty before it and its table
  // What is asked is one picture with its question, the strip of stages has signs alone, and
  // what waits for a network has nothing to show.
  const NO_PICTURES = ".ssd-thread, .ssd-asked, .ssd-inside-strip, .ssd-inside-waiting";
  const DEEDS = /^(Press|Point|Drag|Choose|Click|Tap|Hover|Walk|On a keyboard|Or give|Lower the)\b/;
  /** @type {HTMLElement[]} */
  let added = [];
  /** @type {Map<Element, string>} */
  const said = new Map(); // what captions say on a screen

  /**
   * An element that stands only on paper.
   * @param {string} tag
   * @param {string} name of its class
   */
  function make(tag, name) {
    const element = document.createElement(tag);
    element.className = name;
    added.push(element);
    return element;
  }

  /**
   * A copy of a picture as it is now: a clone of a canvas would be empty. It stands in
   * copies of all that it stood in, for the rules of its figure to hold.
   * @param {Element} picture
   * @param {Element} live the figure
   */
  function still(picture, live) {
    const copy = /** @type {Element} */ (picture.cloneNode(true));
    const here = (/** @type {Element} */ root) =>
      root instanceof HTMLCanvasElement ? [root] : [...root.querySelectorAll("canvas")];
    const originals = here(picture);
    for (const [k, canvas] of here(copy).entries()) {
      if (originals[k].width && originals[k].height) {
        canvas.getContext("2d")?.drawImage(originals[k], 0, 0);
      }
    }
    const { width, height } = picture.getBoundingClientRect();
    const frame = document.createElement("div");
    frame.style.width = `${width}px`;
    frame.style.setProperty("zoom", `${Math.min(1, WIDEST / width, TALLEST / height)}`);
    let inside = copy;
    for (let outer = picture.parentElement; outer && live.contains(outer);
      outer = outer.parentElement) {
      const shell = document.createElement("div");
      shell.className = outer.className;
      shell.style.setProperty("display", "contents", "important");
      shell.append(inside);
      inside = shell;
    }
    frame.append(inside);
    return frame;
  }

  /** Put its pictures into each figure that is alive. */
  function stillFigures() {
    for (const figure of document.querySelectorAll("figure.ssd-mounted[data-widget]")) {
      const live = figure.querySelector(".ssd-live-figure");
      if (!live) continue;
      const pictures = [...live.querySelectorAll(PICTURES)].filter((one) =>
        !one.parentElement?.closest(`${PICTURES}, ${NO_PICTURES}`)
        && one.checkVisibility({ visibilityProperty: true })
        && one.getBoundingClientRect().width >= LEAST);
      if (pictures.length === 0) continue;
      const strip = make("div", "ssd-stills");
      strip.append(...pictures.map((picture) => still(picture, live)));
      figure.prepend(strip);
    }
  }

  /**
   * The words of the exercise that a cell belongs to: "2. Two boxes".
   * @param {Element} cell
   */
  function exerciseOf(cell) {
    let before = cell.previousElementSibling;
    while (before && !/^\d+\./.test(`${before.querySelector("strong")?.textContent}`)) {
      before = before.previousElementSibling;
    }
    return before?.querySelector("strong")?.textContent ?? "";
  }

  /**
   * Copy a chapter's solutions to its end, each under the name of its exercise.
   * @param {Element} article
   */
  function gatherSolutions(article) {
    const cells = [...article.querySelectorAll(".cell.tag_solution")];
    const chapter = article.querySelector(":scope > section");
    if (cells.length === 0 || !chapter) return;
    const section = make("section", "ssd-solutions");
    const heading = document.createElement("h2");
    heading.textContent = "Solutions";
    section.append(heading);
    let last = "";
    for (const cell of cells) {
      const exercise = exerciseOf(cell);
      if (exercise !== last) {
        const name = document.createElement("h3");
        name.textContent = last = exercise;
        section.append(name);
      }
      for (const part of cell.querySelectorAll(".cell_input, .cell_output")) {
        section.append(part.cloneNode(true));
      }
    }
    chapter.append(section);
  }

  /**
   * Leave out of a caption what only a screen can do: "Drag box A", "Point at a row". What
   * such a sentence says after a colon stays.
   * @param {Element} caption
   */
  function leaveOutDeeds(caption) {
    const words = `${caption.textContent}`;
    const kept = words.split(/(?<=[.?!]) /).flatMap((sentence) => {
      if (!DEEDS.test(sentence)) return sentence;
      const rest = sentence.split(": ").slice(1).join(": ");
      return rest ? rest[0].toUpperCase() + rest.slice(1) : [];
    }).join(" ").replace(", while you drag", "");
    if (kept === words) return;
    said.set(caption, words);
    caption.textContent = kept;
  }

  const root = document.documentElement;
  let theme = root.dataset.theme;

  addEventListener("beforeprint", () => {
    theme = root.dataset.theme;
    root.dataset.theme = "light"; // paper is white
    dispatchEvent(new Event("ssd-scheme"));
    stillFigures();
    document.querySelectorAll("article.bd-article").forEach(gatherSolutions);
    document.querySelectorAll("figure.ssd-widget > figcaption").forEach(leaveOutDeeds);
  });
  addEventListener("afterprint", () => {
    root.dataset.theme = theme;
    for (const element of added) element.remove();
    added = [];
    for (const [caption, words] of said) caption.textContent = words;
    said.clear();
  });
})();

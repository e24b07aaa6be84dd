// The search page: finds sections, not pages, and shows where in them the words stand.
// search_index.js brings their text, as a script, for a page opened from file:// may
// load one but not fetch another page; Sphinx' language_data.js brings the stems.

/** @typedef {{ page: string, title: string, kind: string, sections: string[][] }} Page */
/** @typedef {{ text: string, stem: string, at: number }} Word */
/**
 * @typedef {object} Place a section, ready to be searched
 * @property {Page} page
 * @property {string} anchor
 * @property {string} heading
 * @property {string} text
 * @property {Word[]} titled the words of its page's title
 * @property {Word[]} named the words of its heading
 * @property {Word[]} words
 */
/** @typedef {{ place: Place, score: number }} Found */

(() => {
  const WORD = /\d+\.\d+|[\p{L}\p{N}_]+/gu;
  const KINDS = /** @type {Record<string, { weight: number, label: string }>} */ ({
    chapter: { weight: 1, label: "" },
    "look-up": { weight: 0.1, label: "To look things up" },
    reference: { weight: 0.05, label: "Reference" },
  });
  const ASKING = ["how", "why", "what", "which", "when", "who", "where", "does", "do", "can"];
  const MOST_PAGES = 12, MOST_PLACES = 3, LONGEST = 220;
  const stemmer = new Stemmer();
  /** @type {Map<string, string>} */
  const stems = new Map();
  /** @type {Place[]} */
  let places = [];
  /** @type {Set<string>} headings that many pages have */
  let repeated = new Set();

  /** @param {string} text */
  function stemOf(text) {
    const lower = text.toLowerCase();
    let stem = stems.get(lower);
    if (stem === undefined) {
      stem = /** @type {string} */ (stemmer.stemWord(lower));
      stems.set(lower, stem);
    }
    return stem;
  }

  /**
   * The words of a text; of a name with underscores also its parts.
   * @param {string} text
   * @returns {Word[]}
   */
  function wordsOf(text) {
    return [...text.matchAll(WORD)].flatMap(({ 0: word, index }) => {
      const parts = word.includes("_") ? word.split("_").filter(Boolean) : [];
      return [word, ...parts].map((one) => ({ text: word, stem: stemOf(one), at: index }));
    });
  }

  /**
   * What is asked for, without the words that stand everywhere.
   * @param {string} query
   */
  function termsOf(query) {
    const words = [...query.matchAll(WORD)].map(([word]) => word.toLowerCase());
    const telling = words.filter((word) => !stopwords.includes(word) && !ASKING.includes(word));
    return [...new Set((telling.length ? telling : words).map(stemOf))];
  }

  /**
   * How often each term stands among some words; one that is not finished, as a beginning.
   * @param {Word[]} words
   * @param {string[]} terms
   */
  function counts(words, terms) {
    return terms.map((term) => words.reduce((sum, { stem }) =>
      sum + (stem === term ? 1 : term.length > 2 && stem.startsWith(term) ? 0.5 : 0), 0));
  }

  /**
   * Whether the terms follow one another somewhere.
   * @param {Word[]} words
   * @param {string[]} terms
   */
  function together(words, terms) {
    return terms.length > 1 && words.some((_, k) =>
      terms.every((term, j) => words[k + j]?.stem.startsWith(term)));
  }

  /**
   * The sections that hold the terms, the best first.
   * @param {string[]} terms
   * @returns {Found[]}
   */
  function find(terms) {
    const inText = places.map(({ words }) => counts(words, terms));
    const inHeading = places.map(({ named }) => counts(named, terms));
    const rarity = terms.map((_, j) => {
      const holding = places.filter((_place, k) => inText[k][j] || inHeading[k][j]).length;
      return Math.log(1 + places.length / (1 + holding));
    });
    const found = places.map((place, k) => {
      const { words, named, titled, page } = place;
      const inTitle = counts(titled, terms);
      const length = 0.4 + 0.6 * Math.min(3, words.length / 150);
      const share = terms.length / Math.max(terms.length, named.length); // of its heading
      let score = 0, holds = 0;
      terms.forEach((_, j) => {
        const often = inText[k][j] / (inText[k][j] + 1.2 * length);
        const heading = Math.min(1, inHeading[k][j]);
        const title = Math.min(1, inTitle[j]);
        score += rarity[j] * (2 * often + (1.7 + 1.6 * share) * heading + 1.5 * title);
        holds += Number(inText[k][j] + heading > 0);
      });
      if (together(words, terms)) score *= 1.5;
      if (together(named, terms)) score *= 1.5;
      if (repeated.has(place.heading)) score *= 0.6; // such as References
      const isName = page.kind === "reference" && named[0]?.stem === terms.join(" ");
      const weight = KINDS[page.kind].weight * (isName ? 4 : 1);
      return { place, score: holds ? weight * score * (holds / terms.length) ** 3 : 0 };
    });
    found.sort((a, b) => b.score - a.score);
    return found.filter(({ score }) => score > found[0].score / 15);
  }

  /**
   * The found sections by page: a page stands where its best section does, and a
   * second and a third one help it.
   * @param {Found[]} found
   */
  function byPage(found) {
    /** @type {Map<Page, Found[]>} */
    const pages = new Map();
    for (const one of found) {
      const { page } = one.place;
      pages.set(page, [...(pages.get(page) ?? []), one]);
    }
    const worth = (/** @type {Found[]} */ all) =>
      all.slice(0, 3).reduce((sum, { score }, k) => sum + score / (1 + 3 * k), 0);
    return [...pages].sort(([, a], [, b]) => worth(b) - worth(a));
  }

  /**
   * An element with children.
   * @param {string} tag
   * @param {Record<string, string>} attributes
   * @param {...(Node | string)} children
   */
  function make(tag, attributes, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.append(...children);
    return element;
  }

  /**
   * A text of which the words asked for are marked, between two places.
   * @param {string} text
   * @param {Word[]} words
   * @param {string[]} terms
   * @param {number} start
   * @param {number} end
   */
  function marked(text, words, terms, start, end) {
    const parts = [];
    let at = start;
    for (const word of words) {
      if (word.at < at || word.at + word.text.length > end) continue;
      if (!terms.some((term) => word.stem.startsWith(term))) continue;
      parts.push(text.slice(at, word.at), make("mark", {}, word.text));
      at = word.at + word.text.length;
    }
    return [...parts, text.slice(at, end)];
  }

  /**
   * The part of a section's text that holds most of the terms.
   * @param {Place} place
   * @param {string[]} terms
   */
  function snippet({ text, words }, terms) {
    const hits = words.filter(({ stem }) => terms.some((term) => stem.startsWith(term)));
    const ahead = (/** @type {Word} */ first) => {
      const near = hits.filter(({ at }) => at >= first.at && at < first.at + LONGEST - 60);
      const different = new Set(near.map(({ stem }) => stem)).size;
      return 10 * different + near.length - (near.at(-1)?.at ?? 0) / 1e6;
    };
    const best = hits.reduce((a, b) => (ahead(b) > ahead(a) ? b : a), hits[0]);
    const wanted = Math.max(0, (best?.at ?? 0) - 60);
    const start = wanted && text.indexOf(" ", wanted) + 1;
    const last = text.lastIndexOf(" ", start + LONGEST);
    const end = start + LONGEST >= text.length ? text.length : last;
    const parts = marked(text, words, terms, start, end);
    return make("p", {}, start ? "… " : "", ...parts, end < text.length ? " …" : "");
  }

  /**
   * A page and the best of its sections.
   * @param {Page} page
   * @param {Found[]} found
   * @param {string[]} terms
   */
  function shown(page, found, terms) {
    const items = found.slice(0, MOST_PLACES).map(({ place }) => {
      const address = page.page + (place.anchor && `#${place.anchor}`);
      const heading = marked(place.heading, place.named, terms, 0, place.heading.length);
      const link = make("a", { href: address }, ...heading);
      return make("li", {}, link, ...(place.text ? [snippet(place, terms)] : []));
    });
    const link = make("a", { href: page.page }, page.title);
    const { label } = KINDS[page.kind];
    const kind = label ? [" ", make("span", { class: "ssd-found-kind" }, label)] : [];
    return make("section", { class: "ssd-found" }, make("h2", {}, link, ...kind),
      make("ol", {}, ...items));
  }

  /** @param {string} query */
  function search(query) {
    const terms = termsOf(query);
    const pages = terms.length ? byPage(find(terms)).slice(0, MOST_PAGES) : [];
    document.querySelector(".ssd-results")?.replaceChildren(
      ...pages.map(([page, found]) => shown(page, found, terms)));
    const summary = document.querySelector(".search-summary");
    if (!summary) return;
    summary.textContent = !terms.length ? "" : pages.length === 0
      ? `Nothing found for “${query}”. Try one word, or another word for it.`
      : `${pages.length} ${pages.length === 1 ? "page" : "pages"} found`;
  }

  /**
   * Called by search_index.js.
   * @param {Page[]} pages
   */
  const ssdSearch = (pages) => {
    places = pages.flatMap((page) => {
      const titled = wordsOf(page.title);
      return page.sections.map(([anchor, heading, text]) => ({
        page, anchor, heading, text, titled, named: wordsOf(heading), words: wordsOf(text),
      }));
    });
    const headings = places.map(({ heading }) => heading);
    const often = (/** @type {string} */ one) => headings.filter((other) => other === one).length;
    repeated = new Set(headings.filter((one) => often(one) > 4));
    /** @type {HTMLInputElement | null} */
    const field = document.querySelector(".bd-search-container input");
    if (!field) return;
    field.value = new URLSearchParams(location.search).get("q") ?? "";
    field.addEventListener("input", () => {
      history.replaceState(null, "", `?q=${encodeURIComponent(field.value)}`);
      search(field.value);
    });
    field.focus();
    search(field.value);
  };
  Object.assign(window, { ssdSearch });
})();

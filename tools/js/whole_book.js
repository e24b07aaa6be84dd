// Runs in a browser (tools/whole_book.py): joins the articles of the book's pages in one
// document, where a link from one page to another leads to a place of the same document.

const REFERENCES = ["for", "headers", "aria-labelledby", "aria-describedby", "aria-controls"];
const IN_STYLE = /url\((['"]?)#([^'")]+)\1\)/g;

let inWords = []; // what an address may say of the playground in words: "#tiny-objects"

/**
 * Put the articles of some pages behind each other.
 * @param {string[]} stems of the pages, in their order
 * @param {string[]} states of the playground that an address may name
 */
globalThis.joinBook = async (stems, states) => {
  inWords = states;
  const place = document.querySelector(".bd-article-container");
  for (const stem of stems) {
    const answer = await fetch(`${stem}.html`);
    if (!answer.ok) throw new Error(`the page must be built: ${stem}.html, got ${answer.status}`);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const article = page.querySelector("article.bd-article");
    for (const element of article.querySelectorAll("*")) rename(element, stem);
    for (const link of article.querySelectorAll("a[href]")) lead(link, stem, stems);
    for (const gone of article.querySelectorAll("a.headerlink, script, link")) gone.remove();
    for (const image of article.querySelectorAll("img[loading]")) image.loading = "eager";
    article.id = stem;
    place.append(document.adoptNode(article));
    list(article);
  }
};

/**
 * Add an article to the contents.
 * @param {Element} article
 */
function list(article) {
  const line = document.createElement("li");
  const link = line.appendChild(document.createElement("a"));
  link.href = `#${article.id}`;
  link.textContent = article.querySelector("h1").textContent;
  document.querySelector(".ssd-title-page-contents ol").append(line);
}

/**
 * An element's names, and those it refers to, as they are in the joined book.
 * @param {Element} element
 * @param {string} stem of its page
 */
function rename(element, stem) {
  if (element.id) element.id = `${stem}--${element.id}`;
  for (const { name, value } of [...element.attributes]) {
    if (REFERENCES.includes(name)) {
      const names = value.split(/\s+/).map((one) => `${stem}--${one}`);
      element.setAttribute(name, names.join(" "));
    } else if (value.includes("url(") && value.includes("#")) {
      element.setAttribute(name, value.replace(IN_STYLE, `url("#${stem}--$2")`));
    } else if (name.endsWith("href") && value.startsWith("#") && element.localName !== "a") {
      element.setAttribute(name, `#${stem}--${value.slice(1)}`);
    }
  }
}

/**
 * Let a link lead to its place in the joined book; one that leaves the book for a part of
 * the site that is not in it becomes plain words.
 * @param {HTMLAnchorElement} link
 * @param {string} stem of its page
 * @param {string[]} stems
 */
function lead(link, stem, stems) {
  const url = new URL(link.getAttribute("href"), new URL(`${stem}.html`, location.href));
  if (url.origin !== location.origin) return;
  const target = url.pathname.split("/").pop().replace(/\.html$/, "");
  if (!stems.includes(target)) {
    link.replaceWith(...link.childNodes);
    return;
  }
  const [said] = url.hash.slice(1).split("?");
  const place = target === "playground" && inWords.includes(said) ? "" : said;
  link.setAttribute("href", place ? `#${target}--${decodeURIComponent(place)}` : `#${target}`);
}

/** Bring all figures to life, one after the other, and let them draw. */
globalThis.mountAll = async () => {
  const failed = [];
  for (const figure of document.querySelectorAll("figure.ssd-widget[data-widget]")) {
    await globalThis.ssdMount(figure).catch((error) => failed.push(`${error}`));
  }
  await document.fonts.ready;
  await Promise.allSettled([...document.images].map((image) => image.decode()));
  return failed;
};

/** Links that lead to no place of the joined book. */
globalThis.deadLinks = () => [...document.querySelectorAll("a[href^='#']")]
  .map((link) => decodeURIComponent(link.getAttribute("href").slice(1)))
  .filter((name) => !document.getElementById(name));

const NOT_TO_READ = ".ssd-road, a.headerlink, script, link, button, input, "
  + ".ssd-way-so-far, .ssd-way-elsewhere, .ssd-downloads, .ssd-copy, style[data-screen]";
const [APPLIED, THIN] = ["\u2061", "0.1667em"];
const NOT_IN_EPUB = [
  "loading", "decoding", "fetchpriority", "tabindex", "align", "valign", "border",
];

/**
 * The article of a page as XHTML for an e-book, its figures as the pictures that are given.
 * @param {{ stem: string, stems: string[], stills: (string | null)[] }} page
 */
globalThis.asXhtml = async ({ stem, stems, stills }) => {
  const text = await (await fetch(`${stem}.html`)).text();
  const page = new DOMParser().parseFromString(text, "text/html");
  const article = page.querySelector("article.bd-article");
  for (const gone of article.querySelectorAll(NOT_TO_READ)) gone.remove();
  // An e-reader sets mathematics itself, and opens what is folded without other words for it.
  const other = ".katex-html, .katex-mathml annotation, summary .expanded";
  for (const twice of article.querySelectorAll(other)) twice.remove();
  for (const mark of article.querySelectorAll("math mo")) spaceName(mark);
  forgetNames(article);
  for (const words of article.querySelectorAll("summary > p")) {
    words.replaceWith(...words.childNodes);
  }
  const printed = document.querySelectorAll(`#${stem} figure.ssd-widget`);
  for (const [k, figure] of [...article.querySelectorAll("figure.ssd-widget")].entries()) {
    if (stills[k]) showStill(figure, stills[k]);
    const caption = figure.querySelector(":scope > figcaption");
    const words = printed[k].querySelector(":scope > figcaption")?.textContent; // as on paper
    if (words) caption.textContent = words;
    else caption?.remove();
    figure.removeAttribute("data-state");
  }
  for (const link of article.querySelectorAll("a[href]")) {
    lead(link, stem, stems);
    const [, target, place] = /^#(.*?)(?:--(.*))?$/.exec(link.getAttribute("href")) ?? [];
    if (target) link.setAttribute("href", `${target}.xhtml${place ? `#${place}` : ""}`);
  }
  for (const element of article.querySelectorAll("*")) {
    for (const name of NOT_IN_EPUB) element.removeAttribute(name);
  }
  for (const drawn of article.querySelectorAll("[paint-order]")) { // a style, to an e-reader
    drawn.style.setProperty("paint-order", drawn.getAttribute("paint-order"));
    drawn.removeAttribute("paint-order");
  }
  const title = article.querySelector("h1").textContent;
  const sections = [...article.querySelectorAll("section[id] > h2")].map((heading) =>
    [heading.parentElement.id, heading.textContent]);
  const serializer = new XMLSerializer();
  const body = [...article.childNodes].map((node) => serializer.serializeToString(node)).join("");
  return { title, sections, body };
};

/**
 * A thin space on either side of a function's name: 4 ln 21. What KaTeX leaves to the e-reader
 * is a mark without width, and most set the name and its argument close together.
 * @param {Element} mark an operator; only that which applies a function is meant
 */
function spaceName(mark) {
  if (mark.textContent !== APPLIED) return;
  mark.setAttribute("rspace", THIN);
  const name = mark.previousElementSibling;
  const before = name?.previousElementSibling;
  if (!before || (before.localName === "mo" && before.textContent !== ")")) return;
  const space = document.createElementNS(name.namespaceURI, "mspace");
  space.setAttribute("width", THIN);
  name.before(space);
}

/**
 * Take away the names of what drawings consist of, which several drawings of a page share,
 * unless something refers to them.
 * @param {Element} article
 */
function forgetNames(article) {
  const used = new Set();
  for (const element of article.querySelectorAll("*")) {
    for (const { name, value } of element.attributes) {
      if (name.endsWith("href") && value.startsWith("#")) used.add(value.slice(1));
      for (const [, , found] of value.matchAll(IN_STYLE)) used.add(found);
      if (REFERENCES.includes(name)) value.split(/\s+/).forEach((one) => used.add(one));
    }
  }
  for (const [k, drawing] of [...article.querySelectorAll("svg")].entries()) {
    for (const part of [drawing, ...drawing.querySelectorAll("*")]) {
      if (!used.has(part.id)) part.removeAttribute("id");
      rename(part, `drawing-${k}`);
    }
  }
}

/**
 * Put a picture in place of a figure that needs a screen; its table stays.
 * @param {Element} figure
 * @param {string} path
 */
function showStill(figure, path) {
  const image = document.createElement("img");
  image.src = path;
  image.alt = JSON.parse(figure.dataset.state).picture_alt || "The figure as it begins.";
  figure.querySelector(".ssd-still")?.remove();
  figure.prepend(image);
}

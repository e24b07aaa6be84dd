// Keeps of a style sheet the rules that some page, or some script of theirs, can use, and
// of the variables and movements those that they name.
//   node purge.mjs FOLDER_OF_NODE_MODULES SITE SHEET SCRIPT... > what is left of the sheet
// What is read of a page is its elements, not its words: "modal" in a sentence keeps
// nothing. Of a script it is what stands between quotes.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import process from "node:process";

const [modules, site, sheet, ...scripts] = process.argv.slice(2);
const require = createRequire(`${modules}/`);
const { PurgeCSS } = require("purgecss");
const QUOTED = /"[^"\n]*"|'[^'\n]*'|`[^`]*`/g;
const NAME = /[A-Za-z][\w-]*/g;

/** @param {string} text of a script */
const wordsOf = (text) => (text.match(QUOTED) ?? []).join(" ").match(NAME) ?? [];

/** What the scripts of Sphinx, the theme and Bootstrap give to elements. */
const GIVEN = [
  "active", "show", "showing", "hiding", "fade", "hide", "noprint", "scrolled", "success",
  "highlighted", "collapse", "collapsed", "collapsing", "dropdown-menu-dark",
  "o-tooltip--left", "tooltip", "tooltip-arrow", "tooltip-inner",
  "bs-tooltip-top", "bs-tooltip-bottom", "bs-tooltip-start", "bs-tooltip-end", "bs-tooltip-auto",
];

const [{ css }] = await new PurgeCSS().purge({
  content: [`${site}/**/*.html`, ...scripts],
  css: [{ raw: readFileSync(sheet, "utf8") }],
  extractors: [
    { extensions: ["html"], extractor: require("purgecss-from-html") },
    { extensions: ["js"], extractor: wordsOf },
  ],
  // Attributes that scripts set: rules for them stay.
  dynamicAttributes: ["data-theme", "data-mode", "aria-pressed", "aria-expanded", "open", "hidden"],
  safelist: {
    standard: GIVEN,
    greedy: [/data-jp-theme-light/, /vscode-dark/],
    variables: ["--bs-position"], // Bootstrap's menus ask for it
  },
  keyframes: true,
  variables: true,
});
process.stdout.write(css);

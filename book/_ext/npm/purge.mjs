// Keeps of a style sheet the rules that some page, or some script of theirs, can use.
//   node purge.mjs FOLDER_OF_NODE_MODULES SITE SHEET > what is left of the sheet
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import process from "node:process";

const [modules, site, sheet] = process.argv.slice(2);
const { PurgeCSS } = createRequire(`${modules}/`)("purgecss");
const [{ css }] = await new PurgeCSS().purge({
  content: [`${site}/**/*.html`, `${site}/_static/**/*.js`],
  css: [{ raw: readFileSync(sheet, "utf8") }],
  // Attributes that scripts set: rules for them stay.
  dynamicAttributes: ["data-theme", "data-mode", "aria-pressed", "aria-expanded", "open", "hidden"],
  safelist: { greedy: [/data-jp-theme-light/, /vscode-dark/] },
});
process.stdout.write(css);

// Keeps of the faces what the pages show of them.
//   node subset.mjs FOLDER_OF_NODE_MODULES
// reads {"text", "faces": [{"from", "to", "weights", "features"}]}.
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import process from "node:process";

const subset = createRequire(`${process.argv[2]}/`)("subset-font");
const { text, faces } = JSON.parse(readFileSync(0, "utf8"));
for (const { from, to, weights: [min, max], features } of faces) {
  const variationAxes = { wght: { min, max } };
  const options = { targetFormat: "woff2", variationAxes, keepFeatures: features };
  writeFileSync(to, await subset(readFileSync(from), text, options));
}

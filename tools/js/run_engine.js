// Runs images through the page's network in node, as tools/engine.py asks: the one
// argument names a JSON file with
//   packed   path of a packed network
//   wasm     path of nn.wasm, or null for the plain kernels
//   images   path of its images, [N, S, S, 4], bytes
//   rule     of detect, or null: then nothing is decoded
//   answers  path to write the offsets and logits of each image to, float32
// It prints, in JSON, what was kept of each image, the milliseconds of the start, and those
// that each forward pass took of the processor: other work on the machine does not count.

import { readFileSync, writeFileSync } from "node:fs";

import { readPacked } from "../../ssd_lib/widgets/engine/client.js";
import { Network, floatsNeeded } from "../../ssd_lib/widgets/engine/network.js";
import { plainKernels } from "../../ssd_lib/widgets/engine/plain.js";
import { wasmKernels } from "../../ssd_lib/widgets/engine/wasm.js";
import { defaultBoxes, detect } from "../../ssd_lib/widgets/geometry.js";

const asked = JSON.parse(readFileSync(process.argv[2], "utf8"));
const files = Object.fromEntries(["packed", "images"].map((name) =>
  [name, Uint8Array.from(readFileSync(asked[name]))]));
const wasm = asked.wasm && readFileSync(asked.wasm);

/** Milliseconds that this thread has worked. */
function worked() {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

const before = performance.now();
const { network, weights } = readPacked(files.packed.buffer);
const kernels = wasm ? await wasmKernels(wasm, floatsNeeded(network)) : plainKernels();
const running = new Network(network, weights, kernels);
const start = performance.now() - before;
const { layout } = network;
const boxes = defaultBoxes(layout);
const size = layout.image ** 2 * 4;

const [answers, kept, milliseconds] = [[], [], []];
for (let from = 0; from < files.images.length; from += size) {
  const image = files.images.subarray(from, from + size);
  const begin = worked();
  const { offsets, logits } = running.run(image);
  milliseconds.push(worked() - begin);
  answers.push(Buffer.from(offsets.buffer), Buffer.from(logits.buffer));
  if (asked.rule) {
    kept.push(detect(offsets, logits, boxes, { ...asked.rule, variances: layout.variances }).kept);
  }
}
writeFileSync(asked.answers, Buffer.concat(answers));
console.log(JSON.stringify({ kept, milliseconds, start }));

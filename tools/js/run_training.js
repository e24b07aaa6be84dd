// Trains in node by the page's own code, as tools/playground.py and the tests ask: the one
// argument names a JSON file with
//   wasm        path of train.wasm
//   config      of the run; its steps and evaluations are done
//   weights     path to write the last weights to, or null
//   first_step  folder to write all about the first step to, or null: weights before and
//               after, slopes (all .safetensors), and images (batch.rgba)
// It prints, in JSON, the reports of all steps and evaluations, the milliseconds that this
// thread has worked in each step, what is found in the held-out scenes at the end, those
// scenes, and the objects of the first step.

import { readFileSync, writeFileSync } from "node:fs";

import { CLASSES } from "../../ssd_lib/widgets/engine/config.js";
import {
  entriesOf, tensorsOf, writeSafetensors,
} from "../../ssd_lib/widgets/engine/safetensors.js";
import { Trainer } from "../../ssd_lib/widgets/engine/training.js";

const asked = JSON.parse(readFileSync(process.argv[2], "utf8"));
const trainer = new Trainer(asked.config, readFileSync(asked.wasm));
const { config, learner, layout } = trainer;

/** Write a file of the first step. */
function keep(name, bytes) {
  if (asked.first_step) writeFileSync(`${asked.first_step}/${name}`, new Uint8Array(bytes));
}

/** The slopes of all parameters, as a file of weights. */
function slopes() {
  const made = learner.made.map((one) => ({
    ...one, weights: one.weightSlopes, bias: one.bias && one.biasSlopes,
    norm: one.norm && { ...one.norm, scale: one.norm.scaleSlopes, shift: one.biasSlopes },
  }));
  return writeSafetensors(tensorsOf(made, 0), entriesOf(layout, CLASSES));
}

const images = Array.from({ length: learner.images }, (_, k) => trainer.sceneAt(k));
keep("batch.rgba", Buffer.concat(images.map(({ rgba }) => Buffer.from(rgba))));
keep("before.safetensors", trainer.weights());
const [reports, worked, evaluations] = [[], [], [trainer.evaluate()]];
while (trainer.steps < config.steps) {
  const before = process.threadCpuUsage();
  const report = trainer.step();
  const { user, system } = process.threadCpuUsage(before);
  reports.push(report);
  worked.push((user + system) / 1000);
  if (trainer.steps === 1) {
    keep("slopes.safetensors", slopes());
    keep("after.safetensors", trainer.weights());
  }
  if (!Number.isFinite(report.localization + report.confidence)) break;
  if (trainer.steps % config.evaluateEvery === 0 || trainer.steps === config.steps) {
    evaluations.push(trainer.evaluate());
  }
}
if (asked.weights) writeFileSync(asked.weights, new Uint8Array(trainer.weights()));
const found = asked.weights ? trainer.detectOn(trainer.heldOut) : [];
const heldOut = asked.weights ? trainer.heldOut.map(({ rgba, objects }) =>
  ({ rgba: Buffer.from(rgba).toString("base64"), objects })) : [];
console.log(JSON.stringify({
  reports, worked, evaluations: evaluations.map(({ step, map, ap }) => ({ step, map, ap })), found,
  heldOut, config, objects: images.map(({ objects }) => objects),
}));

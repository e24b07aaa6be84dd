// Each widget as Jupyter and the page get it: joined into one module.

import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";

import { gradeNumber, readNumber } from "../../ssd_lib/widgets/self_check.js";

const folder = process.env.JOINED;
assert.ok(folder, "run these tests by `make js`, which joins the widgets");

for (const name of readdirSync(folder)) {
  test(`${name} is one module that renders`, async () => {
    const joined = await import(pathToFileURL(join(folder, name)).href);
    assert.deepEqual(Object.keys(joined), ["default"]);
    assert.deepEqual(Object.keys(joined.default), ["render"]);
    assert.equal(typeof joined.default.render, "function");
  });
}

test("a number may be written as people write it", () => {
  const written = ["1/3", " 0,5 ", "−1", "8 732", "8,732", "50 %", "1e3", "a third", ""];
  assert.deepEqual(written.map(readNumber), [1 / 3, 0.5, -1, 8732, 8732, 0.5, NaN, NaN, NaN]);
});

test("a wrong number is answered with the trap that it fell into", () => {
  const question = { number: 2, near: 0.1, traps: [[4, "That is twice as much."]], why: "Yes." };
  assert.deepEqual([2.05, 4, 5, NaN].map((value) => gradeNumber(question, value).right),
    [true, false, false, false]);
  assert.equal(gradeNumber(question, 2).say, "Yes.");
  assert.equal(gradeNumber(question, 4).say, "That is twice as much.");
});

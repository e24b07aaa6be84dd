// What the reader is asked to bring about: each challenge sets a scene, waits until what the
// network says of it is what was asked for, and then says why.

import { fadeEnds, intoSight } from "./question_row.js";
import { overlap } from "./geometry.js";
import { shareInSight, steady } from "./motion.js";
import { boundsOf } from "./placing.js";
import { make } from "./stage.js";

/** @import { Figure } from "./controls.js" */
/** @import { Box } from "./geometry.js" */
/** @import { Placed } from "./placing.js" */
/** @import { Scene, Seen } from "./scene_painter.js" */
/** @typedef {{ name: string, score: number, box: number[] }} Detection */
/**
 * @typedef {object} Facts about a scene
 * @property {Placed[]} things
 * @property {Seen[]} seen what is visible of each
 * @property {boolean} isOwn whether there is an image of the reader's own behind them
 * @property {Detection[]} all detections of any score, after suppression
 */
/** @typedef {{ background: string, things: Placed[] }} State */
/**
 * @typedef {object} Challenge
 * @property {string} ask
 * @property {string} judge one of JUDGES
 * @property {string} goal what is to be brought about
 * @property {State} scene that it begins with
 * @property {State} solution
 * @property {number} [limit]
 * @property {string} answer
 */
/** @typedef {{ done: boolean, note: string }} Verdict */

const SURE = 0.5; // a challenge is judged at this threshold, wherever the slider is
const FITS = 0.5; // IoU of a detection that has found a thing
const ENOUGH = 0.5; // share of a thing that must be seen
const LARGE = 0.12; // longer side of a thing that hides in plain sight

/**
 * The detection that has found each thing, if one has: the best one that is of its class and
 * fits it. No detection finds two things.
 * @param {Facts} facts
 * @param {number} threshold
 */
export function found({ things, seen, all }, threshold) {
  const taken = new Set();
  return things.map(({ name }, k) => {
    const { box } = seen[k];
    const one = box && all.find((detection) => detection.score > threshold
      && detection.name === name && !taken.has(detection)
      && overlap(detection.box, box).iou >= FITS);
    if (one) taken.add(one);
    return one;
  });
}

/**
 * @param {Facts} facts
 * @param {string} name
 */
function ofName({ things, seen }, name) {
  return seen.filter(({ box }, k) => things[k].name === name && box);
}

/** @param {Box} box */
function longer([x1, y1, x2, y2]) {
  return Math.max(x2 - x1, y2 - y1);
}

/** The best score of a class, or 0. @param {Facts} facts @param {string} name */
function best({ all }, name) {
  return Math.max(0, ...all.filter((one) => one.name === name).map(({ score }) => score));
}

/** @type {Record<string, (facts: Facts, limit: number, side: number) => Verdict>} */
export const JUDGES = {
  hidden(facts) {
    const cats = ofName(facts, "cat").filter(({ share, box }) =>
      share >= ENOUGH && box && longer(box) >= LARGE);
    const score = best(facts, "cat");
    if (!cats.length) return { done: false, note: "At least half of a cat must be in sight." };
    return { done: score <= SURE, note: `Its best score for a cat is ${score.toFixed(2)}.` };
  },
  small(facts, limit, side) {
    const wide = found(facts, SURE).flatMap((one, k) =>
      (one?.name === "ball" ? [side * longer(boundsOf(facts.things[k]))] : []));
    if (!wide.length) return { done: false, note: "It sees no ball now." };
    const least = Math.min(...wide);
    return { done: least <= limit, note: `The ball it finds has ${least.toFixed(1)} pixels.` };
  },
  twins(facts) {
    const birds = ofName(facts, "bird").filter(({ share }) => share >= ENOUGH);
    const said = facts.all.filter(({ name, score }) => name === "bird" && score > SURE);
    const note = `${count(birds.length, "bird")} in sight, ${count(said.length, "bird")} found.`;
    const isIn = (/** @type {Box} */ box, /** @type {number[]} */ other) => {
      const [x, y] = [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2];
      return x > other[0] && x < other[2] && y > other[1] && y < other[3];
    };
    const holds = said.length === 1 && birds.filter(({ box }) =>
      box && isIn(box, said[0].box)).length >= 2;
    return { done: holds, note };
  },
  ghost(facts) {
    const score = best(facts, "dog");
    const real = facts.things.some(({ name }) => name === "dog");
    if (real || facts.isOwn) return { done: false, note: "Without a dog in the scene, please." };
    return { done: score > SURE, note: `Its best score for a dog is ${score.toFixed(2)}.` };
  },
};

/**
 * @param {number} number
 * @param {string} name
 */
function count(number, name) {
  return `${number} ${name}${number === 1 ? "" : "s"}`;
}

/** The challenges as chips, and the one that waits to be solved. */
export class Challenges {
  /** @type {Challenge | undefined} */
  now;
  done = false;

  /**
   * @param {Figure<any>} figure
   * @param {Challenge[]} all
   * @param {(scene: Partial<Scene>) => void} show
   * @param {HTMLElement} [scene] is brought into sight, if little of it is seen
   */
  constructor(figure, all, show, scene) {
    this.figure = figure;
    this.scene = scene;
    this.show = show;
    this.goal = make("p", { class: "ssd-challenge", "data-line": "goal" });
    this.answer = make("p", { class: "ssd-answer", role: "status" });
    this.way = make("button", {
      type: "button", class: "ssd-show-answer", hidden: true,
      onclick: () => this.showWay(),
    }, "Show one way");
    this.chips = all.map((challenge) => make("button", {
      type: "button", class: "ssd-chip", "aria-pressed": "false",
      onclick: (event) => {
        this.set(challenge);
        intoSight(this.chips[all.indexOf(challenge)], line, event);
      },
    }, challenge.ask));
    this.all = all;
    const line = make("div", { class: "ssd-presets" }, ...this.chips);
    figure.ends.push(fadeEnds(line)); // on a phone it scrolls
    this.element = make("div", {
      class: "ssd-tries", role: "group", "aria-label": "Challenges", hidden: !all.length,
    },
      make("p", { class: "ssd-sum" }, "Can you do this?"),
      line, this.goal, this.way, this.answer);
  }

  /** The scene is no longer a challenge's. */
  leave() {
    this.now = undefined;
    this.way.hidden = true;
    for (const line of [this.goal, this.answer]) line.textContent = "";
    for (const chip of this.chips) chip.setAttribute("aria-pressed", "false");
  }

  /** One scene where what is asked for has come about. */
  showWay() {
    if (this.now) this.show({ ...this.now.solution, own: undefined });
  }

  /**
   * Begin with a challenge; a second press shows one way.
   * @param {Challenge} challenge
   */
  set(challenge) {
    if (challenge === this.now && !this.done) return this.showWay();
    steady(this.chips[this.all.indexOf(challenge)], () => { // it is pressed again for a way
      this.now = challenge;
      this.done = false;
      this.answer.textContent = "";
      this.way.hidden = false;
      this.chips.forEach((chip, k) =>
        chip.setAttribute("aria-pressed", `${this.all[k] === challenge}`));
      this.goal.classList.remove("ssd-reached");
      this.goal.textContent = challenge.goal;
      this.figure.say(challenge.goal);
      this.show({ ...challenge.scene, own: undefined });
    });
    const { scene } = this;
    if (scene && shareInSight(scene) < 0.5) scene.scrollIntoView({ block: "nearest" });
  }

  /**
   * Look whether what is asked for has come about.
   * @param {Facts} facts
   * @param {number} side of the network's image in pixels
   */
  judge(facts, side) {
    if (!this.now || this.done) return;
    const { judge, goal, limit = 0, answer } = this.now;
    const { done, note } = JUDGES[judge](facts, limit, side);
    this.goal.textContent = done ? `Done! ${note}` : `${goal} ${note}`;
    if (!done) return;
    this.done = true;
    this.way.hidden = true;
    this.goal.classList.add("ssd-reached");
    this.answer.textContent = answer;
    const chip = this.chips[this.all.indexOf(this.now)];
    if (!chip.dataset.solved) chip.prepend("✓ ");
    chip.dataset.solved = "yes";
    this.figure.say(this.goal.textContent);
  }
}

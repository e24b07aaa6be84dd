// The book's own network at work on whatever the reader puts before it: a scene to compose
// or an image of the reader's own, and what is detected in it, while it changes.

import { Challenges, found } from "./challenges.js";
import { Composer } from "./composer.js";
import { Hands, watchKeys } from "./composing.js";
import { Figure, buttons, headline, more, panel, smallLine } from "./controls.js";
import { partsOf, startEngine } from "./engine/client.js";
import { Labels } from "./linking.js";
import { LookInside } from "./look_inside.js";
import { OwnImage } from "./own_image.js";
import { composed } from "./placing.js";
import { shelf, tools } from "./shelf.js";
import { make, rectOf, strokeTwice } from "./stage.js";
import { Tour, stopsOf } from "./tour.js";
import { BACKGROUNDS } from "./toy_backgrounds.js";

/** @import { AnyWidget } from "@anywidget/types" */
/** @import { Challenge, Detection, Facts } from "./challenges.js" */
/** @import { Engine, Result } from "./engine/client.js" */
/** @import { Network } from "./inside_facts.js" */
/** @import { Lit } from "./look_inside.js" */
/** @import { Placed } from "./placing.js" */
/** @import { Scene, Source } from "./scene_painter.js" */
/** @import { Context } from "./stage.js" */
/**
 * @typedef {object} Traits
 * @property {Placed[]} things
 * @property {string} background
 * @property {number} score_threshold
 * @property {number} iou_threshold
 * @property {Network} network what the weights are of
 * @property {Challenge[]} tries
 * @property {string[]} stages of the look inside, the first of them open; none: all, closed
 */

const LEAST = 0.02; // detections of a lower score are not asked for
const DRAWN_ONLY = "This network has seen drawings and nothing else: eight kinds of them, on drawn "
  + "ground. See what it makes of your image, then put a toy on top.";
const KEYS = "Tab goes to a thing. Arrows move it (Shift: faster), + and − resize it, [ and ] turn "
  + "it, F flips it, C gives it other colours, Page Up and Page Down lay it over or under the "
  + "next one, Delete removes it, Escape lets go of it, and Ctrl Z takes the last step back.";

/** One figure: the scene, the network, and what it says. */
class LiveDetector {
  /** @type {Engine | undefined} */
  engine;
  /** @type {Facts | undefined} */
  facts;
  awake = false; // until then, the still picture of the first scene is what is seen
  busy = false;
  isNew = false; // the scene has been set anew, not changed by hand
  stale = false; // the scene is another than the one that the network looks at
  surprises = 0;
  said = ""; // of the detections, last
  /** @type {Lit[]} */
  lit = []; // boxes that the look inside points at
  /** @type {Map<string, string>} */
  colours = new Map();

  /** @param {Figure<Traits>} figure */
  constructor(figure) {
    this.figure = figure;
    this.network = figure.model.get("network");
    this.side = this.network.layout.image;
    this.first = figure.model.get("things");
    this.composer = new Composer(figure, {
      side: this.side, paint: (context, side) => this.paint(context, side),
      changed: () => this.changed(),
    });
    new Hands(this.composer);
    watchKeys(this.composer);
    this.own = new OwnImage(figure, (source) => this.showOwn(source));
    const isToy = this.network.classes.includes("dog"); // the challenges are about toys
    this.challenges = new Challenges(figure, isToy ? figure.model.get("tries") : [], (scene) => {
      this.own.stop();
      this.show(scene);
    }, this.composer.stage.frame);
    this.count = headline("It finds", "found");
    this.line = smallLine("verdict");
    this.state = make("p", { class: "ssd-sum", role: "status", "data-line": "engine" });
    const stages = figure.model.get("stages");
    this.inside = new LookInside(figure, this.network, {
      open: stages[0] ?? null, stages: stages.length ? stages : undefined,
      threshold: figure.model.get("score_threshold"), iou: figure.model.get("iou_threshold"),
    });
    this.tour = new Tour(stopsOf(this.network, this.inside.scene.total), {
      get: () => ({ stage: this.inside.open, threshold: figure.model.get("score_threshold") }),
      set: ({ stage, threshold }) => {
        this.inside.show(stage);
        figure.put({ score_threshold: threshold });
      },
    }, () => this.challenges.leave(), this.composer.stage.frame);
    this.lay();
    this.listen();
    figure.show();
  }

  listen() {
    const { figure, inside } = this;
    figure.watch(["score_threshold"], () => {
      inside.setThreshold(figure.model.get("score_threshold"));
      this.refresh();
    });
    figure.watch(["iou_threshold"], () => {
      inside.iou = figure.model.get("iou_threshold");
      this.changed();
    });
    inside.onthreshold = (threshold) => figure.put({ score_threshold: threshold });
    inside.onlight = (lit) => {
      this.lit = lit;
      this.composer.stage.draw();
    };
  }

  lay() {
    const { figure, composer } = this;
    const surprise = figure.button("Surprise me", () => this.surprise());
    surprise.className = "ssd-main";
    const slider = figure.slider("score_threshold", "Show detections with a score above", {
      min: 0.05, max: 0.95, step: 0.01, spoken: true,
    });
    const hasOpen = figure.model.get("stages").length > 0; // then the scene makes room for it
    const shape = `ssd-composing${hasOpen ? " ssd-beside" : ""}`;
    const element = make("div", { class: shape }, composer.stage.frame,
      panel(shelf(composer), tools(composer)),
      panel(this.count.element, this.line, slider,
        buttons(surprise, ...(hasOpen ? [] : [this.tour.button]), ...this.own.elements),
        this.own.line, this.challenges.element, this.state));
    figure.lay(make("div", { class: "ssd-detecting" }, element, this.tour.element,
      this.inside.el), more(
      "More: keys, and where your image goes",
      make("p", {}, KEYS), make("p", {}, "Your image and what the camera sees stay in this page: "
        + "nothing is sent anywhere. The network takes the middle square. An image can also be "
        + "dropped here, or pasted.")));
  }

  /** Get the network; the scene can be composed meanwhile. */
  async begin() {
    this.state.textContent = "Fetching the network …";
    try {
      const parts = await partsOf(/** @type {any} */ (this.figure.model), (done, of) => {
        this.state.textContent = done < of ? `Fetching the network: ${done} of ${of} files …`
          : "Starting the network …";
      });
      this.engine = await startEngine(parts);
      this.figure.ends.push(() => this.engine?.stop());
      this.state.textContent = "";
      this.changed();
    } catch (error) {
      this.state.textContent = "The network did not start in this browser "
        + `(${/** @type {Error} */ (error).message}). The scene can still be composed.`;
      this.awake = true;
      this.composer.stage.draw();
    }
  }

  // What the reader does
  surprise() {
    this.surprises += 1;
    const seed = this.surprises;
    const kind = BACKGROUNDS[(2 + seed) % BACKGROUNDS.length];
    this.own.stop();
    this.challenges.leave();
    this.show({
      background: `${kind} ${seed}`, things: composed(seed, kind === "sea"), own: undefined,
    });
  }

  /** @param {Source | undefined} source */
  showOwn(source) {
    const isFirst = !this.composer.own;
    this.show({ own: source, things: isFirst ? [] : this.composer.things });
    this.own.say(DRAWN_ONLY);
  }

  /** @param {Partial<Scene>} scene */
  show(scene) {
    this.isNew = true;
    this.composer.show(scene);
  }

  /** The scene, or what is chosen in it, is another. */
  changed() {
    if (this.composer.things !== this.first) this.awake = true;
    this.figure.show();
    this.composer.stage.draw();
    this.stale = true;
    if (!this.busy) this.work();
  }

  /** Let the network look until it has seen what is there now. */
  async work() {
    this.busy = true;
    while (this.engine && (this.stale || this.own.video)) {
      await new Promise(requestAnimationFrame);
      this.stale = false;
      const { isNew } = this;
      this.isNew = false;
      const { scene } = this.composer;
      const image = this.composer.painter.pixels(scene);
      const result = await this.engine.run(image, {
        scoreThreshold: LEAST, iouThreshold: this.figure.model.get("iou_threshold"),
        wantMaps: this.inside.wantsMaps,
      });
      if (!result) continue;
      if (isNew) this.inside.waiting = true; // it goes to the best row, as at first
      this.take(scene, result, image);
    }
    this.busy = false;
  }

  /**
   * @param {Scene} scene
   * @param {Result} result
   * @param {Uint8ClampedArray} image
   */
  take({ things, own }, result, image) {
    const { classes } = this.network;
    this.awake = true;
    this.facts = {
      things, seen: this.composer.painter.visible(things), isOwn: Boolean(own),
      all: result.kept.map(({ label, score, box }) => ({ name: classes[label], score, box })),
    };
    this.milliseconds = result.milliseconds;
    this.inside.update(result, image);
    this.challenges.judge(this.facts, this.side);
    this.refresh();
  }

  // What it says
  refresh() {
    this.figure.show();
    this.composer.stage.draw();
    const { facts } = this;
    if (!facts) return;
    const threshold = this.figure.model.get("score_threshold");
    const shown = this.shown();
    const of = `in ${this.milliseconds?.toFixed(0)} ms`;
    if (facts.isOwn && !facts.things.length) this.count.say(shown.length, of);
    else {
      const finds = found(facts, threshold).filter(Boolean);
      const { length } = facts.things;
      this.count.say(finds.length, `of ${length} thing${length === 1 ? "" : "s"}, ${of}`);
    }
    this.line.textContent = verdict(facts, threshold, shown);
    const isFilm = Boolean(this.own.video); // whose scores never rest: only the names are said
    const list = shown.map(({ name, score }) => (isFilm ? name : `${name} ${score.toFixed(2)}`));
    const text = `Detections: ${firstOf(list, 20) || "none"}. ${this.line.textContent}`;
    if (!isFilm || text !== this.said) this.figure.say(text);
    this.said = text;
  }

  /** @returns {Detection[]} */
  shown() {
    const threshold = this.figure.model.get("score_threshold");
    return this.facts?.all.filter(({ score }) => score > threshold) ?? [];
  }

  /**
   * @param {Context} context
   * @param {number} side
   */
  paint(context, side) {
    const { composer } = this;
    if (!this.awake) {
      composer.paintFrame(context, side);
      return;
    }
    composer.painter.paint(context, side, composer.scene, composer.stage.ratio);
    const shown = this.shown();
    const halo = this.colour("on-box");
    for (const { name, box } of [...shown].reverse()) {
      strokeTwice(context, [this.colour(name), [], 3],
        () => context.rect(...rectOf(box, side, side)), halo);
    }
    for (const { box, token, dashed } of this.lit) {
      strokeTwice(context, [this.colour(token), dashed ? [6, 5] : [], 3],
        () => context.rect(...rectOf(box, side, side)), halo);
    }
    const labels = new Labels(context, side, side);
    for (const taken of composer.paintFrame(context, side)) labels.keep(taken);
    for (const { name, score, box } of shown) {
      labels.write(box, `${name} ${score.toFixed(2)}`, this.colour(name), halo,
        this.colour("face-ui"));
    }
  }

  /**
   * A colour as it is by day: the scene is bright in both schemes.
   * @param {string} token
   */
  colour(token) {
    let known = this.colours.get(token);
    if (!known) {
      known = getComputedStyle(this.composer.stage.element).getPropertyValue(`--ssd-${token}`);
      this.colours.set(token, known || "#555");
    }
    return known;
  }
}

/**
 * A list as it is read: a network that has hardly learned anything sees hundreds of things.
 * @param {string[]} texts
 * @param {number} most
 */
function firstOf(texts, most) {
  const left = texts.length - most;
  return texts.slice(0, most).join(", ") + (left > 0 ? ` and ${left} more` : "");
}

/**
 * What is missed, and what is there too much.
 * @param {Facts} facts
 * @param {number} threshold
 * @param {Detection[]} shown
 */
function verdict(facts, threshold, shown) {
  const finds = found(facts, threshold);
  const missed = facts.things.filter((_, k) => !finds[k]).map(({ name }) => name);
  const wrong = facts.isOwn ? [] : shown.filter((one) => !finds.includes(one))
    .map(({ name, score }) => `${name} ${score.toFixed(2)}`);
  const parts = [];
  if (missed.length) parts.push(`Missed: ${firstOf(missed, 12)}.`);
  if (wrong.length) parts.push(`Not there: ${firstOf(wrong, 6)}.`);
  if (parts.length) return parts.join(" ");
  return facts.things.length ? "Nothing missed, nothing made up." : "";
}

/** @satisfies {AnyWidget<Traits>} */
export default {
  render({ model, el }) {
    const figure = new Figure(model, el);
    const detector = new LiveDetector(figure);
    detector.begin();
    return figure.end;
  },
};

// What the NMS stepper computes: each candidate's fate after some steps of a rule, and the
// answers to what a reader may ask.

import { nmsWalk } from "./geometry.js";

/** @typedef {{ name: string, box: number[], score: number, added?: boolean }} Candidate */
/** @typedef {{ score_threshold: number, iou_threshold: number, mode: string }} Rule */

/**
 * What a rule does, and after some of its steps each candidate's fate.
 * @param {Candidate[]} candidates
 * @param {Rule} rule
 * @param {number} [step] how many are done
 */
export function suppress(candidates, rule, step = Infinity) {
  const { score_threshold: threshold, iou_threshold: iou, mode } = rule;
  const scores = candidates.map(({ score }) => score);
  const names = candidates.map(({ name }) => name);
  const steps = nmsWalk(candidates.map(({ box }) => box), scores, names, {
    score: threshold, iou, agnostic: mode.startsWith("all"), soft: mode.startsWith("soft"),
  });
  const fates = scores.map((score) => (score > threshold
    ? { kind: "waiting", score, text: "waiting", iou: 0, at: -1 }
    : { kind: "below", score, text: "score too low", iou: 0, at: -1 }));
  const done = steps.slice(0, step);
  const rank = [...scores.keys()].sort((a, b) => scores[b] - scores[a] || a - b);
  done.forEach(({ kept, score, touched }, at) => {
    fates[kept] = { kind: "kept", score, text: "kept", iou: 0, at };
    for (const { box, iou: shared, after } of touched) {
      const over = after > threshold;
      fates[box] = {
        kind: over ? "waiting" : "dropped", score: after > 0 ? after : fates[box].score,
        text: `${over ? "lowered " : ""}by ${rank.indexOf(kept) + 1} ${names[kept]} `
          + shared.toFixed(2), iou: shared, at,
      };
    }
  });
  return { steps, fates, done, rank };
}

/**
 * What the last step did, and at the end what the rule cannot do.
 * @param {Candidate[]} candidates
 * @param {ReturnType<typeof suppress>} now
 * @param {Rule} rule
 */
export function sayStep(candidates, now, rule) {
  const { done, steps, rank } = now;
  const last = done.at(-1);
  if (!last) return "Nothing is kept yet. Which box comes first, and which ones will it drop?";
  const dropped = last.touched.filter(({ after }) => !(after > rule.score_threshold));
  const lowered = last.touched.length - dropped.length;
  const effects = dropped.length || !lowered ? [`${dropped.length || "none"} dropped`] : [];
  if (lowered) effects.push(`${lowered} lowered`);
  return `Step ${done.length} of ${steps.length}: ${rank.indexOf(last.kept) + 1} `
    + `${candidates[last.kept].name}, score ${last.score.toFixed(2)}, is kept; `
    + `${effects.join(", ")}.${done.length === steps.length ? ` ${lastWord(now, rule)}` : ""}`;
}

/**
 * @param {ReturnType<typeof suppress>} now at the end
 * @param {Rule} rule
 */
function lastWord({ fates }, { mode, score_threshold: threshold }) {
  if (mode.startsWith("soft")) {
    return `This rule lowers scores: a repeat still above ${threshold.toFixed(2)} stays.`;
  }
  return fates.some(({ kind }) => kind === "dropped")
    ? "It judges by overlap alone: a wrong box may stay."
    : "No IoU is above the limit: every repeat stays.";
}

/**
 * Each question that a reader may ask, what changes with it, and its answer.
 * @param {Candidate[]} candidates
 * @param {Rule} first rule
 * @param {string[]} modes class by class, all together, softly
 */
export function questions(candidates, first, [alone, together, soft]) {
  /** @param {Partial<Rule>} traits */
  const end = (traits) => {
    const rule = { ...first, ...traits };
    const { steps } = suppress(candidates, rule);
    return { kept: steps.map(({ kept }) => kept), traits: { ...rule, step: steps.length } };
  };
  const usual = end({ mode: alone });
  const asked = [];
  const second = candidates.findIndex(({ added, name }, k) => added
    && !usual.kept.includes(k) && usual.kept.some((other) => candidates[other].name === name));
  const limits = Array.from({ length: 20 }, (_, k) => (k + 1) / 20);
  const enough = limits.find((iou) =>
    end({ mode: alone, iou_threshold: iou }).kept.includes(second));
  if (second >= 0 && enough) {
    const { name } = candidates[second];
    const { fates, rank } = suppress(candidates, { ...first, mode: alone });
    const box = rank.indexOf(second) + 1;
    const { kept, traits } = end({ mode: alone, iou_threshold: enough });
    const same = kept.filter((k) => candidates[k].name === name).length;
    asked.push({
      ask: `When would box ${box} stay?`, traits,
      answer: `We invented box ${box}, as if another ${name} sat there. It stays as soon as the `
        + `limit passes ${fates[second].iou.toFixed(2)}, its IoU with the best ${name}. At `
        + `${enough.toFixed(2)}, ${kept.length} boxes stay instead of ${usual.kept.length}, and `
        + `${same} of them say “${name}”. Raise the limit further, and duplicates come along: `
        + "some overlap no more than two real neighbours do.",
    });
  }
  const all = end({ mode: together });
  const gone = usual.kept.filter((k) => !all.kept.includes(k)).map((k) =>
    `“${candidates[k].name} ${candidates[k].score.toFixed(2)}”`);
  const none = end({ mode: alone, iou_threshold: 1 });
  const gentle = end({ mode: soft });
  return [...asked, {
    ask: "What if all classes compete?", traits: all.traits,
    answer: `${all.kept.length} boxes stay instead of ${usual.kept.length}. `
      + (gone.length ? `${gone.join(", ")} is dropped by a box of another class. ` : "")
      + "That settles doubts about one object, and loses one of two that really overlap.",
  }, {
    ask: "What if nothing is dropped?", traits: none.traits,
    answer: `All ${none.kept.length} candidates stay, a bundle on each object: nobody has told the `
      + "network to say each thing once.",
  }, {
    ask: "What does the soft rule keep?", traits: gentle.traits,
    answer: `${gentle.kept.length} boxes instead of ${usual.kept.length}. Nothing is dropped at `
      + "once: the more a box overlaps a better one, the further its score falls, and it is gone "
      + `when it falls to ${first.score_threshold.toFixed(2)} or less.`,
  }];
}

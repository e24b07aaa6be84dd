// A training run of the page as a program for ssd_lib.

import { layoutOf } from "./config.js";

/** @import { Config } from "./config.js" */

/**
 * A number as Python has it.
 * @param {number} value
 */
function number(value) {
  return String(Math.round(value * 1e6) / 1e6);
}

/**
 * The lines that lay out the default boxes.
 * @param {Config} config
 */
function layoutLines(config) {
  const { image, maps, variances } = layoutOf(config);
  const rows = maps.map(({ grid, step, min, ratios }) => {
    const more = ratios.length ? `, (${ratios.map(number).join(", ")},)` : "";
    return `        FeatureMap(${grid}, ${number(step)}, ${number(min)}, None${more}),`;
  });
  return ["layout = DefaultBoxLayout(", `    ${image},`, "    (", ...rows, "    ),",
    `    variances=(${variances.map(number).join(", ")}),`, ")"];
}

/**
 * The lines that make the optimizer and what moves its rate.
 * @param {Config} config
 */
function optimizerLines({ schedule, steps, learningRate, weightDecay }) {
  const [rate, decay] = [number(learningRate), number(weightDecay)];
  if (schedule === "one-cycle") {
    return [`optimizer, schedule = adamw_one_cycle(model, ${steps}, ${rate}, ${decay})`];
  }
  const last = schedule === "cosine" ? `CosineAnnealingLR(optimizer, ${steps})`
    : "ConstantLR(optimizer, 1, 1)";
  return ["groups = parameter_groups(model, 1, " + `${decay})`,
    "for group in groups:", `    group["lr"] = ${rate}`,
    "optimizer = torch.optim.AdamW(groups)",
    `schedule = torch.optim.lr_scheduler.${last}`];
}

/**
 * The call that gives both parts of the loss.
 * @param {Config} config
 */
function lossLines({ loss, mining }) {
  const given = "offsets, logits, target_offsets, target_labels";
  if (loss === "focal") return [`    loss = multibox_focal_loss(${given})`];
  const ratio = mining === "all" ? "len(model.default_boxes)" : number(mining);
  return [`    ratio = ${ratio}  # negatives for each positive`,
    `    loss = multibox_loss(${given}, ratio=ratio)`];
}

/**
 * A configuration as a program: the network, the loss and the schedule are the page's; the
 * scenes are the book's toy scenes, for the page's are drawn in the page alone.
 * @param {Config} config
 */
export function toPython(config) {
  const { alpha, augment, batchSize, bipartite, imageSize, iouThreshold, seed, steps } = config;
  const transform = augment ? "training_transform" : "evaluation_transform";
  const loss = config.loss === "focal" ? "multibox_focal_loss" : "multibox_loss";
  const optimizer = config.schedule === "one-cycle" ? "ssd_lib.train import adamw_one_cycle"
    : "ssd_lib.train.optimizers import parameter_groups";
  const weighted = alpha === 1 ? "loss.localization" : `${number(alpha)} * loss.localization`;
  return [
    "import torch",
    "from torch.utils.data import DataLoader",
    "",
    `from ssd_lib.augment import ${transform}`,
    "from ssd_lib.data import ToyScenes, collate",
    "from ssd_lib.default_boxes import DefaultBoxLayout, FeatureMap",
    "from ssd_lib.heads import init_background_bias_",
    `from ssd_lib.loss import ${loss}`,
    "from ssd_lib.model import save_weights, ssd_page",
    "from ssd_lib.targets import encode_targets",
    `from ${optimizer}`,
    "",
    `torch.manual_seed(${seed})`,
    ...layoutLines(config),
    `scenes = ToyScenes(${steps * batchSize}, ${imageSize}, ${seed}, ${transform}(${imageSize}))`,
    `loader = DataLoader(scenes, batch_size=${batchSize}, collate_fn=collate)`,
    "model = ssd_page(len(scenes.classes), layout=layout)",
    "init_background_bias_(model.heads)",
    "for head in [*model.heads.offsets, *model.heads.logits]:",
    "    head.weight.data *= 0.1  # it has learnt nothing, and should say little",
    ...optimizerLines(config),
    "",
    "model.train()",
    "for step, batch in enumerate(loader, 1):",
    "    offsets, logits = model(batch.images)",
    ...(bipartite ? [] : ["    # ssd_lib always gives each object a box, whatever the threshold."]),
    "    target_offsets, target_labels = encode_targets(",
    "        batch.gt_boxes,",
    "        batch.gt_labels,",
    "        model.default_boxes,",
    `        iou_threshold=${number(iouThreshold)},`,
    "        variances=layout.variances,",
    "    )",
    ...lossLines(config),
    "    optimizer.zero_grad()",
    `    (${weighted} + loss.confidence).backward()`,
    "    optimizer.step()",
    "    schedule.step()",
    "    if step % 10 == 0:",
    '        print(f"{step:5d} {loss.localization:.3f} {loss.confidence:.3f}")',
    "",
    'save_weights(model.train(False), "page.safetensors", scenes.classes)',
    "",
  ].join("\n");
}

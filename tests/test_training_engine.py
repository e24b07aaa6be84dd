"""What trains in the page, in node: each kernel, the loss and a whole step beside PyTorch's."""

import base64
import importlib.util
import json
import re

import engine
import numpy as np
import playground
import pytest
import torch
from node_json import SCRIPT, answer
from safetensors.torch import load_file
from torch import nn
from torch.nn.functional import conv2d, cross_entropy

from ssd_lib.default_boxes import default_boxes
from ssd_lib.images import normalize
from ssd_lib.loss import MultiBoxLoss, hard_negatives, multibox_focal_loss, multibox_loss
from ssd_lib.model import PAGE, load_weights, ssd_page
from ssd_lib.predict import detect
from ssd_lib.targets import encode_targets
from ssd_lib.train import adamw_one_cycle
from ssd_lib.train.optimizers import parameter_groups
from ssd_lib.widgets.modules import ENGINE, trainer_source

# Gives JSON in and out to a function of the kernels; arrays have names and are [sizes, flat].
KERNELS = """
import { readFileSync } from "node:fs";
import { Kernels, makeGrid } from "%(engine)s/train_kernels.js";
const kernels = new Kernels(readFileSync(new URL("%(engine)s/train.wasm")), 2e6);
const floats = (numbers) => {
  const all = kernels.floats(numbers.length);
  all.set(numbers);
  return all;
};
/** [images, side, side, channels] into a frame, and out of it. */
const walk = ({ images, side, channels }, visit) => {
  for (let image = 0, k = 0; image < images; image += 1) {
    for (let y = 1; y <= side; y += 1) {
      for (let x = 1; x <= side; x += 1) {
        const cell = ((image * (side + 2) + y) * (side + 2) + x) * channels;
        for (let c = 0; c < channels; c += 1, k += 1) visit(cell + c, k);
      }
    }
  }
};
const grid = ([images, side, channels], numbers = []) => {
  const made = makeGrid((count) => kernels.floats(count), images, side, channels);
  if (numbers.length) walk(made, (at, k) => { made.values[at] = numbers[k]; });
  return made;
};
const inner = (made) => {
  const all = [];
  walk(made, (at) => all.push(made.values[at]));
  const sum = (numbers) => numbers.reduce((one, x) => one + Math.abs(x), 0);
  if (Math.abs(sum([...made.values]) - sum(all)) > 1e-3 * sum(all)) throw new Error("frame");
  return all;
};
const run = %(function)s;
console.log(JSON.stringify(run(JSON.parse(readFileSync(0, "utf8")))));
"""


def run(script, given):
    return answer(*SCRIPT, script, given=given)


def with_kernels(function, given):
    return run(KERNELS % {"engine": ENGINE.as_uri(), "function": function}, given)


def cells(maps):
    """[B, C, S, S] as the kernels have it: [B, S, S, C], flat."""
    return maps.permute(0, 2, 3, 1).flatten().tolist()


def maps_of(numbers, channels, side):
    return torch.tensor(numbers).reshape(-1, side, side, channels).permute(0, 3, 1, 2)


def weights_of(numbers, channels, filters):
    return torch.tensor(numbers).reshape(3, 3, channels, filters).permute(3, 2, 0, 1)


def close(ours, theirs):
    largest = theirs.abs().max().item()
    assert ours.shape == theirs.shape
    torch.testing.assert_close(ours.double(), theirs.double(), rtol=0, atol=2e-6 * largest)


SIZES = [  # images, channels, side, filters, stride
    (1, 3, 4, 12, 2),
    (2, 3, 8, 12, 2),
    (3, 12, 6, 24, 2),
    (2, 8, 3, 4, 1),
    (2, 32, 5, 12, 1),
    (1, 4, 1, 16, 1),
    (2, 4, 2, 4, 2),
]
CONVOLVE = """({ sizes: [images, channels, side, filters, stride], map, weights, bias, slopes }) => {
  const from = grid([images, side, channels], map);
  const to = grid([images, side / stride, filters]);
  const out = grid([images, side / stride, filters], slopes);
  const [own, turned] = [floats(weights), floats(weights)];
  kernels.call("convolve", from, stride, own, floats(bias), filters, to.values);
  const gradient = grid([images, side, channels], map); // what is there is added to
  const [weightSlopes, biasSlopes] = [floats(weights), floats(bias)]; // likewise
  if (channels % 4 === 0) { // there is no way back to an image
    kernels.call("turn", own, channels, filters, stride, turned);
    kernels.call("convolve_back", gradient, stride, turned, filters, out.values);
  }
  kernels.call("weights_back", from, stride, weightSlopes, filters, out.values);
  kernels.call("bias_back", out, biasSlopes);
  return [inner(to), inner(gradient), [...weightSlopes], [...biasSlopes]];
}"""


@pytest.mark.parametrize("sizes", SIZES, ids=str)
def test_a_convolution_there_and_back_is_pytorchs(sizes):
    images, channels, side, filters, stride = sizes
    torch.manual_seed(0)
    x = torch.randn(images, channels, side, side, requires_grad=True, dtype=torch.float64)
    weight = torch.randn(filters, channels, 3, 3, requires_grad=True, dtype=torch.float64)
    bias = torch.randn(filters, requires_grad=True, dtype=torch.float64)
    theirs = conv2d(x, weight, bias, stride, 1)
    slopes = torch.randn_like(theirs)
    theirs.backward(slopes)
    given = {
        "sizes": sizes,
        "map": cells(x),
        "weights": weight.permute(2, 3, 1, 0).flatten().tolist(),
        "bias": bias.tolist(),
        "slopes": cells(slopes),
    }
    out, back, weights_back, bias_back = with_kernels(CONVOLVE, given)
    close(maps_of(out, filters, side // stride), theirs)
    if channels % 4 == 0:
        close(maps_of(back, channels, side), x.grad + x)
    close(weights_of(weights_back, channels, filters), weight.grad + weight)
    close(torch.tensor(bias_back), bias.grad + bias)


ACTIVATE = """({ sizes, map, scale, shift, slopes }) => {
  const some = () => floats(scale.map(() => 0));
  const [before, after, gradient] = [grid(sizes, map), grid(sizes), grid(sizes, slopes)];
  const [mean, variance, own] = [some(), some(), floats(scale)];
  kernels.call("measure", before, mean, variance);
  const inverse = floats([...variance].map((one) => 1 / Math.sqrt(one + 1e-5)));
  const factor = floats(scale.map((one, c) => one * inverse[c]));
  const summand = floats(shift.map((one, c) => one - mean[c] * factor[c]));
  kernels.call("activate", before, factor, summand, after.values);
  const [scaleSlopes, shiftSlopes] = [some(), some()];
  kernels.call("activate_back", gradient.values, before.values, after, mean, inverse, own,
    scaleSlopes, shiftSlopes);
  return [inner(after), inner(gradient), [...scaleSlopes], [...shiftSlopes], [...mean],
    [...variance]];
}"""


@pytest.mark.parametrize(("images", "side", "channels"), [(2, 3, 4), (4, 8, 12), (1, 1, 8)])
def test_batch_normalisation_with_relu_there_and_back_is_pytorchs(images, side, channels):
    torch.manual_seed(1)
    x = (3 + 2 * torch.randn(images, channels, side, side, dtype=torch.float64)).requires_grad_()
    norm = nn.BatchNorm2d(channels).double()
    nn.init.normal_(norm.weight)
    nn.init.normal_(norm.bias)
    middle = x.mean(dim=(0, 2, 3), keepdim=True)
    deviation = (x.var(dim=(0, 2, 3), keepdim=True, correction=0) + norm.eps).sqrt()
    scale, shift = norm.weight[:, None, None], norm.bias[:, None, None]
    theirs = ((x - middle) / deviation * scale + shift).relu()
    slopes = torch.randn_like(theirs)
    theirs.backward(slopes)
    out, back, scale_back, shift_back, mean, variance = with_kernels(
        ACTIVATE,
        {
            "sizes": [images, side, channels],
            "map": cells(x),
            "scale": norm.weight.tolist(),
            "shift": norm.bias.tolist(),
            "slopes": cells(slopes),
        },
    )
    torch.testing.assert_close(maps_of(out, channels, side).double(), theirs, rtol=0, atol=1e-5)
    torch.testing.assert_close(maps_of(back, channels, side).double(), x.grad, rtol=0, atol=1e-5)
    close(torch.tensor(shift_back), norm.bias.grad)
    wanted = norm.weight.grad
    torch.testing.assert_close(torch.tensor(scale_back).double(), wanted, rtol=0, atol=1e-4)
    by_channel = x.detach().transpose(0, 1).flatten(1)
    close(torch.tensor(mean), by_channel.mean(dim=1))
    torch.testing.assert_close(
        torch.tensor(variance).double(), by_channel.var(dim=1, correction=0), rtol=1e-5, atol=1e-5
    )


def test_adam_is_pytorchs():
    torch.manual_seed(2)
    weight = torch.randn(8, requires_grad=True)
    start, slopes = weight.tolist(), torch.randn(5, 8)
    optimizer = torch.optim.AdamW([weight], lr=0.1, weight_decay=0.3)
    for slope in slopes:
        weight.grad = slope.clone()
        optimizer.step()
    found = with_kernels(
        """({ start, slopes }) => {
          const [weights, mean, square] = [start, start, start].map(
            (all, k) => floats(all.map((x) => (k ? 0 : x))));
          slopes.forEach((slope, k) => kernels.call("adam", weights, floats(slope), mean, square, 8,
            0.1, 1 - 0.1 * 0.3, 1 - 0.9 ** (k + 1), 1 - 0.999 ** (k + 1)));
          return [...weights];
        }""",
        {"start": start, "slopes": slopes.tolist()},
    )
    torch.testing.assert_close(torch.tensor(found), weight.detach(), rtol=0, atol=1e-6)


# ----------------------------------------------------------------- loss

LOSS = """
import { readFileSync } from "node:fs";
import { layOut } from "%(engine)s/../geometry.js";
import { complete, layoutOf } from "%(engine)s/config.js";
import { encodeTargets, multiboxLoss } from "%(engine)s/multibox.js";
const { config: given, offsets, logits, objects } = JSON.parse(readFileSync(0, "utf8"));
const config = complete(given);
const boxes = layOut(layoutOf(config));
const targets = objects.map((own) => encodeTargets(own, boxes, config));
const floats = (all) => Float32Array.from(all);
const { offsetSlopes, logitSlopes, ...loss } =
  multiboxLoss(floats(offsets), floats(logits), targets, config);
console.log(JSON.stringify({ ...loss, offsetSlopes: [...offsetSlopes],
  logitSlopes: [...logitSlopes], labels: targets.map(({ labels }) => [...labels]),
  wanted: targets.map((one) => [...one.offsets]) }));
"""
RULES = [
    {},
    {"mining": 0},
    {"mining": 1.5},
    {"mining": "all"},
    {"loss": "focal"},
    {"alpha": 2.5, "variances": [1, 1]},
    {"iouThreshold": 0.8},
    {"iouThreshold": 0.3, "ratios": [1]},
]


def objects_of(images):
    generator = torch.Generator().manual_seed(3)
    for count in images:
        start = 0.6 * torch.rand(count, 2, generator=generator)
        size = 0.1 + 0.3 * torch.rand(count, 2, generator=generator)
        labels = torch.randint(1, 4, (count,), generator=generator)
        yield torch.cat([start, start + size], dim=1), labels


def loss_by_rule(rule, offsets, logits, targets, labels):
    if rule.get("loss") == "focal":
        return multibox_focal_loss(offsets, logits, targets, labels)
    if rule.get("mining") != "all":
        return multibox_loss(offsets, logits, targets, labels, ratio=rule.get("mining", 3))
    place = multibox_loss(offsets, logits, targets, labels, ratio=0).localization
    every = cross_entropy(logits.flatten(0, 1), labels.flatten(), reduction="sum")
    return MultiBoxLoss(place, every / (labels > 0).sum().clamp(min=1))


@pytest.mark.parametrize("counts", [(2, 0, 3), (0,)], ids=["some", "none"])
@pytest.mark.parametrize("rule", RULES, ids=str)
def test_targets_and_loss_and_slopes_are_ssd_libs(rule, counts):
    model = ssd_page(4, layout=playground.layout_of(rule))
    boxes, variances = model.default_boxes, model.layout.variances
    truths = list(objects_of(counts))
    torch.manual_seed(4)
    offsets = torch.randn(len(counts), len(boxes), 4, requires_grad=True)
    logits = (2 * torch.randn(len(counts), len(boxes), 4)).requires_grad_()
    given = {
        "config": rule,
        "offsets": offsets.flatten().tolist(),
        "logits": logits.flatten().tolist(),
        "objects": [
            [
                {"box": box, "label": label}
                for box, label in zip(*map(torch.Tensor.tolist, one), strict=True)
            ]
            for one in truths
        ],
    }
    found = run(LOSS % {"engine": ENGINE.as_uri()}, given)
    targets, labels = encode_targets(
        [one[0] for one in truths],
        [one[1] for one in truths],
        boxes,
        rule.get("iouThreshold", 0.5),
        variances=variances,
    )
    assert torch.equal(torch.tensor(found["labels"]), labels)
    wanted = torch.tensor(found["wanted"], dtype=torch.float32).reshape(targets.shape)
    torch.testing.assert_close(wanted, targets, rtol=1e-5, atol=1e-5)
    theirs = loss_by_rule(rule, offsets, logits, targets, labels)
    (rule.get("alpha", 1) * theirs.localization + theirs.confidence).backward()
    assert found["localization"] == pytest.approx(theirs.localization.item(), rel=1e-5)
    assert found["confidence"] == pytest.approx(theirs.confidence.item(), rel=1e-5)
    assert found["positives"] == (labels > 0).sum()
    close(torch.tensor(found["logitSlopes"]).reshape(logits.shape), logits.grad)
    close(torch.tensor(found["offsetSlopes"]).reshape(offsets.shape), offsets.grad)


def test_without_the_bipartite_step_an_object_may_stay_alone():
    [(boxes, labels)] = objects_of((1,))
    objects = [[{"box": boxes[0].tolist(), "label": labels.item()}]]
    zeros = [0.0] * PAGE.num_boxes * 4
    for bipartite, positives in ((True, 1), (False, 0)):
        rule = {"bipartite": bipartite, "iouThreshold": 1}
        given = {"config": rule, "offsets": zeros, "logits": zeros, "objects": objects}
        assert run(LOSS % {"engine": ENGINE.as_uri()}, given)["positives"] == positives


def test_hard_negatives_are_ssd_libs():
    torch.manual_seed(5)
    losses, labels = torch.rand(6, 200), (torch.rand(6, 200) > 0.9).long()
    script = """
    import { readFileSync } from "node:fs";
    import { hardNegatives } from "%s/../geometry.js";
    console.log(JSON.stringify(JSON.parse(readFileSync(0, "utf8")).map(
      ([losses, labels, ratio]) => hardNegatives(losses, labels, ratio))));
    """
    for ratio in (0, 0.5, 3, 1000):
        given = [[*pair, ratio] for pair in zip(losses.tolist(), labels.tolist(), strict=True)]
        theirs = hard_negatives(losses, labels > 0, ratio)
        for ours, row in zip(run(script % ENGINE.as_uri(), given), theirs, strict=True):
            assert sorted(ours) == row.nonzero().flatten().tolist()


# ----------------------------------------------------------------- a step, a run

STEPS = [
    {},
    {"loss": "focal", "alpha": 2, "augment": True},
    {"maps": [False, True, True], "imageSize": 48, "mining": "all", "batchSize": 8},
    {"ratios": [1], "imageSize": 80, "variances": [1, 1], "batchSize": 4, "weightDecay": 10},
    {"overfit": True, "maps": [True, False, False], "iouThreshold": 0.3},
]


def first_batch(folder, found):
    size = found["config"]["imageSize"]
    rgba = np.fromfile(folder / "batch.rgba", np.uint8).reshape(-1, size, size, 4)
    images = torch.from_numpy(rgba[..., :3].copy()).permute(0, 3, 1, 2)
    truths = [([o["box"] for o in own], [o["label"] for o in own]) for own in found["objects"]]
    boxes = [torch.tensor(own).reshape(-1, 4) for own, _ in truths]
    return images, boxes, [torch.tensor(own, dtype=torch.int64) for _, own in truths]


@pytest.mark.parametrize("config", STEPS, ids=str)
def test_a_whole_step_is_pytorchs(tmp_path, config):
    found = playground.in_node(config | {"steps": 1}, first_step=tmp_path)
    config, report = found["config"], found["reports"][0]
    model = load_weights(tmp_path / "before.safetensors").model.train().double()
    images, *truths = first_batch(tmp_path, found)
    targets = encode_targets(
        *truths, model.default_boxes, config["iouThreshold"], variances=model.layout.variances
    )
    loss = loss_by_rule(config, *model(normalize(images).double()), *targets)
    assert report["localization"] == pytest.approx(loss.localization.item(), rel=1e-5)
    assert report["confidence"] == pytest.approx(loss.confidence.item(), rel=1e-5)
    (config["alpha"] * loss.localization + loss.confidence).backward()
    slopes, after = (load_file(tmp_path / f"{name}.safetensors") for name in ("slopes", "after"))
    optimizer = torch.optim.AdamW(
        parameter_groups(model, report["learningRate"], config["weightDecay"])
    )
    for group in optimizer.param_groups:
        group["lr"] = report["learningRate"]
    optimizer.step()
    for name, parameter in model.named_parameters():
        close_to = 1e-4 * parameter.grad.abs().max().item()
        ours = slopes[name].double()
        torch.testing.assert_close(ours, parameter.grad, rtol=0, atol=close_to)
        # Adam's first step is the gradient's sign: one of nearly nothing may have either.
        clear = parameter.grad.abs() > close_to
        wanted, new = parameter.detach()[clear], after[name].double()[clear]
        torch.testing.assert_close(new, wanted, rtol=0, atol=1e-3 * parameter.abs().max().item())
    for name, buffer in model.named_buffers():
        if name != "default_boxes":
            torch.testing.assert_close(after[name].to(buffer), buffer, rtol=1e-5, atol=1e-4)


def test_the_learning_rate_moves_as_ssd_lib_moves_it():
    script = """
    import { readFileSync } from "node:fs";
    import { rateShare } from "%s/training.js";
    const [schedule, steps] = JSON.parse(readFileSync(0, "utf8"));
    console.log(JSON.stringify(Array.from({ length: steps }, (_, k) => rateShare(schedule, k, steps))));
    """
    for steps in (2, 3, 10, 250):
        optimizer, schedule = adamw_one_cycle(ssd_page(4), steps, 0.5)
        theirs = []
        for _ in range(steps):
            theirs.append(schedule.get_last_lr()[0] / 0.5)
            optimizer.step()
            schedule.step()
        assert run(script % ENGINE.as_uri(), ["one-cycle", steps]) == pytest.approx(theirs)
    optimizer = torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=1.0)
    cosine = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 9)
    theirs = []
    for _ in range(9):
        theirs.append(cosine.get_last_lr()[0])
        optimizer.step()
        cosine.step()
    assert run(script % ENGINE.as_uri(), ["cosine", 9]) == pytest.approx(theirs)
    assert run(script % ENGINE.as_uri(), ["constant", 3]) == [1, 1, 1]


SHORT = {"steps": 12, "batchSize": 4, "imageSize": 48, "evaluateEvery": 6, "augment": True}


def test_a_seed_gives_the_same_run_to_the_last_bit(tmp_path):
    runs = [
        playground.in_node(SHORT | {"seed": seed}, weights=tmp_path / str(k))
        for k, seed in enumerate((5, 5, 6))
    ]
    for found in runs:
        del found["worked"]
        for report in found["reports"]:
            del report["milliseconds"]
    assert runs[0] == runs[1]
    files = [(tmp_path / str(k)).read_bytes() for k in range(3)]
    assert files[0] == files[1] != files[2]
    assert runs[0]["heldOut"] == runs[2]["heldOut"]  # the same for every seed


@pytest.mark.parametrize(
    "config",
    [{"steps": 60, "learningRate": 0.02}, {"steps": 8, "maps": [False, True, False]}],
    ids=str,
)
def test_what_the_page_has_trained_finds_the_same_in_python(tmp_path, config):
    path = tmp_path / "page.safetensors"
    found = playground.in_node({"batchSize": 8, "imageSize": 48} | config, weights=path)
    model, classes = load_weights(path)
    assert classes == ("background", "disc", "square", "triangle")
    assert model.layout == playground.layout_of(found["config"])
    size = model.layout.image_px
    pixels = b"".join(base64.b64decode(scene["rgba"]) for scene in found["heldOut"])
    rgba = torch.frombuffer(bytearray(pixels), dtype=torch.uint8).reshape(-1, size, size, 4)
    with torch.no_grad():
        answers = model(normalize(rgba[..., :3].permute(0, 3, 1, 2)))
    theirs = detect(*answers, model.default_boxes, 0.02, pre_nms_top_k=100, keep_top_k=50)
    count = 0
    for ours, wanted in zip(found["found"], theirs, strict=True):
        clear = wanted.scores > 0.03  # those at the threshold may fall on either side of it
        kept = engine.as_detections([one for one in ours if one["score"] > 0.03], 1)
        count += len(kept.scores)
        torch.testing.assert_close(kept.scores, wanted.scores[clear], rtol=0, atol=1e-3)
        assert abs(len(kept.scores) - clear.sum()) <= 1
    assert count > 0


def test_one_scene_is_learnt_by_heart():
    config = {"overfit": True, "steps": 100, "evaluateEvery": 100}
    first, last = playground.in_node(config)["evaluations"]
    assert first["map"] < 0.5
    assert last["map"] == 1


def test_it_learns():
    config = {"imageSize": 48, "steps": 100, "evaluateEvery": 100, "seed": 1}
    first, last = playground.in_node(config)["evaluations"]
    assert first["map"] < 0.02
    assert last["map"] > 0.3


def test_a_loss_that_is_no_number_ends_the_run():
    wild = {"learningRate": 100, "weightDecay": 10, "schedule": "constant", "steps": 1000}
    found = playground.in_node(SHORT | wild)
    last = found["reports"][-1]
    assert None in (last["localization"], last["confidence"])  # JSON has no NaN
    assert len(found["reports"]) < 1000


@pytest.fixture(scope="module")
def record():
    return json.loads(playground.RECORD.read_text(encoding="utf-8"))


def test_the_record_is_of_the_pages_experiments(record):
    assert {name: one["config"] for name, one in record["experiments"].items()} == (
        playground.experiments()
    )
    assert record["commit"]
    assert not record["commit"].endswith("dirty")
    for one in record["experiments"].values():
        maps = [own["map"] for own in one["runs"]]
        assert [own["seed"] for own in one["runs"]] == [1, 2, 3, 4, 5]
        assert one["map_mean"] == pytest.approx(sum(maps) / 5, abs=1e-4)


def test_every_seed_learns_in_250_steps(record):
    runs = record["experiments"]["the defaults"]["runs"]
    assert {own["steps"] for own in runs} == {250}
    assert min(own["map"] for own in runs) >= 0.75


def test_a_run_of_the_record_is_what_it_was(record):
    one = record["experiments"]["overfit one scene"]
    curve = playground.in_node(one["config"] | {"seed": 3})["evaluations"]
    found = [[own["step"], round(own["map"], 4)] for own in curve]
    assert found == one["runs"][2]["curve"]


def test_a_step_takes_at_most_as_long_as_was_promised():
    file = playground.RECORD.with_name("page_training.json")
    record = json.loads(file.read_text(encoding="utf-8"))
    assert not record["commit"].endswith("dirty")
    for one in record["milliseconds_a_step"].values():
        assert one["page"] < 2.5 * one["torch"]
    assert record["frames"]["training"]["frames_a_second"] >= 30


def test_the_module_of_another_machine_is_refused_in_words():
    script = """
    import { Trainer } from "%s/training.js";
    try { new Trainer({}, new Uint8Array([0, 97, 115, 109, 9, 9, 9, 9])); }
    catch (error) { console.log(JSON.stringify(error instanceof WebAssembly.CompileError)); }
    """
    assert run(script % ENGINE.as_uri(), None)


PYTHON = [
    {},
    {"schedule": "cosine", "loss": "focal", "alpha": 2, "bipartite": False, "augment": True},
    {"schedule": "constant", "maps": [True, False, True], "ratios": [1], "mining": "all"},
]


@pytest.mark.parametrize("config", PYTHON, ids=str)
def test_a_run_as_a_program_runs(tmp_path, monkeypatch, config):
    script = """
    import { readFileSync } from "node:fs";
    import { complete } from "%(engine)s/config.js";
    import { toPython } from "%(engine)s/as_python.js";
    console.log(JSON.stringify(toPython(complete(JSON.parse(readFileSync(0, "utf8"))))));
    """
    config = {"steps": 2, "batchSize": 2, "imageSize": 48} | config
    program = run(script % {"engine": ENGINE.as_uri()}, config)
    monkeypatch.chdir(tmp_path)
    exec(compile(program, "program", "exec"), {})
    layout = load_weights(tmp_path / "page.safetensors").model.layout
    torch.testing.assert_close(
        default_boxes(layout), default_boxes(playground.layout_of(config)), rtol=0, atol=1e-6
    )
    assert max(map(len, program.splitlines())) <= 88


def test_the_trainer_is_small():
    assert (ENGINE / "train.wasm").stat().st_size < 10_000
    source = trainer_source()
    geometry = re.search(r'\$modules\["geometry.js"\] = .*?\n\}\)\(\);', source, re.DOTALL)
    assert len(geometry[0]) > 9_000  # the arithmetic of all figures, counted apart
    assert len(source) - len(geometry[0]) < 40_000


@pytest.mark.full
def test_the_module_is_what_the_source_compiles_to():
    assert importlib.util.find_spec("ziglang"), "install the extra `test` first"
    made = engine.compiled(*engine.SOURCES[engine.TRAIN_WASM])
    assert made == engine.TRAIN_WASM.read_bytes()

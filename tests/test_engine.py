"""The page's network, in node: its kernels beside PyTorch's, and all of it together."""

import importlib.util
import json

import engine
import pytest
import torch
from node_json import SCRIPT, answer
from torch.nn.functional import conv2d

from ssd_lib.data import ToyScenes
from ssd_lib.images import MEAN, normalize
from ssd_lib.model.packed import pack
from ssd_lib.predict import detect
from ssd_lib.widgets.modules import ENGINE, worker_source

KINDS = ("wasm", "plain")
# Convolves each case; the frame and what lies behind it must not have been touched.
CONVOLVE = """
import { readFileSync } from "node:fs";
import { gridLength, makeGrid, unframed } from "%(engine)s/network.js";
import { plainKernels } from "%(engine)s/plain.js";
import { wasmKernels } from "%(engine)s/wasm.js";
const kernels = "%(kind)s" === "wasm"
  ? await wasmKernels(readFileSync(new URL("%(engine)s/nn.wasm")), 1e6) : plainKernels();
const floats = (numbers) => {
  const all = kernels.floats(numbers.length);
  all.set(numbers.map(Number));
  return all;
};
const found = JSON.parse(readFileSync(0, "utf8")).map((given) => {
  const { channels, rows, columns, filters, stride, relu } = given;
  const from = makeGrid(kernels, channels, rows, columns);
  let next = 0;
  for (let c = 0; c < channels; c += 1) {
    for (let y = 1; y <= rows; y += 1) {
      for (let x = 1; x <= columns; x += 1, next += 1) {
        from.values[(c * (rows + 2) + y) * (columns + 2) + x] = Number(given.map[next]);
      }
    }
  }
  const to = makeGrid(kernels, filters, Math.ceil(rows / stride), Math.ceil(columns / stride));
  const behind = floats(["7"]);
  kernels.convolve(from, { filters, stride, relu, weights: floats(given.weights),
    bias: floats(given.bias) }, to);
  const inner = unframed(to);
  const sum = (numbers) => numbers.reduce((all, x) => all + Math.abs(x), 0);
  const all = to.values.length === gridLength(filters, to.rows, to.columns);
  return { shape: [filters, to.rows, to.columns], values: Array.from(inner.values, String),
    outside: sum(to.values) - sum(inner.values), behind: behind[0], all };
});
console.log(JSON.stringify(found));
"""
SIZES = [  # channels, rows, columns, filters
    (1, 1, 1, 1),
    (1, 7, 5, 1),
    (3, 13, 9, 5),
    (2, 8, 8, 4),
    (5, 2, 2, 6),
    (4, 3, 17, 7),
    (3, 16, 16, 3),
    (16, 9, 24, 13),
]
EMPTY = [(0, 3, 3, 2), (2, 0, 5, 3), (2, 5, 0, 3), (2, 4, 4, 0), (0, 0, 0, 0)]


def run(script, given):
    return answer("--expose-gc", *SCRIPT, script, given=given)


def texts(values):
    """JSON has no NaN and no infinity; JavaScript reads these."""
    return [str(x).replace("inf", "Infinity") for x in values.flatten().tolist()]


def convolved(kind, cases):
    """What a kernel makes of cases (map [C, H, W], weight, bias, stride, relu)."""
    given = [
        {
            **dict(zip(("channels", "rows", "columns"), image.shape, strict=True)),
            "filters": len(weight),
            "stride": stride,
            "relu": relu,
            **dict(zip(("map", "weights", "bias"), map(texts, (image, weight, bias)), strict=True)),
        }
        for image, weight, bias, stride, relu in cases
    ]
    found = run(CONVOLVE % {"engine": ENGINE.as_uri(), "kind": kind}, given)
    for one in found:
        assert one["behind"] == 7
        assert one["all"]
        values = torch.tensor([float(x.replace("Infinity", "inf")) for x in one["values"]])
        yield values.reshape(one["shape"]), one["outside"]


def cases(sizes):
    generator = torch.Generator().manual_seed(8)
    for channels, rows, columns, filters in sizes:
        for stride in (1, 2):
            image = torch.randn(channels, rows, columns, generator=generator)
            weight = torch.randn(filters, channels, 3, 3, generator=generator)
            bias = torch.randn(filters, generator=generator)
            yield image, weight, bias, stride, bool(torch.rand(1, generator=generator) > 0.5)


@pytest.mark.parametrize("kind", KINDS)
def test_a_convolution_is_pytorchs(kind):
    given = list(cases(SIZES))
    assert {relu for *_, relu in given} == {False, True}
    for case, (ours, outside) in zip(given, convolved(kind, given), strict=True):
        image, weight, bias, stride, relu = case
        theirs = conv2d(image.double()[None], weight.double(), bias.double(), stride, 1)[0]
        wanted = theirs.relu() if relu else theirs
        torch.testing.assert_close(ours.double(), wanted, rtol=1e-5, atol=1e-5)
        assert outside == pytest.approx(0, abs=1e-3)


@pytest.mark.parametrize("kind", KINDS)
def test_a_convolution_of_nothing_is_nothing_or_the_bias(kind):
    given = list(cases(EMPTY))
    for (image, _, bias, stride, relu), (ours, _) in zip(
        given, convolved(kind, given), strict=True
    ):
        rows, columns = (-(-side // stride) for side in image.shape[1:])
        assert ours.shape == (len(bias), rows, columns)
        if ours.numel() and not image.numel():
            wanted = bias.relu() if relu else bias
            assert torch.equal(ours, wanted[:, None, None].expand_as(ours))


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_not_finite_stays_so(kind):
    image = torch.zeros(1, 4, 4)
    image[0, 0, 0], image[0, 3, 3] = float("nan"), float("inf")
    weight = torch.ones(1, 1, 3, 3)
    [(ours, _)] = convolved(kind, [(image, weight, torch.zeros(1), 1, True)])
    theirs = conv2d(image[None], weight, None, 1, 1)[0].relu()
    torch.testing.assert_close(ours, theirs, equal_nan=True)


def test_bytes_become_the_numbers_that_the_network_is_given():
    script = f"""
    import {{ normalisation }} from "{ENGINE.as_uri()}/normalisation.js";
    console.log(JSON.stringify(Array.from(normalisation({list(MEAN)}))));
    """
    grey = torch.arange(256, dtype=torch.uint8).expand(3, 1, 256)
    assert torch.equal(torch.tensor(run(script, [])).reshape(3, 1, 256), normalize(grey))


@pytest.fixture(scope="module")
def scenes():
    """20 scenes, and what PyTorch's network says of them."""
    images = torch.stack([image for image, _ in (ToyScenes(20, seed=21)[i] for i in range(20))])
    loaded = engine.shipped()
    with torch.no_grad():
        return images, loaded, loaded.model(normalize(images))


@pytest.mark.parametrize("kind", KINDS)
def test_the_network_gives_pytorchs_answers(scenes, kind):
    images, loaded, (offsets, logits) = scenes
    packed = pack(*loaded, torch.float32).as_bytes()
    found = engine.in_node(packed, images, kind)["answers"]
    theirs = torch.cat([offsets.flatten(1), logits.flatten(1)], dim=1)
    torch.testing.assert_close(found, theirs, rtol=0, atol=1e-4)


def test_what_the_page_finds_is_what_predict_makes_of_the_same_rows(scenes):
    images, loaded, _ = scenes
    found = engine.in_node(engine.PACKED.read_bytes(), images, rule={"scoreThreshold": 0.05})
    boxes = loaded.model.default_boxes
    offsets, logits = found["answers"].split([4 * len(boxes), 9 * len(boxes)], dim=1)
    theirs = detect(offsets.unflatten(1, (-1, 4)), logits.unflatten(1, (-1, 9)), boxes, 0.05)
    for kept, wanted in zip(found["kept"], theirs, strict=True):
        ours = engine.as_detections(kept, 1)
        assert ours.labels.tolist() == wanted.labels.tolist()
        torch.testing.assert_close(ours.boxes, wanted.boxes, rtol=0, atol=1e-6)
        torch.testing.assert_close(ours.scores, wanted.scores, rtol=0, atol=1e-6)


def test_no_image_gives_no_answer():
    found = engine.in_node(engine.PACKED.read_bytes(), torch.zeros(0, 3, 128, 128).byte())
    assert found["milliseconds"] == []


MEMORY = """
import { readFileSync } from "node:fs";
import { readPacked } from "%(engine)s/client.js";
import { Network, floatsNeeded } from "%(engine)s/network.js";
import { wasmKernels } from "%(engine)s/wasm.js";
import { defaultBoxes, detect } from "%(engine)s/../geometry.js";
const packed = Uint8Array.from(readFileSync(JSON.parse(readFileSync(0, "utf8"))));
const { network, weights } = readPacked(packed.buffer);
const wasm = readFileSync(new URL("%(engine)s/nn.wasm"));
const kernels = await wasmKernels(wasm, floatsNeeded(network));
const running = new Network(network, weights, kernels);
const boxes = defaultBoxes(network.layout);
const image = new Uint8ClampedArray(128 * 128 * 4).map((_, i) => (i * 7919) %% 256);
const used = async (runs) => {
  for (let i = 0; i < runs; i += 1) {
    const { offsets, logits } = running.run(image);
    detect(offsets, logits, boxes);
    running.maps();
  }
  for (let i = 0; i < 3; i += 1) {
    gc();
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  const { heapUsed, external, arrayBuffers } = process.memoryUsage();
  return [running.image.values.buffer.byteLength, heapUsed + external + arrayBuffers];
};
console.log(JSON.stringify([await used(50), await used(500), running.image.values.length]));
"""


@pytest.mark.slow
def test_memory_does_not_grow_over_500_images():
    (before, after, image) = run(MEMORY % {"engine": ENGINE.as_uri()}, str(engine.PACKED))
    assert image == 3 * 130 * 130 + 16  # its array is still in the module's memory
    assert after[0] == before[0] < 7_000_000
    assert after[1] - before[1] < 500_000  # one image's answers alone are larger


def test_a_kernel_is_given_all_the_memory_that_it_asks_for():
    script = """
    import { readFileSync } from "node:fs";
    import { floatsNeeded, Network } from "%(engine)s/network.js";
    import { readPacked } from "%(engine)s/client.js";
    const packed = Uint8Array.from(readFileSync(JSON.parse(readFileSync(0, "utf8"))));
    const { network, weights } = readPacked(packed.buffer);
    let asked = 0;
    new Network(network, weights, { kind: "plain", convolve() {}, floats(count) {
      asked += 4 * Math.ceil(count / 4);
      return new Float32Array(count);
    } });
    console.log(JSON.stringify([asked, floatsNeeded(network)]));
    """
    asked, needed = run(script % {"engine": ENGINE.as_uri()}, str(engine.PACKED))
    assert asked == needed


def test_the_engine_is_small():
    client = (ENGINE / "client.js").read_text(encoding="utf-8")
    assert (ENGINE / "nn.wasm").stat().st_size < 4_000
    assert len(worker_source()) + len(client) < 40_000


@pytest.mark.full
def test_the_module_is_what_the_source_compiles_to():
    assert importlib.util.find_spec("ziglang"), "install the extra `test` first"
    assert engine.compiled(ENGINE / "nn.c") == (ENGINE / "nn.wasm").read_bytes()


def record_of(name):
    record = json.loads((engine.ROOT / "data/runs" / name).read_text(encoding="utf-8"))
    assert record["commit"]
    assert not record["commit"].endswith("dirty")
    return record


def test_the_record_says_what_the_page_finds():
    record = record_of("page_network.json")
    assert record["scenes"] == f"ToyScenes({engine.SCENES}, seed={engine.SEED})"
    assert record["page_map"] == pytest.approx(record["torch_map"], abs=0.005)
    assert record["page_map"] > 0.88


def test_the_record_says_why_the_kernel_is_our_own():
    parties = record_of("page_speed.json")["parties"]
    ours, theirs = parties["page"], parties["onnxruntime-web"]
    assert sum(theirs["bytes"].values()) > 10 * sum(ours["bytes"].values())
    assert theirs["start_ms"] > 5 * ours["start_ms"]
    assert theirs["ms"] > ours["ms"]
    assert ours["bytes"][engine.PACKED.name] == engine.PACKED.stat().st_size

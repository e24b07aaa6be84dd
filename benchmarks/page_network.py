"""The small network as a page runs it, in node, beside PyTorch's forward pass.

python benchmarks/page_network.py [--onnxruntime-web FOLDER] [--json FILE]

One thread each, turn by turn: some images in a node of its own, started anew each time,
then as many in PyTorch. An image's milliseconds are those that the thread has worked, so
that other work on the machine does not count; those of the start are the clock's. With the folder of the npm package onnxruntime-web (nothing else
here needs it) its WebAssembly is a third party in every turn.
"""

import timing  # noqa: F401 first: it says how torch's threads wait

import argparse
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path

import torch

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tools"))
import engine
from node_json import SCRIPT, answer
from ssd_lib.data import ToyScenes
from ssd_lib.images import normalize
from ssd_lib.run_record import commit, device_name, write_record
from ssd_lib.widgets.modules import ENGINE, worker_source

ROUNDS, IMAGES, WARM_UP = 5, 40, 10
ORT_FILES = ("ort.wasm.min.mjs", "ort-wasm-simd-threaded.mjs", "ort-wasm-simd-threaded.wasm")
ORT = """
import { readFileSync } from "node:fs";
const [folder, model, images, count] = process.argv.slice(1);
const before = performance.now();
const ort = await import(`${folder}/ort.node.min.mjs`);
ort.env.wasm.numThreads = 1;
const session = await ort.InferenceSession.create(readFileSync(model),
  { executionProviders: ["wasm"] });
const start = performance.now() - before;
const all = new Float32Array(Uint8Array.from(readFileSync(images)).buffer);
const size = all.length / Number(count);
const milliseconds = [];
const worked = () => {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
};
for (let from = 0; from < all.length; from += size) {
  const data = all.slice(from, from + size);
  const begin = worked();
  const image = new ort.Tensor("float32", data, [1, 3, 128, 128]);
  await session.run({ [session.inputNames[0]]: image });
  milliseconds.push(worked() - begin);
}
console.log(JSON.stringify({ start, milliseconds }));
"""


@torch.no_grad()
def pytorch(model, images):
    milliseconds = []
    for image in images:
        begin = time.thread_time()
        model(normalize(image)[None])
        milliseconds.append(1e3 * (time.thread_time() - begin))
    return {"start": None, "milliseconds": milliseconds}


class OnnxRuntimeWeb:
    """The network as ONNX, and its images, where node finds them."""

    def __init__(self, package, model, images, folder):
        self.dist = Path(package).resolve() / "dist"
        self.model, self.images, self.count = folder / "model.onnx", folder / "images", len(images)
        inputs = normalize(images)
        torch.onnx.export(model, (inputs[:1],), self.model, dynamo=True, external_data=False)
        self.images.write_bytes(inputs.numpy().tobytes())
        package = json.loads((self.dist.parent / "package.json").read_text(encoding="utf-8"))
        self.about = {
            "version": package["version"],
            "bytes": {name: (self.dist / name).stat().st_size for name in ORT_FILES}
            | {"model.onnx": self.model.stat().st_size},
        }

    def __call__(self):
        given = self.dist.as_uri(), self.model, self.images, self.count
        return answer(*SCRIPT, ORT, "--", *given)


def summary(turns):
    """Medians over all turns, of the images without each turn's first ones, and of the start."""
    times = [ms for turn in turns for ms in turn["milliseconds"][WARM_UP:]]
    starts = [turn["start"] for turn in turns if turn["start"] is not None]
    found = {"ms": round(statistics.median(times), 2)}
    return found | ({"start_ms": round(statistics.median(starts), 1)} if starts else {})


def measured(parties):
    turns = {name: [] for name in parties}
    for _ in range(ROUNDS):
        for name, run in parties.items():
            turns[name].append(run())
    return {name: summary(turns[name]) for name in parties}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--onnxruntime-web", type=Path, metavar="FOLDER")
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    torch.set_num_threads(1)
    model, _ = engine.shipped()
    scenes = ToyScenes(IMAGES, seed=engine.SEED)
    images = torch.stack([scenes[i][0] for i in range(IMAGES)])
    packed = engine.PACKED.read_bytes()
    about = {
        "page": {
            "bytes": {
                "worker, with nn.wasm in it": len(worker_source()),
                "client.js": (ENGINE / "client.js").stat().st_size,
                engine.PACKED.name: len(packed),
            }
        }
    }
    parties = {
        "page": lambda: engine.in_node(packed, images),
        "page, plain JavaScript": lambda: engine.in_node(packed, images, "plain"),
        "torch": lambda: pytorch(model, images),
    }
    with tempfile.TemporaryDirectory() as folder:
        if args.onnxruntime_web:
            theirs = OnnxRuntimeWeb(args.onnxruntime_web, model, images, Path(folder))
            parties["onnxruntime-web"], about["onnxruntime-web"] = theirs, theirs.about
        found = measured(parties)
    record = {
        "command": "python benchmarks/page_network.py"
        + " --onnxruntime-web FOLDER" * bool(args.onnxruntime_web),
        "commit": commit(),
        "device": device_name(torch.device("cpu")),
        "threads": 1,
        "versions": {"torch": torch.__version__},
        "scenes": f"ToyScenes({IMAGES}, seed={engine.SEED})",
        "seed": engine.SEED,
        "images": ROUNDS * (IMAGES - WARM_UP),
        "parties": {name: about.get(name, {}) | found[name] for name in found},
    }
    for name, one in record["parties"].items():
        start = f", ready after {one['start_ms']:.0f} ms" if "start_ms" in one else ""
        size = f", {sum(one['bytes'].values()) / 1e6:.2f} MB" if "bytes" in one else ""
        print(f"{name}: {one['ms']:.1f} ms an image{start}{size}")
    if args.json:
        write_record(args.json, record)


if __name__ == "__main__":
    main()

"""A step of training as the page does it, in node, beside PyTorch's on the same batch.

make book && python benchmarks/page_training.py [--json FILE]

One thread each, turn by turn: some steps in a node of its own, started anew each time, then
as many in PyTorch, of the same network, loss and optimizer, from the same weights. The
milliseconds are those that the thread has worked, so that other work on the machine does
not count. The page draws its scenes in every step, PyTorch is given one batch. Last, how
many frames a second the page shows meanwhile, as playground_frames.py counts them: by the
clock, so a busy machine has fewer.
"""

import timing  # noqa: F401 first: it says how torch's threads wait

import argparse
import statistics
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import torch

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tools"))
import playground
import playground_frames
from ssd_lib.images import normalize
from ssd_lib.loss import batch_loss
from ssd_lib.model import load_weights
from ssd_lib.run_record import commit, device_name, write_record
from ssd_lib.samples import Batch
from ssd_lib.train import adamw_one_cycle
from ssd_lib.widgets.modules import ENGINE, trainer_source

ROUNDS, STEPS, WARM_UP = 5, 30, 10


def pytorch(folder, found):
    """Milliseconds of each step, on the batch that the page's first step was."""
    model = load_weights(folder / "before.safetensors").model.train()
    size = model.layout.image_px
    pixels = np.fromfile(folder / "batch.rgba", np.uint8).reshape(-1, size, size, 4)
    images = torch.from_numpy(pixels[..., :3].copy()).permute(0, 3, 1, 2)
    boxes = [torch.tensor([one["box"] for one in own]) for own in found["objects"]]
    labels = [torch.tensor([one["label"] for one in own]) for own in found["objects"]]
    optimizer, schedule = adamw_one_cycle(model, STEPS)
    milliseconds = []
    for _ in range(STEPS):
        begin = time.process_time()
        loss = batch_loss(model, Batch(normalize(images), boxes, labels))
        optimizer.zero_grad()
        (loss.localization + loss.confidence).backward()
        optimizer.step()
        schedule.step()
        milliseconds.append(1e3 * (time.process_time() - begin))
    return milliseconds


def measured(config):
    """Medians over all turns, without each turn's first steps."""
    times = {"page": [], "torch": []}
    for _ in range(ROUNDS):
        with tempfile.TemporaryDirectory() as place:
            found = playground.in_node(config, first_step=place)
            turns = {"page": found["worked"], "torch": pytorch(Path(place), found)}
        for name, turn in turns.items():
            times[name] += turn[WARM_UP:]
    return {name: round(statistics.median(own), 2) for name, own in times.items()}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    torch.set_num_threads(1)
    parties = {}
    for size in (64, 48):
        config = {"imageSize": size, "steps": STEPS, "evaluateEvery": STEPS}
        parties[f"{size} px"] = one = measured(config)
        ratio = one["page"] / one["torch"]
        print(
            f"{size} px: page {one['page']:.1f} ms, torch {one['torch']:.1f} ms, ratio {ratio:.2f}"
        )
    frames = playground_frames.measured()
    print(playground_frames.told(frames))
    if args.json:
        record = {
            "command": ["make book", "python benchmarks/page_training.py"],
            "commit": commit(),
            "device": device_name(torch.device("cpu")),
            "threads": 1,
            "versions": {"torch": torch.__version__},
            "batch": 16,
            "steps": ROUNDS * (STEPS - WARM_UP),
            "bytes": {
                "worker, with train.wasm in it": len(trainer_source()),
                "trainer.js": (ENGINE / "trainer.js").stat().st_size,
            },
            "milliseconds_a_step": parties,
            "frames": frames,
        }
        write_record(args.json, record)


if __name__ == "__main__":
    main()

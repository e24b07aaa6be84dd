"""Take a run's weights into data/weights/, in half precision, with their record.

python tools/ship_weights.py runs/toy-tiny toy_tiny

The record is the run's own, with what the shipped file finds on 1000 other scenes.
"""

import json
import sys
from pathlib import Path

import torch

from ssd_lib.data import ToyScenes
from ssd_lib.evaluate import summarize
from ssd_lib.model import load_weights, save_weights
from ssd_lib.run_record import commit, write_record
from ssd_lib.validate import detect_dataset

FOLDER = Path(__file__).parents[1] / "data/weights"
SIZES = {"all": (0.0, 2.0), "from_0.1": (0.1, 2.0), "below_0.1": (0.0, 0.1)}


def main(run, name):
    loaded = load_weights(Path(run, "weights.safetensors"))
    FOLDER.mkdir(exist_ok=True)
    file = FOLDER / f"{name}.safetensors"
    save_weights(loaded.model, file, loaded.classes, torch.float16)
    file.chmod(0o644)
    model = load_weights(file).model
    record = json.loads(Path(run, "run.json").read_text(encoding="utf-8"))
    record["log"] = [
        {key: round(value, 5) for key, value in row.items() if key != "images_per_s"}
        for row in record["log"]
    ]
    record["shipped"] = {
        "command": f"python tools/ship_weights.py {run} {name}",
        "commit": commit(),
        "scenes": "ToyScenes(1000, seed=1)",
        **{
            size: summarize(
                *detect_dataset(model, ToyScenes(1000, seed=1), 16, sizes=limits),
                loaded.classes,
            ).as_json()
            for size, limits in SIZES.items()
        },
    }
    write_record(FOLDER / f"{name}.json", record, row_key="step")
    for size in SIZES:
        print(size, record["shipped"][size]["map"])


if __name__ == "__main__":
    main(*sys.argv[1:])

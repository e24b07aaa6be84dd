"""Build what the page's network is made of, and measure what it finds.

python tools/engine.py wasm       widgets/engine/nn.wasm and train.wasm from their C
python tools/engine.py weights    data/weights/toy_tiny.packed from the shipped weights
python tools/engine.py measure    data/runs/page_network.json: mAP in the page and in PyTorch

The compiler is clang, as the wheel of ziglang has it; pyproject.toml pins its version, so
that the same source gives the same bytes. What is measured runs in node, by the page's
own code: the packed weights, the WebAssembly module, and the decoding of geometry.js.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
ENGINE = ROOT / "ssd_lib/widgets/engine"
WASM, TRAIN_WASM = ENGINE / "nn.wasm", ENGINE / "train.wasm"
SOURCES = {
    WASM: [ENGINE / "nn.c"],
    TRAIN_WASM: [ENGINE / "train.c", ENGINE / "train_norm.c"],
}
WEIGHTS = ROOT / "data/weights"
PACKED = WEIGHTS / "toy_tiny.packed"
COMPILE = [
    *("-m", "ziglang", "cc", "-target", "wasm32-freestanding", "-nostdlib"),
    *("-O3", "-msimd128", "-Wall", "-Wextra", "-Werror", "-s"),
    *("-Wl,--no-entry", "-Wl,--export=__heap_base", "-Wl,-z,stack-size=16384"),
]
SCENES, SEED = 300, 300  # a seed that nothing was trained on


def compiled(*sources):
    """The bytes of the WebAssembly module that C files become."""
    with tempfile.TemporaryDirectory() as folder:
        module = Path(folder, "nn.wasm")
        command = [sys.executable, *COMPILE, "-o", module.name, *sources]
        subprocess.run(command, check=True, cwd=folder)
        return module.read_bytes()


def wasm():
    for module, sources in SOURCES.items():
        module.write_bytes(compiled(*sources))


def shipped():
    """The shipped network, and the names of its classes."""
    from ssd_lib.model import load_weights

    return load_weights(WEIGHTS / "toy_tiny.safetensors")


def weights():
    from ssd_lib.model.packed import pack

    PACKED.write_bytes(pack(*shipped()).as_bytes())


def in_node(packed, images, kind="wasm", rule=None):
    """What the page's own code makes of images, in node.

    Args:
        packed: bytes of a packed network.
        images: [N, 3, S, S], uint8.
        kind: of the kernels, "wasm" or "plain".
        rule: of geometry.js's detect; None to leave detections out.

    Returns:
        A dict with ``answers``, float32 [N, P * (4 + C)], offsets before logits;
        ``kept``, a list of detections for each image; ``milliseconds`` of the
        processor for each forward pass, and ``start``, those of the clock before.
    """
    import numpy as np
    import torch
    from node_json import answer

    alpha = torch.full_like(images[:, :1], 255)
    rgba = torch.cat([images, alpha], dim=1).permute(0, 2, 3, 1)  # [N, S, S, 4]
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        (folder / "packed").write_bytes(packed)
        (folder / "images").write_bytes(rgba.contiguous().numpy().tobytes())
        files = {name: str(folder / name) for name in ("packed", "images", "answers")}
        asked = files | {"wasm": str(WASM) if kind == "wasm" else None, "rule": rule}
        (folder / "asked.json").write_text(json.dumps(asked), encoding="utf-8")
        said = answer(ROOT / "tools/js/run_engine.js", folder / "asked.json")
        values = np.fromfile(folder / "answers", "<f4")
    answers = torch.from_numpy(values.reshape(len(images), len(values) // max(len(images), 1)))
    return said | {"answers": answers}


def as_detections(kept, side):
    """A page's detections as ssd_lib.evaluate takes them, in pixels."""
    import torch

    from ssd_lib.predict import Detections

    return Detections(
        side * torch.tensor([one["box"] for one in kept]).reshape(-1, 4),
        torch.tensor([one["score"] for one in kept]),
        torch.tensor([one["label"] for one in kept], dtype=torch.int64),
    )


def measure():
    import torch

    from ssd_lib.data import ToyScenes
    from ssd_lib.evaluate import mean_average_precision
    from ssd_lib.run_record import origin, write_record
    from ssd_lib.validate import detect_dataset

    about = origin("python tools/engine.py measure")
    model, classes = shipped()
    scenes = ToyScenes(SCENES, seed=SEED)
    side = model.layout.image_px
    theirs, truths = detect_dataset(model, scenes)
    images = torch.stack([scenes[i][0] for i in range(SCENES)])
    found = in_node(PACKED.read_bytes(), images, rule={})
    ours = [as_detections(kept, side) for kept in found["kept"]]
    record = about | {
        "scenes": f"ToyScenes({SCENES}, seed={SEED})",
        "seed": SEED,
        "weights": PACKED.relative_to(ROOT).as_posix(),
        "page_map": mean_average_precision(ours, truths, len(classes)).mean,
        "torch_map": mean_average_precision(theirs, truths, len(classes)).mean,
    }
    write_record(ROOT / "data/runs/page_network.json", record)
    print(f"mAP in the page {record['page_map']:.4f}, in PyTorch {record['torch_map']:.4f}")


def main(what):
    {"wasm": wasm, "weights": weights, "measure": measure}[what]()


if __name__ == "__main__":
    main(*sys.argv[1:])

"""Write a network for other programs: ONNX, torch.export's format, or a page for a browser.

The file takes images [B, 3, S, S], normalised as ssd_lib.images.normalize does, and
gives offsets [B, P, 4] and logits [B, P, C]. Its content is made in memory, read back,
run, and compared before anything is written. A page holds a network of the small kind
with the book's own engine; its weights are rounded to 8 bits.
"""

import argparse
import io
import json
import os
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor

from ssd_lib.commands.weights import open_weights
from ssd_lib.files import write_whole
from ssd_lib.images import MEAN
from ssd_lib.model import Loaded
from ssd_lib.text import visible

LARGEST_DIFFERENCE = 1e-4


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``export`` to a parser."""
    parser.add_argument(
        "--weights",
        required=True,
        metavar="FILE|coco",
        help="weight file, or torchvision's SSD300 for COCO",
    )
    kinds = parser.add_mutually_exclusive_group(required=True)
    kinds.add_argument("--out", metavar="FILE", help="file ending in .onnx or .pt2")
    kinds.add_argument(
        "--page", metavar="FILE", help="file ending in .html, which runs a small network"
    )


def run(args: argparse.Namespace) -> None:
    """Make the content, read it back, compare, write; what differs is not written."""
    if args.page:
        _write_page(Path(args.page), args.weights)
        return
    out = Path(args.out)
    kinds = {".onnx": (_as_onnx, _run_onnx), ".pt2": (_as_pt2, _run_pt2)}
    _check_out(out, tuple(kinds))
    if out.suffix == ".onnx":
        _check_packages()
    loaded = open_weights(args.weights, torch.device("cpu"))
    side = loaded.model.layout.image_px
    made, read = kinds[out.suffix]
    content = made(loaded, torch.zeros(2, 3, side, side))
    difference = max(_difference(loaded, content, read, count) for count in (1, 3))
    if not difference <= LARGEST_DIFFERENCE:
        raise RuntimeError(
            f"the exported network must give the same numbers to {LARGEST_DIFFERENCE}, "
            f"got a difference of {difference:.1e}; nothing is kept"
        )
    out.parent.mkdir(parents=True, exist_ok=True)
    write_whole(out, content)
    size = f"{len(content) / 1e6:.1f} MB"
    print(f"{visible(out)}: {size}, largest difference from the network {difference:.1e}")


def _write_page(out: Path, weights: str) -> None:
    """Write the page that runs the network."""
    from ssd_lib.commands.page import page

    _check_out(out, (".html",))
    content = page(open_weights(weights, torch.device("cpu")))
    out.parent.mkdir(parents=True, exist_ok=True)
    write_whole(out, content)
    print(f"{visible(out)}: {len(content) / 1e6:.1f} MB, opens in a browser without a connection")


def metadata(loaded: Loaded) -> dict[str, str]:
    """What a program needs besides the network: all of it fits into the file."""
    return {
        "classes": json.dumps(loaded.classes),
        "variances": json.dumps(loaded.model.layout.variances),
        "mean": json.dumps(MEAN),
        "default_boxes": json.dumps(loaded.model.default_boxes.tolist()),
    }


def _check_out(out: Path, endings: tuple[str, ...]) -> None:
    """Say what cannot be written before the work, which takes its time.

    Raises:
        ValueError: if it is of another kind, or is a folder or in no folder.
    """
    if out.is_dir():
        raise ValueError(f"out must be a file, got the folder {out}")
    if out.suffix not in endings:
        raise ValueError(f"out must end in {' or '.join(endings)}, got {out}")
    there = next(folder for folder in out.parents if os.path.lexists(folder))
    if not there.is_dir():
        raise ValueError(f"out must be in a folder, got {out}: {there} is none")


def _check_packages() -> None:
    """Raise an ImportError with what to install, if ONNX's packages are missing."""
    try:
        import onnx  # noqa: F401
        import onnxruntime  # noqa: F401
        import onnxscript  # noqa: F401
    except ImportError as error:
        raise ImportError(
            f"ONNX needs {error.name}: pip install onnx onnxscript onnxruntime"
        ) from error


def _difference(
    loaded: Loaded, content: bytes, read: Callable[..., list[Tensor]], count: int
) -> float:
    """The largest one over images of noise."""
    side = loaded.model.layout.image_px
    generator = torch.Generator().manual_seed(count)
    images = 60 * torch.randn(count, 3, side, side, generator=generator)
    with torch.no_grad():
        wanted = loaded.model(images)
    got = read(content, images)
    return max(
        (a - b).abs().max().item() / max(1.0, b.abs().max().item())
        for a, b in zip(got, wanted, strict=True)
    )


def _as_onnx(loaded: Loaded, images: Tensor) -> bytes:
    import onnx

    program = torch.onnx.export(
        loaded.model,
        (images,),
        dynamo=True,
        verbose=False,
        input_names=["images"],
        output_names=["offsets", "logits"],
        dynamic_shapes=({0: torch.export.Dim("batch")},),
    )
    if program is None:  # as without dynamo
        raise RuntimeError("torch.onnx.export must return a program, got None")
    written = program.model_proto
    onnx.helper.set_model_props(written, metadata(loaded))
    return written.SerializeToString()


def _run_onnx(content: bytes, images: Tensor) -> list[Tensor]:
    import onnxruntime

    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    return [torch.from_numpy(x) for x in session.run(None, {"images": images.numpy()})]


def _as_pt2(loaded: Loaded, images: Tensor) -> bytes:
    shapes = ({0: torch.export.Dim("batch")},)
    program = torch.export.export(loaded.model, (images,), dynamic_shapes=shapes)
    content = io.BytesIO()
    torch.export.save(program, content, extra_files=metadata(loaded))
    return content.getvalue()


def _run_pt2(content: bytes, images: Tensor) -> list[Tensor]:
    with torch.no_grad():
        return list(torch.export.load(io.BytesIO(content)).module()(images))

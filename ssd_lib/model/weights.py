"""Weights to a file and back, with what is needed to use them."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from ssd_lib.default_boxes import default_boxes
from ssd_lib.file_kinds import CHECKPOINT, WEIGHTS, kind_of_file
from ssd_lib.files import write_whole
from ssd_lib.model.entries import Entries, read_entries, write_entries
from ssd_lib.model.ssd import SSD
from ssd_lib.model.state import check_forms, check_values

OF_A_RUN = "weights.safetensors"  # beside its checkpoint


class Loaded(NamedTuple):
    """A network as a file describes it."""

    model: SSD
    classes: tuple[str, ...]  # background first


def save_weights(
    model: SSD,
    path: str | Path,
    classes: Sequence[str],
    dtype: torch.dtype | None = None,
) -> None:
    """Write a model's weights, the layout of its default boxes and the names of its classes.

    Equal weights give equal bytes. A file that was there is whole until the new one is.

    Args:
        model: with features of ``ssd_lib.features``.
        path: of the file, by convention ``.safetensors``.
        classes: names, background first; as many as the model has classes.
        dtype: to store floats in, such as ``torch.float16``; None leaves them.

    Raises:
        ValueError: if there is not one distinct name per class, the features are not
            from ``ssd_lib.features``, or a weight is not finite (in ``dtype``); what
            :func:`load_weights` would refuse is not written.
        OSError: if the file cannot be written; the old one is kept.
    """
    if len(classes) != model.heads.num_classes:
        raise ValueError(f"classes must be {model.heads.num_classes} names, got {len(classes)}")
    entries = write_entries(model, classes)
    tensors = {
        name: value.to(dtype or value.dtype).contiguous() if value.is_floating_point() else value
        for name, value in model.state_dict().items()
    }
    check_values(tensors)
    write_whole(path, _with_sorted_header(save(tensors, entries)))


def load_weights(path: str | Path) -> Loaded:
    """The model that :func:`save_weights` wrote, in float32, in evaluation mode.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: if it is another kind of file, is cut short, comes from a newer
            version, lacks a weight or an entry, or has one that no network has; the
            message names the file and the weight or entry.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"there are no weights at {path}{_folder_hint(path)}")
    try:
        with safe_open(path, "pt") as file:
            metadata = file.metadata() or {}
            state = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        entries = read_entries(metadata)
        model = _build(entries, state)
    except SafetensorError as error:
        raise ValueError(f"{path} cannot be read as weights: {_explained(path, error)}") from error
    except (OSError, ValueError, RuntimeError) as error:
        raise ValueError(f"{path} cannot be read as weights: {error}") from error
    return Loaded(model.eval(), entries.classes)


def _folder_hint(path: Path) -> str:
    """Where they are, if it is a run's folder."""
    if not path.is_dir():
        return ""
    beside = path / OF_A_RUN
    return ": it is a folder" + (f"; the weights are {beside}" * beside.is_file())


def _explained(path: Path, error: SafetensorError) -> str:
    """What kind of file it is, or, of a safetensors file, what is wrong with it."""
    kind = kind_of_file(path)
    if kind == WEIGHTS:
        return f"it is damaged or cut short: {error}"
    text = f"it must be a weight file (.safetensors), got {kind or f'something else: {error}'}"
    if kind != CHECKPOINT:
        return text
    beside = path.with_name(OF_A_RUN)
    if beside.is_file():
        return f"{text}; the weights are {beside}"
    return (
        f"{text} of a run that has written no {OF_A_RUN} yet: it does at its end, and "
        "train --resume goes on with it"
    )


def _with_sorted_header(content: bytes) -> bytes:
    """The same file with its header in order: safetensors' own is in another each time.

    A header is its length, 8 bytes, and a JSON table that spaces fill up to a multiple
    of 8 bytes.
    """
    data = 8 + int.from_bytes(content[:8], "little")
    header = json.dumps(json.loads(content[8:data]), sort_keys=True).encode()
    header += b" " * (-len(header) % 8)
    return b"".join((len(header).to_bytes(8, "little"), header, content[data:]))


def _build(entries: Entries, state: Mapping[str, Tensor]) -> SSD:
    """The network, built of shapes alone and given its weights once they fit."""
    with torch.device("meta"):
        model = SSD(entries.features, entries.layout, len(entries.classes))
    ours = model.state_dict()
    check_forms(ours, state)
    weights = {k: v.to(ours[k].dtype, copy=True) for k, v in state.items()}
    check_values(weights)
    model.load_state_dict(weights, assign=True)
    model.default_boxes = default_boxes(entries.layout)
    return model

"""A data set of one's own, as training and measuring need it: in parts, and checked."""

import argparse
import copy
import hashlib
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from torch.utils.data import Dataset

from ssd_lib.commands.data_args import NAMED, open_named
from ssd_lib.data.checked import gaps, open_checked
from ssd_lib.data.opening import splits_of
from ssd_lib.data.parts import by_purpose
from ssd_lib.data.records import Records
from ssd_lib.data.report import as_text

HELD_OUT = 0.1  # of a data set without a part for validation

Say = Callable[[str], object]


class Parts(NamedTuple):
    """A data set as training needs it."""

    training: Dataset  # with transforms
    plain: Dataset  # the same images as they are
    validation: Dataset  # others, as they are
    classes: tuple[str, ...]


def open_both(
    args: argparse.Namespace, size_px: int, transforms: Callable[..., Any], say: Say
) -> Parts:
    """Images to train on, and others to validate on.

    Args:
        args: with those of :func:`ssd_lib.commands.data_args.add_data_arguments`.
        size_px: side of toy scenes.
        transforms: of training.
        say: is told what a data set of one's own holds.

    Raises:
        ValueError, OSError: if there is no such data set, or nothing of it is left.
    """
    if args.data in NAMED:
        training = open_named(args, "train", size_px, transforms)
        plain = open_named(args, "train", size_px)
        whole = argparse.Namespace(**vars(args) | {"split": None, "scenes": None})
        validation = open_named(whole, "validate", size_px)
        return Parts(training, plain, validation, tuple(training.classes))
    plain, validation = open_own(args, say)
    training = copy.copy(plain)
    training.transforms = transforms
    return Parts(training, plain, validation, plain.classes)


def open_own(
    args: argparse.Namespace, say: Say, classes: Sequence[str] | None = None
) -> tuple[Records, Records]:
    """A data set of one's own: what is learnt from, and what is validated on.

    The second is the data set's part for that, if it has one that shares no image with
    the first, and else a tenth that is held out, always the same.

    Raises:
        ValueError, OSError: if there is no such data set, or nothing of it is left; or
            if it has a part for tests and none to learn from, and none is chosen.
    """
    parts = by_purpose(splits_of(args.data, args.images))
    if parts and "train" not in parts and not args.split:
        raise ValueError(
            f"split must be given: {args.data} has parts {', '.join(parts.values())}, "
            "none of them called train"
        )
    split, valid = args.split or parts.get("train"), parts.get("valid")
    plain = open_part(args, split, say, classes)
    if valid and split != valid:
        validation = open_part(args, valid, say, plain.classes)
        shared = len(_files(plain) & _files(validation))
        if not shared:
            _check_objects(plain)
            return plain, validation
        say(f"{valid} is not validated on: it shares {shared} images with {split}")
    kept, held_out = hold_out(plain)
    say(f"held out for validation: {len(held_out)} of {len(plain)} images")
    _check_objects(kept)
    return kept, held_out


def open_part(
    args: argparse.Namespace,
    split: str | None,
    say: Say,
    classes: Sequence[str] | None = None,
) -> Records:
    """A part of a data set of one's own, looked at unless ``args.check`` is false.

    Raises:
        ValueError, OSError: if there is no such part, nothing of it is left, or
            anything was left out and ``args.strict`` is true.
    """
    found = open_checked(
        args.data,
        args.images,
        split,
        classes,
        num_workers=args.workers or None,
        look_at_images=args.check,
    )
    say(as_text(found.report))
    if args.strict and found.report.left_out:
        raise ValueError(gaps(found.report))
    return found.dataset


def hold_out(dataset: Records) -> tuple[Records, Records]:
    """All but a tenth of the images, and that tenth, which depends on their names alone.

    Raises:
        ValueError: if there are fewer than two images.
    """
    if len(dataset) < 2:
        raise ValueError(
            f"{dataset.root} must have at least 2 images, to hold out one for "
            f"validation, got {len(dataset)}"
        )
    count = max(1, round(HELD_OUT * len(dataset)))
    order = sorted(range(len(dataset)), key=lambda k: _place(dataset, k))
    held_out = set(order[:count])
    return tuple(
        _subset(dataset, [k for k in range(len(dataset)) if (k in held_out) == is_out])
        for is_out in (False, True)
    )


def _check_objects(training: Records) -> None:
    """Raise if there is nothing to learn, be it that all objects were held out."""
    if any(r.boxes and not all(r.crowd or [False]) for r in training.records):
        return
    reasons = "; ".join(training.problems.left_out())
    raise ValueError(
        f"{training.root} must have at least one object to train on, got none in "
        f"{len(training)} image{'s' * (len(training) != 1)}"
        + (f"; left out: {reasons}" if reasons else "")
    )


def _place(dataset: Records, index: int) -> bytes:
    """Where an image comes in an order that looks random and is always the same."""
    stem = dataset.records[index].image.stem
    return hashlib.sha256(stem.encode(errors="surrogatepass")).digest()


def _subset(dataset: Records, indices: list[int]) -> Records:
    part = copy.copy(dataset)
    part.records = [dataset.records[k] for k in indices]
    return part


def _files(dataset: Records) -> set:
    return {record.image for record in dataset.records}

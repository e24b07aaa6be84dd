"""Data to train on and to validate on: the user's own, in splits and checked, or named."""

import copy
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from ssd_lib.commands.data_args import DataArguments, open_named
from ssd_lib.data.checked import gaps, open_checked
from ssd_lib.data.looking.report import as_text
from ssd_lib.data.opening.parts import by_purpose
from ssd_lib.data.opening.source import Source, recognise
from ssd_lib.data.records import Records
from ssd_lib.data.splitting import train_val_split
from ssd_lib.samples import SampleSet
from ssd_lib.text import counted

Say = Callable[[str], object]


class Parts(NamedTuple):
    """A data set as training needs it."""

    training: SampleSet  # with transforms
    plain: SampleSet  # the same images without
    validation: SampleSet  # other images, without transforms
    classes: tuple[str, ...]


def open_parts(
    wanted: DataArguments, size_px: int, transforms: Callable[..., Any], say: Say
) -> Parts:
    """Images to train on, and others to validate on.

    Args:
        wanted: which data set.
        size_px: side of toy scenes.
        transforms: of training.
        say: is told what the user's own data set holds.

    Raises:
        ValueError, OSError: if there is no such data set, or nothing in it can be used.
    """
    if wanted.is_named:
        training = open_named(wanted, "train", size_px, transforms)
        plain = open_named(wanted, "train", size_px)
        whole = wanted._replace(split=None, scenes=None)
        validation = open_named(whole, "validate", size_px)
        return Parts(training, plain, validation, tuple(training.classes))
    plain, validation = open_own(wanted, say)
    training = copy.copy(plain)
    training.transforms = transforms
    return Parts(training, plain, validation, plain.classes)


def open_own(
    wanted: DataArguments, say: Say, classes: Sequence[str] | None = None
) -> tuple[Records, Records]:
    """The user's own data set: what is trained on, and what is validated on.

    The second is the data set's split for that, if it has one that shares no image with
    the first, and else a tenth that is held out, always the same.

    Raises:
        ValueError, OSError: if there is no such data set, or nothing in it can be used;
            or if it has a split for tests and none for training, and none is chosen.
    """
    source = recognise(wanted.data, wanted.images)
    parts = by_purpose(source.splits)
    if parts and "train" not in parts and wanted.split is None:
        raise ValueError(
            f"split must be given: {source.path} has parts {', '.join(parts.values())}, "
            "none of them called train"
        )
    split = parts.get("train") if wanted.split is None else wanted.split
    plain, valid = open_part(wanted, source, split, say, classes), parts.get("valid")
    if valid and split != valid:
        validation = open_part(wanted, source, valid, say, plain.classes)
        shared = len(_files(plain) & _files(validation))
        if not shared:
            _check_objects(plain)
            return plain, validation
        say(f"{valid} is not validated on: it shares {shared} images with {split}")
    kept, held_out = train_val_split(plain)
    say(f"held out for validation: {len(held_out)} of {len(plain)} images")
    _check_objects(kept)
    return kept, held_out


def open_part(
    wanted: DataArguments,
    source: Source,
    split: str | None,
    say: Say,
    classes: Sequence[str] | None = None,
) -> Records:
    """One split of the user's own data set, or all of it.

    Raises:
        ValueError, OSError: if there is no such split, nothing in it can be used, or,
            in strict mode, anything was left out.
    """
    found = open_checked(
        source,
        split,
        classes,
        num_workers=wanted.num_workers,
        look_at_images=wanted.check,
    )
    say(as_text(found.report))
    if wanted.strict and found.report.left_out:
        raise ValueError(gaps(found.report))
    return found.dataset


def _check_objects(training: Records) -> None:
    """Raise if there is nothing to learn, even if that is because all was held out."""
    if any(r.boxes and not all(r.crowd or [False]) for r in training.records):
        return
    reasons = "; ".join(training.problems.left_out())
    raise ValueError(
        f"{training.root} must have at least one object to train on, got none in "
        f"{counted(len(training), 'image')}" + (f"; left out: {reasons}" if reasons else "")
    )


def _files(dataset: Records) -> set:
    return {record.image for record in dataset.records}

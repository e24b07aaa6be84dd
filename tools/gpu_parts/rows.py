"""Rows one after the other against the clock; the record is whole after each."""

import gc
import json
import os
import sys
import threading
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import torch

from ssd_lib.run_record import write_record

Keep = Callable[[dict], None]
DEVICE_IS_BROKEN = 3  # exit code: go on with the rows that are left in a new process


class Setting(NamedTuple):
    """Where a part runs."""

    device: str
    tiny: bool  # the rehearsal: small networks, few steps
    folder: Path | None
    until: float  # time.time() at which all must be kept
    workers: int

    @property
    def left_s(self) -> float:
        return self.until - time.time()

    @property
    def backend(self) -> str:
        """Of torch.compile; the rehearsal needs no C++ compiler."""
        return "eager" if self.tiny else "inductor"


class Row(NamedTuple):
    """One measurement.

    ``run`` takes a function that keeps what has been found so far, and returns all,
    with a ``text`` for people.
    """

    name: str
    expected_s: float
    run: Callable[[Keep], dict]
    spare: bool = False  # runs only if time is left
    least_s: float | None = None  # of a row that makes do with less than it expects


class Part(NamedTuple):
    """Some rows, and the seconds that they have, imports included."""

    limit_s: float
    rows: Callable[[Setting], list[Row]]


def write(path: Path, record: dict) -> None:
    """Put a record in place whole, one row a line."""
    write_record(path, record, row_key="name")


def begin(path: Path, about: dict, resume: bool) -> dict:
    """A new record, or the one that a process left that broke down."""
    if not resume or not path.exists():
        return {"about": about, "running": None, "rows": [], "failed": [], "skipped": []}
    record = json.loads(path.read_text(encoding="utf-8"))
    if record["running"]:
        why = "the process ended, or the row took far too long"
        record["failed"].append({"name": record["running"], "why": why})
        record["running"] = None
    return record


def run_rows(rows: list[Row], setting: Setting, record: dict, path: Path) -> int:
    """Run what the record does not have yet; return the process's exit code.

    Rows that fail are in the record: the code is 0 unless the device broke.
    """
    seen = {one["name"] for kind in ("rows", "failed") for one in record[kind]}
    record["skipped"] = []
    for row in rows:
        if row.name in seen:
            continue
        least_s = row.expected_s if row.least_s is None else row.least_s
        if setting.left_s < least_s:
            why = f"{setting.left_s:.0f} s left, {least_s:.0f} needed"
            skipped = {"name": row.name, "why": why, "spare": row.spare}
            record["skipped"].append(skipped)
            continue
        record["running"] = row.name
        write(path, record)
        _run_row(row, record, path)
        record["running"] = None
        write(path, record)
        if not _device_is_well(setting.device):
            return DEVICE_IS_BROKEN
    write(path, record)
    return 0


def _run_row(row: Row, record: dict, path: Path) -> None:
    """One row into the record, or why there is none."""
    others = list(record["rows"])

    def keep(found: dict) -> None:
        record["rows"] = [*others, {"name": row.name, **found, "unfinished": True}]
        write(path, record)

    dog = threading.Timer(4 * row.expected_s + 20, os._exit, [DEVICE_IS_BROKEN])
    dog.daemon = True
    dog.start()
    try:
        found = row.run(keep)
        record["rows"] = [*others, {"name": row.name, **found}]
        print(f"  {row.name}: {found['text']}", flush=True)
    except Exception as error:  # one row's failure must not take the others along
        traceback.print_exc()
        lines = str(error).strip().splitlines() or [""]
        why = f"{type(error).__name__}: {lines[0]}"[:300]
        record["failed"].append({"name": row.name, "why": why})
        print(f"  {row.name}: FAILED, {why}", flush=True)
    finally:
        dog.cancel()


def _device_is_well(device: str) -> bool:
    """Give memory back; an error of a kernel shows here, and stays with the process."""
    try:
        if "torch._dynamo" in sys.modules:  # to import it takes seconds
            torch._dynamo.reset()
        gc.collect()
        if torch.device(device).type == "cuda":
            torch.cuda.synchronize(device)
            torch.cuda.empty_cache()
    except RuntimeError:
        traceback.print_exc()
        return False
    return True

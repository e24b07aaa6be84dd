"""What is kept of a run: a row of numbers now and then, as CSV and for TensorBoard."""

import csv
import io
import os
import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ssd_lib.files import write_whole

if TYPE_CHECKING:
    from torch.utils.tensorboard import SummaryWriter

COLUMNS: Sequence[str] = ("step", "localization", "confidence", "lr", "images_per_s", "map")
HEADER = (",".join(COLUMNS) + "\r\n").encode()


class Log:
    """Rows in memory and, with a folder, in ``log.csv`` (and TensorBoard, if installed).

    A row that cannot be written does not end the training: there is one warning, and all
    rows are written as soon as that works again.

    Args:
        folder: of the run; None keeps the rows in memory alone.
        step: rows after this one are dropped from a file that is there: they are of
            steps that will be taken again.

    Raises:
        OSError: if the file cannot be written to begin with; it is named.
        ValueError: if the file that is there cannot be read; it is named.
    """

    def __init__(self, folder: Path | None, step: int = 0) -> None:
        self.rows: list[dict[str, float]] = []
        self.path = folder / "log.csv" if folder else None
        self.is_behind = False
        self.listener: Callable[[Mapping[str, float]], None] | None = None
        if self.path and self.path.exists() and step:
            self.rows = [row for row in read_log(self.path) if row["step"] <= step]
        if self.path:
            write_whole(self.path, HEADER + _as_csv(self.rows))
        self.board = _tensorboard(folder) if folder else None

    def add(self, **row: float) -> None:
        """One row; what is missing stays empty."""
        self.rows.append(row)
        if self.path and (self.is_behind or not _append(self.path, row)):
            self._catch_up(self.path, "training goes on, and the rows are written when they can be")
        if self.board:
            self._show(self.board, row)
        if self.listener:
            self.listener(row)

    def close(self) -> None:
        """Write what could not be written before, and what TensorBoard holds."""
        if self.path and self.is_behind:
            self.is_behind = False
            self._catch_up(self.path, "its last rows are lost")
        if self.board:
            self.board.close()

    def _catch_up(self, path: Path, otherwise: str) -> None:
        """Write the whole file; if that fails, too, say so once."""
        try:
            write_whole(path, HEADER + _as_csv(self.rows))
            self.is_behind = False
        except OSError as error:
            if not self.is_behind:
                warnings.warn(f"{error}; {otherwise}", stacklevel=3)
            self.is_behind = True

    def _show(self, board: "SummaryWriter", row: dict[str, float]) -> None:
        try:
            for name, value in row.items():
                board.add_scalar(name, value, row["step"])
        except OSError as error:
            warnings.warn(f"no more for TensorBoard: {error}", stacklevel=3)
            self.board = None


def _append(path: Path, row: dict[str, float]) -> bool:
    """Whether the row could be put at the end of the file."""
    try:
        with path.open("rb+") as file:
            file.seek(0, os.SEEK_END)
            file.write(_as_csv([row]))
    except OSError:
        return False
    return True


def _tensorboard(folder: Path) -> "SummaryWriter | None":
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        return None
    return SummaryWriter(str(folder))


def _as_csv(rows: list[dict[str, float]]) -> bytes:
    text = io.StringIO(newline="")
    csv.DictWriter(text, COLUMNS).writerows(rows)
    return text.getvalue().encode()


def read_log(path: str | Path) -> list[dict[str, float]]:
    """The rows of a ``log.csv``; a last row that was cut short is left out.

    Raises:
        FileNotFoundError: if there is none.
        ValueError: if it holds anything but numbers; file and line are named.
    """
    try:
        text = Path(path).read_text(encoding="utf-8")
        lines = text[: text.rfind("\n") + 1].splitlines()
        return [_numbers(n, row) for n, row in enumerate(csv.DictReader(lines), 2)]
    except (ValueError, csv.Error) as error:
        raise ValueError(f"{path} cannot be read as a log: {error}") from error


def _numbers(line: int, row: dict[str | None, Any]) -> dict[str, float]:
    """What is there of a row's numbers."""
    if None in row:
        raise ValueError(f"line {line}: it must have {len(row) - 1} values, got more")
    try:
        step = int(row.get("step") or "")
        numbers = {name: float(number) for name, number in row.items() if name and number}
    except ValueError as error:
        raise ValueError(f"line {line} must have a step and numbers: {error}") from error
    return numbers | {"step": step}

"""What is kept of a run: a row of numbers now and then, as CSV and for TensorBoard."""

import csv
from pathlib import Path
from typing import Any

COLUMNS = ("step", "localization", "confidence", "lr", "images_per_s", "map")


class Log:
    """Rows in memory and, with a folder, in ``log.csv`` (and TensorBoard, if installed).

    Args:
        folder: of the run; None keeps the rows in memory alone.
        step: rows after this one are dropped from a file that is there: they are of
            steps that will be taken again.
    """

    def __init__(self, folder: Path | None, step: int = 0) -> None:
        """Read what is there, and write it back up to the step."""
        self.rows: list[dict[str, float]] = []
        self.path = folder / "log.csv" if folder else None
        if self.path and self.path.exists() and step:
            self.rows = [row for row in read_log(self.path) if row["step"] <= step]
        if self.path:
            with self.path.open("w", newline="", encoding="utf-8") as file:
                writer = csv.DictWriter(file, COLUMNS)
                writer.writeheader()
                writer.writerows(self.rows)
        self.board = _tensorboard(folder) if folder else None

    def add(self, **row: float) -> None:
        """One row; what is missing stays empty."""
        self.rows.append(row)
        if self.path:
            with self.path.open("a", newline="", encoding="utf-8") as file:
                csv.DictWriter(file, COLUMNS).writerow(row)
        if self.board:
            for name, value in row.items():
                self.board.add_scalar(name, value, row["step"])

    def close(self) -> None:
        """Let TensorBoard write what it holds."""
        if self.board:
            self.board.close()


def _tensorboard(folder: Path) -> Any:  # noqa: ANN401
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        return None
    return SummaryWriter(str(folder))


def read_log(path: str | Path) -> list[dict[str, float]]:
    """The rows of a ``log.csv``; a last row that was cut short is left out.

    Raises:
        FileNotFoundError: if there is none.
    """
    text = Path(path).read_text(encoding="utf-8")
    lines = text[: text.rfind("\n") + 1].splitlines()
    rows = []
    for row in csv.DictReader(lines):
        values = {name: float(number) for name, number in row.items() if number}
        rows.append(values | {"step": int(values["step"])})
    return rows

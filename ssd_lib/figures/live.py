"""A run's curves in a notebook, drawn again while it trains."""

import time
from collections.abc import Mapping

from IPython.display import display

from ssd_lib.figures.train import learning


class LiveCurve:
    """Curves that grow under the cell that trains: ``fit(..., on_log=LiveCurve())``.

    Args:
        every_s: seconds between two drawings; a row with a mAP is drawn at once.
    """

    def __init__(self, every_s: float = 1.0) -> None:
        self.every_s, self.drawn = every_s, -every_s
        self.rows: list[Mapping[str, float]] = []
        self.handle = None

    def __call__(self, row: Mapping[str, float]) -> None:
        """A new row of the log."""
        self.rows.append(row)
        if "map" in row or time.monotonic() - self.drawn >= self.every_s:
            self.draw()

    def draw(self) -> None:
        """Draw what there is, in the place of the drawing before."""
        figure = learning(self.rows)
        if self.handle is None:
            self.handle = display(figure, display_id=True)
        else:
            self.handle.update(figure)
        self.drawn = time.monotonic()

"""Signals that ask a run to end wait until its step is done and kept."""

import contextlib
import os
import signal
import sys
from collections.abc import Callable, Iterator
from types import FrameType, TracebackType
from typing import Any, Self

import torch
from lightning_fabric import Fabric

from ssd_lib.workers import handled_signals

Handler = Callable[[int, FrameType | None], Any] | int | None  # what signal.signal takes


class Stop:
    """Inside ``with``, a signal is noted, and delivered at the end.

    The run asks :meth:`is_asked` after each step. At the end of ``with`` the handlers
    that were there come back and get the signal: Ctrl-C is a KeyboardInterrupt, SIGTERM
    what the program makes of it. A second signal does not wait: it ends the program (or
    a notebook's cell) at once.

    What the program ignores, as under ``nohup``, it goes on ignoring. In a thread that
    is not the main one no signal arrives, and nothing is done.

    Args:
        fabric: all its processes stop after the same step.
        tell: say on a terminal that the signal was heard.
    """

    def __init__(self, fabric: Fabric, *, tell: bool = False) -> None:
        self.fabric = fabric
        self.tell = tell and sys.stderr is not None and sys.stderr.isatty()
        self.number = 0
        self._handlers: dict[int, Handler] = {}
        self._waits = True

    def __enter__(self) -> Self:
        """Take the signals over."""
        self._handlers = handled_signals()
        for number in self._handlers:
            signal.signal(number, self._note)
        return self

    def __exit__(
        self, kind: type | None, error: BaseException | None, _: TracebackType | None
    ) -> bool:
        """Give the signals back, with the one that came; an error comes before it."""
        for number, handler in self._handlers.items():
            signal.signal(number, handler)
        if self.number and (error is None or kind is _CutShort):
            try:
                signal.raise_signal(self.number)
            except BaseException as delivered:
                raise delivered from None
        return kind is _CutShort

    def is_asked(self) -> bool:
        """Whether a signal came; to all processes the same answer."""
        if self.fabric.world_size > 1:
            number = torch.tensor(self.number, device=self.fabric.device)
            largest = self.fabric.all_reduce(number, reduce_op="max")
            self.number = int(torch.as_tensor(largest))
        return self.number > 0

    @contextlib.contextmanager
    def cutting_short(self) -> Iterator[None]:
        """What is done in here is not worth waiting for: a signal ends it."""
        self._waits = self.fabric.world_size > 1  # others wait for the result
        try:
            if self.number and not self._waits:
                raise _CutShort
            yield
        finally:
            self._waits = True

    def _note(self, number: int, _: FrameType | None) -> None:
        self.number = number
        for each, handler in self._handlers.items():
            is_python = handler is signal.default_int_handler
            signal.signal(each, handler if is_python else signal.SIG_DFL)
        if not self._waits:
            raise _CutShort
        if self.tell:
            with contextlib.suppress(OSError):
                os.write(2, b"\nstopping after this step; once more ends at once\n")


class _CutShort(BaseException):
    """A signal came while nothing had to be waited for."""

"""A signal that ends a command becomes an exception, so that it can end in one line."""

import contextlib
import signal
from collections.abc import Iterator

from ssd_lib.workers import handled_signals


class Ended(KeyboardInterrupt):
    """A signal asked the command to end.

    Args:
        number: of the signal.
    """

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number


@contextlib.contextmanager
def signals_raised() -> Iterator[None]:
    """Inside ``with``, a signal raises :class:`Ended`; the next one ends the process.

    What is ignored stays so, and outside of the main thread nothing is done.
    """
    handlers = handled_signals()

    def end(number: int, _: object) -> None:
        for each in handlers:
            signal.signal(each, signal.SIG_DFL)
        raise Ended(number)

    try:
        for number in handlers:
            signal.signal(number, end)
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)

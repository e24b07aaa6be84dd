"""A signal that ends a command becomes an exception, so that it can end in one line."""

import contextlib
import signal
import threading
from collections.abc import Iterator

from ssd_lib.workers import SIGNALS


class Ended(KeyboardInterrupt):
    """A signal asked the command to end.

    Args:
        number: of the signal.
    """

    def __init__(self, number: int) -> None:
        """Keep the number."""
        super().__init__()
        self.number = number


@contextlib.contextmanager
def signals_raised() -> Iterator[None]:
    """Inside ``with``, a signal raises :class:`Ended`; the next one ends the process.

    What is ignored stays so, and outside of the main thread nothing is done.
    """
    handlers = {number: signal.getsignal(number) for number in SIGNALS}
    taken = [n for n in SIGNALS if handlers[n] not in (None, signal.SIG_IGN)]
    if threading.current_thread() is not threading.main_thread():
        taken = []

    def end(number: int, _: object) -> None:
        for each in taken:
            signal.signal(each, signal.SIG_DFL)
        raise Ended(number)

    try:
        for number in taken:
            signal.signal(number, end)
        yield
    finally:
        for number in taken:
            signal.signal(number, handlers[number])

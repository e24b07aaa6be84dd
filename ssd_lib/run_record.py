"""The JSON of a run's record: small, strict, and never half a file."""

import json
import math
from collections.abc import Mapping
from pathlib import Path

from ssd_lib.files import write_whole


def write_record(
    path: str | Path, record: Mapping[str, object], row_key: str | None = None
) -> None:
    """Write a record as strict JSON; until it is complete on the disk, the old one stays.

    Args:
        path: of the file; missing folders are created.
        record: texts, numbers, truth values, None, and lists and dicts of them. Numbers
            that are not finite become null, which is all that JSON has for them.
        row_key: of a record with many rows, the first key of each row. A row then has a
            line of its own and nothing is indented; by default everything is.

    Raises:
        OSError: if it cannot be written; the message names the file.

    Example:
        >>> import tempfile
        >>> file = Path(tempfile.mkdtemp()) / "runs/run.json"
        >>> rows = [{"step": 1, "loss": 2.5}, {"step": 2, "loss": math.nan}]
        >>> write_record(file, {"seed": 0, "log": rows}, row_key="step")
        >>> print(file.read_text(encoding="utf-8"), end="")
        {"seed":0,"log":[
        {"step":1,"loss":2.5},
        {"step":2,"loss":null}]}
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, (_as_json(_finite(record), row_key) + "\n").encode())


def _as_json(record: object, row_key: str | None) -> str:
    if row_key is None:
        return json.dumps(record, indent=1, allow_nan=False)
    text = json.dumps(record, separators=(",", ":"), allow_nan=False)
    start = f'{{"{row_key}":'  # in a text the quotes would be escaped
    return text.replace(start, f"\n{start}")


def _finite(value: object) -> object:
    """The same, with None for numbers that JSON cannot say."""
    if isinstance(value, Mapping):
        return {key: _finite(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(one) for one in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value

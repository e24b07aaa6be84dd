"""Show the library's own source in a chapter, as text that diffs by line."""

import ast
import inspect
import textwrap
from collections.abc import Callable

from IPython.display import Markdown

DOCUMENTED = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def show_source(obj: Callable) -> Markdown:
    """The source of a function or class, less its docstring.

    The docstring speaks to someone who looks the name up; in a chapter the text
    around the cell says the same at greater length.

    Args:
        obj: a function, method or class written in a file.

    Raises:
        TypeError: if ``obj`` has no source, as a tensor or a built-in has none.
    """
    lines = textwrap.dedent(inspect.getsource(obj)).splitlines()
    definition = ast.parse("\n".join(lines)).body[0]
    if isinstance(definition, DOCUMENTED) and ast.get_docstring(definition) is not None:
        docstring = definition.body[0]
        del lines[docstring.lineno - 1 : docstring.end_lineno]
    return Markdown("\n".join(["```python", *lines, "```"]))

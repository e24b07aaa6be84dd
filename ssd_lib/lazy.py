"""Public names of a package, each loaded from its module on first use (PEP 562).

A package's ``__init__.py`` says where its names live, and says it again as imports,
which type checkers and editors read but which never run::

    from typing import TYPE_CHECKING

    from ssd_lib.lazy import exports

    if TYPE_CHECKING:
        from ssd_lib.data.opening import open_dataset
        from ssd_lib.data.toy import ToyScenes
    else:
        __getattr__, __dir__ = exports(
            __name__,
            {"ToyScenes": "ssd_lib.data.toy", "open_dataset": "ssd_lib.data.opening"},
        )

    __all__ = ["ToyScenes", "open_dataset"]
"""

import sys
from collections.abc import Callable, Mapping
from importlib import import_module


def exports(
    package: str, modules: Mapping[str, str]
) -> tuple[Callable[[str], object], Callable[[], list[str]]]:
    """``__getattr__`` and ``__dir__`` of a package whose names are loaded on first use.

    A name that was used once is an ordinary attribute of the package from then on.

    Args:
        package: its ``__name__``.
        modules: the module that defines each public name, by that name.

    Raises:
        ValueError: if a name is also that of the module it comes from: once imported, the
            module would take its place in the package.
    """
    clashes = [name for name, module in modules.items() if module == f"{package}.{name}"]
    if clashes:
        raise ValueError(f"modules must not define a name like their own, got {clashes}")
    module = sys.modules[package]

    def load(name: str) -> object:
        if name not in modules:
            message = f"module {package!r} has no attribute {name!r}"
            raise AttributeError(message, name=name, obj=module)
        value = getattr(import_module(modules[name]), name)
        setattr(module, name, value)  # the next time, Python finds it without asking here
        return value

    def names() -> list[str]:
        return sorted({*vars(module), *modules})

    return load, names

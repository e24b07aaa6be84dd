"""Print what one of pyproject.toml's extras asks for, a requirement a line.

python tools/extra.py book

So `make book` can install what building needs and leave out the package's own
dependencies, torch among them.
"""

import sys
import tomllib
from pathlib import Path

PYPROJECT = Path(__file__).parents[1] / "pyproject.toml"


def main(extra):
    project = tomllib.loads(PYPROJECT.read_text(encoding="utf-8"))["project"]
    print("\n".join(project["optional-dependencies"][extra]))


if __name__ == "__main__":
    main(*sys.argv[1:])

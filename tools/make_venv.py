"""Make a virtual environment on a machine that may have nothing but Python.

python tools/make_venv.py FOLDER

Debian and Ubuntu keep the part of Python that makes environments in a package of its
own; root gets it, others are told its name.
"""

import importlib.util
import subprocess
import sys

from system import apt_install

OLDEST, NEWEST = (3, 11), (3, 13)


def main(folder):
    here = sys.version_info[:2]
    if not OLDEST <= here <= NEWEST:
        oldest, newest, found = (f"{v[0]}.{v[1]}" for v in (OLDEST, NEWEST, here))
        hint = f"name another one, as in `make PYTHON=python{newest}`"
        if here < OLDEST:
            sys.exit(f"Python must be {oldest} to {newest}, got {found}: {hint}")
        print(f"Python {found} has not been tried; if it fails, {hint}", file=sys.stderr)
    package = f"python{here[0]}.{here[1]}-venv"
    if importlib.util.find_spec("ensurepip") is None and not apt_install(package):
        sys.exit(f"Python's module venv is missing: apt-get install {package}")
    sys.exit(subprocess.call([sys.executable, "-m", "venv", folder]))


if __name__ == "__main__":
    main(*sys.argv[1:])

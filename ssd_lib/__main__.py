"""The command line: ``python -m ssd_lib``."""

import sys

from ssd_lib.commands import main

if __name__ == "__main__":
    sys.exit(main())

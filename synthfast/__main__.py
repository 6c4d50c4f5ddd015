"""``python -m synthfast``: the same as the command ``synthfast``."""

import sys

from synthfast.cli import main

if __name__ == "__main__":
    sys.exit(main())

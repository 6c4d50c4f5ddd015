"""``python -m synthfast.demo``."""

import sys

from synthfast.demo import main

sys.exit(main())

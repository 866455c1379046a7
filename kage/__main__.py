"""`python -m kage` is the command `kage`."""

import sys

from kage.launch.cli import main

sys.exit(main())

"""`python -m sswnn` is the `sswnn` command."""

import sys

from sswnn.cli.main import main

sys.exit(main())

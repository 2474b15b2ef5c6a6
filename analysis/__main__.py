"""Run the analysis from the command line: ``python -m analysis table SOURCE``, see ``--help``."""

import sys

from analysis.commands import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

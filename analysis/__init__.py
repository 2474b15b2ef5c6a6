"""Tables and pictures of records. Imports no torch."""

import sys

if sys.argv[:1] == ["-m"]:  # Python's own mark while it looks for the module of `python -m analysis`
    from sweeps.trial.process import begin

    begin()  # before pandas is imported: a signal may come at any instant

from analysis.sources.load import load

__all__ = ["load"]

"""From records to tables and pictures. Imports no torch."""

from analysis.load import load

__all__ = ["load"]

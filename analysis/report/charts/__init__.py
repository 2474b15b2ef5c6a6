"""The charts of the page in Vega-Lite, one module a kind; those of papers are in :mod:`analysis.figures`."""

from analysis.report.charts.bars import importance, ranks
from analysis.report.charts.budget import budget
from analysis.report.charts.frequencies import spectra
from analysis.report.charts.layers import layer_distributions, sparsity_by_layer
from analysis.report.charts.response import response
from analysis.report.charts.scatter import cost, pareto
from analysis.report.charts.standing import standing
from analysis.report.charts.training import convergence

__all__ = [
    "budget",
    "convergence",
    "cost",
    "importance",
    "layer_distributions",
    "pareto",
    "ranks",
    "response",
    "sparsity_by_layer",
    "spectra",
    "standing",
]

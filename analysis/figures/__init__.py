"""Pictures: from the frame of :func:`analysis.sources.load` to matplotlib figures, one module a kind."""

from analysis.figures.budget import budget
from analysis.figures.convergence import convergence
from analysis.figures.cost import cost
from analysis.figures.grid import study_grid
from analysis.figures.importance import importance, parameter_importance
from analysis.figures.layers import layer_distributions
from analysis.figures.pareto import pareto
from analysis.figures.ranks import critical_difference
from analysis.figures.response import response
from analysis.figures.sparsity import sparsity, sparsity_by_layer
from analysis.figures.spectra import spectra
from analysis.figures.style import png, svg

__all__ = [
    "budget",
    "convergence",
    "cost",
    "critical_difference",
    "importance",
    "layer_distributions",
    "parameter_importance",
    "pareto",
    "png",
    "response",
    "sparsity",
    "sparsity_by_layer",
    "spectra",
    "study_grid",
    "svg",
]

"""The numbers of a training step: a pure function of tensors."""

from typing import Any

from torch import Tensor

from inr.losses import Batch, squares_and_gradient
from inr.planes.layer import Layers
from inr.planes.plan import Plan


def of_chunk(plan: Plan[Any], terms: tuple[str, ...], layers: Layers, scales: Tensor, chunk: Batch) -> list[Tensor]:
    """Compute a loss Σ scale_t S_t over the points of ``chunk``, and its gradient.

    Returns the sums of squared residuals S_t (T,), unscaled, then the gradient of the loss by every parameter, in the
    order of :func:`inr.planes.layer.parameters_of`. ``plan`` says how the network's derivatives are computed, and has
    what the ``terms`` compare; ``scales`` is (T,).
    """
    jet, kept = plan.forward(layers, chunk.coordinates)
    squares, gradient = squares_and_gradient(terms, scales, jet, chunk)
    return [squares, *plan.backward(layers, kept, gradient)]

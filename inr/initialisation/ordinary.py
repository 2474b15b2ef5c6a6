"""Laws of ordinary networks, which know nothing of φ, and the bad examples of tutorials."""

import math
from typing import TYPE_CHECKING, final

from inr.initialisation.base import Initialisation, Place, default_bias, uniform

if TYPE_CHECKING:
    from torch import Generator, Tensor


@final
class Pytorch(Initialisation):
    """``torch.nn.Linear``'s default: weight and bias U(±1/√n)."""

    def fill(self, weight: "Tensor", bias: "Tensor", place: Place, generator: "Generator") -> None:
        """Fill by the law."""
        uniform(weight, 1 / math.sqrt(weight.shape[1]), generator)
        default_bias(weight, bias, generator)


@final
class Xavier(Initialisation):
    """Glorot & Bengio 2010, eq. 16: U(±√(6/(n + m))) of n inputs and m outputs, biases zero."""

    def fill(self, weight: "Tensor", bias: "Tensor", place: Place, generator: "Generator") -> None:
        """Fill by the law."""
        uniform(weight, math.sqrt(6 / sum(weight.shape)), generator)
        bias.zero_()


@final
class Kaiming(Initialisation):
    """He et al. 2015 (arXiv:1502.01852) for ReLU, drawn uniformly: U(±√(6/n)), biases zero, whatever φ."""

    def fill(self, weight: "Tensor", bias: "Tensor", place: Place, generator: "Generator") -> None:
        """Fill by the law."""
        uniform(weight, math.sqrt(6 / weight.shape[1]), generator)
        bias.zero_()


@final
class Ones(Initialisation):
    """Every weight 1: a tutorial's bad example, all neurons of a layer stay equal but for their biases."""

    def fill(self, weight: "Tensor", bias: "Tensor", place: Place, generator: "Generator") -> None:
        """Fill by the law."""
        weight.fill_(1.0)
        default_bias(weight, bias, generator)


@final
class Eye(Initialisation):
    """The identity (rectangular): a tutorial's bad example, nothing is mixed."""

    def fill(self, weight: "Tensor", bias: "Tensor", place: Place, generator: "Generator") -> None:
        """Fill by the law."""
        weight.zero_().fill_diagonal_(1.0)
        default_bias(weight, bias, generator)

"""The linear maps between activations: what is trained, and the real matrix by which planes pass it.

A complex map is a structured real one of [real parts | imaginary parts]: no complex number enters the planes.
"""

from abc import ABC, abstractmethod

import torch
from torch import Generator, Tensor, nn

from inr.initialisation import Initialisation, Place


class Map(nn.Module, ABC):
    """A linear map with the parameters ``weight`` and ``bias``, in this order."""

    in_features: int
    """Real numbers that it takes."""
    out_features: int
    """Real numbers that it gives."""
    weight: Tensor
    bias: Tensor

    @abstractmethod
    def fill(self, init: Initialisation, place: Place, generator: Generator) -> None:
        """Draw the parameters by a law, in place."""

    @abstractmethod
    def expand(self, weight: Tensor, bias: Tensor) -> tuple[Tensor, Tensor]:
        """Give the matrix (out, in) and the bias (out,) of parameters of this map's shapes."""

    @abstractmethod
    def fold(self, weight: Tensor, bias: Tensor) -> tuple[Tensor, Tensor]:
        """Give the gradient by the parameters from that by the matrix (out, in) and by the bias (out,)."""


class Dense(nn.Linear, Map):  # type: ignore[misc]  # whose bias may be None to PyTorch
    """z = Wa + b of real numbers: the parameters are the matrix."""

    def fill(self, init: Initialisation, place: Place, generator: Generator) -> None:
        """See the base class."""
        init.fill(self.weight, self.bias, place, generator)

    def expand(self, weight: Tensor, bias: Tensor) -> tuple[Tensor, Tensor]:
        """See the base class."""
        return weight, bias

    def fold(self, weight: Tensor, bias: Tensor) -> tuple[Tensor, Tensor]:
        """See the base class."""
        return weight, bias


class Complex(Map):
    """z = (A + jB) a + c + jd of n complex numbers to m: the matrix [[A, −B], [B, A]].

    The parameters are (A, B), of shape (2, m, n), and (c, d), of shape (2, m). A law draws (A, c), then (B, d), each as
    the parameters of a real map of n features: so PyTorch draws those of a complex one.
    """

    def __init__(self, in_features: int, out_features: int) -> None:
        super().__init__()
        self.in_features, self.out_features = in_features, out_features
        self.weight = nn.Parameter(torch.empty(2, out_features // 2, in_features // 2))
        self.bias = nn.Parameter(torch.empty(2, out_features // 2))

    def fill(self, init: Initialisation, place: Place, generator: Generator) -> None:
        """See the base class."""
        for weight, bias in zip(self.weight, self.bias, strict=True):
            init.fill(weight, bias, place, generator)

    def expand(self, weight: Tensor, bias: Tensor) -> tuple[Tensor, Tensor]:
        """See the base class."""
        a, b = weight.unbind()
        return torch.cat([torch.cat([a, -b], 1), torch.cat([b, a], 1)]), bias.flatten()

    def fold(self, weight: Tensor, bias: Tensor) -> tuple[Tensor, Tensor]:
        """See the base class."""
        (aa, ab), (ba, bb) = (rows.chunk(2, 1) for rows in weight.chunk(2))
        return torch.stack([aa + bb, ba - ab]), bias.reshape(2, -1)


class RealPart(Map):
    """Re((A + jB) a) + c of n complex numbers: the matrix [A, −B], its parameters (2, m, n), and c (m,).

    A complex bias would have an imaginary part that nothing depends on.
    """

    def __init__(self, in_features: int, out_features: int) -> None:
        super().__init__()
        self.in_features, self.out_features = in_features, out_features
        self.weight = nn.Parameter(torch.empty(2, out_features, in_features // 2))
        self.bias = nn.Parameter(torch.empty(out_features))

    def fill(self, init: Initialisation, place: Place, generator: Generator) -> None:
        """See the base class; the bias is that of A."""
        init.fill(self.weight[1], self.bias, place, generator)
        init.fill(self.weight[0], self.bias, place, generator)

    def expand(self, weight: Tensor, bias: Tensor) -> tuple[Tensor, Tensor]:
        """See the base class."""
        return torch.cat([weight[0], -weight[1]], 1), bias

    def fold(self, weight: Tensor, bias: Tensor) -> tuple[Tensor, Tensor]:
        """See the base class."""
        a, b = weight.chunk(2, 1)
        return torch.stack([a, -b]), bias


def map_between(takes_complex: bool, gives_complex: bool) -> type[Map]:
    """Choose the map by whether it takes, and gives, the parts of complex numbers; of real ones both parts are free."""
    return (Complex if gives_complex else RealPart) if takes_complex else Dense

"""A plugin: an activation of one's own. Give it as ``--plugin=examples/activation.py``, then ``--activation=bell``.

The class is an option at once: its field is the flag ``--bell_width``, a column of every table and, with the bytes of
this file, part of the identity of each trial that uses it.
"""

from dataclasses import dataclass
from typing import Annotated, ClassVar

import torch
from annotated_types import Gt, Le
from torch import Tensor

from inr.activations import Activation
from inr.doc import Doc


@dataclass(frozen=True, kw_only=True)
class Bell(Activation):
    """φ(z) = exp(−z²/2a²), a Gaussian bell of width a."""

    bell_width: Annotated[float, Gt(0), Le(1e3), Doc("width a of the bell, in units of z")] = 0.5

    init: ClassVar[str] = "unit_variance"
    reference: ClassVar[str] = "Ramasinghe & Lucey 2022, arXiv:2111.15135"

    def jet(self, z: Tensor, order: int) -> tuple[Tensor, ...]:
        """(1, −u/a, (u² − 1)/a², u(3 − u²)/a³) · exp(−u²/2) of u = z/a."""
        a = self.bell_width
        u = z / a
        bell = torch.exp(-u * u / 2)
        if order == 0:
            return (bell,)
        uu = u * u
        return (bell, -u / a * bell, (uu - 1) / (a * a) * bell, u * (3 - uu) / (a * a * a) * bell)[: order + 1]

"""The field of gradients that a picture is made to follow, and the picture that follows it exactly.

Pérez, Gangnet & Blake 2003, Poisson image editing. Maps are (H, W, C), gradients (H, W, C, 2), regions (H, W).
"""

import hashlib
from abc import abstractmethod
from dataclasses import dataclass
from typing import ClassVar, NamedTuple, final

import numpy as np
from numpy.typing import NDArray

from inr.choices import Choice
from inr.holdouts import Mask
from inr.metrics import magnitude
from inr.operators import Operator
from inr.poisson import Edges, differences, dirichlet, divergence, halfway, neumann
from inr.seamless import seamless_clone
from inr.signals import Signal
from inr.tasks.samples import Maps, Reference

Array = NDArray[np.float64]


class Sources(NamedTuple):
    """The pictures of which a field is made: a second one inside a region of the first."""

    own: Signal
    other: Signal
    region: Mask

    @classmethod
    def alone(cls, picture: Signal) -> "Sources":
        """One picture, and a region without a pixel."""
        return cls(picture, picture, np.zeros(picture.shape[:2], dtype=bool))

    @property
    def data_hash(self) -> str:
        """Identifies the pictures and the region by their content."""
        if not self.region.any():
            return self.own.data_hash
        content = repr([self.own.data_hash, self.other.data_hash, self.region.shape]).encode() + self.region.tobytes()
        return hashlib.sha256(content).hexdigest()[:16]


class Guided(NamedTuple):
    """A picture that follows a field, and the field."""

    signal: Signal
    """The exact answer."""
    maps: Maps
    """The answer's values, and the gradient and the Laplacian that the field asks for."""


@dataclass(frozen=True, kw_only=True)
class Guidance(Choice, kind="guidance"):
    """A field of gradients."""

    composed: ClassVar[bool]
    """True of a field of two pictures, which is no closed form's."""

    @abstractmethod
    def guide(self, sources: Sources, operator: Operator | None, anchored: bool) -> Guided:
        """Take the field by an operator, or by the closed form where there is none.

        The answer has the first picture's values outside the region if the field is ``anchored``; else it is free by a
        constant.
        """

    def second_opinion(self, sources: Sources) -> Array | None:
        """Compute the anchored answer of another program (H, W, C); None, as by default, where there is none."""
        return None


@final
class Own(Guidance):
    """The picture's own gradient."""

    composed = False

    def guide(self, sources: Sources, operator: Operator | None, anchored: bool) -> Guided:
        """See the base class."""
        return Guided(sources.own, Reference.of(sources.own, operator).maps)


class Composed(Guidance, abstract=True):
    """The gradient of another picture inside a region, the picture's own outside."""

    composed = True

    @abstractmethod
    def takes(self, own: Array, other: Array) -> Mask:
        """Mark where in the region the other's differences are taken, given the sizes of both."""

    def guide(self, sources: Sources, operator: Operator | None, anchored: bool) -> Guided:
        """See the base class."""
        assert operator is not None
        own, other, region = sources
        values, h = self._answer(sources, anchored), own.spacing
        gradients = [operator.gradient(each.values, h) for each in (own, other)]
        taken = region[..., None] & self.takes(*map(magnitude, gradients))
        gradient = np.where(taken[..., None], gradients[1], gradients[0])
        name, notes = f"{other.name} in {own.name}", (*own.notes, *other.notes)
        maps = Maps(values, gradient, divergence(halfway(gradient), h))
        return Guided(Signal(name, values, notes=notes), maps)

    def _answer(self, sources: Sources, anchored: bool) -> Array:
        """The picture whose differences of neighbours follow the field: those that touch the region may be the other's.

        Without an anchor its mean outside the region is the first picture's.
        """
        (own, other), region, h = (each.values for each in sources[:2]), sources.region, sources.own.spacing
        touching = region[1:] | region[:-1], region[:, 1:] | region[:, :-1]
        pairs = zip(differences(own, h), differences(other, h), touching, strict=True)
        edges = Edges(*(np.where(near[..., None] & self.takes(abs(a), abs(b)), b, a) for a, b, near in pairs))
        nothing, nowhere = np.zeros_like(own), np.zeros_like(region)
        if anchored:
            return dirichlet(edges, nothing, nowhere, (1.0, 0.0), h, ~region, own)
        answer = neumann(edges, nothing, (1.0, 0.0), h)
        return np.asarray(answer + (own - answer)[~region].mean(axis=0))


@final
class Clone(Composed):
    """Seamless cloning: the other picture's gradient everywhere in the region (eq. 10 of the paper)."""

    def takes(self, own: Array, other: Array) -> Mask:
        """Mark all."""
        return np.ones(own.shape, dtype=bool)

    def second_opinion(self, sources: Sources) -> Array | None:
        """Clone by OpenCV."""
        return seamless_clone(sources.own.values, sources.other.values, sources.region)


@final
class Stronger(Composed):
    """Mixed cloning: the stronger of both pictures' gradients in the region (eq. 12 of the paper)."""

    def takes(self, own: Array, other: Array) -> Mask:
        """Mark those in which the other is larger."""
        return np.asarray(other > own)

"""The activation: a frozen dataclass that owns its formula, its jet, its initialisation, its hyperparameters."""

import dataclasses
import functools
import math
import typing
from abc import ABC, abstractmethod
from typing import Any, ClassVar, Self

import torch
from torch import Tensor

from inr.errors import UsageError
from inr.names import declare

REGISTRY: dict[str, type["Activation"]] = {}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Activation(ABC):
    """A scalar function φ, applied to every pre-activation z = Wa + b of a layer.

    A subclass is a frozen dataclass whose fields are its hyperparameters: each has a default and an annotation
    ``Annotated[type, constraints…, Doc("…")]``, from which its flag, its validation, its column and its
    documentation follow. A name has one declaration, see :mod:`inr.names`: activations share a hyperparameter by
    inheriting it. A concrete subclass registers itself under its class name in snake case.
    """

    init: ClassVar[str]
    """The initialisation law that suits it, a name in :mod:`inr.initialisation`."""
    reference: ClassVar[str]
    """The paper that proposed it."""
    vanishes_from: ClassVar[int | None] = None
    """Derivatives of this order and above are zero almost everywhere; None if none is."""

    @abstractmethod
    def jet(self, z: Tensor, order: int) -> tuple[Tensor, ...]:
        """(φ, φ′, φ″, φ‴)[:order + 1] at ``z``, each of its shape, in closed form; 0 ≤ order ≤ 3.

        The third derivative is there because training on a Laplacian differentiates φ″ once more.
        """

    @property
    def frequency(self) -> float | None:
        """ω₀, the factor on z inside φ; None for an activation without one."""
        return None

    @property
    def factor(self) -> float:
        """The factor on z inside φ, by which initialisation laws divide: the frequency, 1 without one."""
        return 1.0 if self.frequency is None else self.frequency

    def in_first_layer(self) -> Self:
        """The activation as the first layer uses it."""
        return self

    def hyperparameters(self) -> dict[str, Any]:
        """Name → value, as they stand in a trial's config."""
        return {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}

    @functools.cached_property
    def second_moment(self) -> float:
        """E[φ(z)²] where factor · z ~ N(0, 1), by the trapezoidal rule over ±10 standard deviations."""
        u = torch.linspace(-10, 10, 20_001, dtype=torch.float64)
        density = torch.exp(-u * u / 2) / math.sqrt(2 * math.pi)
        (value,) = self.jet(u / self.factor, 0)
        return float(torch.trapezoid(value**2 * density, u))

    def __init_subclass__(cls, abstract: bool = False, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        known = cls if abstract else REGISTRY.get(cls.name(), cls)
        if (known.__module__, known.__qualname__) != (cls.__module__, cls.__qualname__):
            raise UsageError(
                f"two activations are called {cls.name()!r}, in {known.__module__} and {cls.__module__}: rename one"
            )
        declare(cls)
        if not abstract:
            REGISTRY[cls.name()] = cls

    @classmethod
    def name(cls) -> str:
        """The name in configs and tables: the class name in snake case."""
        return "".join("_" + c.lower() if c.isupper() else c for c in cls.__name__).removeprefix("_")

    @classmethod
    def hyperparameter_types(cls) -> dict[str, Any]:
        """Name → annotation (with its constraints and :class:`Doc`) of each hyperparameter."""
        hints = typing.get_type_hints(cls, include_extras=True)
        return {field.name: hints[field.name] for field in dataclasses.fields(cls)}

"""The task: what a network is asked to be.

A task owns its data, its points, its residuals, its scores and its pictures. It imports no torch: its residuals are
written with the methods that tensors and arrays share.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from inr.choices import Choice
from inr.errors import UsageError
from inr.jet import Ask, Jet, union
from inr.panels import Filmed, Panel
from inr.tasks.closing import Closing
from inr.tasks.loss import VALUE, LossTerms, named_terms
from inr.tasks.rendering import Rendering, Values
from inr.terms import Term

Array = NDArray[np.float64]


class Drawn(NamedTuple):
    """The points of one step, and the data of the residuals at them."""

    points: Array
    """(P, D)"""
    data: Mapping[str, NDArray[Any]]
    """Name → (P, …)"""


Draw = Callable[[np.random.Generator, float], Drawn]
"""A generator, and the share of the training that is done, in [0, 1) → the points of the next step.

A draw keeps no state: a trial that resumes gives it a generator in the same state, and gets the same points.
"""

Factors = Callable[[float], Mapping[str, float]]
"""The share of the training that is done → term → the factor of its weight at the next step; 1 if not named."""


class Group(NamedTuple):
    """Points that train together, and the terms of the loss at them.

    The loss is Σ_t weight_t · per_residual_t · (sum of the penalties of t's residuals over all points).
    """

    terms: tuple[Term, ...]
    """Those that are computed: a term without a weight is left out unless its derivatives are computed anyway."""
    weights: Mapping[str, float]
    per_residual: Mapping[str, float]
    """Term → its scale over the number of its residuals in the whole group."""
    points: Array
    """(P, D)"""
    data: Mapping[str, NDArray[Any]]
    """Name → what residuals need at each point (P, …)."""
    draw: Draw | None = None
    """Draws as many points anew for every step; ``points`` is then one example, for what looks at a group at rest."""
    factors: Factors | None = None
    """Changes the weights in the course of the training."""
    block: int = 1
    """So many consecutive points belong together, as those of a pixel's area do, and are never separated."""
    penalties: tuple[str, ...] = ()
    """The parts of a :class:`Hypernet` whose mean square, times its weight, is added to the loss."""

    @property
    def ask(self) -> Ask:
        """The derivatives that the terms need."""
        return union(*(term.ask for term in self.terms))

    def in_a_step(self, batch_size: int) -> int:
        """Count the points of one step of ``batch_size`` random points; 0 stands for all."""
        return len(self.points) if self.draw or not batch_size else min(batch_size, len(self.points))


@dataclass(frozen=True, kw_only=True)
class Hypernet:
    """The sizes of a hypernetwork, which makes a coordinate network for each block of points from what is known there.

    Its parts, which a loss may penalise, are ``latent``, the codes, and ``theta``, the parameters that it makes.
    """

    latent: int
    """L, the size of a code."""
    width: int
    """Features of the networks from a code to the parameters."""
    values: str
    """The name of the data (P, C) that holds the values at the points."""
    context: str
    """The name of the data (P,) that holds the share of a point in the code; 0 where its value is not known."""
    judged: int
    """The points of each block where predictions are judged."""
    networks: int
    """The blocks of points of a step."""

    def operations(self, points: float, inputs: int, tensors: int, parameters: int) -> float:
        """Count the floating-point operations of a step beside those of the coordinate networks.

        ``inputs`` is D + C; the coordinate network has so many ``parameters`` in so many ``tensors``.
        """
        encoder = self.latent * (inputs + 3 * self.latent)
        heads = self.width * (tensors * (self.latent + self.width) + parameters)
        return 6 * (points * encoder + self.networks * heads)


class Judge(ABC):
    """Measures predictions."""

    @property
    @abstractmethod
    def rank_by(self) -> str:
        """The metric by which trials of this problem are ranked."""

    @abstractmethod
    def scores(self, prediction: Jet[Array]) -> dict[str, float]:
        """Compute every metric, ``family/score``, of a prediction at the problem's points.

        A metric that means nothing is nan.
        """

    @abstractmethod
    def fields(self, prediction: Jet[Array]) -> dict[str, NDArray[Any]]:
        """Give the arrays of ``fields.npz``: prediction, reference, and what the panels need."""

    def notes(self, prediction: Jet[Array]) -> tuple[str, ...]:
        """Give sentences on a prediction that its scores do not say, for the record; none by default."""
        return ()


@dataclass(frozen=True, eq=False)
class Problem:
    """A task with its data: what is trained on, and what is looked at."""

    channels: int
    """C, the number of values of the network."""
    groups: tuple[Group, ...]
    points: Array
    """(N, D), at which predictions are judged."""
    ask: Ask
    """The derivatives that are judged."""
    judge: Judge
    data_hash: str
    """Identifies the data by its content."""
    data_shape: tuple[int, ...]
    notes: tuple[str, ...] = ()
    """Sentences on the data, for the record."""
    spacing: tuple[float, ...] = ()
    """The distance between neighbouring samples along each axis (D,), in units of the coordinates; empty of a problem
    that has no samples on a grid."""
    data: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    """Name → what a :class:`Hypernet` needs at the points (N, …)."""
    closing: Closing | None = None
    """What is measured after the last step alone."""


class Work(NamedTuple):
    """The cost of a group, known without its data."""

    most: float
    """The most points that the group can have, whatever the data."""
    points: float
    """The points that it is expected to have."""
    terms: tuple[Term, ...]
    """The terms whose weight is not 0."""
    drawn: bool = False
    """True of points that are drawn anew for every step, whatever ``batch_size`` is."""

    def in_a_step(self, batch_size: int) -> float:
        """Estimate the points of one step of ``batch_size`` random points; 0 stands for all."""
        return min(self.points, self.points if self.drawn or not batch_size else batch_size)

    @property
    def ask(self) -> Ask:
        """The derivatives that the terms need."""
        return union(*(term.ask for term in self.terms))


@dataclass(frozen=True, kw_only=True)
class Task(Choice, kind="task"):
    """A problem by its parameters."""

    subject: ClassVar[str]
    """The flat name of the parameter that says what is fitted."""
    fitted: ClassVar[Mapping[str, str]]
    """Flat name → its value in a title, as a format, of the parameters that decide the data; the subject first.

    The format is empty for what a title does not tell.
    """
    shown: ClassVar[str]
    """The panels in words, for captions."""
    terms: ClassVar[tuple[str, ...]]
    """The names of the terms that a loss may have."""
    ending: ClassVar[str]
    """The ending of a rendering's file, with its dot."""
    resolution: ClassVar[str]
    """The flat name of the parameter that says how densely a rendering is sampled."""

    filmed: ClassVar[Filmed | None] = None
    """The picture that a film shows; None of a task that fits none."""

    loss: LossTerms = VALUE

    def __post_init__(self) -> None:
        object.__setattr__(self, "loss", "+".join(named_terms(self.loss, self.terms)))

    @property
    def hypernet(self) -> Hypernet | None:
        """The hypernetwork that is trained; None, as by default, where a coordinate network's own parameters are."""
        return None

    @property
    @abstractmethod
    def dimensions(self) -> int:
        """D, the number of coordinates."""

    @property
    def samples(self) -> int | None:
        """The samples along the longest side of the data's grid, without loading any; None where there is no grid."""
        return None

    @property
    @abstractmethod
    def channels_out(self) -> int:
        """C, the number of values of the network."""

    @abstractmethod
    def work(self) -> tuple[Work, ...]:
        """Estimate the groups without loading any data."""

    @property
    def weights(self) -> dict[str, float]:
        """Term → weight, of the loss's terms; the weight of a term without one is 1."""
        return {term: getattr(self, f"{term}_weight", 1.0) for term in self.loss.split("+")}

    @classmethod
    def trained(cls, config: Mapping[str, Any]) -> tuple[str, ...]:
        """Name the terms that train a trial of a flat config, which may lack names: a weight is then not 0."""
        return tuple(term for term in named_terms(config.get("loss"), cls.terms) if config.get(f"{term}_weight") != 0)

    @abstractmethod
    def problem(self, seed: int) -> Problem:
        """Load the data and choose the points. Raises :class:`inr.errors.InputError` for what cannot be fitted."""

    @abstractmethod
    def identity(self) -> Mapping[str, str]:
        """Give what stands for a flat name's value in the identity: a file is its bytes, not its path.

        Raises :class:`inr.errors.InputError` where a file cannot be read.
        """

    def check(self) -> None:
        """Raise :class:`UsageError` for a combination that means nothing."""
        if not any(self.weights.values()):
            raise UsageError(f"--loss={self.loss} got no weight above 0: give one of its terms a positive weight")

    @classmethod
    @abstractmethod
    def panels(cls, fields: Mapping[str, NDArray[Any]]) -> tuple[Panel, ...]:
        """Give the pictures of ``fields.npz``, or none: reference beside prediction, one scale for both."""

    @classmethod
    @abstractmethod
    def rank_by(cls, config: Mapping[str, Any]) -> str:
        """Name the metric that ranks a trial of a flat config, which may lack names."""

    @classmethod
    @abstractmethod
    def title(cls, config: Mapping[str, Any]) -> str:
        """Describe the problem of a flat config in a few words, for titles."""

    @classmethod
    @abstractmethod
    def aligned(cls, fields: Mapping[str, NDArray[Any]], config: Mapping[str, Any]) -> dict[str, NDArray[Any]]:
        """Remove from the prediction in ``fields.npz`` what the loss of a flat config leaves free."""

    @classmethod
    @abstractmethod
    def render(
        cls, value: Values, shape: tuple[int, ...], config: Mapping[str, Any], resolution: int | None, extent: float
    ) -> Rendering:
        """Draw a network that was trained on data of a ``shape``, as ``data_shape`` of its record.

        ``resolution`` is a value of the parameter :attr:`resolution`, None for that of the training; the coordinates
        span [-extent, extent], of which the training saw [-1, 1].
        """

    @classmethod
    def files(cls, fields: Mapping[str, NDArray[Any]]) -> dict[str, bytes]:
        """Give the prediction as files of its own kind, ending → bytes, for the record; none by default."""
        return {}

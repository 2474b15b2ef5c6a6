"""The optimizers as choices: their parameters, and what they cannot train. inr.optimizer has the arithmetic."""

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, final

from annotated_types import Ge, Gt, Le, Lt

from inr.choices import Choice
from inr.doc import Doc
from inr.errors import UsageError
from inr.parameters import When

if TYPE_CHECKING:
    from inr.network import Source
    from inr.optimizer import Stepper


@dataclass(frozen=True, kw_only=True)
class Optimizer(Choice, kind="optimizer"):
    """A rule by which gradients change parameters."""

    before: ClassVar[str] = "adam"
    """The rule of the records that were made before there was a choice."""
    rated: ClassVar[bool] = True
    """False of a rule that finds the length of its steps itself."""
    gradients: ClassVar[int] = 1
    """Gradients that a step takes; of a rule that takes more or fewer, as they were measured."""
    varies: ClassVar[str] = ""
    """How the number of gradients varies, in words; empty where it does not."""

    @abstractmethod
    def start(self, source: "Source", learning_rate: float) -> "Stepper":
        """Make the rule at rest for a source, of which ``learning_rate`` is the first."""

    def check(self, *, task: Any, hidden_layers: int, batch_size: int) -> None:
        """Raise :class:`UsageError` for a trial that the rule cannot train; by default it can train all."""


@final
class Adam(Optimizer):
    """Adam (Kingma & Ba 2015, arXiv:1412.6980) with β = 0.9, 0.999 and ε = 1e-8."""

    def start(self, source: "Source", learning_rate: float) -> "Stepper":
        """See the base class."""
        from inr.optimizer import Adam as Rule

        return Rule(source.parameters())


@final
@dataclass(frozen=True, kw_only=True)
class Muon(Optimizer):
    """Muon (Jordan et al. 2024) on the matrices between hidden layers, Adam on all else; no weight decay.

    A matrix steps by its momentum made nearly orthogonal, times √max(1, rows/columns), as in ``torch.optim.Muon``.
    """

    muon_learning_rate: Annotated[float, Gt(0), Doc("Muon's on hidden matrices, at the first step")] = 1e-2
    muon_momentum: Annotated[float, Ge(0), Lt(1), Doc("Muon's momentum, Nesterov's")] = 0.95

    def start(self, source: "Source", learning_rate: float) -> "Stepper":
        """See the base class."""
        from inr.optimizer import Muon as Rule

        ratio = self.muon_learning_rate / learning_rate
        return Rule(source.parameters(), source.hidden_matrices(), ratio, self.muon_momentum)

    def check(self, *, task: Any, hidden_layers: int, batch_size: int) -> None:
        """See the base class."""
        if task.hypernet is not None:
            raise UsageError(
                f"--optimizer={self} got --task={task}, whose parameters are those of a hypernetwork: "
                f"use --optimizer={self.before}"
            )
        if not hidden_layers:
            raise UsageError(
                f"--optimizer={self} got --hidden_layers=0, which has no matrix between hidden layers: "
                f"give 1 or more, or --optimizer={self.before}"
            )


@final
@dataclass(frozen=True, kw_only=True)
class Lbfgs(Optimizer):
    """L-BFGS with a line search by the strong Wolfe conditions, as in ``torch.optim.LBFGS``; a step is one iteration.

    A step takes two gradients or more, as many as the line search needs.
    """

    lbfgs_history: Annotated[int, Ge(1), Le(1000), Doc("steps that L-BFGS remembers, each twice the parameters")] = 100

    rated: ClassVar[bool] = False
    gradients: ClassVar[int] = 2
    varies: ClassVar[str] = "what smooth activations took, and the least; relu took 4 to 8 where it fitted derivatives"

    def start(self, source: "Source", learning_rate: float) -> "Stepper":
        """See the base class."""
        from inr.optimizer import Lbfgs as Rule

        return Rule(source.parameters(), self.lbfgs_history)

    def check(self, *, task: Any, hidden_layers: int, batch_size: int) -> None:
        """See the base class."""
        if batch_size:
            raise UsageError(
                f"--optimizer={self} got --batch_size={batch_size}, but compares gradients of one loss: "
                "give --batch_size=0"
            )
        if any(work.drawn for work in task.work()):
            raise UsageError(
                f"--optimizer={self} got --task={task} with points that are drawn anew for every step, but compares "
                f"gradients of one loss: use --optimizer={self.before}"
            )


RATED = When(lambda config: config["optimizer"].rated, "with an optimizer that has one")
"""A learning rate exists with most optimizers."""

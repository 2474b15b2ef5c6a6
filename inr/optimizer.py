"""The arithmetic of the optimizers, on tensors, with the state that a checkpoint keeps."""

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import torch
from torch import Tensor
from torch.optim._muon import DEFAULT_A, DEFAULT_B, DEFAULT_C, DEFAULT_NS_STEPS, EPS, muon
from torch.optim.adam import adam

BETAS = 0.9, 0.999
EPSILON = 1e-8


Again = Callable[[], tuple[float, list[Tensor]]]
"""Computes the loss and its gradient at the parameters as they are now."""


class Stepper(ABC):
    """A rule with its state."""

    parameters: list[Tensor]
    """All that it changes."""

    @abstractmethod
    def step(
        self, gradients: list[Tensor], learning_rate: float, loss: float = math.nan, again: Again | None = None
    ) -> None:
        """Change the parameters, at which the ``loss`` has these ``gradients``."""

    @abstractmethod
    def roots(self) -> Tensor | None:
        """√v̂ of Adam's parameters that have had a gradient (N,), on the CPU; None of a rule without an ε."""

    @abstractmethod
    def state(self) -> dict[str, Any]:
        """The state on which the next steps depend, for a checkpoint."""

    @abstractmethod
    def load(self, state: Mapping[str, Any]) -> None:
        """Continue from a :meth:`state`."""


class Adam(Stepper):
    """Adam (Kingma & Ba 2015, arXiv:1412.6980, algorithm 1) by PyTorch's fused routine, β = 0.9, 0.999 and ε = 1e-8.

    Not ``torch.optim.Adam``, which imports the whole compiler at its first step: a second in every process.
    """

    def __init__(self, parameters: Iterable[Tensor]) -> None:
        self.parameters = list(parameters)
        self.means = [torch.zeros_like(p) for p in self.parameters]
        self.squares = [torch.zeros_like(p) for p in self.parameters]
        self.steps = [torch.zeros((), device=p.device) for p in self.parameters]

    @torch.no_grad()
    def step(
        self, gradients: list[Tensor], learning_rate: float, loss: float = math.nan, again: Again | None = None
    ) -> None:
        """Change the parameters by their gradients."""
        adam(
            self.parameters,
            gradients,
            self.means,
            self.squares,
            [],
            self.steps,
            fused=True,
            amsgrad=False,
            beta1=BETAS[0],
            beta2=BETAS[1],
            lr=learning_rate,
            weight_decay=0.0,
            eps=EPSILON,
            maximize=False,
        )

    @torch.no_grad()
    def roots(self) -> Tensor:
        """√v̂ of the parameters that have had a gradient (N,), on the CPU: the root mean squares to which ε is added."""
        moments = zip(self.means, self.squares, self.steps, strict=True)
        found = [(v / (1 - BETAS[1] ** t)).sqrt()[(m != 0) | (v != 0)].cpu() for m, v, t in moments]
        return torch.cat(found)

    def state(self) -> dict[str, list[Tensor]]:
        """The state on which the next steps depend, for a checkpoint."""
        return {"means": self.means, "squares": self.squares, "steps": self.steps}

    @torch.no_grad()
    def load(self, state: Mapping[str, list[Tensor]]) -> None:
        """Continue from a :meth:`state`."""
        for name, kept in self.state().items():
            for mine, theirs in zip(kept, state[name], strict=True):
                mine.copy_(theirs)


class Muon(Stepper):
    """Muon by PyTorch's routine on the ``matrices`` among the parameters, Adam on the others.

    Muon's learning rate is ``ratio`` times Adam's. Not ``torch.optim.Muon``, which imports the compiler, see Adam.
    """

    def __init__(self, parameters: Iterable[Tensor], matrices: Iterable[Tensor], ratio: float, momentum: float) -> None:
        self.parameters, self.ratio, self.momentum = list(parameters), ratio, momentum
        chosen = {id(matrix) for matrix in matrices}
        self.places = [i for i, parameter in enumerate(self.parameters) if id(parameter) in chosen]
        self.matrices = [self.parameters[i] for i in self.places]
        self.means = [torch.zeros_like(matrix) for matrix in self.matrices]
        self.adam = Adam(parameter for i, parameter in enumerate(self.parameters) if i not in self.places)

    @torch.no_grad()
    def step(
        self, gradients: list[Tensor], learning_rate: float, loss: float = math.nan, again: Again | None = None
    ) -> None:
        """Change the parameters by their gradients."""
        muon(
            self.matrices,
            [gradients[i] for i in self.places],
            self.means,
            lr=learning_rate * self.ratio,
            weight_decay=0.0,
            momentum=self.momentum,
            nesterov=True,
            ns_coefficients=(DEFAULT_A, DEFAULT_B, DEFAULT_C),
            ns_steps=DEFAULT_NS_STEPS,
            eps=EPS,
            adjust_lr_fn="original",
            has_complex=False,
        )
        self.adam.step([g for i, g in enumerate(gradients) if i not in self.places], learning_rate)

    def roots(self) -> Tensor:
        """See the base class."""
        return self.adam.roots()

    def state(self) -> dict[str, Any]:
        """See the base class."""
        return {"muon": self.means, "adam": self.adam.state()}

    @torch.no_grad()
    def load(self, state: Mapping[str, Any]) -> None:
        """See the base class."""
        for mine, theirs in zip(self.means, state["muon"], strict=True):
            mine.copy_(theirs)
        self.adam.load(state["adam"])


SEARCH = 25
"""The most gradients of a line search, as in ``torch.optim.LBFGS``."""


class Lbfgs(Stepper):
    """One iteration a step of ``torch.optim.LBFGS`` with a line search by the strong Wolfe conditions.

    It stops at no tolerance: a trial has the steps that it was given.
    """

    def __init__(self, parameters: Iterable[Tensor], history: int) -> None:
        self.parameters = list(parameters)
        self.rule = torch.optim.LBFGS(
            self.parameters,
            max_iter=1,
            max_eval=1 + SEARCH,
            tolerance_grad=0.0,
            tolerance_change=0.0,
            history_size=history,
            line_search_fn="strong_wolfe",
        )

    def step(
        self, gradients: list[Tensor], learning_rate: float, loss: float = math.nan, again: Again | None = None
    ) -> None:
        """Search for a lower loss along one direction; ``again`` computes it elsewhere."""
        known = iter([(loss, gradients)])

        def closure() -> float:
            value, found = next(known, None) or _called(again)
            for parameter, gradient in zip(self.parameters, found, strict=True):
                parameter.grad = gradient.contiguous()
            return value

        self.rule.step(closure)  # type: ignore[no-untyped-call]

    def roots(self) -> None:
        """See the base class."""
        return

    def state(self) -> dict[str, Any]:
        """See the base class."""
        return self.rule.state_dict()

    def load(self, state: Mapping[str, Any]) -> None:
        """See the base class."""
        self.rule.load_state_dict(dict(state))


def _called(again: Again | None) -> tuple[float, list[Tensor]]:
    assert again is not None
    return again()

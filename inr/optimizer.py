"""Adam."""

from collections.abc import Iterable, Mapping

import torch
from torch import Tensor
from torch.optim.adam import adam

BETAS = 0.9, 0.999
EPSILON = 1e-8


class Adam:
    """Adam (Kingma & Ba 2015, arXiv:1412.6980, algorithm 1) by PyTorch's fused routine, β = 0.9, 0.999 and ε = 1e-8.

    Not ``torch.optim.Adam``, which imports the whole compiler at its first step: a second in every process.
    """

    def __init__(self, parameters: Iterable[Tensor]) -> None:
        self.parameters = list(parameters)
        self.means = [torch.zeros_like(p) for p in self.parameters]
        self.squares = [torch.zeros_like(p) for p in self.parameters]
        self.steps = [torch.zeros((), device=p.device) for p in self.parameters]

    @torch.no_grad()
    def step(self, gradients: list[Tensor], learning_rate: float) -> None:
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

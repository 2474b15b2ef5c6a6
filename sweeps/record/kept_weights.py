"""The weights that a trial keeps while it runs: those of its last evaluation and of its best."""

from typing import Any

from torch import Tensor

from inr.network import Source
from inr.weights import BEST, LAST, Weights
from sweeps.record.folder import RecordFolder


class KeptWeights:
    """Weights by evaluation step, in memory and in the checkpoint; files of the record only when the trial ends.

    So an evaluation writes no more than before while the best is the last, and a resumption finds what belongs to the
    checkpoint's step.
    """

    def __init__(self, wanted: bool) -> None:
        self.wanted = wanted
        self.by_step: dict[int, dict[str, Tensor]] = {}

    def keep(self, step: int, network: Source, best: int | None) -> None:
        """Keep the weights after ``step``, beside those after the step ``best``, and forget all others."""
        if self.wanted:
            kept = {s: weights for s, weights in self.by_step.items() if s == best}
            self.by_step = {**kept, step: {name: p.detach().clone() for name, p in network.state_dict().items()}}

    def state(self, step: int) -> dict[int, dict[str, Tensor]]:
        """Return what a checkpoint after ``step`` needs: the weights after that step are in it already."""
        return {s: weights for s, weights in self.by_step.items() if s != step}

    def load(self, state: dict[int, dict[str, Tensor]], trial: dict[str, Any]) -> None:
        """Continue from a :meth:`state` and the state of the trial that stands beside it."""
        if self.wanted:
            self.by_step = {**state, trial["step"]: trial["network"]}

    def write(self, folder: RecordFolder, last: int, best: int | None) -> None:
        """Write the files of the record; without weights to keep there are none."""
        folder.write_weights(BEST, self._of(folder, best) if best != last else None)
        folder.write_weights(LAST, self._of(folder, last))

    def _of(self, folder: RecordFolder, step: int | None) -> Weights | None:
        """Return the weights after ``step``; None without a step, or if an earlier process of the trial kept none."""
        if step is None or step not in self.by_step:
            return None
        return Weights(folder.path.name, step, {n: p.cpu().numpy() for n, p in self.by_step[step].items()})

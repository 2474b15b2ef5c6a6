"""The scores and pictures of a wave: five moments on a grid, and one row over time."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, final

import numpy as np
from numpy.typing import NDArray

from inr import metrics
from inr.families import FAMILIES, Family, declare_family
from inr.jet import Jet
from inr.panels import Panel
from inr.scores import MAP, SCORES
from inr.signals.waves import Exact
from inr.tasks.base import Judge
from inr.tasks.equations import SCORED, around_zero, axis

Array = NDArray[np.float64]

TASK = "wave"
"""The name of the task."""
SHOTS = 5
"""The moments, equally spaced, at which the whole wave is compared."""
MOMENTS = {"wave_start": (0, "at the start"), "wave_half": (2, "at half time"), "wave_end": (4, "at the end")}
"""Family → its shot, and its moment in words."""


@final
@dataclass(frozen=True, eq=False)
class WaveJudge(Judge):
    """Compares a wave with the exact one: at five moments on a grid, and along one row over time."""

    reference: Array
    """(N, N, 5): rows, columns, moments."""
    sliced: Array
    """(N, N): times, columns."""
    constants: Mapping[str, float]
    rank_by: ClassVar[str] = f"wave/{SCORED[0]}"

    @classmethod
    def of(cls, exact: Exact, answer: Array, times: Array, cut: float, height: float) -> "WaveJudge":
        """Compute what is compared; ``answer`` (5, N, N) is that of finite differences, of height 1."""
        side = axis(answer.shape[1])
        reference = height * np.stack([exact.at(time, side, side) for time in times], axis=-1)
        over = np.linspace(0, times[-1], len(side))
        sliced = height * np.concatenate([exact.at(time, np.array([cut]), side) for time in over])
        data_range, answered = metrics.reference_range(reference), height * np.moveaxis(answer, 0, -1)
        constants = {
            f"wave/{name}_differences": SCORES[name].measure(answered, reference, data_range) for name in SCORED
        }
        return cls(reference, sliced, {"wave/data_range": data_range, **constants})

    def scores(self, prediction: Jet[Array]) -> dict[str, float]:
        """See the base class."""
        wave, _ = self._parts(prediction)
        found = dict(self.constants)
        for score in FAMILIES["wave"].scores:
            found[f"wave/{score.name}"] = score.measure(wave, self.reference, found["wave/data_range"])
        for family, (shot, _) in MOMENTS.items():
            at, truth = wave[..., [shot]], self.reference[..., [shot]]
            for score in FAMILIES[family].scores:
                found[f"{family}/{score.name}"] = score.measure(at, truth, metrics.reference_range(truth))
        return found

    def fields(self, prediction: Jet[Array]) -> dict[str, NDArray[Any]]:
        """Give the wave at the five moments and its slice, and the reference's."""
        wave, sliced = self._parts(prediction)
        arrays = {
            "wave": wave,
            "slice": sliced,
            "reference_wave": self.reference,
            "reference_slice": self.sliced,
        }
        return {name: array.astype(np.float32) for name, array in arrays.items()}

    def _parts(self, prediction: Jet[Array]) -> tuple[Array, Array]:
        values, count = prediction.value[:, 0], self.sliced.size
        return values[:-count].reshape(self.reference.shape), values[-count:].reshape(self.sliced.shape)


def panels(fields: Mapping[str, NDArray[Any]]) -> tuple[Panel, ...]:
    """Show the wave at the first, middle and last moment, and a row over time; reference beside prediction."""
    truth, wave = fields["reference_wave"], fields["wave"]
    snapshots = (
        Panel(family, family, title, "", truth[..., shot], wave[..., shot], around_zero(truth[..., shot]))
        for family, (shot, title) in MOMENTS.items()
    )
    pair = fields["reference_slice"], fields["slice"]
    return (*snapshots, Panel("slice", "wave", "one row", "time runs down", *pair, around_zero(pair[0])))


declare_family(
    Family(
        name="wave",
        noun="wave",
        tasks=(TASK,),
        kind=MAP,
        order=0,
        variants=("differences",),
        shown=SCORED,
    )
)
for _family, (_, _moment) in MOMENTS.items():
    declare_family(Family(name=_family, noun=f"wave {_moment}", tasks=(TASK,), kind=MAP, shown=SCORED[:1]))

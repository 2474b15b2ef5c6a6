"""The scores of a prediction against its reference: the formula, the label, the unit, the direction, the decimals.

A score is declared here and nowhere else. It says to which kinds of data it applies; every family of that kind then
has it, and it can be recorded, ranked by, wanted by a sweep, labelled and tabulated.
"""

from collections.abc import Callable
from dataclasses import dataclass

from numpy.typing import ArrayLike

from inr import bands, metrics, spectra, surface_metrics

MAP = "map"
"""Values on a grid, (H, W, …)."""
POINTS = "points"
"""Scattered samples, (P, C), which have no neighbours."""
LINE = "line"
"""Values along one axis, (T, …)."""
FINE = "fine"
"""Values on a grid finer than the pixels, (H, W, C), see :mod:`inr.bands`."""
OUTSIDE = "outside"
"""Values beyond the data, (P, C), which have no reference but the data elsewhere."""
RESIDUAL = "residual"
"""An equation's residuals at points, (P, …), whose reference is zero."""
DISTANCE = "distance"
"""Signed distances to a surface, negative inside, (N,)."""
SOLID = "solid"
"""Signed distances as the solid where they are negative, (N,)."""
SURFACE = "surface"
"""Points of a surface, (n, 2): what each finds on the other surface, see :mod:`inr.surface_metrics`."""
SLOPE = "slope"
"""Lengths of gradients, (N,)."""


@dataclass(frozen=True, kw_only=True)
class Score:
    """One score."""

    name: str
    """The last part of a metric's name, ``psnr`` in ``image/psnr``."""
    label: str
    unit: str = ""
    higher_is_better: bool = True
    decimals: int
    kinds: tuple[str, ...]
    """The kinds of data to which it applies."""
    measure: Callable[[ArrayLike, ArrayLike, float], float]
    """Computes the score of a prediction, its reference and the reference's range."""

    @property
    def header(self) -> str:
        """``PSNR (dB)``; the label alone where there is no unit."""
        return self.label + (f" ({self.unit})" if self.unit else "")


SCORES: dict[str, Score] = {}
"""Name → score, in the order of tables."""


def declare_score(score: Score) -> None:
    """Add a score to the registry. Raises :class:`ValueError` for a name that is taken."""
    if score.name in SCORES:
        raise ValueError(f"the score {score.name!r} is declared twice: rename one of them")
    SCORES[score.name] = score


def scores_of(kind: str) -> tuple[Score, ...]:
    """The scores that apply to a kind of data."""
    return tuple(score for score in SCORES.values() if kind in score.kinds)


def _rangeless(measure: Callable[[ArrayLike, ArrayLike], float]) -> Callable[[ArrayLike, ArrayLike, float], float]:
    """Take a score that needs no range as one that is given it."""
    return lambda prediction, reference, _: measure(prediction, reference)


declare_score(Score(name="psnr", label="PSNR", unit="dB", decimals=2, kinds=(MAP, POINTS, LINE), measure=metrics.psnr))
declare_score(Score(name="ssim", label="SSIM", decimals=3, kinds=(MAP,), measure=metrics.ssim))
declare_score(
    Score(
        name="nrmse",
        label="NRMSE",
        higher_is_better=False,
        decimals=3,
        kinds=(MAP, POINTS, LINE),
        measure=_rangeless(metrics.nrmse),
    )
)
declare_score(
    Score(
        name="correlation",
        label="correlation",
        decimals=3,
        kinds=(MAP, POINTS, LINE),
        measure=_rangeless(metrics.correlation),
    )
)
declare_score(
    Score(
        name="snr",
        label="SNR",
        unit="dB",
        decimals=2,
        kinds=(LINE,),
        measure=_rangeless(metrics.snr),
    )
)
declare_score(
    Score(
        name="si_sdr",
        label="SI-SDR",
        unit="dB",
        decimals=2,
        kinds=(LINE,),
        measure=_rangeless(metrics.si_sdr),
    )
)
declare_score(
    Score(
        name="energy",
        label="energy",
        higher_is_better=False,
        decimals=3,
        kinds=(OUTSIDE,),
        measure=_rangeless(metrics.energy),
    )
)
declare_score(
    Score(
        name="rms",
        label="RMS",
        higher_is_better=False,
        decimals=3,
        kinds=(RESIDUAL,),
        measure=_rangeless(metrics.rms),
    )
)
declare_score(
    Score(
        name="lsd",
        label="LSD",
        unit="dB",
        higher_is_better=False,
        decimals=2,
        kinds=(LINE,),
        measure=_rangeless(spectra.log_spectral_distance),
    )
)
declare_score(
    Score(
        name="rmse",
        label="RMSE",
        higher_is_better=False,
        decimals=4,
        kinds=(DISTANCE,),
        measure=_rangeless(surface_metrics.rmse),
    )
)
declare_score(Score(name="iou", label="IoU", decimals=4, kinds=(SOLID,), measure=_rangeless(surface_metrics.iou)))
declare_score(
    Score(
        name="chamfer",
        label="Chamfer",
        higher_is_better=False,
        decimals=5,
        kinds=(SURFACE,),
        measure=_rangeless(surface_metrics.chamfer),
    )
)
declare_score(
    Score(
        name="chamfer_squared",
        label="Chamfer (squares)",
        higher_is_better=False,
        decimals=8,
        kinds=(SURFACE,),
        measure=_rangeless(surface_metrics.chamfer_squared),
    )
)
declare_score(
    Score(
        name="hausdorff",
        label="Hausdorff",
        higher_is_better=False,
        decimals=4,
        kinds=(SURFACE,),
        measure=_rangeless(surface_metrics.hausdorff),
    )
)
declare_score(
    Score(
        name="normal_consistency",
        label="normal consistency",
        decimals=4,
        kinds=(SURFACE,),
        measure=_rangeless(surface_metrics.normal_consistency),
    )
)
declare_score(
    Score(
        name="mae",
        label="MAE",
        higher_is_better=False,
        decimals=4,
        kinds=(SLOPE,),
        measure=_rangeless(surface_metrics.mae),
    )
)
declare_score(
    Score(
        name="above",
        label="energy above Nyquist",
        higher_is_better=False,
        decimals=5,
        kinds=(FINE,),
        measure=lambda prediction, reference, data_range: bands.share_above(prediction),
    )
)
for _name, _band in bands.BANDS.items():
    declare_score(
        Score(
            name=_name,
            label=f"PSNR, {_name} frequencies",
            unit="dB",
            decimals=2,
            kinds=(FINE,),
            measure=bands.band_psnr(_band),
        )
    )

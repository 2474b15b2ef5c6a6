"""The families of scores of a task that fits samples: values, derivatives, and what the hold-out parts.

The derivatives are the network's own, exact ones, except in the families of the operator, which is applied to the
predicted values.
"""

from collections.abc import Sequence
from typing import NamedTuple

from inr.bands import BANDS
from inr.choices import options
from inr.families import Config, Family, Variant, declare_family, declare_variant, lacks_nothing
from inr.holdouts import Whole
from inr.scores import POINTS

FREQUENCIES = "above", *BANDS
"""The scores of a spectrum, see :mod:`inr.bands`."""
NETWORK, OPERATOR, CLOSED_FORM = "network", "operator", "closed form"


class Derivative(NamedTuple):
    """A derivative that is scored."""

    name: str
    noun: str
    order: int
    of: str
    """The family whose thing it is a derivative of."""
    shown: tuple[str, ...]
    """The scores in every table."""


def _needs_free_values(config: Config) -> str | None:
    from inr.tasks import task_of

    return None if task_of(config).rank_by(config).endswith("_aligned") else "which needs a loss without values"


def _needs_operator(config: Config) -> str | None:
    operator = options("operator")[config["operator"]]
    return None if operator().operator() else "which needs a discrete operator"  # type: ignore[attr-defined]


def _needs_closed_form(config: Config) -> str | None:
    from inr.tasks import task_of
    from inr.tasks.samples import Samples

    task = task_of(config)
    assert issubclass(task, Samples)
    name = task.sampled_only(config)
    return f"which needs a closed form as {name}" if name else None


def needs_holdout(config: Config) -> str | None:
    """Tell that a trial holds no samples out; None where it does."""
    holdout = options("holdout").get(config.get("holdout", Whole.name()))
    return "which needs a holdout" if holdout is Whole else None


declare_variant(
    Variant(
        name="aligned",
        label="aligned",
        rankable=True,
        lacks=_needs_free_values,
        advice="leaves a constant or a harmonic function free",
    )
)
declare_variant(Variant(name="zero", label="all-zero map", beside=True, scores=("psnr", "ssim", *BANDS)))
declare_variant(Variant(name="ceiling", label="{noun} that the targets ask for", scores=("psnr",)))
declare_variant(Variant(name="solve", label="Poisson solve", classical=True, scores=("psnr", "ssim")))
declare_variant(Variant(name="opencv", label="OpenCV's seamlessClone", scores=("psnr", "ssim")))
declare_variant(Variant(name="cubic", label="cubic spline", classical=True, scores=("psnr",)))
for _name, _label in (
    ("bilinear", "linear interpolation"),
    ("bicubic", "bicubic"),
    ("lanczos", "Lanczos"),
    ("fourier", "Fourier padding"),
    ("bspline", "bicubic grid of equal size"),
):
    declare_variant(Variant(name=_name, label=_label, classical=True, scores=("psnr", "ssim", *FREQUENCIES)))


def declare_samples(
    task: str, kind: str, name: str, noun: str, shown: tuple[str, ...], derivatives: Sequence[Derivative]
) -> None:
    """Declare the families of a task's values, called ``name``, and of their derivatives.

    Several tasks may declare the same ones. A derivative that the operator takes of the prediction stands beside the
    network's own, as the two can rank activations differently.
    """
    declare_family(
        Family(
            name=name,
            noun=noun,
            tasks=(task,),
            kind=kind,
            order=0,
            variants=("aligned", "ceiling", "solve", "opencv", "bspline"),
            shown=shown,
            occasional=(f"{shown[0]}_aligned",),
        )
    )
    for each in derivatives:
        _declare_derivative(task, kind, "", each, NETWORK)
        _declare_operator(task, kind, each)
    for each in derivatives:
        _declare_derivative(task, kind, "exact_", each, CLOSED_FORM)


def _declare_derivative(task: str, kind: str, prefix: str, each: Derivative, source: str) -> None:
    own = not prefix
    declare_family(
        Family(
            name=prefix + each.name,
            noun=each.noun,
            source=source,
            tasks=(task,),
            kind=kind,
            order=each.order,
            derivative_of=each.of,
            variants=("zero",) if own else (),
            shown=each.shown if own else (),
            listed=() if own else each.shown[:1],
            lacks=lacks_nothing if own else _needs_closed_form,
        )
    )


def _declare_operator(task: str, kind: str, each: Derivative) -> None:
    declare_family(
        Family(
            name=f"discrete_{each.name}",
            noun=each.noun,
            source=OPERATOR,
            tasks=(task,),
            kind=kind,
            truth=each.name,
            occasional=each.shown,
            lacks=_needs_operator,
        )
    )


declare_family(Family(name="trained", noun="trained samples", kind=POINTS, lacks=needs_holdout))
declare_family(
    Family(
        name="held_out",
        noun="held-out samples",
        kind=POINTS,
        variants=("bilinear", "bicubic", "lanczos", "cubic", "fourier", "bspline"),
        occasional=("psnr",),
        lacks=needs_holdout,
    )
)

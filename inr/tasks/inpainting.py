"""A picture from some of its pixels, from noisy ones, or from both: in-painting and denoising.

The network fits the kept pixels; a penalty on its derivatives at points drawn anew for every step may fill what is
missing smoothly. SIREN's script (Sitzmann et al. 2020, arXiv:2006.09661) has the total variation and the Frobenius norm
of the Hessian. The second needs mixed derivatives, which are not offered here (see :mod:`inr.jet`): the norm of the
Hessian's diagonal stands for it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, final

import numpy as np
from annotated_types import Ge, Gt, Le
from numpy.typing import NDArray

from inr.doc import Doc
from inr.errors import UsageError
from inr.families import Config, Family, Variant, declare_family, declare_variant
from inr.jet import Ask
from inr.noise import Noise, NoNoise, is_noisy
from inr.panels import Filmed, Panel
from inr.parameters import FileOr, When
from inr.scores import MAP, POINTS
from inr.signals import RANDOM, Signal, check_mask, check_picture, drawn_mask, file_digest, file_mask
from inr.tasks.base import Array, Group, Problem, Work
from inr.tasks.between import Between, declare_between
from inr.tasks.loss import HEAVIEST, in_loss, weight_doc
from inr.tasks.pictures import Picture, drawn, error_panel
from inr.tasks.restored import METHODS, RestoredJudge
from inr.tasks.smoothness import SMOOTH, smooth_group, smooth_points
from inr.terms import Difference, Term

PIXELS = Difference("pixels", Picture.dimensions, 0)


def _misses(config: Config) -> bool:
    """Tell whether pixels are missing in a trial of a flat config, which may lack names."""
    return bool(config.get("mask", RANDOM) != RANDOM or config.get("kept", Inpainting.kept) < 1)


@final
@dataclass(frozen=True, kw_only=True)
class Inpainting(Picture):
    """Restore a picture of which a share or a mask of the pixels is known, with or without noise."""

    fitted: ClassVar[Mapping[str, str]] = {**Picture.fitted, "mask": "mask {}", "kept": "{} kept", "noise": "noise {}"}
    shown: ClassVar[str] = "picture, kept pixels and error"
    terms: ClassVar[tuple[str, ...]] = ("pixels", "variation", "hessian_diagonal")
    filmed: ClassVar[Filmed | None] = Filmed("image", "restored")

    mask: Annotated[
        str,
        FileOr((RANDOM,), check_picture),
        Doc(f"{RANDOM}, or a picture file of the picture's size whose white pixels are kept"),
    ] = RANDOM
    kept: Annotated[
        float,
        Gt(0),
        Le(1),
        When(lambda config: config["mask"] == RANDOM, f"with --mask={RANDOM}"),
        Doc("share of the pixels that are known; 1: noise alone is removed"),
    ] = 0.2
    noise: Annotated[Noise, Doc("noise on the known pixels")] = NoNoise()
    pixels_weight: Annotated[float, Ge(0), Le(HEAVIEST), in_loss("pixels"), weight_doc("kept pixels'")] = 1.0
    variation_weight: Annotated[float, Ge(0), Le(HEAVIEST), in_loss("variation"), weight_doc("mean |derivative|")] = (
        1e-3
    )
    hessian_diagonal_weight: Annotated[
        float, Ge(0), Le(HEAVIEST), in_loss("hessian_diagonal"), weight_doc("norm of the pure second derivatives")
    ] = 1e-5

    def work(self) -> tuple[Work, ...]:
        """Count the kept pixels, half of all where a file keeps them, and the points that are drawn."""
        every, smooth = self.size**2, self._smooth()
        known = Work(every, every * (self.kept or 0.5), (PIXELS,))
        count = smooth_points(every)
        return (known, Work(count, count, smooth, drawn=True)) if smooth else (known,)

    def check(self) -> None:
        """See the base class."""
        super().check()
        self.check_name()
        check_mask(self.mask)
        if not self.weights.get(PIXELS.name):
            raise UsageError(f"--loss={self.loss} got no weight on pixels: add them, nothing else knows the picture")
        if self.kept == 1 and isinstance(self.noise, NoNoise):
            raise UsageError(f"--kept=1 got --noise={self.noise}: nothing is to be restored; keep fewer or add noise")

    def identity(self) -> Mapping[str, str]:
        """See the base class."""
        return {**super().identity(), **({} if self.mask == RANDOM else {"mask": f"sha256:{file_digest(self.mask)}"})}

    def fitted_to(self, signal: Signal, seed: int) -> Problem:
        """See the base class."""
        rng, shape = np.random.default_rng(seed), signal.shape[:2]
        kept = drawn_mask(self.kept, shape, rng) if self.mask == RANDOM else file_mask(self.mask, shape)
        observed = self.noise.observe(signal.values, rng)
        return Problem(
            channels=signal.shape[-1],
            groups=self._groups(signal, kept, observed),
            points=signal.coordinates.reshape(-1, 2),
            ask=Ask(),
            judge=RestoredJudge.of(signal.values, observed, kept, self.noise.deviation(observed[kept])),
            data_hash=signal.data_hash,
            data_shape=signal.shape,
            notes=signal.notes,
            spacing=(signal.spacing,) * 2,
            closing=Between(signal),
        )

    def _smooth(self) -> tuple[Term, ...]:
        return tuple(term for term in SMOOTH if self.weights.get(term.name))

    def _groups(self, signal: Signal, kept: NDArray[np.bool_], observed: Array) -> tuple[Group, ...]:
        """The kept pixels, and the points at which the network is smoothed."""
        data = {PIXELS.name: observed[kept]}
        known = Group(
            (PIXELS,), self.weights, {PIXELS.name: 1 / data[PIXELS.name].size}, signal.coordinates[kept], data
        )
        smooth = self._smooth()
        return (known, smooth_group(smooth, self.weights, signal)) if smooth else (known,)

    @classmethod
    def rank_by(cls, config: Mapping[str, Any]) -> str:
        """Name the PSNR of the missing pixels; of the whole picture where none is missing."""
        return "missing/psnr" if _misses(config) else "restored/psnr"

    @classmethod
    def title(cls, config: Mapping[str, Any]) -> str:
        """See the base class."""
        known = f"{100 * config['kept']:g} % of the pixels" if "kept" in config else f"mask {config['mask']}"
        noise = f", noise {config['noise']}" if is_noisy(config) else ""
        return f"{config['image']} {config['size']} px, {known}{noise}, {config['loss']} loss"

    @classmethod
    def aligned(cls, fields: Mapping[str, NDArray[Any]], config: Mapping[str, Any]) -> dict[str, NDArray[Any]]:
        """Leave the prediction as it is: the kept pixels determine its level."""
        return dict(fields)

    @classmethod
    def panels(cls, fields: Mapping[str, NDArray[Any]]) -> tuple[Panel, ...]:
        """Show the picture, the kept pixels on grey, and the error beside that of the best classical answer."""
        kept, grey = fields["kept"][..., None], (-1.0, 1.0)
        truth, image = fields["reference_image"], fields["image"]
        on_grey = [drawn(np.where(kept, values, 0.0)) for values in (fields["observed"], image)]
        return (
            Panel("image", "restored", "picture", "grey value", drawn(truth), drawn(image), grey),
            Panel("kept", "observed", "kept pixels", "left: data", on_grey[0], on_grey[1], grey),
            error_panel(fields),
        )


def _needs_missing(config: Config) -> str | None:
    return None if _misses(config) else "which needs missing pixels"


def _needs_noise(config: Config) -> str | None:
    return None if is_noisy(config) else "which needs noise"


for _name, _label, _lacks in (
    ("biharmonic", "biharmonic", _needs_missing),
    ("tv", "total variation", lambda _: None),
    ("nlm", "non-local means", _needs_noise),
):
    declare_variant(Variant(name=_name, label=_label, classical=True, scores=("psnr", "ssim"), lacks=_lacks))
declare_variant(Variant(name="noisy", label="noisy data", scores=("psnr",), lacks=_needs_noise))

declare_family(
    Family(
        name="missing",
        noun="missing pixels",
        tasks=(Inpainting.name(),),
        kind=POINTS,
        variants=METHODS,
        shown=("psnr",),
        lacks=_needs_missing,
    )
)
declare_family(
    Family(
        name="restored",
        noun="restored picture",
        tasks=(Inpainting.name(),),
        kind=MAP,
        order=0,
        variants=METHODS,
        shown=("psnr", "ssim"),
    )
)
declare_family(
    Family(
        name="observed",
        noun="kept pixels",
        tasks=(Inpainting.name(),),
        kind=POINTS,
        variants=("noisy",),
        shown=("psnr",),
    )
)
declare_between(Inpainting.name())

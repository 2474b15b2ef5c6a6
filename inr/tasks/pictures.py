"""Pictures as data: the parameters that name one, and the panels in which it is shown."""

from abc import abstractmethod
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from inr.doc import Doc
from inr.families import VARIANTS
from inr.panels import Filmed, Panel
from inr.parameters import Alias, FileOr, Spelling
from inr.signals import (
    FIELDS,
    Signal,
    canonical_name,
    check_name,
    check_picture,
    file_digest,
    is_path,
    load_signal,
    signal_names,
)
from inr.tasks.base import Problem
from inr.tasks.rendering import Rendering, Values, png
from inr.tasks.samples import Samples
from inr.tasks.shared import Raster

Array = NDArray[np.float32]

CLIPPED = 0.5
"""Per cent of a Laplacian, or of an error, cut at each end of its scale: outliers would leave the rest grey."""


A_PICTURE = FileOr(signal_names(), check_picture)
"""The value is the name of a picture or field, or a picture file."""


@dataclass(frozen=True, kw_only=True)
class Picture(Raster, Samples, abstract=True):
    """A picture that is fitted, with values in [-1, 1] on [-1, 1]²."""

    dimensions = 2
    subject: ClassVar[str] = "image"
    fitted: ClassVar[Mapping[str, str]] = {"image": "{}", "size": "{} pixels", "channels": ""}
    shown: ClassVar[str] = "image, gradient magnitude and Laplacian"
    ending: ClassVar[str] = ".png"
    resolution: ClassVar[str] = "size"
    filmed: ClassVar[Filmed | None] = Filmed("image", "image")

    image: Annotated[
        str,
        Alias("img_path"),
        Spelling(canonical_name),
        A_PICTURE,
        Doc("what is fitted: a scikit-image picture, a closed-form field, or a file"),
    ] = "camera"

    def signal(self) -> Signal:
        """Load the picture. Raises :class:`inr.errors.InputError` where it cannot be had."""
        return load_signal(self.image, self.size, self.channels)  # type: ignore[arg-type]

    def problem(self, seed: int) -> Problem:
        """See the base class."""
        return self.fitted_to(self.signal(), seed)

    @abstractmethod
    def fitted_to(self, signal: Signal, seed: int) -> Problem:
        """Make the problem of a picture that is given, instead of the one that the parameters name."""

    @property
    def sides(self) -> tuple[int, ...]:
        """The sides of a square picture, the most samples of a longer side."""
        return self.size, self.size

    @classmethod
    def closed_forms(cls) -> Collection[str]:
        """See the base class."""
        return FIELDS

    def identity(self) -> Mapping[str, str]:
        """See the base class."""
        return {"image": f"sha256:{file_digest(self.image)}"} if is_path(self.image) else {}

    def check_name(self) -> None:
        """Raise :class:`inr.errors.UsageError` for a name that is neither known nor a path."""
        check_name(self.image)

    @classmethod
    def title(cls, config: Mapping[str, Any]) -> str:
        """See the base class."""
        return f"{config['image']} {config['size']} px, {config['loss']} loss, operator {config['operator']}"

    @classmethod
    def render(
        cls, value: Values, shape: tuple[int, ...], config: Mapping[str, Any], resolution: int | None, extent: float
    ) -> Rendering:
        """Draw a PNG of 8 bits, the longer side of ``resolution`` pixels."""
        return png(value, (shape[0], shape[1]), resolution, extent)

    @classmethod
    def panels(cls, fields: Mapping[str, NDArray[Any]]) -> tuple[Panel, ...]:
        """Show the picture, the magnitude of its gradient, and its Laplacian."""
        pairs = [[field(fields[f"{prefix}{name}"]) for prefix in ("reference_", "")] for name, field in _SHOWN.items()]
        (image, predicted), (gradient, predicted_gradient), (laplacian, predicted_laplacian) = pairs
        low, high = np.percentile(laplacian, [CLIPPED, 100 - CLIPPED])
        extent = max(abs(float(low)), abs(float(high))) or 1.0
        steepest = float(gradient.max()) or 1.0
        unit, ends = "per unit of coordinate", (-extent, extent)
        return (
            Panel("image", "image", "image", "grey value", image, predicted, (-1.0, 1.0), "neither"),
            Panel("gradient", "gradient", "|gradient|", unit, gradient, predicted_gradient, (0.0, steepest), "max"),
            Panel("laplacian", "laplacian", "Laplacian", "per unit²", laplacian, predicted_laplacian, ends),
        )


def drawn(values: Array) -> Array:
    """Give values (H, W, C) as a panel has them: (H, W) of one channel."""
    return values[:, :, 0] if values.shape[2] == 1 else values


def _norm(gradient: Array) -> Array:
    """The norm over components and channels of (H, W, C, 2)."""
    return np.asarray(np.linalg.norm(gradient.reshape(*gradient.shape[:2], -1), axis=-1), dtype=np.float32)


def _mean(laplacian: Array) -> Array:
    """The mean over channels of (H, W, C)."""
    return np.asarray(laplacian.mean(axis=-1), dtype=np.float32)


def error_panel(fields: Mapping[str, NDArray[Any]]) -> Panel:
    """Show the error of a picture, the mean over channels, beside that of the best classical answer.

    ``fields`` has ``image``, ``reference_image``, ``answer`` and ``answer_name``, the variant of the scores that it is.
    """
    truth, classical = fields["reference_image"], VARIANTS[str(fields["answer_name"])].label
    answer, prediction = ((fields[name] - truth).mean(axis=-1) for name in ("answer", "image"))
    extent = float(np.percentile(np.abs(answer), 100 - 2 * CLIPPED)) or 1.0
    return Panel("error", "", "error", f"left: {classical}", answer, prediction, (-extent, extent))


_SHOWN = {"image": drawn, "gradient": _norm, "laplacian": _mean}
"""Array of ``fields.npz`` → the map that is drawn."""

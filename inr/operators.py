"""Discrete gradients and Laplacians of a sampled signal, in physical units.

Every operator sees the image mirrored at its borders (scipy's ``reflect``, d c b a | a b c d | d c b a), the
even extension whose modes are those of the DCT-II, cos(θ(n + ½)) with θ = πk/N: so a transfer function says
exactly what an operator does to each mode. Arrays: values (H, W, C); gradients (H, W, C, 2) with component 0
along axis 0, 1 along axis 1; Laplacians (H, W, C); h > 0 is the distance of neighbouring samples, the same on
both axes.
"""

import functools
from abc import abstractmethod
from dataclasses import dataclass
from typing import Annotated, ClassVar, NamedTuple, cast, final

import numpy as np
from annotated_types import Ge
from numpy.typing import ArrayLike, NDArray

from inr.choices import Choice, options
from inr.doc import Doc

Array = NDArray[np.float64]

MIN_SIGMA = 0.3  # pixels; below, the sampled Gaussian is one pixel and its derivatives are rounding errors


@dataclass(frozen=True, kw_only=True)
class TargetDerivatives(Choice, kind="operator"):
    """The way to the derivatives of the signal that is fitted."""

    @abstractmethod
    def operator(self) -> "Operator | None":
        """The discrete operator that takes them; None where they are the closed form's."""


@dataclass(frozen=True, kw_only=True)
class Operator(TargetDerivatives, abstract=True):
    """A linear gradient and Laplacian; a subclass says what it does per pixel, and with what gain."""

    @property
    @abstractmethod
    def border(self) -> int:
        """Width in pixels of the outer ring that the mirror at the border falsifies."""

    def operator(self) -> "Operator":
        """The operator itself."""
        return self

    def gradient(self, values: ArrayLike, h: float) -> Array:
        """∇f of ``values`` (H, W, C), per unit of coordinate: (H, W, C, 2), rows first."""
        pixels = _samples(values)
        components = [self._undivided_gradient(pixels, axis) for axis in (0, 1)]
        return np.stack(components, axis=-1) / self.gradient_gain(h)

    def laplacian(self, values: ArrayLike, h: float) -> Array:
        """Δf of ``values`` (H, W, C), per unit of coordinate squared: (H, W, C)."""
        return self._undivided_laplacian(_samples(values)) / self.laplacian_gain(h)

    def gradient_gain(self, h: float) -> float:
        """The undivided per-pixel response to a gradient of one per unit of coordinate."""
        return h

    def laplacian_gain(self, h: float) -> float:
        """The undivided per-pixel response to a Laplacian of one per unit of coordinate squared."""
        return h * h

    @abstractmethod
    def gradient_transfer(self, theta: ArrayLike, other: ArrayLike) -> Array:
        """The real r(θ, θ′): at h = 1, exp(i(θn + θ′m)) differentiated along n becomes i·r times itself.

        A perfect derivative has r = θ. ``theta`` (along) and ``other`` (across the derivative) are in rad per
        pixel, of shapes that broadcast.
        """

    @abstractmethod
    def laplacian_transfer(self, theta_y: ArrayLike, theta_x: ArrayLike) -> Array:
        """The real factor on exp(i(θ_y n + θ_x m)) at h = 1.

        It is negative, as the Laplacian is: a perfect one has −(θ_y² + θ_x²).
        """

    @abstractmethod
    def _undivided_gradient(self, values: Array, axis: int) -> Array: ...

    @abstractmethod
    def _undivided_laplacian(self, values: Array) -> Array: ...


class Kernels(NamedTuple):
    """Four kernels of odd length, each centred."""

    first: Array
    """Antisymmetric kernel of the first derivative; ``across`` smooths the other axis."""
    across: Array
    second: Array
    """Symmetric kernel of the second derivative; ``around`` smooths the other axis."""
    around: Array


FIRST, SECOND, NOTHING = np.array([-1.0, 0.0, 1.0]), np.array([1.0, -2.0, 1.0]), np.array([1.0])
SMOOTH = np.array([1.0, 2.0, 1.0])


class Stencil(Operator, abstract=True):
    """An operator of small separable kernels: one along the derivative's axis, one across it."""

    kernels: ClassVar[Kernels]

    @property
    def border(self) -> int:
        """Half the length of the longest kernel."""
        return max(kernel.size for kernel in self.kernels) // 2

    def gradient_transfer(self, theta: ArrayLike, other: ArrayLike) -> Array:
        """Σ first[n] sin(nθ) · Σ across[m] cos(mθ′), divided by the gain."""
        return _sines(self.kernels.first, theta) * _cosines(self.kernels.across, other) / self.gradient_gain(1.0)

    def laplacian_transfer(self, theta_y: ArrayLike, theta_x: ArrayLike) -> Array:
        """Σ second[n] cos(nθ) · Σ around[m] cos(mθ′), summed over both axes, divided by the gain."""
        down = _cosines(self.kernels.second, theta_y) * _cosines(self.kernels.around, theta_x)
        right = _cosines(self.kernels.second, theta_x) * _cosines(self.kernels.around, theta_y)
        return (down + right) / self.laplacian_gain(1.0)

    def _undivided_gradient(self, values: Array, axis: int) -> Array:
        return _separable(values, axis, self.kernels.first, self.kernels.across)

    def _undivided_laplacian(self, values: Array) -> Array:
        down, right = (_separable(values, axis, self.kernels.second, self.kernels.around) for axis in (0, 1))
        return down + right


@final
class Sobel(Stencil):
    """scipy.ndimage.sobel / 8h, a central difference smoothed [1 2 1]/4 across; the 5-point Laplacian / h².

    The targets of SIREN (Sitzmann et al. 2020), there undivided. r(θ, θ′) = sin θ (1 + cos θ′)/2.
    """

    kernels = Kernels(FIRST, SMOOTH, SECOND, NOTHING)

    def gradient_gain(self, h: float) -> float:
        """8h: 2 of the difference, 4 of the smoothing."""
        return 8 * h


@final
class Central(Stencil):
    """(f[n+1] − f[n−1]) / 2h, r = sin θ; the 5-point Laplacian / h², 2 cos θ_y + 2 cos θ_x − 4."""

    kernels = Kernels(FIRST, NOTHING, SECOND, NOTHING)

    def gradient_gain(self, h: float) -> float:
        """2h: the difference spans two pixels."""
        return 2 * h


@final
@dataclass(frozen=True, kw_only=True)
class Gaussian(Stencil):
    """Derivatives of a Gaussian of ``gaussian_sigma`` = σ pixels (Canny 1986), r ≈ θ exp(−σ²(θ² + θ′²)/2).

    The kernels of scipy.ndimage.gaussian_filter and gaussian_laplace, cut at 4σ, with their moments put
    right: scipy's give the constant 1 a Laplacian of −1.4e-4/h² at σ = 1 and of −1.1/h² at σ = 0.5.
    ``border`` is the radius of the cut: 4 at σ = 1.
    """

    gaussian_sigma: Annotated[float, Ge(MIN_SIGMA), Doc("standard deviation of the operator, in pixels")] = 1.0

    @functools.cached_property
    def kernels(self) -> Kernels:  # type: ignore[override]
        """The kernels for this sigma."""
        radius = int(4 * self.gaussian_sigma + 0.5)
        n = _offsets(2 * radius + 1)
        smooth, first, second = (_gaussian_kernel(self.gaussian_sigma, order, radius) for order in (0, 1, 2))
        first = first / (n @ first)  # a ramp of slope 1 gives 1
        second = second - second.sum() * smooth  # a constant gives 0
        return Kernels(first, smooth, 2 * second / (n**2 @ second), smooth)  # n² gives 2


@final
class Raw(Stencil):
    """Undivided scipy.ndimage.sobel and laplace, in no physical unit: only to reproduce the original study.

    They are 8h × the gradient and h² × the Laplacian, other multiples at other sizes.
    """

    kernels = Kernels(FIRST, SMOOTH, SECOND, NOTHING)

    def gradient_gain(self, h: float) -> float:
        """1, whatever ``h``: the response is left undivided."""
        return 1.0

    def laplacian_gain(self, h: float) -> float:
        """1, whatever ``h``: the response is left undivided."""
        return 1.0


@final
class Spectral(Operator):
    """The exact derivatives of the cosine series through the samples (a spectral method, Trefethen 2000).

    Exact for every mode; but a field with a slope at the border has a kink in its mirror image, and the error
    reaches inwards without an end. Measured on exp(y) cos(2x) + x, beyond a ring of d pixels, relative to the
    range of the map: the gradient's falls as 1/d² and hardly depends on the size (17 %, 4 %, 0.6 %, 0.2 % at
    d = 0, 1, 4, 8); the Laplacian's falls as 0.2 N/d³ (16 %, 2 % at d = 4, 8 for N = 64; 24 % at d = 8 for
    N = 512). ``border`` is 8, a compromise: trust the Laplacian only of fields that are flat at the border.
    """

    @property
    def border(self) -> int:
        """8 pixels."""
        return 8

    def gradient_transfer(self, theta: ArrayLike, other: ArrayLike) -> Array:
        """θ, the perfect derivative."""
        theta, other = np.broadcast_arrays(theta, other)
        return np.array(theta, dtype=np.float64)

    def laplacian_transfer(self, theta_y: ArrayLike, theta_x: ArrayLike) -> Array:
        """−(θ_y² + θ_x²), the perfect Laplacian."""
        return np.asarray(-(np.square(theta_y) + np.square(theta_x)), dtype=np.float64)

    def _undivided_gradient(self, values: Array, axis: int) -> Array:
        from scipy import fft

        # a cos(θ(n + ½)) → −θa sin(θ(n + ½)). Sine k of the DST-II sits one place before cosine k of the
        # DCT-II; its last one, θ = π, belongs to no cosine.
        cosines = np.moveaxis(fft.dct(values, axis=axis, norm="ortho"), axis, -1)
        sines = np.zeros_like(cosines)
        sines[..., :-1] = (-mirror_angles(values.shape[axis]) * cosines)[..., 1:]
        return np.moveaxis(fft.idst(sines, axis=-1, norm="ortho"), -1, axis)

    def _undivided_laplacian(self, values: Array) -> Array:
        from scipy import fft

        theta_y, theta_x = mirror_angles(values.shape[0])[:, None], mirror_angles(values.shape[1])
        transfer = self.laplacian_transfer(theta_y, theta_x)[:, :, None]
        modes = fft.dctn(values, axes=(0, 1), norm="ortho")
        return np.asarray(fft.idctn(transfer * modes, axes=(0, 1), norm="ortho"), dtype=np.float64)


@final
class Analytic(TargetDerivatives):
    """The exact derivatives of a closed-form field."""

    def operator(self) -> None:
        """Return None: the derivatives are not computed from samples."""


OPERATORS = cast(dict[str, type[TargetDerivatives]], options("operator"))
"""Name → class."""


def mirror_angles(n: int) -> Array:
    """θ_k = πk/n for k = 0 … n − 1, in rad per pixel: the frequencies of the DCT-II of n samples."""
    return np.pi * np.arange(n) / n


def _samples(values: ArrayLike) -> Array:
    # float64 also for integers, which scipy's filters would round
    pixels = np.asarray(values, dtype=np.float64)
    if pixels.ndim != 3:
        raise ValueError(f"an image has shape (H, W, C), got {pixels.shape}")
    return pixels


def _separable(values: Array, axis: int, along: Array, across: Array) -> Array:
    from scipy import ndimage

    smoothed = ndimage.correlate1d(values, across, axis=1 - axis, mode="reflect")
    return np.asarray(ndimage.correlate1d(smoothed, along, axis=axis, mode="reflect"), dtype=np.float64)


def _gaussian_kernel(sigma: float, order: int, radius: int) -> Array:
    from scipy import ndimage

    impulse = np.zeros(2 * radius + 1)
    impulse[radius] = 1.0
    return np.asarray(ndimage.gaussian_filter1d(impulse, sigma, order=order, mode="constant"), dtype=np.float64)


def _offsets(size: int) -> Array:
    return np.arange(size, dtype=np.float64) - size // 2


def _sines(kernel: Array, theta: ArrayLike) -> Array:
    return np.asarray(np.sin(np.multiply.outer(theta, _offsets(kernel.size))) @ kernel, dtype=np.float64)


def _cosines(kernel: Array, theta: ArrayLike) -> Array:
    return np.asarray(np.cos(np.multiply.outer(theta, _offsets(kernel.size))) @ kernel, dtype=np.float64)

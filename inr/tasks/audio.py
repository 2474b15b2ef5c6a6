"""A sound and its first two derivatives (Sitzmann et al. 2020, arXiv:2006.09661, section 4.1 in one dimension)."""

import io
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, final

import numpy as np
from annotated_types import Ge, Gt, Le
from numpy.typing import NDArray

from inr.doc import Doc
from inr.panels import Panel
from inr.parameters import FileOr
from inr.scores import LINE
from inr.signals import SOUNDS, Signal, check_sound, check_sound_file, file_digest, sample_count, sound_signal
from inr.spectra import QUIETEST, levels
from inr.tasks.families import Derivative, declare_samples
from inr.tasks.loss import HEAVIEST, in_loss, weight_doc
from inr.tasks.rendering import Rendering, Values, line
from inr.tasks.sampled import Sampled
from inr.tasks.samples import Array, Maps

SILENT = 0.1
"""The share of the reference's power below which a prediction counts as silence."""


@final
@dataclass(frozen=True, kw_only=True)
class Audio(Sampled):
    """Fit a sound, its first derivative, its second, or several of them."""

    dimensions = 1
    subject: ClassVar[str] = "sound"
    fitted: ClassVar[Mapping[str, str]] = {"sound": "{}", "seconds": "{} s", "rate": "{} Hz"}
    shown: ClassVar[str] = "waveform, error, both derivatives and spectrogram"
    ending: ClassVar[str] = ".wav"
    resolution: ClassVar[str] = "rate"
    maps: ClassVar[tuple[str, str, str]] = ("sound", "derivative", "second_derivative")
    terms: ClassVar[tuple[str, ...]] = maps
    score: ClassVar[str] = "snr"
    interpolations: ClassVar[tuple[str, ...]] = ("bilinear", "cubic", "fourier")

    sound: Annotated[
        str, FileOr(SOUNDS, check_sound_file), Doc(f"what is fitted: {', '.join(SOUNDS)}, or a sound file")
    ] = "chirp"
    rate: Annotated[int, Ge(8), Le(384_000), Doc("samples a second, after resampling")] = 8000
    seconds: Annotated[float, Gt(0), Le(3600), Doc("length, from the beginning, in seconds")] = 0.5
    sound_weight: Annotated[float, Ge(0), Le(HEAVIEST), in_loss("sound"), weight_doc("sound")] = 1.0
    derivative_weight: Annotated[float, Ge(0), Le(HEAVIEST), in_loss("derivative"), weight_doc("derivative")] = 1.0
    second_derivative_weight: Annotated[
        float, Ge(0), Le(HEAVIEST), in_loss("second_derivative"), weight_doc("second derivative")
    ] = 1.0

    def signal(self) -> Signal:
        """See the base class."""
        return sound_signal(self.sound, self.rate, self.seconds)

    @property
    def sides(self) -> tuple[int, ...]:
        """The samples of the whole length."""
        return (round(self.rate * self.seconds),)

    @property
    def channels_out(self) -> int:
        """1: sounds are mixed to one channel."""
        return 1

    def identity(self) -> Mapping[str, str]:
        """See the base class."""
        return {} if self.sound in SOUNDS else {"sound": f"sha256:{file_digest(self.sound)}"}

    def check(self) -> None:
        """See the base class."""
        super().check()
        check_sound(self.sound)
        sample_count(self.rate, self.seconds)

    @property
    def facts(self) -> Mapping[str, float]:
        """The sampling rate, which files and spectrograms need."""
        return {"rate": float(self.rate)}

    @classmethod
    def closed_forms(cls) -> Collection[str]:
        """See the base class."""
        return SOUNDS

    @classmethod
    def families(cls, maps: Maps) -> dict[str, Array]:
        """See the base class."""
        return {"derivative": maps.gradient[..., 0], "second_derivative": maps.laplacian}

    @classmethod
    def remarks(cls, prediction: Array, truth: Array) -> tuple[str, ...]:
        """Tell a collapse to silence, the usual failure of a first layer whose frequency is too low."""
        share = float(prediction.var() / truth.var())
        if not share < SILENT:
            return ()
        return (
            f"the prediction collapsed to silence: it has {share:.2%} of the sound's power, less than {SILENT:.0%}; "
            "use a larger --first_omega_0 (SIREN takes 3000 for seven seconds), or more --steps",
        )

    @classmethod
    def title(cls, config: Mapping[str, Any]) -> str:
        """See the base class."""
        fitted = f"{config['sound']} {config['seconds']:g} s at {config['rate']} Hz"
        return f"{fitted}, {config['loss']} loss, operator {config['operator']}"

    @classmethod
    def render(
        cls, value: Values, shape: tuple[int, ...], config: Mapping[str, Any], resolution: int | None, extent: float
    ) -> Rendering:
        """Write a WAV file of 32-bit floats, of ``resolution`` samples a second."""
        rate = resolution or int(config["rate"])
        half = (shape[0] - 1) / (2 * config["rate"])  # seconds in a unit of the coordinate
        count = 1 + round(2 * half * extent * rate)
        points = (np.arange(count) - (count - 1) / 2) / (half * rate)
        return Rendering(_wave(rate, line(value, points)), f"{count} samples, {rate} a second")

    @classmethod
    def panels(cls, fields: Mapping[str, NDArray[Any]]) -> tuple[Panel, ...]:
        """Show waveform, error, both derivatives and spectrogram."""
        truth, sound = (fields[name][:, 0] for name in ("reference_sound", "sound"))
        rate = float(fields["rate"])
        time = f"time, 0 to {len(truth) / rate:.3g} s"
        error = sound - truth
        lines = [
            Panel("waveform", "sound", "waveform", "", truth, sound, (-1.0, 1.0), "both", time),
            Panel("error", "", "error", "", np.zeros_like(error), error, _around_zero(error), "both", time),
        ]
        for name, title, unit in _DERIVATIVES:
            pair = [fields[prefix + name].reshape(len(truth)) for prefix in ("reference_", "")]
            lines.append(Panel(name, name, title, unit, pair[0], pair[1], _around_zero(pair[0]), "both", time))
        maps = [levels(wave, truth)[::-1] for wave in (truth, sound)]  # the highest frequency first
        unit = f"dB, 0 to {rate / 2:g} Hz"
        return (
            *lines,
            Panel("spectrogram", "", "spectrogram", unit, maps[0], maps[1], (QUIETEST, 0.0), "both", time),
        )

    @classmethod
    def files(cls, fields: Mapping[str, NDArray[Any]]) -> dict[str, bytes]:
        """Write the prediction as a WAV file of 32-bit floats, unclipped."""
        return {"wav": _wave(round(float(fields["rate"])), fields["sound"])}


_DERIVATIVES = (
    ("derivative", "derivative", "per unit of coordinate"),
    ("second_derivative", "2nd derivative", "per unit²"),
)
"""Array of ``fields.npz``, title, unit."""


def _wave(rate: int, samples: NDArray[Any]) -> bytes:
    from scipy.io import wavfile

    buffer = io.BytesIO()
    wavfile.write(buffer, rate, samples.astype(np.float32))
    return buffer.getvalue()


def _around_zero(values: NDArray[Any]) -> tuple[float, float]:
    extent = float(np.abs(values).max()) or 1.0
    return -extent, extent


SHOWN = "snr", "psnr"

declare_samples(
    Audio.name(),
    LINE,
    "sound",
    "sound",
    (*SHOWN, "si_sdr", "lsd"),
    [
        Derivative("derivative", "derivative", 1, "sound", SHOWN),
        Derivative("second_derivative", "second derivative", 2, "derivative", SHOWN),
    ],
)

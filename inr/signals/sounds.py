"""Sounds: closed forms with exact derivatives, and the user's files.

Sample i of T, at the time s = i / rate, has the coordinate t = 2i/(T − 1) − 1: [-1, 1] lasts (T − 1)/rate seconds.
Values are (T, 1) in [-1, 1]; derivatives are per unit of t.
"""

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inr.errors import InputError, UsageError
from inr.signals._files import cannot_read, status_of
from inr.signals._signal import Array, Signal

Samples = tuple[Array, Array, Array]
"""Value, first and second derivative, (T,) each."""

CHIRP = 50.0, 1000.0
"""Hz at the beginning and at the end."""
BELL = ((220.0, 0.20, 0.60), (440.0, 0.30, 0.40), (528.0, 0.20, 0.30), (660.0, 0.15, 0.20), (880.0, 0.15, 0.12))
"""(Hz, amplitude, seconds to 1/e): hum, prime, tierce, quint and nominal of a bell."""
NOISE = 100.0, 1000.0
"""Hz of the band's ends."""
FEWEST = 8
"""Samples of a sound that can be fitted."""
SILENT = 1e-6
"""Between the largest and the smallest sample: below the steps of 16 bits, above rounding."""


def chirp(time: Array, seconds: float) -> Samples:
    """Compute sin θ(s) with θ′ rising from 2π · 50 to 2π · 1000 rad/s over ``seconds``."""
    low, high = (2 * math.pi * f for f in CHIRP)
    rise = (high - low) / seconds
    angle, speed = low * time + rise * time**2 / 2, low + rise * time
    return np.sin(angle), speed * np.cos(angle), rise * np.cos(angle) - speed**2 * np.sin(angle)


def bell(time: Array, seconds: float) -> Samples:
    """Compute five decaying partials, Σ a exp(−s/τ) sin(2π f s); the amplitudes add up to 1."""
    rates = np.array([-1 / decay + 2j * math.pi * f for f, _, decay in BELL])
    return _partials(time, rates, np.array([amplitude for _, amplitude, _ in BELL], dtype=complex))


def noise(time: Array, seconds: float) -> Samples:
    """Compute 16 sines of equal amplitude 1/16, with frequencies and phases drawn uniformly (a fixed draw)."""
    frequencies, phases = np.random.default_rng(0).random((2, 16))
    rates = 2j * math.pi * (NOISE[0] + (NOISE[1] - NOISE[0]) * frequencies)
    return _partials(time, rates, np.exp(2j * math.pi * phases) / 16)


def _partials(time: Array, rates: NDArray[np.complex128], amplitudes: NDArray[np.complex128]) -> Samples:
    """Im Σ A exp(λ s) and its two derivatives by s."""
    waves = amplitudes * np.exp(np.multiply.outer(time, rates))
    value, first, second = ((waves * rates**k).sum(axis=-1).imag for k in range(3))
    return value, first, second


SOUNDS: dict[str, Callable[[Array, float], Samples]] = {"chirp": chirp, "bell": bell, "noise": noise}
"""Name → closed form of the time in seconds, and of the whole duration."""


def sound_signal(sound: str, rate: int, seconds: float) -> Signal:
    """Load a closed-form sound by name, or a file, as ``rate`` samples a second over at most ``seconds``.

    A file is mixed to one channel, resampled, cut from its beginning and divided by its largest absolute value. Raises
    :class:`InputError` for a file that cannot be read, for silence, and for fewer than 8 samples.
    """
    if sound not in SOUNDS:
        return _from_file(sound, rate, seconds)
    count = sample_count(rate, seconds)
    half = (count - 1) / (2 * rate)  # seconds in a unit of t
    value, first, second = SOUNDS[sound](np.arange(count) / rate, 2 * half)
    gradient, laplacian = (half * first)[:, None, None], (half**2 * second)[:, None]
    return Signal(sound, value[:, None], gradient, laplacian)


def sample_count(rate: int, seconds: float) -> int:
    """Count the samples of ``seconds`` at ``rate`` samples a second. Raises :class:`UsageError` below 8."""
    count = round(rate * seconds)
    if count < FEWEST:
        raise UsageError(f"--seconds={seconds:g} at --rate={rate} are {count} samples: give {FEWEST} or more")
    return count


def _from_file(path: str, rate: int, seconds: float) -> Signal:
    values, own_rate = _read(path, seconds)
    length = len(values) / own_rate
    kept = _resampled(values.mean(axis=1), own_rate, rate)[: sample_count(rate, seconds)]
    _check_samples(path, kept, rate)
    peak = float(np.abs(kept).max())
    notes = [f"{path!r} was divided by its largest absolute value, {peak:.3g}"]
    if length < seconds:
        notes.append(f"{path!r} lasts {length:.3g} s, less than the {seconds:g} s asked for")
    return Signal(path, (kept / peak)[:, None], notes=tuple(notes))


def _check_samples(path: str, kept: Array, rate: int) -> None:
    """Raise :class:`InputError` for what nothing can be learnt from."""
    if len(kept) < FEWEST:
        found = f"it has {len(kept)} samples at {rate} a second, expected {FEWEST} or more"
        raise InputError(f"cannot fit {path!r}: {found}; give a longer sound or a larger --rate")
    if not np.isfinite(kept).all():
        raise InputError(f"cannot fit {path!r}: it has samples that are no finite numbers; save it again")
    if np.ptp(kept) < SILENT:
        raise InputError(
            f"cannot fit {path!r}: its first {len(kept) / rate:.3g} s are silent; give another sound or more --seconds"
        )


def _read(path: str, seconds: float) -> tuple[Array, int]:
    """Samples (T, channels) of the first seconds, and their rate."""
    with _opened(path) as file:
        count = math.ceil(seconds * file.samplerate)
        return np.asarray(file.read(count, dtype="float64", always_2d=True)), int(file.samplerate)


def check_sound_file(path: str) -> None:
    """Raise :class:`InputError` for a file that does not begin as a sound file does."""
    with _opened(path):
        pass


@contextmanager
def _opened(path: str) -> Iterator[Any]:
    """The file as soundfile has it. Raises :class:`InputError` where it cannot be read, also inside the block."""
    status_of(path)
    try:
        import soundfile
    except ModuleNotFoundError as error:
        raise InputError(
            f"cannot read {path!r}: reading sound files needs soundfile; install the sound extra"
        ) from error
    try:
        with soundfile.SoundFile(path) as file:
            yield file
    except (RuntimeError, OSError, TypeError) as error:  # a TypeError asks for the format of what has no header
        raise cannot_read(path, "it is no sound file that soundfile can read; give a WAV or FLAC file") from error


def _resampled(values: Array, own: int, rate: int) -> Array:
    from scipy.signal import resample_poly

    common = math.gcd(own, rate)
    return values if own == rate else np.asarray(resample_poly(values, rate // common, own // common), dtype=np.float64)

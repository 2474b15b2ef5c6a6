"""Signals to fit: pictures that ship with scikit-image, closed-form fields and sounds, and the user's files."""

import os
from pathlib import Path

from inr.errors import UsageError
from inr.signals._array import array_signal, check_array
from inr.signals._decode import check_picture, quiet
from inr.signals._files import check_file, file_digest
from inr.signals._signal import CHANNEL_COUNT, Array, Channels, Signal, coordinates_at, grid
from inr.signals.clips import CLIPS, Clip, load_clip
from inr.signals.fields import FIELDS, aliasing_notes, field
from inr.signals.images import SAME, SHIPPED, SMALLEST_SIDE, image_signal
from inr.signals.masks import RANDOM, drawn_mask, file_mask
from inr.signals.pairs import blended, middle_of
from inr.signals.picture_sets import SIDES, PictureSet, picture_set
from inr.signals.regions import REGIONS, region_mask
from inr.signals.shapes import SHAPES
from inr.signals.sounds import SOUNDS, check_sound_file, sample_count, sound_signal
from inr.words import nearest

__all__ = [
    "CHANNEL_COUNT",
    "CLIPS",
    "FIELDS",
    "RANDOM",
    "REGIONS",
    "SHAPES",
    "SIDES",
    "SOUNDS",
    "Channels",
    "Clip",
    "PictureSet",
    "Signal",
    "array_signal",
    "blended",
    "canonical_name",
    "check_array",
    "check_clip",
    "check_file",
    "check_mask",
    "check_name",
    "check_picture",
    "check_region",
    "check_set",
    "check_shape",
    "check_sound",
    "check_sound_file",
    "coordinates_at",
    "drawn_mask",
    "field",
    "file_digest",
    "file_mask",
    "grid",
    "is_path",
    "load_clip",
    "load_signal",
    "middle_of",
    "picture_set",
    "quiet",
    "region_mask",
    "sample_count",
    "signal_names",
    "sound_signal",
]


def signal_names() -> tuple[str, ...]:
    """List every name that `load_signal` knows: closed-form fields, then scikit-image's images."""
    return (*FIELDS, *SHIPPED)


def canonical_name(image: str) -> str:
    """Map the second name of a picture that scikit-image ships twice to its first; return other names unchanged."""
    return SAME.get(image, image)


def is_path(image: str) -> bool:
    """Return True if `image` would be read as a file, because it is not one of `signal_names()`."""
    return image not in signal_names()


def load_signal(image: str, size: int, channels: Channels) -> Signal:
    """Load the signal `image`: a closed-form field, an image of scikit-image's, or the path of an image file.

    Its longer side has `size` samples, 8 or more; `channels` is "gray" or "rgb". Raises UsageError for a bad
    size, bad channels or a name that is neither known nor a path, InputError for a file that cannot be used.
    """
    _check(image, size, channels)
    if image not in FIELDS:
        return image_signal(image, size, channels)
    sample = field(image, channels)
    value, gradient, laplacian = sample(grid(size, size))

    def between(rows: Array, columns: Array) -> Array:
        return sample(coordinates_at((rows, columns), (size, size)))[0]

    return Signal(image, value, gradient, laplacian, aliasing_notes(image, size, channels), between)


def _check(image: str, size: int, channels: str) -> None:
    if size < SMALLEST_SIDE:
        raise UsageError(f"size is {size}; expected at least {SMALLEST_SIDE} pixels; give a larger size")
    if channels not in CHANNEL_COUNT:
        raise UsageError(f"channels is {channels!r}; expected 'gray' or 'rgb'; give one of them")
    check_name(image)


def check_name(image: str, flag: str = "image") -> None:
    """Raise UsageError for a text that is no known name and does not look like a path.

    A path contains a dot or a separator, or exists. `flag` is the parameter that got the text.
    """
    _check_known(flag, image, signal_names())


def check_region(region: str) -> None:
    """Raise UsageError for a text that is no known region and does not look like a path."""
    _check_known("region", region, tuple(REGIONS))


def check_set(collection: str) -> None:
    """Raise UsageError for a text that is no set of pictures, no scikit-image image and does not look like a path."""
    _check_known("collection", collection, (*SIDES, *SHIPPED))


def check_sound(sound: str) -> None:
    """Raise UsageError for a text that is no closed-form sound and does not look like a path."""
    _check_known("sound", sound, tuple(SOUNDS))


def check_mask(mask: str) -> None:
    """Raise UsageError for a text that is not the name of a drawn mask and does not look like a path."""
    _check_known("mask", mask, (RANDOM,))


def check_clip(clip: str) -> None:
    """Raise UsageError for a text that is no closed-form clip and does not look like a path."""
    _check_known("clip", clip, tuple(CLIPS))


def check_shape(shape: str) -> None:
    """Raise UsageError for a text that is no closed-form shape and does not look like a path."""
    _check_known("shape", shape, SHAPES)


def _check_known(flag: str, name: str, known: tuple[str, ...]) -> None:
    if name not in known and not _looks_like_path(name):
        near = nearest(name, known)
        names = f"a known name; did you mean {near!r}?" if near else f"one of {', '.join(sorted(known))}"
        raise UsageError(f"{flag} is {name!r}; expected a file's path or {names}")


def _looks_like_path(image: str) -> bool:
    return "." in image or "/" in image or os.sep in image or (image != "" and Path(image).exists())

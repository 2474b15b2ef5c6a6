"""Which trials were fitted to the same image: by its content, not by its name.

``environment/data_hash`` identifies an image at one size and number of channels. A name does not: a file can be
overwritten, so that one name has stood for two images, and it can be moved or copied, so that one image has two names.
"""

from collections.abc import Collection

import pandas as pd

from analysis.groups import conjunction, counts, plain, plural, text
from inr.errors import InputError

HASH = "environment/data_hash"
FITTED = ("image", "size", "channels")
"""The config fields on which the hash depends."""
SHORT = 7
"""Digits of a hash that tell two images of one name apart in a picture."""


def refuse_ambiguous_names(finished: pd.DataFrame, told: Collection[str]) -> None:
    """Raise :class:`InputError` if one name stands for two images, unless the hash is among the ``told`` columns."""
    if HASH in told:
        return
    for key, hashes in _hashes(finished).items():
        if len(hashes) > 1:
            values = ", ".join(f"{value} in {plural(count, 'trial')}" for value, count in hashes.items())
            others = set(finished[HASH].dropna()) - set(hashes)
            kept = " ".join(f"{HASH}={value}" for value in [next(iter(hashes)), *sorted(others)])
            raise InputError(
                f"will not average over {len(hashes)} images that have the name {text(key[0])} ({HASH}: {values}): "
                f"add {HASH} to --by for a row each, to --over to average on purpose, or keep one with --where {kept}"
            )


def one_name_each(frame: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """The frame with one name for each image that had several, the first of them; and a note for each."""
    if not _tells_images(frame):
        return frame, []
    names = _synonyms(frame)
    notes = [
        f"{conjunction(same)} are one image (the same {HASH}), which is called {first} here"
        for first in dict.fromkeys(names.values())
        if len(same := sorted(name for name, of in names.items() if of == first)) > 1
    ]
    return frame.assign(image=frame["image"].map(lambda name: names.get(name, name))), notes


def tell_images_apart(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with an ``image`` that is one name for each image; of two of one name each has its hash behind it."""
    named, _ = one_name_each(frame)
    if not _tells_images(frame):
        return named
    ambiguous = {key for key, hashes in _hashes(named).items() if len(hashes) > 1}
    columns = _fitted(named)
    of = [tuple(map(plain, values)) in ambiguous for values in named[columns].itertuples(index=False)]
    behind = [f" ({value[:SHORT]})" if isinstance(value, str) else "" for value in named[HASH]]
    images = [
        f"{image}{end}" if several else image for image, end, several in zip(named["image"], behind, of, strict=True)
    ]
    return named.assign(image=images)


def _tells_images(frame: pd.DataFrame) -> bool:
    return HASH in frame and "image" in frame


def _fitted(frame: pd.DataFrame) -> list[str]:
    return [name for name in FITTED if name in frame]


def _hashes(frame: pd.DataFrame) -> dict[tuple[object, ...], dict[str, int]]:
    """(image, size, channels) → hash → trials, the most frequent first; trials without a hash do not count."""
    if not _tells_images(frame):
        return {}
    known = frame[frame[HASH].notna() & frame["image"].notna()]
    groups = known.groupby(_fitted(frame), dropna=False)[HASH]
    return {tuple(map(plain, key)): counts(hashes) for key, hashes in groups}


def _synonyms(frame: pd.DataFrame) -> dict[str, str]:
    """Name → the first name of the same image. Names that share an image at one size are one image at every size."""
    sets: list[set[str]] = []
    for found in frame.dropna(subset=[HASH, "image"]).groupby(HASH)["image"].unique():
        names = {*found}.union(*(same for same in sets if same & {*found}))
        sets = [*(same for same in sets if not same & names), names]
    return {name: min(names) for names in sets for name in names}

"""The trials that were fitted to the same data: by their content, not by their name.

``environment/data_hash`` identifies the data. A name does not: a file can be overwritten, so that one name has stood
for two contents, and it can be moved or copied, so that one content has two names.
"""

from collections.abc import Collection

import pandas as pd

from analysis.comparison.groups import conjunction, counts, plain
from analysis.comparison.subject import subject, task
from inr.errors import InputError
from inr.words import plural, text

HASH = "environment/data_hash"
SHORT = 7
"""Digits of a hash that tell two contents of one name apart in a figure."""


def refuse_ambiguous_names(finished: pd.DataFrame, told: Collection[str]) -> None:
    """Raise :class:`InputError` if one name stands for two contents, unless the hash is among the ``told`` columns."""
    if HASH in told:
        return
    for key, hashes in _hashes(finished).items():
        if len(hashes) > 1:
            values = ", ".join(f"{value} in {plural(count, 'trial')}" for value, count in hashes.items())
            others = set(finished[HASH].dropna()) - set(hashes)
            kept = " ".join(f"{HASH}={value}" for value in [next(iter(hashes)), *sorted(others)])
            raise InputError(
                f"will not average over {len(hashes)} {subject(finished)}s that have the name {text(key[0])} "
                f"({HASH}: {values}): add {HASH} to --by for a row each, to --over to average on purpose, "
                f"or keep one with --where {kept}"
            )


def one_name_each(frame: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """The frame with one name for each content that had several, the first of them; and a note for each."""
    if not _tells(frame):
        return frame, []
    names, column = _synonyms(frame), subject(frame)
    notes = [
        f"{conjunction(same)} are one {column} (the same {HASH}), which is called {first} here"
        for first in dict.fromkeys(names.values())
        if len(same := sorted(name for name, of in names.items() if of == first)) > 1
    ]
    return frame.assign(**{column: frame[column].map(lambda name: names.get(name, name))}), notes


def tell_apart(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with one name for each content; of two contents of one name each has its hash behind the name."""
    named, _ = one_name_each(frame)
    if not _tells(frame):
        return named
    ambiguous = {key for key, hashes in _hashes(named).items() if len(hashes) > 1}
    of = [tuple(map(plain, values)) in ambiguous for values in named[_fitted(named)].itertuples(index=False)]
    behind = [f" ({value[:SHORT]})" if isinstance(value, str) else "" for value in named[HASH]]
    column = subject(frame)
    told = [f"{name}{end}" if several else name for name, end, several in zip(named[column], behind, of, strict=True)]
    return named.assign(**{column: told})


def _tells(frame: pd.DataFrame) -> bool:
    return HASH in frame and subject(frame) in frame


def _fitted(frame: pd.DataFrame) -> list[str]:
    """The config fields on which the hash depends, the subject first."""
    return [name for name in task(frame).fitted if name in frame]


def _hashes(frame: pd.DataFrame) -> dict[tuple[object, ...], dict[str, int]]:
    """Count trials by the values that decide the data, then by hash, the most frequent first.

    Trials without a hash do not count.
    """
    if not _tells(frame):
        return {}
    known = frame[frame[HASH].notna() & frame[subject(frame)].notna()]
    groups = known.groupby(_fitted(frame), dropna=False)[HASH]
    return {tuple(map(plain, key)): counts(hashes) for key, hashes in groups}


def _synonyms(frame: pd.DataFrame) -> dict[str, str]:
    """Name → the first name of the same content. Names that share it at one size share it at every size."""
    sets: list[set[str]] = []
    column = subject(frame)
    for found in frame.dropna(subset=[HASH, column]).groupby(HASH)[column].unique():
        names = {*found}.union(*(same for same in sets if same & {*found}))
        sets = [*(same for same in sets if not same & names), names]
    return {name: min(names) for names in sets for name in names}

"""Group trials into the rows of a table, filter them, and refuse to average over an unnamed parameter."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from analysis.sources.rows import config_columns
from inr.errors import InputError, UsageError
from inr.words import text, unknown

Key = tuple[Any, ...]
"""The values of the columns that make a row; None for a missing value."""


def keep(frame: pd.DataFrame, where: Mapping[str, Any]) -> pd.DataFrame:
    """Filter a frame: keep the trials whose columns have the given values.

    ``where`` maps a column to one value or to several alternatives; text is read as the column's type.

    Raises :class:`UsageError` for an unknown column, or a value that no trial has.
    """
    for name, wanted in where.items():
        known_column(frame, name)
        values = [wanted] if isinstance(wanted, str | int | float) else list(wanted)
        mask = pd.Series(False, index=frame.index)
        for value in values:
            hit = _equals(frame[name], value)
            if not hit.any():
                there = sorted({text(v) for v in frame[name].dropna()})
                raise UsageError(
                    f"no trial has {name}={value}: {unknown(str(value), there) if there else 'none has any'}"
                )
            mask |= hit
        notes = frame.attrs.get("notes", [])
        frame = frame[mask]
        frame.attrs["notes"] = notes
    return frame


def known_column(frame: pd.DataFrame, name: str) -> None:
    """Raise :class:`UsageError` for an unknown column, suggesting the nearest one."""
    if name not in frame:
        raise UsageError(f"unknown column {name!r}: {unknown(name, map(str, frame.columns))}")


def _equals(column: pd.Series, value: Any) -> pd.Series:
    if pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column):
        try:
            return column == float(value)
        except ValueError:
            return pd.Series(False, index=column.index)
    return column.map(text) == text(value)


def groups(frame: pd.DataFrame, by: Sequence[str]) -> dict[Key, pd.DataFrame]:
    """Split a frame by the columns ``by``: values → trials, sorted by the values; a missing value sorts first."""
    if not by:
        return {(): frame}
    found = dict(list(frame.groupby(list(by), dropna=False, sort=False)))
    return {tuple(map(plain, key)): found[key] for key in sorted(found, key=lambda key: tuple(map(_order, key)))}


def plain(value: Any) -> Any:
    """Replace NaN by None."""
    return None if value != value else value


def _order(value: Any) -> tuple[bool, Any]:
    return (isinstance(value, str), value) if value == value else (False, -math.inf)


def varying(frame: pd.DataFrame, names: Iterable[str]) -> list[str]:
    """Return the columns of ``names`` in which the trials differ; a missing value counts as a value."""
    return [name for name in names if name in frame and distinct(frame[name]) > 1]


def distinct(column: pd.Series) -> int:
    """Count the distinct values; missing values (None, NaN) count as one."""
    return int(column.nunique()) + bool(column.isna().any())


def refuse_untold(frame: pd.DataFrame, by: Sequence[str], told: Iterable[str]) -> None:
    """Raise :class:`InputError` if trials of one row differ in a config field outside ``by`` and ``told``."""
    names = [name for name in config_columns(frame) if name not in {*by, *told}]
    for key, rows in groups(frame, by).items():
        found = varying(rows, names)
        if found:
            first = found[0]
            raise InputError(
                f"will not average over {conjunction(found)}, which {_vary(found)}{inside(by, key)} "
                f"({first}: {', '.join(text(v) for v in rows[first].unique()[:4])}): add to --by for a row each, to "
                f"--over to average on purpose, or keep one with --where {first}={text(rows[first].dropna().iloc[0])}"
            )


def _vary(names: Sequence[str]) -> str:
    return "vary" if len(names) > 1 else "varies"


def inside(by: Sequence[str], key: Sequence[Any]) -> str:
    """Format a row as `` in activation=sine``; empty if the table has a single row."""
    return f" in {label(by, key)}" if by else ""


def label(by: Sequence[str], key: Sequence[Any]) -> str:
    """Format a row's values as ``activation=sine, loss=image``."""
    return ", ".join(f"{name}={text(value)}" for name, value in zip(by, key, strict=True))


def conjunction(names: Sequence[str]) -> str:
    """Join names as ``a, b and c``."""
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else names[0]


def counts(column: pd.Series) -> dict[str, int]:
    """Value → number of occurrences, the most frequent first, ties by name."""
    found = {str(value): int(count) for value, count in column.value_counts().items()}
    return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))


def counted(statuses: pd.Series) -> str:
    """Count statuses, formatted as ``2 failed, 1 waiting``."""
    return ", ".join(f"{count} {status}" for status, count in counts(statuses).items())

"""The trials that a table is averaged over: the same data and seeds in every row."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from analysis.comparison.groups import Key, distinct, groups, label, varying
from analysis.sources.rows import FINISHED
from inr.errors import InputError
from inr.words import text

ROW, BLOCK, UNIT = "_row", "_block", "_unit"


@dataclass(frozen=True, eq=False)
class Basis:
    """The trials of a table by row, block and unit, and the units that were left out.

    ``by`` are the columns that make a row, ``over`` the columns that are averaged over.
    """

    by: tuple[str, ...]
    over: tuple[str, ...]
    names: dict[Key, str]
    """Values of ``by`` → name of the row, in the order of the table."""
    used: pd.DataFrame
    """Trials, with their row, their block (what is fitted; a seed where there is one) and their unit (block, seed)."""
    unit: str
    """The column that the blocks are of: what is fitted, ``seed``, or several."""
    paired: bool
    """True if every row has every unit; False if no unit is common to all rows, which rules out every test."""
    left_out: dict[str, list[str]]
    """Left-out unit → the rows that lack it."""


def make_basis(reported: pd.DataFrame, by: Sequence[str], over: Sequence[str]) -> Basis:
    """Build the basis of a table from the finished trials of ``reported``.

    Units that some row lacks are left out, unless no unit is common to all rows. Raises :class:`InputError` if a row
    has two trials of one config.
    """
    names = {key: ", ".join(map(text, key)) or "all" for key in groups(reported, by)}
    finished = _named(reported[reported["status"] == FINISHED], by, over, names)
    _refuse_twins(finished, [*by, *over])
    having = finished.groupby(UNIT)[ROW].agg(set)
    rows = set(finished[ROW])
    common = [unit for unit, has in having.items() if has == rows]
    used = finished[finished[UNIT].isin(common)] if common else finished
    left_out = {str(u): [n for n in names.values() if n in rows - has] for u, has in having.items() if has != rows}
    blocks = [name for name in over if name != "seed"]
    several = len(blocks) > 0 and used[BLOCK].nunique() > 1
    if not several:
        used = used.assign(**{BLOCK: used[UNIT]})
    unit = _unit(used, blocks) if several else "seed"
    return Basis(tuple(by), tuple(over), names, used, unit, bool(common), left_out if common else {})


def matrix(basis: Basis, metric: str) -> pd.DataFrame:
    """Average ``metric`` over seeds: a frame of blocks × rows, in the table's order, without rows that have no value.

    A unit for which one row's value is missing (an SSIM of a map that is too small) is left out for all rows.
    """
    numbers = basis.used.assign(**{metric: basis.used[metric].astype(float)})
    table = numbers.pivot(index=[BLOCK, UNIT], columns=ROW, values=metric).dropna(axis=1, how="all")
    full = table.dropna()
    means = (full if len(full) else table).groupby(level=BLOCK).mean()
    return means[[name for name in basis.names.values() if name in means]]


def _named(finished: pd.DataFrame, by: Sequence[str], over: Sequence[str], names: dict[Key, str]) -> pd.DataFrame:
    rows = {index: names[key] for key, trials in groups(finished, by).items() for index in trials.index}
    blocks = [name for name in over if name != "seed"]
    return finished.assign(
        **{ROW: finished.index.map(rows), BLOCK: _texts(finished, blocks), UNIT: _texts(finished, over)}
    )


def _texts(trials: pd.DataFrame, columns: Sequence[str]) -> list[str]:
    return [", ".join(map(text, values)) for values in trials[list(columns)].itertuples(index=False)]


def _unit(used: pd.DataFrame, blocks: Sequence[str]) -> str:
    return " × ".join(name for name in blocks if distinct(used[name]) > 1)


def _refuse_twins(finished: pd.DataFrame, told: Sequence[str]) -> None:
    """Raise :class:`InputError` if one row and unit has two trials.

    They have one config, so their ids differ only because the image file's bytes or the code's meaning do.
    """
    twins = finished[finished.duplicated([ROW, UNIT], keep=False)]
    if len(twins):
        first = twins[twins[UNIT].eq(twins[UNIT].iloc[0]) & twins[ROW].eq(twins[ROW].iloc[0])]
        commits = "they differ in environment/commit, keep one with --where environment/commit=…"
        how = commits if varying(first, ["environment/commit"]) else "delete one's record"
        raise InputError(
            f"the trials {' and '.join(map(text, first['trial_id']))} have one config "
            f"({label(told, first[list(told)].iloc[0])}) and would count twice: {how}"
        )

"""The trials that a table is averaged over: the same data and seeds in every row."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from analysis.groups import FINISHED, Key, distinct, groups, label, text, varying
from analysis.rows import config_columns
from inr.errors import InputError

ROW, BLOCK, UNIT = "_row", "_block", "_unit"


@dataclass(frozen=True, eq=False)
class Basis:
    """What is averaged, and what it was taken from."""

    by: tuple[str, ...]
    over: tuple[str, ...]
    names: dict[Key, str]
    """Row → its name, in the order of the table."""
    used: pd.DataFrame
    """Trials, with their row, their block (what is fitted; a seed where there is one) and their unit (block, seed)."""
    unit: str
    """The column that the blocks are of: what is fitted, ``seed``, or several."""
    paired: bool
    """Whether every row has every unit. False where no unit is common to all: then nothing can be tested."""
    left_out: dict[str, list[str]]
    """Unit that is left out → the rows that lack it."""


def make_basis(reported: pd.DataFrame, by: Sequence[str], over: Sequence[str]) -> Basis:
    """Of the finished trials. Raises :class:`InputError` where a row has two trials of one config."""
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
    """Blocks × rows, seeds averaged inside; without the rows that have no value, in the order of the table.

    A unit for which a row's value is missing (an SSIM of a map that is too small) is left out for all rows.
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
    """Two trials of one config have other ids only if their files' bytes or the code's meaning differ."""
    twins = finished[finished.duplicated([ROW, UNIT], keep=False)]
    if len(twins):
        first = twins[twins[UNIT].eq(twins[UNIT].iloc[0]) & twins[ROW].eq(twins[ROW].iloc[0])]
        commits = "they differ in environment/commit, keep one with --where environment/commit=…"
        how = commits if varying(first, ["environment/commit"]) else "delete one's record"
        raise InputError(
            f"the trials {' and '.join(map(text, first['trial_id']))} have one config "
            f"({label(told, first[list(told)].iloc[0])}) and would count twice: {how}"
        )


def held_fixed(used: pd.DataFrame, told: Sequence[str]) -> dict[str, str]:
    """Config field → the value that all trials have."""
    names = [name for name in config_columns(used) if name not in told and not name.startswith("_")]
    return {n: text(used[n].iloc[0]) for n in names if distinct(used[n]) == 1 and used[n].notna().any()}

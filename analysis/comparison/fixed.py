"""The fields that were held fixed in a table, a field at a time, with the rows where it holds."""

from collections.abc import Iterator, Sequence

import pandas as pd

from analysis.comparison.basis import ROW
from analysis.comparison.groups import conjunction
from analysis.sources.rows import config_columns
from inr.vocabulary import MISSING
from inr.words import text


def held_fixed(used: pd.DataFrame, told: Sequence[str], rows: Sequence[str]) -> Iterator[str]:
    """Write each config field that no row varies: ``omega_0 = 10 (all but relu)``, ``init = paper (sine), own (relu)``.

    ``told`` are the fields that are said elsewhere, ``rows`` the names of the rows in the order of the table.
    """
    for name in config_columns(used):
        if name in told or name.startswith("_") or not used[name].notna().any():
            continue
        having = _having(used, name, rows)
        among = having.pop(MISSING, []) + [row for names in having.values() for row in names]
        said = [
            value if len(names) == len(among) else f"{value} ({_which(names, among, len(having) > 1)})"
            for value, names in having.items()
        ]
        yield f"{name} = {', '.join(said)}"


def _having(used: pd.DataFrame, name: str, rows: Sequence[str]) -> dict[str, list[str]]:
    """Value → the rows that have it, those of the most first."""
    values = used.groupby(ROW, sort=False)[name].first()
    found: dict[str, list[str]] = {}
    for row in rows:
        if row in values:
            found.setdefault(text(values[row]), []).append(row)
    return dict(sorted(found.items(), key=lambda item: -len(item[1])))


def _which(names: Sequence[str], among: Sequence[str], several: bool) -> str:
    """Say which rows: the few that have it, or all but the few that do not."""
    others = [row for row in among if row not in names]
    if len(others) < len(names):
        return f"all but {conjunction(others)}"
    return conjunction(names) if several else f"only {conjunction(names)}"

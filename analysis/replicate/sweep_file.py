"""A sweep file in W&B's format of the config that was chosen for a row of a table."""

import shlex
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import yaml

from analysis.comparison.choose import Choice, described
from analysis.comparison.groups import conjunction, label
from analysis.comparison.subject import over
from analysis.sources.rows import PLUGINS, config_columns
from inr.errors import InputError
from inr.vocabulary import metric
from inr.words import text, whole
from sweeps.screen.console import visible

COMMAND = ("${env}", "python", "run.py", "--trial")
ARGUMENTS = "${args}"


def row(by: Sequence[str], choice: Choice) -> str:
    """``activation=sine``; ``all`` where the table has one row."""
    return label(by, choice.key) or "all"


def plugin_flags(trials: pd.DataFrame) -> list[str]:
    """The flags that take the plugins which define what the trials chose."""
    found = trials[PLUGINS].dropna() if PLUGINS in trials else ()
    return [*dict.fromkeys(flag for text in found for flag in shlex.split(text))]


def sweep_file(choice: Choice, by: Sequence[str], name: str, given: Mapping[str, Sequence[Any]]) -> str:
    """The text of the sweep ``name``: the config of the trials that chose, with the ``given`` values of some fields.

    A field with several values is a dimension of the grid. Raises :class:`InputError` where a trial has no record.
    """
    sweep = {
        "name": name,
        "method": "grid",
        **_metric(choice.rank_by),
        "command": [*COMMAND, *plugin_flags(choice.scored), ARGUMENTS],
        "parameters": _parameters(choice, given),
    }
    content = yaml.safe_dump(sweep, sort_keys=False, allow_unicode=True, width=120)
    if "\x85" in content:  # a line end that PyYAML writes as it is and reads as a space
        content = yaml.safe_dump(sweep, sort_keys=False, width=120)
    return f"# {_comment(choice, by)}\n{content}"


def _comment(choice: Choice, by: Sequence[str]) -> str:
    """One line, whatever the values are."""
    on = [
        f"{name}{'s' * (len(values) > 1)} {', '.join(map(text, values))}"
        for name in reversed(over(choice.scored))
        if (values := _values(choice.scored, name))
    ]
    what = f"{row(by, choice)}: {described(choice)}, chosen by {choice.rank_by} ({choice.score:.4g})"
    return visible(" ".join(f"{what} on {conjunction(on)}, {choice.tried} tried".split()))


def _metric(name: str) -> dict[str, dict[str, str]]:
    """Name a metric as a sweep wants it; nothing for a loss or seconds: a grid needs no metric."""
    return {"metric": {"name": name, "goal": metric(name).goal}} if metric(name).rankable else {}


def _parameters(choice: Choice, given: Mapping[str, Sequence[Any]]) -> dict[str, dict[str, Any]]:
    if "source" in choice.scored and (choice.scored["source"] == "optuna").any():
        raise InputError("Optuna does not know all parameters of a trial: give --runs FOLDER, for those in the records")
    found = {name: _values(choice.scored, name) for name in config_columns(choice.scored)}
    found |= {name: [*dict.fromkeys(values)] for name, values in given.items() if values}
    several = over(choice.scored)
    return {
        name: {"values": values} if name in several or len(values) > 1 else {"value": values[0]}
        for name, values in found.items()
        if values
    }


def _values(trials: pd.DataFrame, name: str) -> list[Any]:
    """The distinct values of a column in their order, as YAML writes them; without what is not there."""
    found = [_scalar(value) for value in trials[name].dropna().unique()] if name in trials else []
    return sorted(found, key=lambda value: (isinstance(value, str), value))


def _scalar(value: Any) -> Any:
    """Give a value in Python's type, a whole number as an integer."""
    return whole(value.item() if hasattr(value, "item") else value)

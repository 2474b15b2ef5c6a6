"""A claim: one row of a comparison is ahead of others, by how much, and on how much data that can be tested."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import pydantic
import yaml
from annotated_types import Ge, MinLen
from pydantic.dataclasses import dataclass

from analysis.comparison.statistics import LEAST_FOR_BOOTSTRAP
from inr.errors import InputError, UsageError

Value = str | int | float


@dataclass(frozen=True, kw_only=True, config=pydantic.ConfigDict(extra="forbid"))
class Claim:
    """A published sentence, and the comparison that can show it."""

    sentence: str
    """The claim in words."""
    source: str
    """Who said it, and where."""
    sweep: str
    """The sweep file whose trials can test it, without its folder."""
    where: dict[str, Value | list[Value]]
    """Column → the value, or the values, of the trials that are compared."""
    metric: str
    ahead: str
    """The activation that is said to be ahead: higher in a score, lower in an error."""
    of: Annotated[tuple[str, ...], MinLen(1)]
    """The activations that it is said to be ahead of; all of them."""
    margin: Annotated[float, Ge(0)] = 0.0
    """By how much at least, in units of the metric."""
    images: Annotated[int, Ge(LEAST_FOR_BOOTSTRAP)] = 8
    """The fewest images, or of what else is fitted, with which it counts as tested; an interval needs five."""
    seeds: Annotated[int, Ge(1)] = 1
    """The fewest seeds of each image and activation."""
    rank_by: str | None = None
    """The metric by which nuisance parameters are chosen; None: the one that ranks the trials."""

    @property
    def rows(self) -> tuple[str, ...]:
        """Every activation that it names."""
        return (self.ahead, *self.of)

    @property
    def wanted(self) -> dict[str, list[Value]]:
        """Column → the values of the trials that it is about."""
        listed = {name: values if isinstance(values, list) else [values] for name, values in self.where.items()}
        return {**listed, "activation": [*self.rows]}


def shipped() -> list[Path]:
    """List the files of claims that come with the program."""
    return sorted(Path(__file__).parent.glob("*.yaml"))


def read_claims(paths: Sequence[Path]) -> list[Claim]:
    """Read the claims of several files, in their order.

    Raises :class:`InputError` for a file that cannot be read, :class:`UsageError`, in one sentence, for one that is
    not a list of claims.
    """
    return [claim for path in paths for claim in _read(path)]


def _read(path: Path) -> list[Claim]:
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"cannot read the claims in {str(path)!r}: {(error.strerror or '').lower()}") from error
    except (UnicodeDecodeError, yaml.YAMLError) as error:
        raise UsageError(f"{path}: this is not YAML: expected a list of claims") from error
    if not isinstance(content, list) or not content:
        keys = "sentence, source, sweep, where, metric, ahead, of"
        raise UsageError(f"{path}: expected a list of claims, each with {keys}")
    return [_claim(path, number, entry) for number, entry in enumerate(content, 1)]


def _claim(path: Path, number: int, entry: object) -> Claim:
    try:
        return pydantic.TypeAdapter(Claim).validate_python(entry)
    except pydantic.ValidationError as error:
        first = error.errors()[0]
        key = ".".join(map(str, first["loc"])) or "the entry"
        known = ", ".join(Claim.__dataclass_fields__)
        reason = f"is unknown: expected one of {known}" if "unexpected" in first["type"] else first["msg"].lower()
        raise UsageError(f"{path}: claim {number}: {key}: {reason}") from error

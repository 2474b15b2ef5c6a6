"""The catalogue of activations: what each is, read off its class; as a table for README.md too."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from annotated_types import Ge, Gt, Le, Lt

from inr.activations import ACTIVATIONS, Activation
from inr.choices import parameters_of
from inr.moments import gradient_gain
from inr.parameters import OneOf, Parameter
from inr.tree import flat

FORMS = TEXT, MARKDOWN = "text", "markdown"
"""The forms in which the catalogue is printed."""
BY_LAYER = (
    "One for each layer, the first and the hidden ones: --activation=sine,sine,gaussian:scale=5 --hidden_layers=2. "
    "A value behind a colon is that activation's own."
)
DEVIATIONS = (0.5, 1.0, 2.0)
"""Standard deviations of u at which the gain is told."""
SECOND = 2
"""The order of the derivatives of which a Laplacian is made."""


@dataclass(frozen=True)
class Row:
    """An activation in words and numbers, at its defaults."""

    name: str
    formula: str
    hyperparameters: tuple[str, ...]
    """``omega_0 = 30 in (0, 1e+06]``"""
    init: str
    gains: tuple[float, ...]
    """g at :data:`DEVIATIONS`, see :func:`inr.moments.gradient_gain`."""
    laplacian: bool
    """False where φ″ is zero almost everywhere, so that no Laplacian can be learnt."""
    reference: str


def catalogue() -> list[Row]:
    """Describe every activation, a plugin's too, by name."""
    return [_row(name, ACTIVATIONS[name]) for name in sorted(ACTIVATIONS)]


def _row(name: str, cls: type[Activation]) -> Row:
    phi = cls()
    defaults = flat(phi)
    return Row(
        name=name,
        formula=formula(cls),
        hyperparameters=tuple(f"{p.name} = {_short(defaults[p.name])}{_range(p)}" for p in parameters_of(cls)),
        init=cls.init,
        gains=tuple(gradient_gain(phi, sigma) for sigma in DEVIATIONS),
        laplacian=cls.vanishes_from is None or cls.vanishes_from > SECOND,
        reference=cls.reference,
    )


def formula(cls: type[Activation]) -> str:
    """Read the formula off a class's documentation: from "φ(z) = " to the end of the clause."""
    found = re.search(r"φ\(z\) = (.+?)(?:[;:]|\.(?:\s|$)|$)", " ".join((cls.__doc__ or "").split()))
    return found[1] if found else "see its documentation"


def _short(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _range(parameter: Parameter) -> str:
    """The range as an interval, or the names that are possible; empty where there is neither."""
    names: OneOf | None = parameter.first(OneOf)
    if names:
        return f", one of {', '.join(names.names)}"
    ge, gt, le, lt = (parameter.first(kind) for kind in (Ge, Gt, Le, Lt))
    if not any((ge, gt, le, lt)):
        return ""
    low = f"[{ge.ge:g}" if ge else f"({gt.gt:g}" if gt else "(-inf"
    high = f"{le.le:g}]" if le else f"{lt.lt:g})" if lt else "inf)"
    return f" in {low}, {high}"


def details(row: Row) -> Iterator[str]:
    """Tell of a row what stands beside its name, a thought a line."""
    yield f"φ(z) = {row.formula}"
    yield from row.hyperparameters
    yield f"initialisation: {row.init}"
    gains, deviations = ", ".join(f"{gain:.2f}" for gain in row.gains), ", ".join(f"{sigma:g}" for sigma in DEVIATIONS)
    yield f"gradient gain: {gains} at σ = {deviations}"
    yield "a Laplacian can be learnt" if row.laplacian else "no Laplacian can be learnt: φ″ = 0"
    yield row.reference


def markdown() -> str:
    """Write the catalogue as a table of README.md."""
    gains = " / ".join(f"{sigma:g}" for sigma in DEVIATIONS)
    head = ("activation", "φ(z)", "hyperparameters", "`--init`", f"gain at σ = {gains}", "Laplacian", "paper")
    return "".join(f"| {' | '.join(cells)} |\n" for cells in (head, ("---",) * len(head), *map(_cells, catalogue())))


def _cells(row: Row) -> list[str]:
    numbers = " / ".join(f"{gain:.2f}" for gain in row.gains)
    laplacian = "yes" if row.laplacian else "no"
    cells = [f"`{row.name}`", row.formula, "; ".join(row.hyperparameters), row.init, numbers, laplacian, row.reference]
    return [cell.replace("|", "\\|").replace("*", "\\*") or "–" for cell in cells]

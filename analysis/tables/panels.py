"""The columns of a table in panels of a page's or a screen's width: nothing is cut, what belongs together stays so."""

from collections.abc import Callable, Sequence

from analysis.comparison.result import Comparison
from inr.vocabulary import metric as known

Fits = Callable[[Sequence[int]], bool]
"""Tells whether these metrics, by their places, fit beside the names of the rows."""


def panels(comparison: Comparison, fits: Fits) -> list[list[int]]:
    """Divide the metrics, by their places, into panels that fit; one that does not fit alone is a panel of its own.

    The scores of one thing, as the gradient of the network and that of the operator, stand in one panel if it fits.
    """
    found: list[list[int]] = []
    for group in _groups(comparison):
        parts = [group] if fits(group) else [[place] for place in group]
        new = True  # a group that is divided begins a panel
        for part in parts:
            if found and (len(parts) == 1 or not new) and fits([*found[-1], *part]):
                found[-1].extend(part)
            else:
                found.append([*part])
            new = False
    return found


def _groups(comparison: Comparison) -> list[list[int]]:
    """Places of consecutive metrics of one thing, such as the gradient."""
    groups: dict[str, list[int]] = {}
    for place, name in enumerate(comparison.metrics):
        family = known(name).family
        groups.setdefault(family.noun if family else name, []).append(place)
    return [*groups.values()]

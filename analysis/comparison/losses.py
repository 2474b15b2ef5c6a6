"""The words and the order of losses."""

import itertools
from collections.abc import Iterable

from inr.tasks import TASKS
from inr.vocabulary import noun


def _losses() -> dict[str, str]:
    """Loss → its words, in the order of the original study: the single losses, then their combinations."""
    return {
        "+".join(terms): " + ".join(noun(term) for term in terms) if count < max(3, len(task.terms)) else "all three"
        for task in TASKS.values()
        for count in range(1, len(task.terms) + 1)
        for terms in itertools.combinations(task.terms, count)
    }


def loss_label(loss: str) -> str:
    """The name of a loss."""
    return f"loss: {_losses().get(loss, loss)}"


def losses(present: Iterable[str]) -> list[str]:
    """Sort the losses as the study does."""
    order = list(_losses())
    return sorted(set(present), key=lambda loss: (order.index(loss) if loss in order else len(order), loss))

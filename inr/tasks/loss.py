"""The parameters of a loss: which terms it has, and their weights."""

from collections.abc import Mapping
from typing import Annotated, Any

from inr.choices import options
from inr.doc import Doc
from inr.errors import UsageError
from inr.parameters import Resolves, Spelling, When
from inr.words import unknown

HEAVIEST = 10**12
"""The largest weight of a term. The squares of the gradients, which Adam keeps in float32, must not overflow."""

VALUE, ALL = "value", "all"
"""Words for the first term of a task, and for all of its terms."""


def in_loss(term: str) -> When:
    """The condition that the loss has the term."""
    return When(lambda config: term in config["loss"].split("+"), f"with {term} in --loss")


def weight_doc(noun: str) -> Doc:
    """The documentation of a term's weight."""
    return Doc(f"weight of the {noun} term, from 0 to {HEAVIEST:g}")


def named_terms(loss: object, terms: tuple[str, ...]) -> tuple[str, ...]:
    """The terms that a loss names, of those of a task; what is no text is the first."""
    if not isinstance(loss, str):
        return terms[:1]
    return terms if loss == ALL else tuple(terms[0] if term == VALUE else term for term in loss.split("+"))


def _spelled(loss: str) -> str:
    """Each term once, in the order of the task that has them all; a term that no task has is refused."""
    named = dict.fromkeys(term.strip() for term in loss.split("+"))
    tasks: list[tuple[str, ...]] = [getattr(task, "terms", ()) for task in options("task").values()]
    known = {VALUE, ALL, *(term for terms in tasks for term in terms)}
    for term in named:
        if term not in known:
            raise UsageError(f"--loss got {loss!r}: {unknown(term, known)}")
    ordered = next((terms for terms in tasks if set(named) <= set(terms)), tuple(named))
    return "+".join(term for term in ordered if term in named)


def _of_task(loss: str, config: Mapping[str, Any]) -> str:
    """The terms in the task's order: laplacian+image is image+laplacian, all is every term."""
    terms: tuple[str, ...] = config["task"].terms
    named = named_terms(loss, terms)
    for term in named:
        if term not in terms:
            raise UsageError(f"--loss got {loss!r}: {unknown(term, [*terms, VALUE, ALL])}")
    return "+".join(term for term in terms if term in named)


LossTerms = Annotated[
    str,
    Spelling(_spelled),
    Resolves(_of_task),
    Doc(f"terms of the loss, joined by +; {VALUE}: the first; {ALL}: every term"),
]
"""The type of a task's ``loss``: terms of the task, in its names and order."""

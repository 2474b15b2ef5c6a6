"""One comparison a loss: trials of different losses are ranked by different metrics, and none is the best of all."""

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from analysis.comparison.compare import compare
from analysis.comparison.groups import counted, keep
from analysis.comparison.losses import losses
from analysis.comparison.question import ACTIVATIONS, Question
from analysis.comparison.remarks import AVERAGED, MISSING, TESTED
from analysis.comparison.result import Comparison, Note
from analysis.comparison.subject import followers, over, task_name
from analysis.sources.rows import FINISHED, config_columns
from inr.errors import InputError

LOSS = "loss"
BEFORE = (AVERAGED, TESTED)
"""What a reader needs before a note on what is missing."""

Compare = Callable[[pd.DataFrame, Question], Comparison]


@dataclass(frozen=True, eq=False)
class Block:
    """The comparison of the trials of one loss, or the reason why there is none."""

    loss: str | None
    """None where the trials have several, or say none."""
    given: pd.DataFrame
    """The trials that were given to the comparison."""
    found: Comparison | None
    refused: InputError | None = None

    @property
    def trials(self) -> pd.Index:
        """The index of the trials behind the table; of all finished trials if there is no table."""
        return self.found.basis.used.index if self.found else self.given.index[self.given["status"] == FINISHED]


def compare_losses(frame: pd.DataFrame, question: Question = ACTIVATIONS) -> tuple[Comparison, ...]:
    """Answer a question for each loss. Losses without an answer get a sentence in the first comparison.

    Raises :class:`InputError`, that of the first loss, where no loss has an answer.
    """
    found = blocks(frame, question)
    comparisons = [block.found for block in found if block.found]
    refused = {str(block.loss): block.refused for block in found if block.refused}
    if not comparisons:
        raise next(iter(refused.values()))
    notes = [Note(MISSING, f"no table for the loss {loss}: {error}") for loss, error in refused.items()]
    first, *others = comparisons
    return (_with(first, notes), *others)


def blocks(frame: pd.DataFrame, question: Question = ACTIVATIONS, make: Compare = compare) -> list[Block]:
    """Answer a question for each loss by ``make``, in the order of the original study.

    Where the question averages over the loss, or compares nothing but losses, there is one block of all.
    Raises :class:`InputError` for trials of several tasks, and for values in ``where`` that no trial has.
    """
    kept = keep(frame, question.where)
    task_name(kept)
    rows = [name for name in question.rows if name != LOSS]
    present = losses(kept[LOSS].dropna()) if LOSS in kept else []
    together = not rows or LOSS in {*(question.over or ()), *question.nuisance}
    if together or len(present) < 1 + (LOSS not in question.rows):
        return [_block(present[0] if len(present) == 1 else None, kept, replace(question, where={}), make)]
    own = replace(question, by=rows if question.by else None, where={})
    unknown = kept[kept[LOSS].isna()]
    found = [_block(loss, kept[kept[LOSS] == loss], own, make) for loss in present]
    return [_told(block, unknown) for block in found]


def compare_activations(frame: pd.DataFrame, question: Question = ACTIVATIONS) -> Comparison:
    """Compare the activations, and where that is refused each combination with the other columns that vary."""
    try:
        return compare(frame, replace(question, by=["activation"]))
    except InputError:
        told = ("activation", *over(frame), *followers())
        others = [n for n in config_columns(frame) if n not in told and frame[n].nunique() > 1]
        if not others:
            raise
        return compare(frame, replace(question, by=["activation", *others]))


def _block(loss: str | None, given: pd.DataFrame, question: Question, make: Compare) -> Block:
    try:
        return Block(loss, given, make(given, question))
    except InputError as error:
        return Block(loss, given, None, error)


def _told(block: Block, unknown: pd.DataFrame) -> Block:
    """Tell of the trials that no block has, because no record gives their loss."""
    if unknown.empty or not block.found:
        return block
    text = f"in no row, because no record gives their loss: {counted(unknown['status'])}"
    return dataclasses.replace(block, found=_with(block.found, [Note(MISSING, text)]))


def _with(found: Comparison, notes: Sequence[Note]) -> Comparison:
    """Put notes behind those on what is averaged and tested."""
    place = sum(each.topic in BEFORE for each in found.remarks)
    return dataclasses.replace(found, remarks=(*found.remarks[:place], *notes, *found.remarks[place:]))

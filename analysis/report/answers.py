"""The table of tables: for every task and loss of the records, the answer or why there is none yet."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pandas as pd

from analysis.comparison.answer import Answer, answer
from analysis.comparison.groups import keep
from analysis.comparison.question import ACTIVATIONS, Question
from analysis.comparison.subject import by_task
from analysis.report.tables import Compared, comparisons
from inr.words import plural
from sweeps.screen.terminal import Screen


@dataclass(frozen=True)
class Answered:
    """The answer of one comparison, under its heading."""

    task: str
    heading: str
    """The loss in words; empty where the comparison is of all losses."""
    found: Answer | None
    missing: str = ""
    """Why there is no answer."""

    @property
    def sentences(self) -> tuple[str, ...]:
        """The answer, or why there is none."""
        return self.found.sentences if self.found else (f"There is no answer yet: {self.missing}.",)


def answers(frame: pd.DataFrame, question: Question = ACTIVATIONS) -> list[Answered]:
    """Answer for each task, and each loss unless the question says what makes a row."""
    tasks = by_task(keep(frame, question.where).reset_index(drop=True))
    own = replace(question, where={})
    return [answered(task, each) for task, trials in tasks.items() for each in comparisons(trials, own)]


def answered(task: str, compared: Compared) -> Answered:
    """Take the answer of one comparison."""
    found = answer(compared.found) if compared.found else None
    missing = compared.missing or "no trial has a score of the metric that ranks them"
    return Answered(task, compared.heading, found, missing.rstrip("."))


def show_answers(found: Sequence[Answered], screen: Screen) -> None:
    """Print every answer, a paragraph each, under its task and loss."""
    for each in found:
        heading = f"{each.task}, {each.heading[:1].lower()}{each.heading[1:]}" if each.heading else each.task
        screen.print(heading, style="bold")
        for sentence in each.sentences:
            screen.print(f"  {sentence}", soft_wrap=screen.color_system is None)
    if not any(each.found for each in found):
        screen.print(f"none of {plural(len(found), 'comparison')} has an answer")

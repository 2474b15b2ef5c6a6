"""The part of the page that shows the trials of one task: its comparisons and its figures."""

from dataclasses import dataclass

import pandas as pd

from analysis.comparison.question import Question
from analysis.comparison.subject import by_task
from analysis.report.answers import Answered, answered
from analysis.report.pictures import Section, sections
from analysis.report.shown import select
from analysis.report.tables import Compared, comparisons, sparsity_table
from inr.tasks import task_of
from inr.vocabulary import noun


@dataclass(frozen=True)
class Sparsity:
    """The table of sparsity, or why there is none."""

    headings: list[str]
    rows: list[list[str]]
    missing: str


@dataclass(frozen=True, eq=False)
class Part:
    """The tables and figures of one task."""

    name: str
    """The task's."""
    prefix: str
    """Before every name that the page may have once; empty where there is one task."""
    of: str
    """Behind a heading: what is fitted; empty where there is one task."""
    fitted: str
    """What is fitted."""
    terms: str
    """The terms of the loss in words; empty for a task that is not known here."""
    answers: list[Answered]
    compared: list[Compared]
    trials: pd.DataFrame
    """The trials behind the tables."""
    said: str
    """Which trials the figures show, in a sentence."""
    sections: list[Section]
    sparsity: Sparsity


def parts(frame: pd.DataFrame, question: Question) -> list[Part]:
    """Make one part a task, of the tables that answer the question."""
    tasks = by_task(frame)
    return [_part(name, trials, len(tasks) > 1, question) for name, trials in tasks.items()]


def _part(name: str, frame: pd.DataFrame, several: bool, question: Question) -> Part:
    task, compared = task_of({"task": name}), comparisons(frame, question)
    shown = select(frame, compared)
    return Part(
        name=name,
        prefix=f"{name}-" if several else "",
        of=f": {task.subject}s" if several else "",
        fitted=task.subject,
        terms=", ".join(map(noun, task.terms)),
        answers=[answered(name, each) for each in compared],
        compared=compared,
        trials=shown.trials,
        said=shown.said,
        sections=sections(shown, compared),
        sparsity=Sparsity(*sparsity_table(shown.trials)),
    )

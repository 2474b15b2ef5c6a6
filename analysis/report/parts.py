"""The part of the page that shows the trials of one task: its comparisons and its figures."""

from dataclasses import dataclass

import pandas as pd

from analysis.comparison.question import Question
from analysis.comparison.subject import by_task
from analysis.figures.sparsity import medians_of
from analysis.report.answers import Answered, answered
from analysis.report.charts.palette import Palette
from analysis.report.pictures import Picture, Section, sections, standing
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
    answers: list[tuple[Answered, Picture | None]]
    """Each answer with its picture."""
    compared: list[Compared]
    trials: pd.DataFrame
    """The trials behind the tables."""
    said: str
    """Which trials the figures show, in a sentence."""
    sections: list[Section]
    sparsity: Sparsity

    @property
    def drawn(self) -> list[Picture]:
        """Every picture of the part."""
        beside = [picture for _, picture in self.answers if picture]
        return [*beside, *(picture for section in self.sections for picture in section.pictures)]


def parts(frame: pd.DataFrame, question: Question, palette: Palette) -> list[Part]:
    """Make one part a task, of the tables that answer the question."""
    tasks = by_task(frame)
    return [_part(name, trials, len(tasks) > 1, question, palette) for name, trials in tasks.items()]


def _part(name: str, frame: pd.DataFrame, several: bool, question: Question, palette: Palette) -> Part:
    task, compared = task_of({"task": name}), comparisons(frame, question)
    shown = select(frame, compared)
    return Part(
        name=name,
        prefix=f"{name}-" if several else "",
        of=f": {task.subject}s" if several else "",
        fitted=task.subject,
        terms=", ".join(map(noun, task.terms)),
        answers=[_answered(name, place, each, palette) for place, each in enumerate(compared)],
        compared=compared,
        trials=shown.trials,
        said=shown.said,
        sections=sections(shown, compared, palette),
        sparsity=Sparsity(*sparsity_table(lambda: medians_of(shown.layers[0]))),
    )


def _answered(task: str, place: int, compared: Compared, palette: Palette) -> tuple[Answered, Picture | None]:
    found = answered(task, compared)
    drawn = standing(place, compared.found, palette) if found.found and compared.found else None
    return found, drawn

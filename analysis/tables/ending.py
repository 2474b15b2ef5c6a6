"""The end of a sweep: its comparison, or what its search chose where there is none yet, and the next commands."""

import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import pandas as pd
from rich.table import Table

from analysis.comparison.blocks import LOSS, compare_losses
from analysis.comparison.choose import Choice, choose, described
from analysis.comparison.comparable import comparable
from analysis.comparison.groups import distinct, groups
from analysis.comparison.question import NUISANCE, Question
from analysis.comparison.subject import by_task, over
from analysis.sources.load import load_records
from analysis.sources.rows import FINISHED, config_columns
from analysis.tables.terminal import show
from inr.errors import InputError
from inr.vocabulary import metric
from inr.words import text
from sweeps.crew.ended import Ended
from sweeps.screen.terminal import Screen, styled
from sweeps.search.storage_url import STORAGE

MORE_SEEDS = 2
"""The number of further seeds in the command that runs what was chosen again."""


@dataclass(frozen=True)
class Asked:
    """The question that a sweep answers, and whether its rows were tuned."""

    question: Question
    losses: int
    seeds: list[int]
    tuned: bool

    @property
    def reported(self) -> bool:
        """True if a table can be made: nothing has to be chosen, or it can be reported on other seeds."""
        return not self.tuned or bool(self.question.selection_seeds)


def show_ending(ended: Ended, screen: Screen) -> list[str]:
    """Print the comparison of a sweep's trials, and return the commands that lead further."""
    frame = load_records(ended.runs)
    own = frame[frame["trial_id"].isin(ended.trial_ids) & (frame["status"] == FINISHED)].reset_index(drop=True)
    tasks = by_task(own) if len(own) else {}
    commands: list[str] = []
    for task, trials in tasks.items():
        asked = _ask(trials, ended)
        where = ["--where", f"task={task}"] if len(tasks) > 1 else []
        try:
            if asked.reported:
                show(compare_losses(trials, asked.question), screen)
            else:
                _show_choices(trials, asked, screen)
        except InputError as error:
            screen.print(f"no comparison: {error}", soft_wrap=True)
            continue
        commands += (_pasted([*command, *where]) for command in _next(asked, ended))
    return commands


def _pasted(words: Sequence[str]) -> str:
    """A command as it is pasted into a shell, which fills in a variable of the environment."""
    return " ".join(f'"{word}"' if word == f"${STORAGE}" else shlex.quote(word) for word in words)


def _ask(trials: pd.DataFrame, ended: Ended) -> Asked:
    """A row for each activation and whatever else varies in it; what was searched is chosen for each row."""
    averaged = over(trials)
    nuisance = dict.fromkeys([*NUISANCE, *ended.searched])
    told = {"task", "activation", LOSS, *averaged}
    chosen = [name for name in nuisance if name in trials and name not in told]
    others = _varying(trials, ["activation", LOSS], [n for n in config_columns(trials) if n not in {*told, *chosen}])
    tuned = bool(_varying(trials, ["activation", LOSS, *others], chosen))
    seeds = sorted(int(seed) for seed in trials["seed"].unique())
    question = Question(
        by=["activation", *others] if others else None,
        nuisance=chosen if ended.searched else NUISANCE,
        selection_seeds=seeds[:1] if tuned and len(seeds) > 1 else (),
        rank_by=ended.rank_by if tuned else None,
    )
    return Asked(question, trials[LOSS].nunique(), seeds, tuned)


def _varying(trials: pd.DataFrame, by: Sequence[str], names: Sequence[str]) -> list[str]:
    rows = groups(trials, by).values()
    return [name for name in names if any(distinct(own[name]) > 1 for own in rows)]


def _show_choices(trials: pd.DataFrame, asked: Asked, screen: Screen) -> None:
    """Print what the search chose for each row, with the score on the seed that chose: no comparison yet."""
    by = _rows(asked)
    question = replace(asked.question, by=by, selection_seeds=asked.seeds)
    found = [choice for choice in choose(comparable(trials, question), question).values() if choice]
    table = Table(padding=(0, 1, 0, 0))
    for name in (*by, "chosen", "score", "tried"):
        table.add_column(name, justify="right" if name in ("score", "tried") else "left", overflow="fold")
    for choice in sorted(found, key=lambda choice: _place(choice, by)):
        score = f"{metric(choice.rank_by).label} {metric(choice.rank_by).with_unit(choice.score)}"
        cells = [*map(text, choice.key), described(choice), score, str(choice.tried)]
        table.add_row(*map(styled, cells))
    screen.print(table)
    screen.print(
        "- the best of those that each row tried, on the seed that chose it: no comparison before the choices have "
        "run on other seeds, as the first command below makes them",
        soft_wrap=screen.color_system is None,
    )


def _place(choice: Choice, by: Sequence[str]) -> tuple[str, float]:
    """The loss of a choice, then its score, the best first."""
    loss = text(choice.key[by.index(LOSS)]) if LOSS in by else ""
    return loss, -choice.score if metric(choice.rank_by).higher_is_better else choice.score


def _rows(asked: Asked) -> list[str]:
    return [*asked.question.rows, *([LOSS] if asked.losses > 1 else [])]


def _next(asked: Asked, ended: Ended) -> Iterator[list[str]]:
    """The words of the next commands, the one that settles more first."""
    by = ["--by", ",".join(asked.question.by)] if asked.question.by else []
    rows = ["--by", ",".join(_rows(asked))] if asked.losses > 1 else by
    further = ",".join(str(max(asked.seeds) + 1 + more) for more in range(MORE_SEEDS))
    chosen = asked.question.selection_seeds or asked.seeds
    nuisance = ["--nuisance", ",".join(asked.question.nuisance)] if ended.searched and asked.tuned else []
    ranked = ["--rank-by", asked.question.rank_by] if asked.question.rank_by else []
    choice = [*nuisance, *ranked, "--selection-seeds", ",".join(map(str, chosen))]
    program = ["python", "-m", "analysis"]
    into = ["--seeds", further, "--into", f"{ended.sweep}-chosen"]
    yield [*program, "replicate", *ended.source, *rows, *choice, *into]
    if asked.reported:
        for command in (["tests"], ["table", "--notes"], ["report"]):
            yield [*program, command[0], *ended.source, *command[1:], *by, *(choice if asked.tuned else [])]

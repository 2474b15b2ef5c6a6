"""Sweep files that run what was chosen for each row again, on further seeds and data: what a tuned table reports."""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from analysis.comparison.choose import Choice, choose, described, not_chosen
from analysis.comparison.comparable import comparable
from analysis.comparison.question import Question
from analysis.comparison.subject import subject
from analysis.replicate.sweep_file import plugin_flags, row, sweep_file
from inr.errors import InputError, UsageError
from inr.words import text
from sweeps.file.names import as_name
from sweeps.record.files import replacing


@dataclass(frozen=True)
class Replicas:
    """The sweep files of the rows, with a description and notes to print."""

    files: dict[Path, str]
    """Path → content, in the order of the rows."""
    plugins: dict[Path, list[str]]
    """Path → the flags that take the plugins which define what the file chooses."""
    said: tuple[str, ...]
    """One line per file: the chosen parameters and their score."""
    notes: tuple[str, ...]
    """Sentences on the selection trials, and on rows in which nothing could be chosen."""

    def commands(self, runs: str | Path) -> tuple[str, ...]:
        """Return the command that runs each file, with records in the folder ``runs`` of the selection trials."""
        folder = "" if Path(runs) == Path("runs") else f" --runs {shlex.quote(str(runs))}"
        return tuple(
            shlex.join(["python", "run.py", "--sweep", str(path), *self.plugins[path]]) + folder for path in self.files
        )


def make_replicas(
    frame: pd.DataFrame,
    question: Question,
    into: str | Path,
    seeds: Sequence[int],
    on: Mapping[str, Sequence[str]] | None = None,
) -> Replicas:
    """Make the sweep files that run each row's chosen configuration on ``seeds``.

    ``on`` says what to fit, by the flat name of what is fitted (``{"image": ["coins"]}``); without it, what the choice
    was made on. Nothing is written. Raises :class:`UsageError` for seeds that chose, for what ``by`` fixes already, and
    for what the trials do not fit; :class:`InputError` where ``compare`` would, where no row has a choice, and where
    two rows would have one file.
    """
    on, by = on or {}, question.rows
    _refuse_contradictions(seeds, question, on)
    given = comparable(frame, question)
    _refuse_others(on, subject(given.trials))
    found = choose(given, question)
    choices = [choice for choice in found.values() if choice]
    if not choices:
        raise InputError(
            f"nothing could be chosen in any row: no trial finished on the selection seeds "
            f"{', '.join(map(str, question.selection_seeds))}"
        )
    files: dict[Path, str] = {}
    plugins: dict[Path, list[str]] = {}
    for choice in choices:
        path = Path(into) / f"{_stem(into, choice)}.yaml"
        if path in files:
            raise InputError(f"two rows would be written to {path}: keep one of them with --where, or name fewer --by")
        files[path] = sweep_file(choice, by, path.stem, {**on, "seed": seeds})
        plugins[path] = plugin_flags(choice.scored)
    said = tuple(
        f"{row(by, choice)}: {described(choice)}, {choice.rank_by} {choice.score:.4g}, {choice.tried} tried"
        for choice in choices
    )
    without = (not_chosen(by, key) for key, choice in found.items() if choice is None)
    return Replicas(files, plugins, said, (*given.notes, *without))


def write_files(replicas: Replicas) -> None:
    """Write the files. A file that exists with the same content is kept.

    Raises :class:`InputError`, before anything is written, for a file that exists with another content.
    """
    new = {path: content.encode() for path, content in replicas.files.items() if not path.exists()}
    for path, content in replicas.files.items():
        if path not in new and path.read_bytes() != content.encode():
            raise InputError(f"{path} exists with other content: delete it, or give another folder as --into")
    for path, data in new.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as file:
            file.write(data)


def _refuse_contradictions(seeds: Sequence[int], question: Question, on: Mapping[str, Sequence[str]]) -> None:
    both = [str(seed) for seed in seeds if seed in question.selection_seeds]
    if both:
        raise UsageError(
            f"--seeds got {', '.join(both)}, which are selection seeds: "
            "the selection inflates their scores; give others"
        )
    for name, given in {"seed": seeds, **on}.items():
        if given and name in question.rows:
            raise UsageError(f"--by got {name}, which --{name}s would change in its row: leave one of them out")


def _refuse_others(on: Mapping[str, Sequence[str]], fitted: str) -> None:
    for name in on.keys() - {fitted}:
        raise UsageError(f"--{name}s got {', '.join(on[name])}, and the trials fit no {name}: give --{fitted}s")


def _stem(into: str | Path, choice: Choice) -> str:
    parts = (Path(into).resolve().name, *map(text, choice.key))
    return as_name("_".join(parts))

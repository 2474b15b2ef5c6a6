"""Archive the trials of a table: records, tables, figures, report, commands and metadata in one zip file.

All of it is made from the records as they are in the archive, so that the tables of its folder are the same wherever
it is unpacked.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePath
from tempfile import TemporaryDirectory

import pandas as pd

from analysis.archive import texts
from analysis.archive.crate import NAME, crate
from analysis.archive.drawings import drawings
from analysis.archive.pack import Content, pack
from analysis.archive.staged import Staged, stage
from analysis.archive.texts import About
from analysis.comparison.groups import keep
from analysis.comparison.question import Question
from analysis.comparison.subject import by_task
from analysis.report.library import bundled
from analysis.report.page import THUMBNAILS, page_of, palette_of
from analysis.report.parts import Part, parts
from analysis.report.tables import comparisons
from analysis.report.trials import trial_table
from analysis.sources.load import load_records
from analysis.tables.text import FORMATS
from inr.errors import InputError
from inr.origins import from_record
from inr.words import plural
from sweeps.file.names import as_name

TABLES = {"csv": "csv", "markdown": "md", "latex": "tex"}
"""Format of a table → the ending of its file."""


@dataclass(frozen=True)
class Archived:
    """The trials of an archive that was written, counted, and notes."""

    trials: int
    selecting: int
    """Trials on which others were chosen, with their record alone."""
    notes: tuple[str, ...]
    """What is not in it, and what a person should look at."""


def archive(
    frame: pd.DataFrame, question: Question, into: Path, *, sweep: str | None = None, anonymous: bool = False
) -> Archived:
    """Write the trials of a frame as the archive ``into``; see the module.

    Raises :class:`InputError` where no table can be made, where a trial has no record here, and, if it is to be
    ``anonymous``, where the path of a folder is left in a file.
    """
    kept = keep(frame, question.where).reset_index(drop=True)
    chosen = _reported(kept, replace(question, where={}))
    recorded = kept[kept["folder"].notna()] if "folder" in kept else kept[:0]
    if missing := sorted(chosen - {*map(str, recorded["trial_id"])}):
        raise InputError(
            f"cannot archive trial {missing[0]}: it has no record here; give a runs folder, or --runs with the records"
        )
    notes = [f"{plural(n, 'trial')} without a record left out"] if (n := len(kept) - len(recorded)) else []
    with TemporaryDirectory() as folder:
        staged = stage(recorded, chosen, Path(folder), anonymous)
        title = f"Activation functions of coordinate networks{f': {sweep}' if sweep else ''}"
        selecting = len(recorded) - len(chosen)
        about = About(title, staged.day.isoformat(), staged.contents, selecting, anonymous)
        files, more = _files(staged, about, replace(question, where={}), question, sweep)
        if staged.anonymous:
            above = {Path(path).parents[2] for path in recorded["folder"]}
            more += _left(staged, files, {Path.cwd(), Path(folder), *above})
        pack(files, into, staged.day)
    return Archived(len(chosen), selecting, (*notes, *more))


def _reported(frame: pd.DataFrame, question: Question) -> set[str]:
    """Name the trials that the tables report. Raises :class:`InputError` where there is no table."""
    found = [each for _, trials in by_task(frame).items() for each in comparisons(trials, question)]
    if not any(each.found for each in found):
        raise InputError(f"there is no table to archive: {found[0].missing if found else 'there are no trials'}")
    return {str(trial) for each in found if each.found for trial in frame.loc[each.trials, "trial_id"]}


def _files(
    staged: Staged, about: About, asked: Question, said: Question, sweep: str | None
) -> tuple[dict[str, Content], list[str]]:
    """Make every file of the archive, and notes on what could not be."""
    library, frame = bundled(), load_records(staged.runs)
    found = parts(frame, asked, palette_of(frame))
    tables, listed = _tables(found, said)
    figures, captions = _figures(found, frame)
    page = page_of(
        frame,
        found,
        trial_table(frame, staged.runs / "report.html", THUMBNAILS),
        library,
        title=about.title,
        source=f"the archive of sweep {sweep}" if sweep else "the archive",
        made=about.day,
    )
    plugins, notes = _plugins(about, staged)
    reported = frame[frame["trial_id"].isin([*about.contents])]
    own: dict[str, Content] = {
        "report.html": page,
        "README.md": texts.readme(about, listed).encode(),
        "commands.sh": texts.commands(about).encode(),
        "constraints.txt": texts.constraints(about).encode(),
        "data.csv": texts.data(reported).encode(),
        "CITATION.cff": texts.citation(about).encode(),
        "__main__.py": (Path(__file__).parent / "verify.py").read_bytes(),
    }
    files = {**staged.files(), **tables, **figures, **plugins, **own}
    return {**files, NAME: crate(about, files, captions).encode()}, notes


def _tables(found: Sequence[Part], question: Question) -> tuple[dict[str, Content], list[tuple[str, str]]]:
    """Render the tables, and write the command that prints each; losses whose rows were chosen for them are apart."""
    files: dict[str, Content] = {}
    listed = []
    for part in found:
        made = [each for each in part.compared if each.found]
        groups = [made] if question.by and made else [[each] for each in made]
        for group in groups:
            heading = group[0].heading.lower().replace(":", "").split() if len(groups) > 1 else []
            name = as_name("-".join(["table", *([part.name] if part.prefix else []), *heading]))
            tables = [each.found for each in group if each.found]
            files |= {f"tables/{name}.{end}": FORMATS[form](tables, False).encode() for form, end in TABLES.items()}
            listed.append((f"tables/{name}", texts.table_command(group[0], part.name, question)))
    return files, listed


def _figures(found: Sequence[Part], frame: pd.DataFrame) -> tuple[dict[str, Content], dict[str, str]]:
    """Draw the figures: name → bytes, and name → caption."""
    files: dict[str, Content] = {}
    captions = {}
    tasks = by_task(frame)
    for part in found:
        for drawing in drawings(part, tasks[part.name]):
            name = f"figures/{as_name(part.prefix + drawing.name)}.{drawing.ending}"
            files[name], captions[name] = drawing.data, drawing.caption
    return files, captions


def _plugins(about: About, staged: Staged) -> tuple[dict[str, Content], list[str]]:
    """Take the plugins that are still the bytes which the trials used; and a note on each that is not."""
    files: dict[str, Content] = {}
    notes = []
    used = {plugin for content in about.contents.values() for _, plugin in from_record(_of(content))}
    paths = {name: path for path, name in staged.anonymous.files.items()} if staged.anonymous else {}
    for plugin in sorted(used, key=lambda plugin: (plugin.path, plugin.sha256)):
        path = Path(paths.get(plugin.path, plugin.path))
        data = path.read_bytes() if path.is_file() else b""
        if hashlib.sha256(data).hexdigest() == plugin.sha256:
            files[f"plugins/{PurePath(plugin.path).name}"] = data
        else:
            notes.append(f"the plugin {plugin.path} is not in it: the file is gone, or was changed since")
    return files, notes


def _of(content: Mapping[str, object]) -> object:
    environment = content.get("environment")
    return environment.get("plugins") if isinstance(environment, Mapping) else None


def _left(staged: Staged, files: Mapping[str, Content], folders: Iterable[Path]) -> list[str]:
    """Look for names that give somebody away: a folder's path is refused, a word is told."""
    assert staged.anonymous is not None
    found = [*staged.anonymous.leaks(files, folders)]
    paths = [leak for leak in found if leak.startswith("'/")]
    if paths:
        raise InputError(f"will not write it: {paths[0]}; leave --anonymous out, or take that trial out with --where")
    return [f"{leak}: look whether it gives you away" for leak in found]

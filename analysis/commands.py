"""The command line of the analysis: answer, table, tests, replicate and report."""

import argparse
import os
import sys
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import pandas as pd

from analysis.comparison.blocks import compare_losses
from analysis.comparison.question import NUISANCE, Question
from analysis.comparison.result import Comparison
from analysis.comparison.subject import subjects
from analysis.replicate.replicas import make_replicas, write_files
from analysis.sources.several import load_all
from analysis.tables.cells import notes, untold
from analysis.tables.differences import show_tests
from analysis.tables.terminal import show
from analysis.tables.text import FORMATS, WIDE, render
from inr.errors import InputError, UsageError
from inr.vocabulary import expected, rank_by
from inr.words import plural
from sweeps.record.files import check_target
from sweeps.screen.arguments import Parser, refuse_empty, spelled
from sweeps.screen.console import say, write
from sweeps.screen.terminal import Screen
from sweeps.trial.versions import add_version


def make_parser(command: str | None = None) -> argparse.ArgumentParser:
    """Make the parser of ``python -m analysis``.

    The flags of ``report`` are added only if ``command`` is "report", because importing the pictures takes longer than
    printing a table.
    """
    parser = Parser(
        prog="python -m analysis", description="Tables and figures from the records of trials.", allow_abbrev=False
    )
    add_version(parser)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    answer = _command(commands, "answer", "for each task and loss: which leads, by how much, how sure, against what")
    _add_statistics(answer)
    table = _command(
        commands, "table", "the comparison: means, intervals, what is distinguishable, what was held fixed"
    )
    _add_statistics(table)
    table.add_argument("--format", default="terminal", metavar="|".join(FORMATS), help="default: terminal")
    _add_notes(table)
    tests = _command(commands, "tests", "each row against the best: difference, BCa interval, p; Friedman's test")
    _add_statistics(tests)
    _add_notes(tests)
    _add_replicate(commands)
    _add_claims(commands)
    _add_archive(commands)
    report = _command(commands, "report", "one HTML file: the tables, the pictures, all trials")
    if command == "report":
        from analysis.report.page import add_arguments

        _add_statistics(report)
        add_arguments(report)
    return parser


def _command(
    commands: Any, name: str, what: str, chooses: bool = False, optional: bool = False
) -> argparse.ArgumentParser:
    """Add a command, with the flags that select trials and rows.

    If it ``chooses``, it requires selection seeds; if the source is ``optional``, the command checks that it is there.
    """
    parser: argparse.ArgumentParser = commands.add_parser(
        name,
        help=what,
        description=what,
        allow_abbrev=False,
        formatter_class=lambda prog: argparse.HelpFormatter(prog, max_help_position=34, width=110),
    )
    parser.add_argument(
        "sources",
        nargs="*" if optional else "+",
        metavar="SOURCE",
        help="a runs folder, wandb:entity/project, an Optuna URL or .journal; or several, a trial in two counts once",
    )
    parser.add_argument("--sweep", metavar="NAME", help="the trials of one sweep only")
    parser.add_argument("--runs", metavar="FOLDER", help="with an Optuna storage: where the trials' records are")
    where = "keep the trials with this value; a repeated NAME allows either value"
    parser.add_argument("--where", nargs="+", action="extend", default=[], metavar="NAME=VALUE", help=where)
    parser.add_argument("--by", type=_names, metavar="A,B", help="a row each (activation)")
    seeds = "seeds on which each row's nuisance parameters are chosen" + "; the others are reported" * (not chooses)
    parser.add_argument("--selection-seeds", type=_seeds, required=chooses, default=(), metavar="0,1", help=seeds)
    return parser


def _add_replicate(commands: Any) -> None:
    what = "sweep files that run what is chosen for each row on further seeds and data"
    parser = _command(commands, "replicate", what, chooses=True)
    _add_choice(parser)
    parser.add_argument("--seeds", type=_seeds, required=True, metavar="1,2", help="the further seeds")
    for name in subjects():
        on = f"{name}s to run on (those that it was chosen on)"
        parser.add_argument(f"--{name}s".replace("_", "-"), type=_names, default=(), metavar="A,B", help=on)
    parser.add_argument("--into", required=True, metavar="FOLDER", help="where the sweep files go, one a row")


def _add_claims(commands: Any) -> None:
    parser = _command(commands, "claims", "published claims: which hold in these records, and which fail")
    _add_choice(parser)
    _add_confidence(parser)
    files = "a YAML file of claims (may be repeated; default: those that come with the program)"
    parser.add_argument("--file", action="append", default=[], metavar="FILE", help=files)


def _add_archive(commands: Any) -> None:
    what = "one file with the trials of the tables: records, tables, figures, report, commands, checksums"
    parser = _command(commands, "archive", what, optional=True)
    _add_statistics(parser)
    parser.add_argument("--into", metavar="FILE", help="the file, a .zip")
    parser.add_argument("--anonymous", action="store_true", help="leave out host, user and paths, in every file")
    parser.add_argument("--force", action="store_true", help="replace FILE")
    verify = "check an archive, or the folder that it was unpacked to; so does: python FILE"
    parser.add_argument("--verify", metavar="FILE", help=verify)


def _add_statistics(parser: argparse.ArgumentParser) -> None:
    _add_choice(parser)
    parser.add_argument("--metrics", type=_names, metavar="A,B", help=f"columns ({','.join(expected())})")
    _add_confidence(parser)


def _add_notes(parser: argparse.ArgumentParser) -> None:
    notes = "print every note, not only those that change how a number is read"
    parser.add_argument("--notes", action="store_true", help=notes)


def _add_confidence(parser: argparse.ArgumentParser) -> None:
    confidence = "confidence level of the intervals (0.95)"
    parser.add_argument("--confidence", type=_share, default=0.95, metavar="X", help=confidence)


def _add_choice(parser: argparse.ArgumentParser) -> None:
    """The flags that say what is averaged over, and how each row's nuisance parameters are chosen."""
    over = f"what to average over ({' or '.join(f'{name},seed' for name in subjects())})"
    parser.add_argument("--over", type=_names, metavar="A,B", help=over)
    nuisance = f"what is chosen for each row ({','.join(NUISANCE)})"
    parser.add_argument("--nuisance", type=_names, default=NUISANCE, metavar="A,B", help=nuisance)
    parser.add_argument(
        "--rank-by",
        metavar="METRIC",
        help=f"metric that decides the choice (default: by its loss, such as {rank_by({})})",
    )


def main(arguments: Sequence[str]) -> int:
    """Run the command that the arguments name, and return the exit code; errors are printed as one sentence."""
    try:
        options = _parse(arguments)
        if options.command == "archive":
            return _archive(options)
        return _run(options, _loaded(options))
    except InputError as error:
        say(f"analysis: error: {error}")
        return error.exit_code
    except BrokenPipeError:  # the reader (head, less) has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        where = f": {error.filename}" if error.filename else ""
        say(f"analysis: error: {(error.strerror or str(error)).lower()}{where}")
        return 1
    return 0


def _loaded(options: argparse.Namespace) -> pd.DataFrame:
    frame = load_all(options.sources, options.sweep, options.runs)
    for note in frame.attrs["notes"]:
        say(f"note: {note}")
    return frame


def _run(options: argparse.Namespace, frame: pd.DataFrame) -> int:
    if options.command == "report":
        from analysis.report.page import run

        return run(options, frame, _question(options))
    if options.command == "answer":
        _answer(frame, options)
    elif options.command == "claims":
        _claims(frame, options)
    elif options.command == "replicate":
        _replicate(frame, options)
    else:
        _print(options, compare_losses(frame, _question(options)))
    return 0


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = make_parser(arguments[0] if arguments else None)
    commands = [p for a in parser._actions if isinstance(a.choices, dict) for p in a.choices.values()]
    flags = {flag for p in (parser, *commands) for flag in _of(p)}
    options = parser.parse_args([spelled(argument, flags, "-") for argument in arguments])
    flagged = {f"--{name.replace('_', '-')}": value for name, value in vars(options).items()}
    refuse_empty({"SOURCE": "" if "" in options.sources else None, **flagged})
    return options


def _of(parser: argparse.ArgumentParser) -> set[str]:
    return {flag for action in parser._actions for flag in action.option_strings}


def _answer(frame: pd.DataFrame, options: argparse.Namespace) -> None:
    from analysis.report.answers import answers, show_answers  # the headings of losses are those of the pictures

    show_answers(answers(frame, _question(options)), _screen())


def _claims(frame: pd.DataFrame, options: argparse.Namespace) -> None:
    from analysis.claims.claim import read_claims, shipped
    from analysis.claims.layers import with_near_zero
    from analysis.claims.text import show_verdicts
    from analysis.claims.verdict import judge

    if options.by:
        raise UsageError("claims got --by: a claim itself says which activations it compares; leave --by out")
    claims = read_claims([Path(file) for file in options.file] or shipped())
    measured = with_near_zero(frame)
    show_verdicts([judge(claim, measured, _question(options)) for claim in claims], options.sources, _screen())


def _replicate(frame: pd.DataFrame, options: argparse.Namespace) -> None:
    on = {name: values for name in subjects() if (values := getattr(options, f"{name}s"))}
    replicas = make_replicas(frame, _question(options), options.into, options.seeds, on)
    for note in replicas.notes:
        say(f"note: {note}")
    write_files(replicas)
    runs = next((source for source in options.sources if Path(source).is_dir()), options.runs or "runs")
    write("".join(f"{line}\n" for line in (*replicas.said, *replicas.commands(runs))))


def _archive(options: argparse.Namespace) -> int:
    if options.verify:
        return _verify(options)
    if not options.sources or options.into is None:
        raise UsageError(
            "archive got no SOURCE and --into FILE: give both, such as runs --into study.zip, or --verify FILE"
        )
    into = check_target(options.into, [".zip"], options.force)
    frame = _loaded(options)
    from analysis.archive.archive import archive  # importing the pictures takes longer than a sentence

    made = archive(frame, _question(options), into, sweep=options.sweep, anonymous=options.anonymous)
    for note in made.notes:
        say(f"note: {note}")
    chose = f", {plural(made.selecting, 'record')} of those on which they were chosen" if made.selecting else ""
    write(f"archived: {into} ({plural(made.trials, 'trial')}{chose}); python {into} verifies it\n")
    return 0


def _verify(options: argparse.Namespace) -> int:
    from analysis.archive.verify import sentences

    if options.sources or options.into is not None:
        raise UsageError("archive got --verify and something to archive: give --verify FILE alone")
    right, told = sentences(Path(options.verify))
    write("".join(f"{line}\n" for line in told))
    return 0 if right else 1


def _question(options: argparse.Namespace) -> Question:
    """Make the question of a command: its flags have the names of the question's fields."""
    given = {field.name: getattr(options, field.name) for field in fields(Question) if hasattr(options, field.name)}
    return Question(**{**given, "where": _filters(options.where)})


def _filters(given: Sequence[str]) -> dict[str, list[str]]:
    filters: dict[str, list[str]] = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals:
            raise UsageError(f"--where got {text!r}: expected NAME=VALUE (SOURCE stands before --where)")
        filters.setdefault(name, []).append(value)
    return filters


def _print(options: argparse.Namespace, found: Sequence[Comparison]) -> None:
    screen = _screen()
    if options.command == "tests":
        show_tests(found, screen, options.notes)
    elif options.format == "terminal":
        show(found, screen, options.notes)
    else:
        write(render(found, options.format, options.notes))
        if options.format == "csv":
            own, shared = notes(found, options.notes)
            for note in [*(text for texts in own for text in texts), *shared, *untold(found, options.notes)]:
                say(f"note: {note}")
    sys.stdout.flush()


def _screen() -> Screen:
    screen = Screen()
    return screen if screen.is_terminal else Screen(width=WIDE, color_system=None)


def _names(text: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in text.split(",") if name.strip())
    if len(set(names)) < len(names):
        raise argparse.ArgumentTypeError(f"got {text!r}: a name stands twice")
    return names


def _seeds(text: str) -> tuple[int, ...]:
    try:
        return tuple(int(seed) for seed in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(f"got {text!r}: expected seeds, such as 0,1") from None


def _share(text: str) -> float:
    try:
        share = float(text)
    except ValueError:
        share = 0.0
    if not 0 < share < 1:
        raise argparse.ArgumentTypeError(f"got {text!r}: expected a number between 0 and 1, such as 0.95")
    return share

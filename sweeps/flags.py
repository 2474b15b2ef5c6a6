"""The command line: every parameter of a trial is a flag, read as text and coerced by the config."""

import argparse
import os
from collections.abc import Sequence
from typing import Any

from inr.catalogue import FORMS, TEXT
from inr.config import aliases, entries, parameters
from inr.parameters import OneOf, Parameter
from inr.plugins import load
from inr.schema import Entry
from sweeps.options import DRAWN_ANEW
from sweeps.screen.arguments import Parser, refuse_empty, spelled
from sweeps.search.storage_url import STORAGE
from sweeps.trial.versions import add_version


def make_parser() -> argparse.ArgumentParser:
    """Make the parser of ``run.py``: its actions, flags of execution and recording, and the trial's parameters."""
    parser = Parser(
        prog="run.py",
        usage="run.py --trial [--PARAMETER=VALUE ...] | --plan FILE | --sweep FILE | --agent SWEEP_ID | "
        "--show TRIAL | --verify TRIAL | --render TRIAL --into FILE | --film TRIAL ... --into FILE | --activations | "
        "--distributions [TRIAL] [--into FOLDER] | --advise | --version",
        description="Fit a coordinate network to a signal, measure it and its derivatives, leave a record.",
        epilog="Names take - or _, values a space or =. The same parameters are the same trial: it is trained once.",
        allow_abbrev=False,
        formatter_class=lambda prog: argparse.HelpFormatter(prog, max_help_position=34, width=110),
    )
    actions = parser.add_argument_group("what to do")
    _add_trials(actions)
    _add_records(actions)
    _add_networks(actions)
    add_version(actions)
    _add_target(actions)
    how = parser.add_argument_group("how to execute and record (not part of a trial's identity)")
    _add_execution(how)
    _add_recording(how)
    _add_machine(how)
    _add_parameters(parser)
    return parser


def _add_trials(actions: argparse._ActionsContainer) -> None:
    actions.add_argument("--trial", action="store_true", help="run one trial, or give back its record")
    actions.add_argument("--plan", metavar="FILE", help="a sweep's distinct trials, their cost, what is recorded")
    actions.add_argument("--sweep", metavar="FILE", help="run what is left of a sweep, on all cores")
    actions.add_argument("--agent", metavar="SWEEP_ID", help="be a W&B agent: run what W&B hands out of that sweep")


def _add_records(actions: argparse._ActionsContainer) -> None:
    actions.add_argument(
        "--show", metavar="TRIAL", help="print a record, its command and files; TRIAL: id, its first digits, or folder"
    )
    actions.add_argument("--verify", metavar="TRIAL", help="train a recorded trial again, and compare number by number")
    actions.add_argument(
        "--render",
        metavar="TRIAL",
        help="draw a record's network --into FILE, with --size pixels or --rate samples a second (default: as trained)",
    )
    actions.add_argument(
        "--film",
        nargs="+",
        metavar="TRIAL",
        help="film the fits of trials that kept their maps --into FILE: prediction, error and spectrum, a row each",
    )


def _add_networks(actions: argparse._ActionsContainer) -> None:
    actions.add_argument(
        "--activations",
        nargs="?",
        const=TEXT,
        metavar="|".join(FORMS),
        help="list the activations: formula, hyperparameters, initialisation, gradient gain, paper (default: text)",
    )
    actions.add_argument(
        "--distributions",
        nargs="?",
        const=DRAWN_ANEW,
        metavar="TRIAL",
        help="pass random inputs through a network: every layer's distribution, size and gradient beside what is "
        "predicted; of a network drawn by every law (or --init=A,B), or of a TRIAL before and after training",
    )
    actions.add_argument(
        "--advise",
        action="store_true",
        help="propose ω₀ of the first and of the hidden layers from the spectrum of the signal, with what "
        "the rule loses on the trials in --runs",
    )


def _add_target(actions: argparse._ActionsContainer) -> None:
    actions.add_argument(
        "--into",
        metavar="PATH",
        help="with --render: the file, of the task's kind (.png, .wav); with --film: an .mp4 or a .gif; with "
        "--distributions: a folder for pictures and a CSV table (default: the table alone, printed)",
    )
    actions.add_argument(
        "--extent", metavar="X", help="with --render: coordinates from -X to X; trained is 1 (default: 1)"
    )
    actions.add_argument(
        "--force",
        action="store_true",
        help="train again, the old record stands until the new is complete; with --render, --film and --distributions: "
        "replace what is at PATH",
    )


def _add_execution(how: argparse._ActionsContainer) -> None:
    how.add_argument("--runs", default="runs", metavar="FOLDER", help="where records are kept (default: runs)")
    how.add_argument("--workers", metavar="N", help="processes of a sweep, each with cores/N threads (default: cores)")
    how.add_argument(
        "--storage",
        metavar="URL",
        default=os.environ.get(STORAGE) or None,
        help=f"queue of a sweep: postgresql://… (default: ${STORAGE}, else a journal in --runs). Other users see a "
        f"command's arguments, but not its environment: a URL with a password belongs into ${STORAGE}",
    )
    how.add_argument(
        "--worker", action="store_true", help="with --sweep: be one more worker of a sweep begun elsewhere"
    )
    how.add_argument(
        "--launcher", default="local", metavar="local|slurm|ray", help="who starts the workers (default: local)"
    )
    how.add_argument(
        "--launcher_options", metavar="A=B,C=D", help="for submitit (slurm_partition, …) or Ray (address, cpus, gpus)"
    )
    how.add_argument("--count", metavar="N", help="with --agent: end after N runs (default: when the sweep is over)")
    _add_plugin(how)


def _add_recording(how: argparse._ActionsContainer) -> None:
    how.add_argument(
        "--wandb", metavar="off|offline|online", help="mirror to W&B (default: off; online under wandb agent)"
    )
    how.add_argument(
        "--keep_weights",
        default="true",
        metavar="true|false",
        help="whether records keep the network's weights (default: true). A trial that was recorded without them is "
        "given back without; with --force it is trained again and keeps them",
    )
    how.add_argument(
        "--keep_maps",
        default="false",
        metavar="true|false",
        help="whether records keep the picture at every evaluation, for --film (default: false): 2 bytes a value",
    )


def _add_machine(how: argparse._ActionsContainer) -> None:
    how.add_argument("--device", default="auto", metavar="DEVICE", help="auto, cpu, cuda or cuda:N (default: auto)")
    how.add_argument("--threads", metavar="N", help="CPU threads (default: all cores)")
    how.add_argument(
        "--compile", default="auto", metavar="auto|on|off", help="torch.compile (default: auto, where it repays)"
    )


def _add_plugin(parser: argparse._ActionsContainer) -> None:
    what = "a Python file that defines choices (may be repeated); with @sha256:DIGITS behind it, those bytes only"
    parser.add_argument("--plugin", action="append", default=[], metavar="FILE", help=what)


def _add_parameters(parser: argparse.ArgumentParser) -> None:
    groups: dict[str | None, argparse._ArgumentGroup] = {None: parser.add_argument_group("parameters of a trial")}
    for name, entry in entries().items():
        heading = entry.heading
        group = groups.get(heading) or groups.setdefault(heading, parser.add_argument_group(heading))
        group.add_argument(f"--{name}", metavar=_metavar(entry.parameter), help=_help(entry))
        for alias in entry.parameter.aliases:
            # A name of its own: the config says when the two spellings contradict one another.
            group.add_argument(f"--{alias}", metavar=_metavar(entry.parameter), help=f"another spelling of --{name}")


def _metavar(parameter: Parameter) -> str:
    choices: OneOf | None = parameter.first(OneOf)
    if choices and len("|".join(choices.names)) < 40:
        return "|".join(choices.names)
    return {int: "N", float: "X", bool: "BOOL", str: "NAME"}[parameter.type]


def _help(entry: Entry) -> str:
    parameter = entry.parameter
    choices: OneOf | None = parameter.first(OneOf)
    names = f" ({', '.join(choices.names)})" if choices and _metavar(parameter) == "NAME" else ""
    conditions = [entry.condition] if entry.condition else []
    default = [] if parameter.default is None else [f"default: {parameter.default}"]
    default += [f"{value} with {option}" for option, value in entry.own_defaults.items()]
    return f"{parameter.doc}{names} ({'; '.join(conditions + default)})".replace(" ()", "").replace("%", "%%")


def parse(arguments: Sequence[str]) -> tuple[argparse.Namespace, dict[str, Any]]:
    """The options of ``run.py``, and the trial's parameters that were given, as text.

    The plugins are loaded: they may define parameters. Raises :class:`UsageError` for what is not a flag, with the
    nearest one, and for a plugin that cannot be loaded.
    """
    plugins = _load_plugins(arguments)
    parser = make_parser()
    known = {flag for action in parser._actions for flag in action.option_strings}
    options = parser.parse_args([spelled(argument, known, "_") for argument in arguments])
    options.plugin = plugins
    names = [*parameters(), *aliases()]
    refuse_empty({f"--{name}": value for name, value in vars(options).items() if name not in names})
    given = {name: value for name in names if (value := getattr(options, name)) is not None}
    return options, given


def _load_plugins(arguments: Sequence[str]) -> list[str]:
    """Load the plugins among the arguments; the value of ``--plugin`` that takes each one's bytes and no others."""
    parser = Parser(add_help=False, allow_abbrev=False)
    _add_plugin(parser)
    paths = parser.parse_known_args(arguments)[0].plugin
    for path in paths:
        refuse_empty({"--plugin": path})
    return [*dict.fromkeys(load(path).argument for path in paths)]

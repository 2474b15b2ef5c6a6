"""The commands of ``run.py``: a trial, a plan, a sweep, a worker, an agent. Each returns the exit code.

What needs torch, Optuna or W&B is imported inside a command, once nothing is left that a user can have given wrong.
"""

import os
from argparse import Namespace
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from inr.config import TrialConfig, entries, remarks
from inr.errors import UsageError
from inr.tasks import task_of
from inr.words import plural
from sweeps.options import DRAWN_ANEW, check_execution, count_of, keeps_maps, one_of
from sweeps.record.folder import Record, Runs
from sweeps.screen.console import say, write
from sweeps.screen.terminal import Screen
from sweeps.search.storage_url import STORAGE, hide_argument
from sweeps.trial.stopping import Interrupts, interrupts
from sweeps.weights_and_biases.modes import choose, under_agent

if TYPE_CHECKING:  # a trial does not pay for what a sweep imports, nor a plan or a sweep's driver for a trial's
    from optuna import Study

    from sweeps.advice import Calibrate
    from sweeps.crew.ended import Ended
    from sweeps.crew.sweep import Crew, Launch
    from sweeps.distributions import Draw as Histograms
    from sweeps.file.plan import Plan
    from sweeps.file.spec import SweepSpec
    from sweeps.trial.execution import Execution

Draw = Callable[["Ended"], Sequence[Path]]
"""Draws the pictures that a sweep ends with; the files."""
Compare = Callable[["Ended", Screen], Sequence[str]]
"""Prints the comparison that a sweep ends with; the commands to give next."""

WIDE = 140
"""Characters of a table that is not printed on a terminal."""


def trial(options: Namespace, given: Mapping[str, Any]) -> int:
    """``--trial``: train one trial, or give back its record."""
    config = TrialConfig.from_point(given) if under_agent() else TrialConfig.from_flat(given)
    for note in (*remarks(config, given), *config.notes()):
        say(f"note: {note}")
    check_execution(options)
    if keeps_maps(options) and config.task.filmed is None:
        raise UsageError(f"--keep_maps keeps pictures, and --task={config.task} fits none: leave it out")
    config.trial_id  # noqa: B018 - reads the files: one that is missing is told before the second of torch's import
    trackers = choose(options.wandb, Path(options.runs))
    from sweeps.record.summary import show
    from sweeps.screen.progress import TrialProgress
    from sweeps.trial.prepared import how_of
    from sweeps.trial.runner import run_recorded

    how = replace(how_of(options), trackers=trackers)
    with interrupts() as caught, TrialProgress(config.steps) as progress:
        outcome = run_recorded(config, how, [progress, caught])
    for note in outcome.record.notes[len(config.notes()) :]:
        say(f"note: {note}")
    if outcome.recorded_before:
        _tell_other_threads(outcome.record, how.execution)
    show(outcome.record, outcome.folder, outcome.recorded_before, Screen())
    if outcome.record.status == "interrupted":
        say(f"run.py: {outcome.record.reason}; the same command continues from there")
        return caught.exit_code
    return 0


def _tell_other_threads(record: Record, machine: "Execution") -> None:
    threads = record.environment.get("threads", machine.threads)
    if threads != machine.threads:
        say(
            f"note: this record was made with --threads={threads}, and this command has --threads={machine.threads}, "
            "with which it would end in other digits (see 'What the numbers mean' in README.md)"
        )


def list_activations(options: Namespace) -> int:
    """``--activations``: print the catalogue of activations; runs nothing."""
    from inr.catalogue import FORMS, MARKDOWN, catalogue, markdown
    from sweeps.screen.catalogue import show as show_catalogue

    if options.activations not in FORMS:
        raise UsageError(f"--activations got {options.activations!r}: expected {' or '.join(FORMS)}")
    if options.activations == MARKDOWN:
        write(markdown())
    else:
        show_catalogue(catalogue(), Screen())
    return 0


def show_record(options: Namespace) -> int:
    """``--show TRIAL``: print what is recorded of a trial; runs nothing."""
    from sweeps.record.show import find, show_trial

    show_trial(*find(Runs(options.runs), options.show), Screen())
    return 0


def verify_record(options: Namespace) -> int:
    """``--verify TRIAL``: train a recorded trial again, and compare with its record; changes nothing."""
    from sweeps.record.show import find

    check_execution(options)
    _, record = find(Runs(options.runs), options.verify)
    from sweeps.screen.progress import TrialProgress
    from sweeps.trial.verify import verify

    with interrupts() as caught, TrialProgress(record.config["steps"]) as progress:
        verified = verify(record, options.device, [progress, caught])
    for sentence in verified.sentences():
        Screen().print(sentence, soft_wrap=True)
    return 1 if verified.differences else 0


def render(options: Namespace, given: dict[str, Any]) -> int:
    """``--render TRIAL``: draw the network of a record ``--into`` a file, at the resolution that was given."""
    from sweeps.record.files import check_target
    from sweeps.record.render import read_extent, read_resolution, render
    from sweeps.record.show import find

    if options.into is None:
        raise UsageError("--render got no --into FILE: give the name of a file, such as --into=big.png")
    extent = read_extent(options.extent)
    folder, record = find(Runs(options.runs), options.render)
    task = task_of(record.config)
    into, text = check_target(options.into, [task.ending], options.force), read_resolution(task, given)
    resolution = None if text is None else entries()[task.resolution].parameter.coerce(text)
    drawn = render(folder, record, resolution, extent, into)
    if drawn.note:
        say(f"note: {drawn.note}")
    Screen().print(f"drawn: {into} ({drawn.description})", soft_wrap=True)
    return 0


def film(options: Namespace) -> int:
    """``--film TRIAL …``: film the fits of trials that kept their maps ``--into`` a file."""
    from sweeps.record.files import check_target
    from sweeps.record.film import ENDINGS, check_trials, film
    from sweeps.record.show import find

    if options.into is None:
        raise UsageError("--film got no --into FILE: give the name of a file, such as --into=fit.mp4")
    check_trials(options.film)
    into = check_target(options.into, ENDINGS, options.force)
    made = film([find(Runs(options.runs), trial) for trial in options.film], into)
    Screen().print(f"filmed: {into} ({plural(made.frames, 'frame')}, {made.rate} a second)", soft_wrap=True)
    return 0


def distributions(options: Namespace, given: dict[str, Any], draw: "Histograms") -> int:
    """``--distributions``: pass random inputs through networks; print a table, and draw ``--into`` a folder.

    The networks are drawn by each law of initialisation, or are those of a trial before and after its training.
    """
    from sweeps import distributions as own

    into = own.check_folder(options.into, options.force)
    if options.distributions == DRAWN_ANEW:
        configs = own.configs_of(given)
        for note in own.ignored(configs, given):
            say(f"note: {note}")
        found, title = own.drawn_anew(configs)
    else:
        from sweeps.record.show import find

        folder, record = find(Runs(options.runs), options.distributions)
        found, title = own.of_trial(folder, record, given)
    files = own.write_folder(into, found, draw(found, title)) if into else []
    write(own.markdown(found))
    for note in own.notes(found):
        say(f"note: {note}")
    for path in files:
        Screen().print(f"drawn: {path}", soft_wrap=True)
    return 0


def advise(options: Namespace, given: dict[str, Any], calibrate: "Calibrate") -> int:
    """``--advise``: propose ω₀ from the spectrum of what a trial would fit, with its error on recorded trials."""
    from sweeps import advice

    config = TrialConfig.from_flat(given)
    advice.check(config, given)
    for note in remarks(config, given):
        say(f"note: {note}")
    samples = advice.samples_of(config)
    rule, calibration, notes = advice.calibrated(calibrate, Path(options.runs), config)
    for note in notes:
        say(f"note: {note}")
    for line in advice.sentences(config, given, advice.propose(config, *samples, rule)):
        Screen().print(line, soft_wrap=True)
    if calibration:
        write(advice.table(calibration))
        Screen().print(advice.verdict(calibration), soft_wrap=True)
    return 0


def plan(options: Namespace) -> int:
    """``--plan FILE``: the distinct trials of a sweep, what each costs, what is recorded; runs nothing."""
    from sweeps.file.plan import make_plan
    from sweeps.file.plan_summary import show_plan
    from sweeps.file.spec import load_spec

    show_plan(make_plan(load_spec(options.plan), Runs(options.runs)), Screen())
    return 0


def sweep(options: Namespace, compare: Compare, draw: Draw) -> int:
    """``--sweep FILE``: run what is left of a sweep on this machine; with ``--worker``, be one of its workers.

    ``compare`` prints the comparison that it ends with, ``draw`` makes its pictures.
    """
    from sweeps.file.plan import make_plan
    from sweeps.file.spec import load_spec

    spec, runs = load_spec(options.sweep), Runs(options.runs)
    check_execution(options)
    if options.worker:
        return _work(options, spec, runs)
    # Wrong combinations of values too are told before anything is imported or created.
    return _drive(options, make_plan(spec, runs), runs, compare, draw)


def _work(options: Namespace, spec: "SweepSpec", runs: Runs) -> int:
    """Be a worker of a sweep until no trial is left, or a signal arrives."""
    from sweeps.crew.worker import work
    from sweeps.search.storage import told_if_lost
    from sweeps.search.study import open_study, programs_of
    from sweeps.trial.prepared import how_of

    storage = _storage(options, spec, runs)
    with interrupts() as caught, told_if_lost(storage):
        trackers = choose(options.wandb, runs.path, group=spec.name)
        study = open_study(spec, storage, seed=f"{os.uname().nodename}/{os.getpid()}")
        how = replace(how_of(options), force=False, trackers=trackers, programs=programs_of(study))
        work(spec, study, how, caught)
    return caught.exit_code if caught.caught else 0


def _drive(options: Namespace, whole: "Plan", runs: Runs, compare: Compare, draw: Draw) -> int:
    """Run a sweep with workers, and print its comparison."""
    from sweeps.crew.launchers import QUEUED
    from sweeps.crew.summary import ended_sweep
    from sweeps.crew.sweep import left, run_sweep
    from sweeps.search.storage import told_if_lost

    storage = _storage(options, whole.spec, runs)
    with interrupts() as caught, told_if_lost(storage):
        launch = _launch(options, whole.spec, runs, caught)
        crew = _crew(options, elsewhere=launch is not None)
        study = run_sweep(whole, runs, storage, crew, caught, launch)
        _show_end(ended_sweep(whole.spec, study, runs, options.storage), whole.spec, study, runs, compare, draw)
        missing = 0 if options.launcher in QUEUED else left(study)
    if caught.caught:
        say(f"run.py: {caught.caught.name}; the same command continues from there")
        return caught.exit_code
    if missing:
        say(f"run.py: error: {missing} trials are left, the workers died too often; the same command continues")
    return 1 if missing else 0


def _storage(options: Namespace, spec: "SweepSpec", runs: Runs) -> str | Path:
    """The database that was given, whose URL then disappears from the process list, or the sweep's journal."""
    from sweeps.crew.sweep import default_storage

    if options.storage:
        hide_argument(options.storage)
    return options.storage or default_storage(spec, runs)


def _show_end(ended: "Ended", spec: "SweepSpec", study: "Study", runs: Runs, compare: Compare, draw: Draw) -> None:
    """Print the comparison of the finished trials, where their pictures are, and the commands to give next."""
    from sweeps.crew.summary import show_sweep

    screen = Screen()
    screen = screen if screen.is_terminal else Screen(width=WIDE, color_system=None)
    commands = compare(ended, screen) if ended.trial_ids else []
    show_sweep(spec, study, runs, screen)
    for folder in dict.fromkeys(path.parent for path in draw(ended)):
        screen.print(f"pictures: {folder}", soft_wrap=True)
    for line in ["next:", *(f"  {command}" for command in commands)] if commands else []:
        screen.print(line, soft_wrap=True)


def agent(options: Namespace) -> int:
    """``--agent SWEEP_ID``: run what W&B hands out of a sweep, one run after another."""
    if options.wandb not in (None, "online"):
        raise UsageError(f"--agent and --wandb={options.wandb} contradict: an agent is online, leave --wandb out")
    count = _runs_of_an_agent(options.count)
    check_execution(options)
    from sweeps.trial.prepared import how_of
    from sweeps.weights_and_biases.agent import Agent, connect

    how = how_of(options)
    link = connect(options.agent)
    with interrupts() as caught:
        worker = Agent(link, how, caught, count)
        try:
            worker.work()
        finally:
            say(f"{link.path}: {worker.story()}")
    if caught.caught:
        say(f"run.py: {caught.caught.name}; what was recorded stands, and continues when its trial comes again")
        return caught.exit_code
    return 0


def _runs_of_an_agent(text: str | None) -> int | None:
    if text is not None and (not text.isdecimal() or int(text) < 1):
        raise UsageError(f"--count got {text!r}: expected an integer of at least 1")
    return None if text is None else int(text)


def _crew(options: Namespace, elsewhere: bool) -> "Crew":
    from sweeps.crew.sweep import Crew, crew_of
    from sweeps.trial.execution import visible_gpus

    workers, threads, arguments = count_of(options, "workers"), count_of(options, "threads"), _worker_arguments(options)
    if elsewhere:
        crew = Crew(workers or 1, threads or 1, arguments)
    else:
        crew = crew_of(workers, threads, arguments, visible_gpus(options.device))
    return replace(crew, environment={STORAGE: options.storage} if options.storage else {})


def _launch(options: Namespace, spec: "SweepSpec", runs: Runs, interrupts: Interrupts) -> "Launch | None":
    """Make the function that submits the workers to a launcher; None if they are local processes."""
    from sweeps.crew.launchers import LAUNCHERS, Job, launch, read_options

    launcher = one_of(options, "launcher", ("local", *LAUNCHERS))
    given, folder = read_options(options.launcher_options), (runs.path / "launched" / spec.name).absolute()
    if launcher != "local":
        return lambda crew: launch(
            launcher, Job(crew.command, folder, crew.environment), crew.workers, given, interrupts
        )
    if given:
        raise UsageError("--launcher_options are for --launcher=slurm and --launcher=ray: give one of them")
    return None


def _worker_arguments(options: Namespace) -> list[str]:
    """The flags that a worker shares with the command that starts it; the storage's password must not be among them."""
    shared = {"sweep": Path(options.sweep).absolute(), "runs": Path(options.runs).absolute()}
    names = ("wandb", "device", "keep_weights", "keep_maps", "compile")
    given = {name: getattr(options, name) for name in names if getattr(options, name)}
    plugins = [f"--plugin={plugin}" for plugin in options.plugin]
    return [*(f"--{name}={value}" for name, value in {**shared, **given}.items()), *plugins]

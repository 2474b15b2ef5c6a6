"""Names are data: every printer shows a name that nobody could want letter by letter."""

import io
import os
import sys
from pathlib import Path
from typing import Any

import hostile
import optuna
import pytest
import tiny
from hostile import NAMES, assert_shown, few, printed
from hypothesis import example, given
from optuna.trial import TrialState, create_trial
from PIL import Image

from inr.config import TrialConfig
from sweeps.crew.dashboard import Dashboard
from sweeps.crew.summary import show_sweep
from sweeps.file.distributions import Choice
from sweeps.file.plan import Plan, Planned
from sweeps.file.plan_summary import show_plan
from sweeps.file.spec import Metric, SweepSpec
from sweeps.record.folder import Record, RecordFolder, Runs
from sweeps.record.summary import show
from sweeps.screen.console import say, visible, write
from sweeps.weights_and_biases import mirror
from sweeps.weights_and_biases.modes import choose


@pytest.mark.parametrize("name", ["x[/b].png", "[red]q.png", ":smile:.png", "\x1b[2J.png"])
def test_a_trial_of_any_picture_in_any_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path(name).parent.mkdir(exist_ok=True)
    Image.radial_gradient("L").save(name)
    tiny.train(f"runs {name}", image=name, steps=1, hidden_layers=0)
    said = capsys.readouterr()
    for text in (f"{name} 16 px, image loss", f"record: runs {name}{os.sep}trials{os.sep}"):
        assert_shown(said.out, text)


def spec(name: str, **values: Any) -> SweepSpec:
    metrics = (Metric("image/psnr", "maximize"), Metric("gradient/psnr", "maximize"))
    return SweepSpec(name, Path("x.yaml"), "grid", metrics, {key: Choice(tuple(v)) for key, v in values.items()})


def record(name: str) -> Record:
    config = {**TrialConfig.from_flat({}).flat(), "image": name}
    return Record("0" * 16, "failed", config, {"image/psnr": 20.0}, {}, {}, {}, reason=f"there is no {name}")


class OneRecord(Runs):
    """A runs folder in which every trial has the same record."""

    def __init__(self, path: str, only: Record) -> None:
        super().__init__(path)
        self.only = only

    def readable(self, trial_id: str) -> Record:
        return self.only


def study(name: str) -> optuna.Study:
    """A trial that is finished, and one that failed, both with the name among what was chosen."""
    made = optuna.create_study(directions=["maximize", "maximize"])
    only = optuna.distributions.CategoricalDistribution((name,))
    chosen: dict[str, Any] = {"params": {"image": name}, "distributions": {"image": only}}
    known = {"key": "0", "trial_id": "0" * 16}
    made.add_trial(create_trial(**chosen, state=TrialState.COMPLETE, values=[1.0, 2.0], user_attrs=known))
    reason = {"key": "1", "reason": f"no {name}"}
    made.add_trial(create_trial(**chosen, state=TrialState.FAIL, user_attrs=reason))
    return made


@few
@given(NAMES)
@example("x[/b].png")
@example("[red]q.png")
@example(":smile:")
@example("\x1b[2J\x1b]0;title\x07")
def test_every_table_shows_a_name_as_it_is(name: str) -> None:
    folder = RecordFolder(Path("runs") / name)
    out = printed(lambda screen: show(record(name), folder, False, screen))
    for text in (f"{name} 64 px", f"failed: there is no {name}", f"record: {folder.path}"):
        assert_shown(out, text)
    swept, runs = spec(name, image=(name, "x")), OneRecord(name, record(name))
    out = printed(lambda screen: show_sweep(swept, study(name), runs, screen))
    for text in (f"sweep {name}:", f"records: {runs.path}", f"failed: image={name}: no {name}"):
        assert_shown(out, text)
    planned = [Planned(TrialConfig.from_flat({}), {"image": value}) for value in (name, "camera")]
    out = printed(lambda screen: show_plan(Plan(spec(name, image=(name, "camera")), 2, planned), screen))
    assert_shown(out, f"sweep {name}:")
    assert squeezed_count(out, name) >= 2


def squeezed_count(out: str, name: str) -> int:
    return hostile.squeezed(out).count(hostile.squeezed(visible(name))) if hostile.squeezed(visible(name)) else 2


@few
@given(NAMES)
def test_a_terminal_gets_no_sequence_but_those_of_rich(name: str) -> None:
    out = printed(lambda screen: show(record(name), RecordFolder(Path(name)), True, screen), force_terminal=True)
    plain = hostile.without_styles(out)
    assert_shown(plain, f"{name} 64 px")


@few
@given(NAMES)
def test_what_is_shown_while_a_sweep_runs(name: str) -> None:
    runs = OneRecord(name, record(name))
    made = study(name)
    dashboard = Dashboard(spec(name, image=(name, "x")), made, runs)
    made.add_trial(
        create_trial(
            state=TrialState.RUNNING,
            params={"image": name},
            distributions={"image": optuna.distributions.CategoricalDistribution((name,))},
        )
    )
    out = printed(lambda screen: screen.print(dashboard._picture()))
    assert_shown(out, f"sweep {name}: 1/3 done")
    assert_shown(out, f"image={name}")


@few
@given(NAMES)
def test_a_trial_that_has_ended_is_one_line(name: str) -> None:
    made = optuna.create_study(directions=["maximize", "maximize"])
    dashboard = Dashboard(spec(name), made, Runs("runs"))
    for trial in study(name).get_trials():
        made.add_trial(trial)
    said = caught(dashboard.update)
    assert len(said.splitlines()) == said.count("\n") == 2
    assert_shown(said, f"image={name}: no {name}")


@few
@given(NAMES)
def test_a_note_and_text_for_a_program(name: str) -> None:
    said = caught(lambda: say(f"note: {name}"))
    for line in f"note: {name}".split("\n"):
        assert_shown(said, line)
    text = io.StringIO()
    before, sys.stdout = sys.stdout, text
    try:
        write(name)
    finally:
        sys.stdout = before
    assert text.getvalue() == name.encode(errors="backslashreplace").decode()


def caught(action: Any) -> str:
    """What an action says on standard error."""
    before, sys.stderr = sys.stderr, io.StringIO()
    try:
        action()
        return sys.stderr.getvalue()
    finally:
        sys.stderr = before


@pytest.mark.parametrize("name", hostile.EXAMPLES)
def test_wandb_gets_names_as_they_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    given: dict[str, Any] = {}

    class Run:
        offline, dir, url = True, str(tmp_path), ""

    def init(**arguments: Any) -> Run:
        given.update(arguments)
        return Run()

    monkeypatch.setattr(mirror.wandb, "init", init)
    (tracker,) = choose("offline", tmp_path, group=name)
    config = {"activation": "sine", "loss": "image", "image": name}
    tracker.start("0" * 16, config)
    assert (given["config"], given["group"], given["name"]) == (config, name, "sine image 00000000")

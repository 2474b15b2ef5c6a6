"""The live display of a sweep: a line an activation, like compared with like, whole at 80 and 140 columns."""

import re
from pathlib import Path
from typing import Any

import optuna
import pytest
from optuna.trial import TrialState, create_trial
from small_sweeps import spec_of

from sweeps.crew.dashboard import Dashboard
from sweeps.record.folder import Runs
from sweeps.screen.terminal import Screen

GRID = """activation: {values: [relu, sine, square]}
loss: {values: [image, gradient]}
image: {values: [camera, coins]}
seed: {values: [0, 1]}"""


def trial(state: TrialState, value: float | None = None, **params: Any) -> optuna.trial.FrozenTrial:
    """A trial of the grid in a state, with its score."""
    known = {"activation": "sine", "loss": "image", "image": "camera", "seed": 0, **params}
    only = {name: optuna.distributions.CategoricalDistribution((chosen,)) for name, chosen in known.items()}
    reason = {"reason": "it broke", "status": "failed"} if state == TrialState.FAIL else {}
    return create_trial(
        state=state,
        params=known,
        distributions=only,
        values=None if value is None else [value],
        user_attrs={"key": repr(sorted(known.items())), **reason},
    )


@pytest.fixture
def dashboard(tmp_path: Path) -> Dashboard:
    study = optuna.create_study(direction="maximize")
    return Dashboard(spec_of(tmp_path, GRID), study, Runs(tmp_path / "runs"))


def lines(dashboard: Dashboard, width: int) -> list[str]:
    dashboard.console = Screen(width=width, color_system=None)
    with dashboard.console.capture() as captured:
        dashboard.console.print(dashboard._picture())
    return captured.get().splitlines()


def test_a_score_is_compared_with_those_of_its_loss_and_image_only(dashboard: Dashboard) -> None:
    for value, params in (
        (30.0, {}),
        (31.5, {"seed": 1}),
        (99.0, {"loss": "gradient"}),
        (12.0, {"image": "coins"}),
        (20.0, {"activation": "relu"}),
    ):
        dashboard.study.add_trial(trial(TrialState.COMPLETE, value, **params))
    dashboard.study.add_trial(trial(TrialState.RUNNING, activation="square", seed=1))
    dashboard.study.add_trial(trial(TrialState.FAIL, activation="relu", seed=1))
    shown = lines(dashboard, 140)
    assert shown[1] == "best image PSNR (dB) so far by loss, image"
    rows = [line.split() for line in shown if line.split()[:1] and line.split()[0] in ("relu", "sine", "square")]
    assert rows == [
        ["relu", "1/2,", "1", "failed", "20.00", "–", "–"],
        ["sine", "4/4", "31.50", "99.00", "12.00"],
        ["square", "0/1", "–", "–", "–", "loss=image", "image=camera", "seed=1", "step", "0/1"],
    ]
    assert [word for line in shown[2:4] for word in line.split()][:6] == [
        *("image", "gradient", "image", "activation", "done", "camera")
    ]


@pytest.mark.parametrize("width", [80, 140])
def test_no_line_is_wider_than_the_screen_and_the_rest_is_counted(dashboard: Dashboard, width: int) -> None:
    losses, images = ("image", "gradient", "laplacian", "all"), ("camera", "coins")
    for number, (loss, image) in enumerate((loss, image) for loss in losses for image in images):
        dashboard.study.add_trial(trial(TrialState.COMPLETE, 10.0 + number, loss=loss, image=image))
    dashboard.study.add_trial(trial(TrialState.RUNNING, loss="all", image="coins", seed=1))
    shown = lines(dashboard, width)
    assert max(map(len, shown)) <= width
    (sine,) = [line for line in shown if line.startswith("sine")]
    scores = re.findall(r"\d+\.\d\d", sine)
    hidden = re.search(r"only the last, (\d) without room", shown[1])
    assert scores == [f"{10 + number:.2f}" for number in range(8 - len(scores), 8)]
    assert len(scores) + int(hidden[1] if hidden else 0) == 8
    assert "seed=1 step 0/1" in re.sub(r"\s+", " ", " ".join(line[-40:] for line in shown))


def test_names_are_no_markup(dashboard: Dashboard) -> None:
    dashboard.study.add_trial(trial(TrialState.RUNNING, image="[red]a[/red]\x1b[2J"))
    out = "".join(line.replace(" ", "") for line in lines(dashboard, 140))
    assert "[red]a[/red]\\x1b[2J" in out
    assert "\x1b" not in out


def test_elsewhere_a_few_lines_are_enough_and_failures_are_told(
    dashboard: Dashboard, capsys: pytest.CaptureFixture[str]
) -> None:
    for seed in range(40):
        dashboard.study.add_trial(trial(TrialState.COMPLETE, 20.0 + seed, seed=seed))
        dashboard.update()
    dashboard.study.add_trial(trial(TrialState.FAIL, seed=40))
    dashboard.update()
    said = capsys.readouterr().err.splitlines()
    assert said[-1].startswith("40/41 done, 1 failed, ")
    assert said[-1].endswith("it broke")
    assert "image PSNR 20.00 dB" in said[0]
    assert "\x1b" not in "".join(said)


def test_a_sweep_of_many_trials_has_ten_lines(dashboard: Dashboard, capsys: pytest.CaptureFixture[str]) -> None:
    for seed in range(40):
        dashboard.study.add_trial(trial(TrialState.COMPLETE, 20.0, seed=seed))
    dashboard.update()
    dashboard.update()
    assert len(capsys.readouterr().err.splitlines()) == 10

"""What the analysis is told of a sweep that has ended: its trials and its place, and never a password."""

import optuna
import pytest
from small_sweeps import METRIC, spec_of

from sweeps.crew.summary import ended_sweep
from sweeps.record.folder import Runs

GRID = "activation: {values: [relu, sine]}"
SEARCH = f"method: random\n{METRIC}\nrun_cap: 2"


@pytest.mark.parametrize(
    ("storage", "place"),
    [
        (None, []),
        ("postgresql://somebody@host/data", ["postgresql://somebody@host/data", "--runs"]),
        ("postgresql://somebody:secret@host/data", ["$INR_STORAGE", "--runs"]),
    ],
)
def test_the_words_of_a_command_name_the_sweep_without_a_password(tmp_path, storage, place):
    runs = Runs(tmp_path / "runs")
    found = ended_sweep(spec_of(tmp_path, GRID), optuna.create_study(), runs, storage)
    assert [*found.source] == [*place, str(runs.path), "--sweep", "x"]


def test_only_a_search_has_searched(tmp_path):
    study, runs = optuna.create_study(), Runs(tmp_path)
    assert ended_sweep(spec_of(tmp_path, GRID), study, runs, None).searched == ()
    found = ended_sweep(spec_of(tmp_path, GRID + "\nomega_0: {min: 1.0, max: 9.0}", SEARCH), study, runs, None)
    assert (found.searched, found.rank_by) == (("activation", "omega_0"), "image/psnr")

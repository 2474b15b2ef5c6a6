"""Every task from the command to the record, the table and the report."""

import pytest

import analysis
import run
from analysis.commands import main
from inr.tasks import TASKS, task_of
from inr.vocabulary import metric
from sweeps.record.folder import Runs
from tests.cases import SMALL_TASKS

TINY = {"steps": 4, "eval_every": 2, "hidden_features": 8, "hidden_layers": 1, "threads": 1}


@pytest.fixture(params=TASKS)
def made(request, tmp_path, capsys):
    """The name of a task, and the folder with its records of two activations."""
    name = request.param
    flags = [f"--{key}={value}" for key, value in {"task": name, **TINY, **SMALL_TASKS.get(name, {})}.items()]
    for activation in ("sine", "relu"):
        assert run.main(["--trial", f"--runs={tmp_path}", f"--activation={activation}", *flags]) == 0
    return name, tmp_path


def test_it_works_from_the_command_to_the_report(made, capsys):
    name, runs = made
    folders = [Runs(runs).folder(path.name) for path in sorted((runs / "trials").iterdir())]
    for folder in folders:
        record = folder.read()
        assert record.status == "finished"
        ranked = record.best["rank_by"]
        assert ranked == task_of(record.config).rank_by(record.config)
        assert ranked in record.metrics
        assert (folder.path / "figure.png").stat().st_size > 1000
        assert (folder.path / "weights.safetensors").exists()
    capsys.readouterr()
    assert main(["table", str(runs), "--by", "activation"]) == 0
    table = capsys.readouterr().out
    assert metric(ranked).family.noun in table
    assert all(word in table for word in ("sine", "relu"))
    assert main(["report", str(runs), "--by", "activation", f"--out={runs / 'report.html'}"]) == 0
    page = (runs / "report.html").read_text()
    assert metric(ranked).label in page
    assert len(analysis.load(runs)) == 2
    assert run.main(["--show", folder.path.name, f"--runs={runs}"]) == 0
    ending = TASKS[name].ending
    assert run.main(["--render", folder.path.name, f"--runs={runs}", f"--into={runs / 'drawn'}{ending}"]) == 0
    assert (runs / f"drawn{ending}").stat().st_size > 0

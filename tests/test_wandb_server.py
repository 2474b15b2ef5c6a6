"""The real `wandb` against the loopback fixture: what is sent arrives, and is read back as it was."""

import json
import subprocess
import sys
import textwrap
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from wandb_server import Agent, Misunderstood, State, Sweep, WandbServer
from wandb_server.heartbeat import commands
from wandb_server.server import AUTHORIZATION

FAST_AGENT = Path(__file__).parent / "wandb_server" / "fast_agent.py"
WANDB = (sys.executable, "-m", "wandb")

TRAIN = """
    import sys
    import numpy as np
    import wandb

    pixels = np.arange(4 * 5 * 3, dtype=np.uint8).reshape(4, 5, 3)
    with wandb.init(project="images", config={"activation": "siren", "omega_0": 30.0}) as run:
        for step in range(3):
            counts = wandb.Histogram(np_histogram=([step, 2, 3], [0.0, 0.5, 1.0, 1.5]))
            run.log({"loss": 1.5 / (step + 1), "nested": {"psnr": 20.5 + step}, "weights": counts})
        run.log({"picture": wandb.Image(pixels)})
        run.log({"table": wandb.Table(columns=["layer", "std"], data=[["first", 0.5]])})
        run.summary["best"] = 42.25
"""

READ = """
    import json, sys
    import wandb

    folder, path = sys.argv[1:]
    run = wandb.Api().run(path)
    rows = list(run.scan_history())
    pictures = [row["picture"]["path"] for row in rows if "picture" in row]
    for picture in pictures:
        run.file(picture).download(root=folder).close()
    print(json.dumps({
        "state": run.state,
        "config": run.config,
        "summary": {key: run.summary_metrics[key] for key in ("best", "loss", "nested")},
        "rows": rows,
        "losses": list(run.scan_history(keys=["loss"])),
        "sampled": run.history(keys=["loss"], pandas=False),
        "frame": run.history()["loss"].dropna().tolist(),
        "pictures": pictures,
        "files": [file.name for file in run.files()],
        "system": run.metadata["python"],
    }))
"""

SWEPT = """
    import wandb

    with wandb.init() as run:
        run.log({"loss": run.config["omega_0"] * 2})
"""

ENDLESS = """
    import time
    import wandb

    with wandb.init() as run:
        time.sleep(60)
"""

PATIENT = """
    import sys
    import wandb

    with wandb.init() as run:
        print("ready", flush=True)
        for line in sys.stdin:
            run.log({"said": line.strip()})
            print("ready", flush=True)
"""


@pytest.fixture
def server() -> Iterator[WandbServer]:
    with WandbServer() as server:
        yield server


def run(server: WandbServer, home: Path, *command: object, **extra: str) -> str:
    """Run a command to its end in `home` with the server's environment; return what it printed."""
    finished = subprocess.run(
        [str(part) for part in command],
        cwd=home,
        env=server.environment(home) | extra,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert finished.returncode == 0, finished.stdout + finished.stderr
    return finished.stdout


def script(home: Path, text: str) -> Path:
    path = home / "script.py"
    path.write_text(textwrap.dedent(text))
    return path


def python(server: WandbServer, home: Path, text: str, *arguments: object, **extra: str) -> str:
    return run(server, home, sys.executable, script(home, text), *arguments, **extra)


def start(server: WandbServer, home: Path, *arguments: object) -> "subprocess.Popen[str]":
    """Start a Python script that can be fed on its standard input."""
    return subprocess.Popen(
        [sys.executable, *(str(argument) for argument in arguments)],
        cwd=home,
        env=server.environment(home),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )


def say(child: "subprocess.Popen[str]", *lines: str) -> None:
    """Feed PATIENT lines one by one, waiting until it is ready again after each."""
    assert child.stdin is not None
    for line in lines:
        child.stdin.write(line + "\n")
        child.stdin.flush()
        ready(child)


def ready(child: "subprocess.Popen[str]") -> None:
    assert child.stdout is not None
    assert child.stdout.readline() == "ready\n"


def check_trained(server: WandbServer, home: Path) -> None:
    """Read the run of TRAIN back and compare it with what was logged."""
    (sent,) = server.runs.values()
    read = json.loads(python(server, home, READ, home / "downloads", sent.path).splitlines()[-1])
    assert (sent.state, sent.exit_code, read["state"]) == ("finished", 0, "finished")
    assert sent.config == read["config"] == {"activation": "siren", "omega_0": 30.0}
    assert read["summary"] == {"best": 42.25, "loss": 0.5, "nested": {"psnr": 22.5}}
    assert read["rows"] == sent.history
    check_history(read)
    check_files(read, home)


def check_history(read: dict[str, Any]) -> None:
    assert [row["_step"] for row in read["rows"]] == [0, 1, 2, 3, 4]
    assert [row["nested"] for row in read["rows"][:3]] == [{"psnr": 20.5}, {"psnr": 21.5}, {"psnr": 22.5}]
    for step, row in enumerate(read["rows"][:3]):
        assert row["weights"] == {"_type": "histogram", "values": [step, 2, 3], "bins": [0, 0.5, 1, 1.5]}
    assert read["losses"] == [{"_step": step, "loss": 1.5 / (step + 1)} for step in range(3)]
    assert read["sampled"] == read["losses"]
    assert read["frame"] == [1.5, 0.75, 0.5]
    assert (read["rows"][4]["table"]["nrows"], read["rows"][4]["table"]["ncols"]) == (1, 2)


def check_files(read: dict[str, Any], home: Path) -> None:
    assert {"config.yaml", "wandb-metadata.json", "wandb-summary.json", "requirements.txt"} <= set(read["files"])
    (picture,) = read["pictures"]
    with Image.open(home / "downloads" / picture) as image:
        assert np.array_equal(np.asarray(image), np.arange(60, dtype=np.uint8).reshape(4, 5, 3))
    assert read["system"].endswith(sys.version.split()[0])


def test_an_online_run_is_read_back_as_it_was_logged(server: WandbServer, tmp_path: Path) -> None:
    python(server, tmp_path, TRAIN)
    check_trained(server, tmp_path)
    (artifact,) = server.artifacts.values()
    assert (artifact.type, artifact.state) == ("run_table", "COMMITTED")
    assert json.loads(artifact.files["table.table.json"])["data"] == [["first", 0.5]]


def test_a_synced_offline_run_is_the_same(server: WandbServer, tmp_path: Path) -> None:
    python(server, tmp_path, TRAIN, WANDB_MODE="offline")
    assert server.requests == []
    (folder,) = (tmp_path / "wandb").glob("offline-run-*")
    run(server, tmp_path, *WANDB, "sync", folder)
    check_trained(server, tmp_path)


def sweep(server: WandbServer, home: Path, text: str = SWEPT) -> str:
    """Create a sweep of two runs with `wandb sweep`; return its path."""
    (home / "sweep.yaml").write_text(
        textwrap.dedent(
            f"""
            program: script.py
            method: grid
            command: ["{sys.executable}", "${{program}}"]
            parameters:
              omega_0: {{values: [10, 30]}}
              activation: {{value: siren}}
            """
        )
    )
    script(home, text)
    run(server, home, *WANDB, "sweep", "sweep.yaml")
    (created,) = server.sweeps.values()
    return created.path


def check_swept(server: WandbServer, path: str) -> None:
    (ended,) = server.sweeps.values()
    assert (ended.path, ended.state) == (path, "FINISHED")
    assert [run.config for run in server.runs.values()] == list(ended.handed_out.values())
    assert [run.config["omega_0"] for run in server.runs.values()] == [10, 30]
    assert [run.summary["loss"] for run in server.runs.values()] == [20, 60]
    assert [(run.sweep, run.state, run.exit_code) for run in server.runs.values()] == [(ended.name, "finished", 0)] * 2


def test_the_true_command_line_runs_a_grid(server: WandbServer, tmp_path: Path) -> None:
    path = sweep(server, tmp_path)
    run(server, tmp_path, *WANDB, "agent", path)
    check_swept(server, path)


def test_the_fast_agent_runs_a_grid_and_the_sweep_is_read_back(server: WandbServer, tmp_path: Path) -> None:
    path = sweep(server, tmp_path)
    run(server, tmp_path, sys.executable, FAST_AGENT, path)
    check_swept(server, path)
    read = """
        import sys, wandb
        sweep = wandb.Api().sweep(sys.argv[1])
        wanted = {"config.omega_0": {"$gte": 30}}
        best = wandb.Api().runs("tester/project", order="-summary_metrics.loss", filters=wanted)
        swept = sorted(run.config["omega_0"] for run in sweep.runs)
        print(sweep.state, sweep.expected_run_count, swept, [run.id for run in best])
    """
    said = python(server, tmp_path, read, path).splitlines()[-1]
    assert said == f"FINISHED 2 [10, 30] {list(server.runs)[1:]}"


def test_a_cancelled_sweep_stops_its_run(server: WandbServer, tmp_path: Path) -> None:
    path = sweep(server, tmp_path, text=ENDLESS)
    with start(server, tmp_path, FAST_AGENT, path) as agent:
        wait_for(lambda: bool(server.runs))
        run(server, tmp_path, *WANDB, "sweep", "--cancel", path)
        assert agent.wait(30) == 0
    (cancelled,) = server.sweeps.values()
    assert (cancelled.state, len(cancelled.handed_out)) == ("CANCELED", 1)


def wait_for(condition: Callable[[], bool], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_a_random_sweep_repeats_and_ends_at_its_run_cap() -> None:
    config = "{method: random, run_cap: 2, parameters: {lr: {min: 0.0, max: 1.0}, depth: {min: 1, max: 9}}}"
    first, second = (handed_out(Sweep("entity", "project", "sweep", config, seed=7)) for _ in range(2))
    assert first == second
    assert [command["type"] for command in first] == ["run", "run", "exit"]
    for command in first[:2]:
        assert 0 <= command["args"]["lr"]["value"] <= 1
        assert command["args"]["depth"]["value"] in range(1, 10)


def handed_out(sweep: Sweep) -> list[dict[str, Any]]:
    """Return what an agent is told until it is told to exit."""
    told: list[dict[str, Any]] = []
    while not told or told[-1]["type"] != "exit":
        told += commands(State("entity"), Agent("agent", "host", sweep))
    return told


def test_a_few_seconds_of_503_lose_nothing(server: WandbServer, tmp_path: Path) -> None:
    with start(server, tmp_path, script(tmp_path, PATIENT)) as child:
        ready(child)
        say(child, "before")
        server.pause(2)
        say(child, "during")
        child.communicate(timeout=30)
    assert child.returncode == 0
    (run,) = server.runs.values()
    assert [row["said"] for row in run.history] == ["before", "during"]
    assert run.state == "finished"
    assert 503 in {request.status for request in server.requests}


def test_a_server_that_went_away_holds_finish_no_longer_than_its_timeout(server: WandbServer, tmp_path: Path) -> None:
    text = PATIENT.replace("init()", "init(settings=wandb.Settings(finish_timeout=1))")
    with start(server, tmp_path, script(tmp_path, text)) as child:
        ready(child)
        with server.away(refuse_connections=True):
            say(child, "first", "second")
            began = time.monotonic()
            child.communicate(timeout=30)
            assert 0.9 < time.monotonic() - began < 10
    (left,) = server.runs.values()
    assert (child.returncode, left.state, left.history) == (0, "running", [])
    (folder,) = (tmp_path / "wandb").glob("run-*")
    run(server, tmp_path, *WANDB, "sync", "--no-skip-online", folder)
    assert [row["said"] for row in left.history] == ["first", "second"]
    assert left.state == "finished"


def post(server: WandbServer, query: str) -> tuple[int, str]:
    request = urllib.request.Request(
        f"{server.url}/graphql",
        data=json.dumps({"query": query}).encode(),
        headers={"Authorization": AUTHORIZATION},
    )
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


@pytest.mark.parametrize(
    ("query", "complaint"),
    [
        ("{ viewer { username shoeSize } }", "no field query.viewer.shoeSize"),
        ("{ weather }", "no field query.weather"),
        ("mutation { forgetEverything }", "no field mutation.forgetEverything"),
        ("{ viewer(inch: 3) { username } }", "query.viewer"),
        ('mutation { upsertBucket(input: {name: "r", colour: "red"}) { inserted } }', "colour"),
        ("{ viewer { username ", "Syntax Error"),
    ],
)
def test_what_is_not_known_fails_loudly(query: str, complaint: str) -> None:
    with WandbServer() as server:
        status, text = post(server, query)
        assert (status, len(server.errors)) == (400, 1)
        assert complaint in text
        assert complaint in server.errors.pop()


def test_an_unnoticed_error_raises_at_the_end() -> None:
    def careless() -> None:
        with WandbServer() as server:
            post(server, "{ weather }")

    with pytest.raises(Misunderstood, match="weather"):
        careless()


def test_aliases_fragments_directives_and_defaults(server: WandbServer) -> None:
    status, text = post(
        server,
        """query ($yes: Boolean = true) {
            me: viewer { ...Who @include(if: $yes) email @skip(if: $yes) ... on Robot { serial } }
        }
        fragment Who on User { username }""",
    )
    assert (status, json.loads(text)) == (200, {"data": {"me": {"username": "tester"}}})


def test_init_can_be_refused(server: WandbServer, tmp_path: Path) -> None:
    server.refuse_init = 403
    text = """
        import wandb
        try:
            wandb.init()
        except wandb.errors.CommError as error:
            print(error)
    """
    assert "run refused" in python(server, tmp_path, text)
    assert not server.runs

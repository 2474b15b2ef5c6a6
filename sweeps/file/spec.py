"""A sweep file in W&B's YAML format: read, checked against the parameters of a trial, every mistake at once.

W&B's client checks almost nothing and burns a run for every mistake; here nothing is created before the file is right.
"""

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from inr.choices import options
from inr.config import aliases, parameters
from inr.errors import InputError, UsageError
from inr.meaning import MEANING
from inr.origins import origins
from inr.parameters import FileOr
from inr.vocabulary import metric as known
from inr.vocabulary import rankable
from inr.words import unknown
from sweeps.file.distributions import Choice, Distribution, read_distribution
from sweeps.file.names import refusal
from sweeps.file.nodes import (
    Entries,
    Entry,
    Mistakes,
    check_keys,
    compose,
    entries,
    items,
    line_of,
    number,
    scalar,
    text,
)

METHODS = ("grid", "random", "bayes")
MOST = 100_000
"""Points of a grid, or trials of a random or bayes sweep. Each is resolved, and stands in the queue."""
_KEYS = (
    *("method", "metric", "metrics", "parameters", "command", "program", "name", "description", "run_cap"),
    *("early_terminate", "entity", "project", "scheduler"),
)
_LAUNCH = "W&B Launch is not used here, start any number of `wandb agent` or `run.py --sweep` instead"
_REFUSED = {
    "controller": "leave it out, and give the file to run.py --sweep, which needs no controller",
    **dict.fromkeys(("job", "image_uri", "resource", "resource_args", "launch"), _LAUNCH),
    "prior_runs": "leave it out, recorded trials are found by themselves",
    "plugin": (_CODE := "a sweep file loads no code, give --plugin=FILE to run.py"),
}
_REFUSED_METRIC = {
    "target": "use run_cap to bound the sweep",
    **dict.fromkeys(("impute", "impute_while_running"), "a trial without the metric counts as failed"),
}


@dataclass(frozen=True)
class Metric:
    """A metric that a sweep wants: its name in the records, and ``maximize`` or ``minimize``."""

    name: str
    goal: str


@dataclass(frozen=True)
class SweepSpec:
    """A sweep that has been read and found right."""

    name: str
    path: Path
    method: str
    """grid, random or bayes; W&B's custom, whose engine must be Optuna, is bayes here."""
    metrics: tuple[Metric, ...]
    parameters: Mapping[str, Distribution]
    """By the parameter's own name (never an alias), in the file's order."""
    run_cap: int | None = None
    early_terminate: Mapping[str, Any] | None = None
    """Hyperband's ``min_iter`` or ``max_iter`` with ``s``, and ``eta``; in evaluations, not in steps."""
    description: str = ""
    text: str = field(default="", repr=False)
    """The file; and the files that its folders and patterns stand for, as comments."""

    @property
    def varying(self) -> tuple[str, ...]:
        """The parameters that are searched; the others are constants."""
        return tuple(n for n, d in self.parameters.items() if not isinstance(d, Choice) or len(d.values) > 1)

    @property
    def plugins(self) -> dict[str, str]:
        """The ``kind.name`` of each choice that a plugin defines → the digest of its bytes."""
        listed = ((kind, value) for kind, d in self.parameters.items() if isinstance(d, Choice) for value in d.values)
        chosen = [options(kind)[value] for kind, value in listed if value in options(kind)]
        return {f"{c.kind}.{c.name()}": " ".join(p.sha256 for p in origins(c)) for c in chosen if origins(c)}

    @property
    def space_hash(self) -> str:
        """16 hexadecimal digits over what is searched and how it is judged.

        Not over the name, comments, the order of the parameters, the command, and ``run_cap``: a budget may grow.
        """
        stop = sorted((self.early_terminate or {}).items())
        space = (MEANING, self.method, self.metrics, sorted(self.parameters.items()), stop)
        return hashlib.sha256(repr(space).encode()).hexdigest()[:16]


def load_spec(path: str | Path) -> SweepSpec:
    """Read a sweep file.

    Raises :class:`UsageError` with one line a mistake, ``path:line: what, and what to do``, and
    :class:`InputError` where there is no such file.
    """
    path, mistakes = Path(path), Mistakes(path)
    content = _read(path)
    root = compose(content, mistakes)
    found = entries(root, "a sweep", mistakes) if root is not None else {}
    mistakes.raise_any()
    check_keys(found, _KEYS, _REFUSED, "the sweep", mistakes)
    spec = _spec(path, content, found, mistakes)
    mistakes.raise_any()
    return spec


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise InputError(f"cannot read the sweep {path}: there is no such file; check the path") from error
    except OSError as error:
        raise InputError(f"cannot read the sweep {path}: {error.strerror}; check the path") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"cannot read the sweep {path}: it is not text in UTF-8; save it as such") from error


def _spec(path: Path, content: str, found: Entries, mistakes: Mistakes) -> SweepSpec:
    method = _method(found, mistakes)
    metrics = _metrics(found, mistakes)
    stop = _early_terminate(found["early_terminate"], mistakes) if "early_terminate" in found else None
    _check_metrics(found, method, len(metrics), mistakes)
    _check_command(found, mistakes)
    for key in ("entity", "project", "program"):
        text(found, key, mistakes)
    searched = _searched(found, method == "grid", mistakes)
    return SweepSpec(
        name=_name(path, found, mistakes),
        path=path,
        method=method,
        metrics=metrics,
        parameters=searched,
        run_cap=_run_cap(found, mistakes),
        early_terminate=stop,
        description=text(found, "description", mistakes) or "",
        text=content + _files(searched, content),
    )


def _files(searched: Mapping[str, Distribution], content: str) -> str:
    """List what folders and patterns stand for, a line a parameter: the file alone does not tell."""
    listed = {name: list(map(str, found.values)) for name, found in searched.items() if isinstance(found, Choice)}
    expanded = {name: values for name, values in listed.items() if parameters()[name].first(FileOr)}
    told = [f"# {name}: {value}\n" for name, values in expanded.items() for value in values if value not in content]
    return "".join(["\n", *told]) if told else ""


def _name(path: Path, found: Entries, mistakes: Mistakes) -> str:
    """The name in the file, else the file's own; either becomes a file's name again."""
    given = text(found, "name", mistakes)
    name = given or path.stem
    wrong = refusal(name)
    if wrong and given:
        mistakes.add(found["name"].line, f"the name {wrong}")
    elif wrong:
        mistakes.add(1, f"the sweep has no name, and the file's own cannot be one: {wrong}")
    return name


def _method(found: Entries, mistakes: Mistakes) -> str:
    if "method" not in found:
        mistakes.add(1, f"the sweep has no method: give one of {', '.join(METHODS)}")
        return ""
    method = text(found, "method", mistakes) or ""
    if method == "custom" or "scheduler" in found:
        return _custom(method, found, mistakes)
    if method and method not in METHODS:
        mistakes.add(found["method"].line, f"unknown method {method!r}: {unknown(method, METHODS)}")
    return method


def _custom(method: str, found: Entries, mistakes: Mistakes) -> str:
    """A sweep for ``wandb sweep-scheduler`` with Optuna, which our own Optuna searches as well."""
    if method != "custom" or "scheduler" not in found:
        mistakes.add(found["method"].line, "method: custom and scheduler go together: give both, or neither")
        return "bayes"
    block = entries(found["scheduler"].node, "scheduler", mistakes)
    check_keys(block, ("engine", "source", "optimizer", "search_space"), {}, "scheduler", mistakes)
    engine = text(block, "engine", mistakes)
    if engine != "optuna":
        mistakes.add(found["scheduler"].line, f"the engine of scheduler is {engine}: only optuna is supported")
    return "bayes"


def _parameters(found: Entries, grid: bool, mistakes: Mistakes) -> dict[str, Distribution]:
    if "parameters" not in found:
        mistakes.add(1, "the sweep has no parameters: give at least one")
        return {}
    read: dict[str, Distribution] = {}
    lines: dict[str, int] = {}
    for spelling, entry in entries(found["parameters"].node, "parameters", mistakes).items():
        name = aliases().get(spelling, spelling)
        if name == "plugin":
            mistakes.add(entry.line, f"'plugin' of parameters is not supported: {_CODE}")
        elif name not in parameters():
            mistakes.add(entry.line, f"unknown parameter {spelling!r}: {unknown(name, [*parameters(), *aliases()])}")
        elif name in lines:
            mistakes.add(entry.line, f"{spelling!r} is {name}, which stands in line {lines[name]} already: keep one")
        else:
            lines[name] = entry.line
            distribution = read_distribution(parameters()[name], entry.node, grid, mistakes)
            read |= {name: distribution} if distribution else {}
    return read


def _searched(found: Entries, grid: bool, mistakes: Mistakes) -> dict[str, Distribution]:
    """The parameters; a grid of too many points is a mistake."""
    read = _parameters(found, grid, mistakes)
    points = number_of_points(read) if grid else 1
    if points > MOST:
        mistakes.add(
            found["parameters"].line,
            f"the grid has {points:,} points, and at most {MOST:,} are taken: list fewer values, divide it among "
            "several files, or draw from it with method: random and run_cap",
        )
    return read


def number_of_points(parameters: Mapping[str, Distribution]) -> int:
    """The points of a grid over these parameters, counted without making them."""
    return math.prod(distribution.count for distribution in parameters.values())


def _run_cap(found: Entries, mistakes: Mistakes) -> int | None:
    cap = _integer(found["run_cap"], "run_cap", 1, mistakes) if "run_cap" in found else None
    if cap and cap > MOST:
        mistakes.add(found["run_cap"].line, f"run_cap is {cap:,}: expected at most {MOST:,}")
    return cap


def _integer(entry: Entry, what: str, least: int, mistakes: Mistakes) -> int | None:
    value = number(entry.node, what, mistakes)
    if value is not None and (not isinstance(value, int) or value < least):
        mistakes.add(entry.line, f"{what} is {value:g}: expected an integer of at least {least}")
        return None
    return None if value is None else int(value)


def _metrics(found: Entries, mistakes: Mistakes) -> tuple[Metric, ...]:
    nodes = [found["metric"].node] if "metric" in found else []
    if "metrics" in found:
        nodes += items(found["metrics"].node, "metrics", mistakes)
    read = [metric for node in nodes if (metric := _metric(node, mistakes))]
    for i, metric in enumerate(read):
        if metric.name in [other.name for other in read[:i]]:
            mistakes.add(line_of(nodes[i]), f"the metric {metric.name} stands twice: keep one")
    return tuple(read)


def _metric(node: Any, mistakes: Mistakes) -> Metric | None:
    found = entries(node, "a metric", mistakes)
    check_keys(found, ("name", "goal"), _REFUSED_METRIC, "a metric", mistakes)
    name = text(found, "name", mistakes)
    if "name" not in found or name not in rankable():
        if name is not None or (found and "name" not in found):
            mistakes.add(line_of(node), _unknown_metric(name))
        return None
    best = known(name).goal
    goal = text(found, "goal", mistakes)
    if "goal" not in found:
        mistakes.add(line_of(node), f"the metric {name} has no goal, and W&B would minimize it: write goal: {best}")
    elif goal is not None and goal != best:
        mistakes.add(found["goal"].line, f"the goal of {name} is {goal!r}: the best is found with goal: {best}")
    return Metric(name, best)


def _unknown_metric(name: str | None) -> str:
    if name is None:
        return "a metric has no name: give the name of what is logged, such as image/psnr"
    if name.split("/")[0] == "loss":
        return f"the metric {name} compares nothing between losses, weights and units: use a score, such as image/psnr"
    near = unknown(name, rankable())
    known = near if near.startswith("did") else f"expected a map and its score, such as {', '.join(rankable()[:4])}"
    return f"unknown metric {name!r}: {known}"


def _check_metrics(found: Entries, method: str, count: int, mistakes: Mistakes) -> None:
    """Check that the sweep has the metrics that its method and its stopping rule need."""
    if "metric" in found and "metrics" in found:
        mistakes.add(found["metrics"].line, "metric and metrics cannot stand together: keep one of them")
    if method == "bayes" and not {"metric", "metrics"} & found.keys():
        mistakes.add(found["method"].line, f"method {method} has no metric to learn from: give metric")
    if "early_terminate" in found and count != 1 and not ("metric" in found and "metrics" not in found):
        mistakes.add(found["early_terminate"].line, f"early_terminate needs exactly one metric, and there are {count}")


def _early_terminate(entry: Entry, mistakes: Mistakes) -> dict[str, Any]:
    """Hyperband's options with W&B's defaults."""
    found = entries(entry.node, "early_terminate", mistakes)
    check_keys(found, ("type", "min_iter", "max_iter", "s", "eta", "strict"), {}, "early_terminate", mistakes)
    kind = text(found, "type", mistakes)
    if found and kind != "hyperband":
        mistakes.add(entry.line, f"the type of early_terminate is {kind}: expected hyperband")
    if found and ("min_iter" in found) == ("max_iter" in found):
        mistakes.add(entry.line, "early_terminate needs one of min_iter and max_iter")
    if ("max_iter" in found) != ("s" in found):
        mistakes.add(entry.line, "early_terminate takes max_iter and s together: give both, or min_iter alone")
    least = {"min_iter": 1, "max_iter": 1, "s": 1, "eta": 2}
    options = {key: _integer(found[key], key, low, mistakes) for key, low in least.items() if key in found}
    strict = scalar(found["strict"].node, "strict", mistakes) if "strict" in found else True
    if strict is not True:
        reason = "Optuna's Hyperband keeps the best of every rung, and no more" if strict is False else "it is a switch"
        mistakes.add(found["strict"].line, f"strict got {strict!r}, expected true: {reason}; leave it out")
    return {"eta": 3, **options}


def _check_command(found: Entries, mistakes: Mistakes) -> None:
    """``wandb agent`` runs the command, or else the program; either must come to ``run.py --trial`` with the flags."""
    program = text(found, "program", Mistakes("")) or ""
    if "command" not in found:
        if "program" in found:
            right = "command: [${env}, python, run.py, --trial, ${args}]"
            mistakes.add(found["program"].line, f"program without command would lack --trial: give {right}")
        return
    line = found["command"].line
    words = [str(scalar(node, "command", mistakes)) for node in items(found["command"].node, "command", mistakes)]
    words = [program if word == "${program}" else word for word in words]
    if words and words[-1] != "${args}":
        mistakes.add(line, f"command ends in {words[-1]!r}: its last item must be ${{args}}, the flags of a trial")
    if words and not ("--trial" in words and any(Path(word).name == "run.py" for word in words)):
        mistakes.add(line, "command does not call run.py --trial: give ${env}, python, run.py, --trial, ${args}")

"""``--distributions``: random inputs through networks, drawn by each law of initialisation or trained in a trial."""

import csv
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from inr.choices import options, parameters_of
from inr.config import TrialConfig, aliases, remarks
from inr.errors import InputError, UsageError
from inr.initialisation import INITIALISATIONS, Own
from inr.optimizers import Optimizer
from inr.schedules import Schedule
from inr.tree import members
from inr.words import text
from sweeps.record.files import replacing
from sweeps.record.folder import Record, RecordFolder

if TYPE_CHECKING:  # NumPy and Python's own classes: what makes them needs torch
    from inr.distributions import Distributions

LAW = "init"
TABLE = "distributions.csv"
DIGITS = 4

Draw = Callable[["Sequence[Distributions]", str], Mapping[str, bytes]]
"""Of distributions and a title; name → the content of a picture's file."""


def configs_of(given: Mapping[str, Any]) -> list[TrialConfig]:
    """Make the config of each law, which are all laws, or those that ``init`` names with commas between them.

    Raises :class:`UsageError` for a parameter of the training, and as ``TrialConfig.from_flat``.
    """
    if wrong := [name for name in given if aliases().get(name, name) in _of_training()]:
        raise UsageError(f"--{wrong[0]} is a parameter of training, and --distributions trains nothing: leave it out")
    names = [name.strip() for name in given[LAW].split(",")] if LAW in given else _laws()
    configs = (TrialConfig.from_flat({**given, LAW: name}) for name in names)
    return [*{str(config.init): config for config in configs}.values()]


def ignored(configs: Sequence[TrialConfig], given: Mapping[str, Any]) -> list[str]:
    """Write a sentence on each parameter that counts with none of the laws."""
    nowhere = set.intersection(*({*config.ignored} for config in configs))
    return [told for told in remarks(configs[0], given) if told.partition("=")[0] in nowhere]


def _laws() -> list[str]:
    return [name for name in INITIALISATIONS if name != Own.name()]


def _of_training() -> set[str]:
    """Name the parameters that begin to count with the first step."""
    chosen = [option for kind in (Optimizer.kind, Schedule.kind) for option in options(kind).values()]
    own = {parameter.name for option in chosen for parameter in parameters_of(option)}
    return {"steps", "learning_rate", "batch_size", "eval_every", Optimizer.kind, Schedule.kind, *own}


def drawn_anew(configs: Sequence[TrialConfig]) -> "tuple[list[Distributions], str]":
    """Pass random inputs through the network of each config; with a title."""
    from inr.distributions import at_initialisation

    return [*at_initialisation(configs)], _title(configs[0])


def of_trial(folder: RecordFolder, record: Record, given: Mapping[str, Any]) -> "tuple[list[Distributions], str]":
    """Pass random inputs through the network of a record as it began and as it was in the end; with a title.

    Raises :class:`InputError` for a record without weights, :class:`UsageError` for a parameter beside it and for a
    network that a hypernetwork makes.
    """
    if given:
        raise UsageError(f"--{next(iter(given))} is a parameter of a network that is drawn anew: leave out the trial")
    import inr
    from inr.distributions import before_and_after

    trained = inr.load(folder.path)
    config = TrialConfig.from_record({"config": record.config, "environment": record.environment})
    if config.task.hypernet:
        raise UsageError(
            f"--distributions got trial {record.trial_id}, whose network a hypernetwork makes: expected one that was "
            "drawn by a law and trained itself"
        )
    steps = folder.history()[-1]["step"]
    return [*before_and_after(config, trained, steps)], f"{_title(config)}; trial {record.trial_id}"


def notes(found: "Iterable[Distributions]") -> list[str]:
    """Write a sentence on each network whose values are too large for floats."""
    return [
        f"{one.name}: the values of layer {one.overflow} are too large for floats; it and those behind it are left out"
        for one in found
        if one.overflow
    ]


def _title(config: TrialConfig) -> str:
    """Describe a network in a few words: ``square, n_modes = 4, omega_0 = 30; 3 hidden layers of 256``."""
    values = config.flat()
    names = dict.fromkeys(p.name for phi in members(config.activation) for p in parameters_of(type(phi)))
    numbers = [f"{name} = {text(values[name])}" for name in names if name in values]
    layers = f"{config.hidden_layers + 1} layers of {config.hidden_features}"
    return f"{', '.join([str(config.activation), *numbers])}; {layers}"


def check_folder(into: str | None, force: bool) -> Path | None:
    """Return the folder of the pictures, which may not exist yet; None where none was asked for.

    Raises :class:`InputError` where it cannot be made, or has such a table already.
    """
    if into is None:
        return None
    path = Path(into)
    if path.exists() and not path.is_dir():
        raise InputError(f"cannot write into {path}: it is no folder; give the name of a folder")
    if not path.parent.is_dir():
        raise InputError(f"cannot write into {path}: there is no folder {path.parent}; make it, or give another name")
    if (path / TABLE).exists() and not force:
        raise InputError(f"cannot write into {path}: it has a {TABLE} already; give another name, or --force")
    return path


def write_folder(folder: Path, found: "Sequence[Distributions]", pictures: Mapping[str, bytes]) -> list[Path]:
    """Write the pictures and the table, each atomically, and return the files."""
    folder.mkdir(exist_ok=True)
    files = {**pictures, TABLE: to_csv(found).encode()}
    for name, content in files.items():
        with replacing(folder / name) as file:
            file.write(content)
    return [folder / name for name in files]


def to_csv(found: "Iterable[Distributions]") -> str:
    """Write a line a layer: the numbers unrounded, and the excess kurtosis of both histograms."""
    buffer = io.StringIO()
    rows = [
        {"network": one.name, "layer": layer.layer, **layer.row(), **layer.kurtosis()}
        for one in found
        for layer in one.layers
    ]
    writer = csv.DictWriter(buffer, list(rows[0]) if rows else ["network"], lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return buffer.getvalue()


def markdown(found: "Sequence[Distributions]") -> str:
    """Write a table of GitHub's Markdown: a row a layer, each number with the predicted one in brackets."""
    from inr.distributions import NUMBERS as words

    head = ["network", "layer", *(f"{word} (predicted)" for word in words.values())]
    rows = [[one.name, str(layer.layer), *_cells(layer.row(), words)] for one in found for layer in one.layers]
    rules = [":--", *["--:"] * (len(head) - 1)]
    return "".join(f"| {' | '.join(row)} |\n" for row in (head, rules, *rows))


def _cells(numbers: Mapping[str, float], words: Iterable[str]) -> list[str]:
    return [f"{_text(numbers[name])} ({_text(numbers[f'{name}_predicted'])})" for name in words]


def _text(number: float) -> str:
    return "–" if number != number else f"{number:.{DIGITS}g}"

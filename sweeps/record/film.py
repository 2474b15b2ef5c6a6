"""``--film``: the fits of one picture as a film, from the maps that trials kept; a row a trial."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inr.activations import ACTIVATIONS
from inr.choices import parameters_of
from inr.errors import InputError, UsageError
from inr.initialisation import INITIALISATIONS, Initialisation
from inr.tasks import task_of
from inr.words import text
from sweeps.record import kept_maps
from sweeps.record.files import replacing
from sweeps.record.folder import Record, RecordFolder

MOST = 8
"""Trials of a film: more rows fit on no screen."""
SECONDS = 8
"""The length that a film comes near to, at a rate between SLOWEST and FASTEST frames a second."""
SLOWEST, FASTEST = 3, 25
LAST_SECONDS = 2
"""How long the last frame stands."""
Encoder = Callable[[Iterable[NDArray[np.uint8]], float], bytes]
"""Of frames (H, W, 3) and frames a second; the content of a file."""


@dataclass(frozen=True, eq=False)
class Kept:
    """The maps that a trial kept of its fit, and its scores."""

    record: Record
    maps: NDArray[Any]
    """(E,) of (step, map), on the disk."""
    truth: NDArray[np.floating]
    """(H, W, C)"""
    scores: Mapping[int, Mapping[str, Any]]
    """Step → its row of the history."""

    def at(self, step: int) -> tuple[int, NDArray[np.float64]]:
        """Return the last map that was kept up to ``step``, the first where there is none; and its step."""
        place = max(0, int(np.searchsorted(self.maps[kept_maps.STEP], step, side="right")) - 1)
        return int(self.maps[place][kept_maps.STEP]), np.asarray(self.maps[place][kept_maps.MAP], np.float64)


@dataclass(frozen=True)
class Film:
    """The length of a film that was written."""

    frames: int
    rate: int
    """Frames a second."""


def film(trials: Sequence[tuple[RecordFolder, Record]], into: Path) -> Film:
    """Film the fits of the trials into the file ``into``, one frame after the other.

    Each frame shows the trials after the same step; colours and axes are one for all frames and trials. Raises
    :class:`InputError` for trials that kept no maps, or are of different pictures, :class:`UsageError` for one that
    stands twice.
    """
    _refuse_twice([record for _, record in trials])
    kept = [read_kept(folder, record) for folder, record in trials]
    _refuse_others([each.record for each in kept])
    steps = sorted({int(step) for each in kept for step in each.maps[kept_maps.STEP]})
    rate = min(FASTEST, max(SLOWEST, round(len(steps) / SECONDS)))
    content = ENCODERS[into.suffix.lower()]()(_frames(kept, steps, rate), rate)
    with replacing(into) as file:
        file.write(content)
    return Film(len(steps), rate)


def read_kept(folder: RecordFolder, record: Record) -> Kept:
    """Read what a trial kept. Raises :class:`InputError` where it kept nothing that can be filmed."""
    filmed = task_of(record.config).filmed
    if filmed is None:
        told = f"--task={record.config['task']} fits no picture"
        raise InputError(f"cannot film trial {record.trial_id}: {told}; give trials that fit pictures")
    path, fields = folder.whole(folder.maps), folder.arrays("fields")
    if path is None:
        raise InputError(
            f"cannot film trial {record.trial_id}: it kept no maps; train it again with --keep_maps=true --force"
        )
    if not fields:
        raise InputError(f"cannot film trial {record.trial_id}: it is {record.status}; give its command again")
    truth, maps = fields[f"reference_{filmed.array}"], kept_maps.opened(path)
    if maps.dtype[kept_maps.MAP].shape != truth.shape:
        raise InputError(f"cannot read {path}: it holds maps of another picture; train the trial again with --force")
    return Kept(record, maps, truth, {row["step"]: row for row in folder.history()})


def check_trials(trials: Sequence[str]) -> None:
    """Raise :class:`UsageError` for more trials than a film shows."""
    if len(trials) > MOST:
        raise UsageError(f"--film got {len(trials)} trials: expected at most {MOST}, which fit on a screen")


def _gif() -> Encoder:
    from sweeps.record.gif import gif

    return gif


def _movie() -> Encoder:
    from inr.tasks.movies import movie

    return movie


ENCODERS = {".mp4": _movie, ".gif": _gif}
"""Ending of a file → imports what writes such films."""
ENDINGS = tuple(ENCODERS)


def _refuse_twice(records: Sequence[Record]) -> None:
    ids = [record.trial_id for record in records]
    if twice := next((trial_id for trial_id in ids if ids.count(trial_id) > 1), None):
        raise UsageError(f"--film got trial {twice} twice: name each trial once")


def _refuse_others(records: Sequence[Record]) -> None:
    first, *others = records
    for other in others:
        if other.environment.get("data_hash") != first.environment.get("data_hash"):
            told = (f"trial {each.trial_id} fits {_problem(each)}" for each in (first, other))
            raise InputError(f"cannot film trials of different data: {', '.join(told)}; give trials of one picture")


def _problem(record: Record) -> str:
    return task_of(record.config).title(record.config)


def _frames(kept: Sequence[Kept], steps: Sequence[int], rate: int) -> Iterator[NDArray[np.uint8]]:
    from sweeps.record.film_sheet import Row, Sheet  # OpenCV and Pillow, once nothing is left that can be wrong

    titles = {_problem(each.record) for each in kept}
    subject = task_of(kept[0].record.config).subject
    title = titles.pop() if len(titles) == 1 else str(kept[0].record.config[subject])
    sheet = Sheet(kept[0].truth, labels([each.record.config for each in kept]), title)
    for step in steps:
        rows = []
        for each in kept:
            at, picture = each.at(step)
            filmed = task_of(each.record.config).filmed
            assert filmed is not None
            rows.append(Row(picture, at, each.scores.get(at, {}), filmed.family))
        yield (frame := sheet.frame(rows, step))
    yield from (frame for _ in range(LAST_SECONDS * rate))


def labels(configs: Sequence[Mapping[str, Any]]) -> list[str]:
    """Name each row by its activation, and by what else tells it from the others.

    What an activation decides as a rule (its hyperparameters, its initialisation) is told between rows of it alone.
    """
    return [
        "\n".join([str(config["activation"]), *(f"{n} = {text(config[n])}" for n in _telling(config, configs))])
        for config in configs
    ]


def _telling(config: Mapping[str, Any], configs: Sequence[Mapping[str, Any]]) -> list[str]:
    """The names that tell a row from the others; of two with the same values in each row the shorter."""
    same = [other for other in configs if other["activation"] == config["activation"]]
    decided = {p.name for o in (*ACTIVATIONS.values(), *INITIALISATIONS.values()) for p in parameters_of(o)}
    decided.add(Initialisation.kind)
    among = {name: same if name in decided else configs for name in config if name != "activation"}
    found: list[str] = []
    for name in sorted(among, key=lambda name: (len(name), name)):
        values = [other.get(name) for other in configs]
        known = any(values == [other.get(earlier) for other in configs] for earlier in found)
        if not known and len({other.get(name) for other in among[name]}) > 1:
            found.append(name)
    return found

"""``--verify``: train a recorded trial again, and compare with its record number by number."""

import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from inr.config import TrialConfig
from inr.errors import InputError
from inr.words import exact, plural
from sweeps.record.folder import Record, Runs
from sweeps.trial.execution import execution
from sweeps.trial.how import How
from sweeps.trial.runner import Consumer, run_recorded

MACHINE = ("device", "device_name", "threads", "products", "compiled", "torch", "commit")
"""What of the environment may change digits."""

SHOWN = 10
"""Differences that are printed."""


@dataclass(frozen=True)
class Difference:
    """A number of the record that came out otherwise."""

    name: str
    recorded: Any
    again: Any

    def __str__(self) -> str:
        return f"{self.name}: recorded {exact(self.recorded)}, again {exact(self.again)}"


@dataclass(frozen=True)
class Verified:
    """The outcome of training a trial again."""

    numbers: int
    differences: tuple[Difference, ...]
    """Of the metrics, by name."""
    elsewhere: tuple[Difference, ...]
    """Of the machine and the code."""
    new: int = 0
    """Metrics that are measured now and were not when the trial was recorded."""

    def sentences(self) -> list[str]:
        """Tell whether the record stands, the first differences, and what else is different."""
        if not self.differences:
            more = f"; {self.new} more are measured now, which the record does not have" if self.new else ""
            return [f"verified: {plural(self.numbers, 'number')}, all the same to the last digit{more}"]
        told = [f"not verified: {len(self.differences)} of {plural(self.numbers, 'number')} came out otherwise"]
        told += [f"  {difference}" for difference in self.differences[:SHOWN]]
        rest = len(self.differences) - SHOWN
        told += [f"  and {rest} more"] if rest > 0 else []
        told += [f"different now: {difference}" for difference in self.elsewhere]
        return told if self.elsewhere else [*told, "the machine and the commit are those of the record"]


def verify(record: Record, device: str, consumers: Sequence[Consumer]) -> Verified:
    """Train the trial again, with the threads and the compilation of its record, and compare the metrics that it has.

    Nothing is written where the record is. Raises :class:`InputError` for a trial without a result, and for one that
    would be another trial now.
    """
    config = _config(record)
    machine = execution(device, record.environment.get("threads"))
    compiling = "on" if record.environment.get("compiled") else "off"
    with tempfile.TemporaryDirectory() as folder:
        again = run_recorded(config, How(Runs(folder), machine, compiling, keep_weights=False), consumers).record
    if again.status != record.status:
        raise InputError(f"the trial came out {again.status}, where its record says {record.status}: {again.reason}")
    names = sorted(record.metrics)
    return Verified(
        len(names),
        _differences(names, record.metrics, again.metrics),
        _differences(MACHINE, record.environment, again.environment),
        len(again.metrics.keys() - record.metrics.keys()),
    )


def _config(record: Record) -> TrialConfig:
    if not record.over:
        said = f"trial {record.trial_id} is {record.status}"
        raise InputError(f"{said}: expected one that is over; give its command again")
    config = TrialConfig.from_record(asdict(record))
    if config.trial_id != record.trial_id:
        raise InputError(
            f"the config of trial {record.trial_id} is that of {config.trial_id} now: a file that it fits has changed, "
            "or what a config means (a later version); verify it with the commit of its record"
        )
    return config


def _differences(names: Sequence[str], recorded: dict[str, Any], again: dict[str, Any]) -> tuple[Difference, ...]:
    pairs = ((name, recorded.get(name), again.get(name)) for name in names)
    return tuple(Difference(*pair) for pair in pairs if pair[1] != pair[2])

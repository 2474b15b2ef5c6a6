"""The network of a record: its config and weights, read from the trial's folder."""

from pathlib import Path
from typing import Any

from inr.config import TrialConfig
from inr.errors import InputError
from inr.fitted import Network
from inr.record_content import checksum, damage_of, damaged, read_record
from inr.tasks import with_task
from inr.weights import BEST, LAST, Weights


def load(folder: str | Path, *, best: bool = False) -> Network:
    """Read the network that a trial left in its folder, ``runs/trials/<trial_id>``.

    It is that of the last evaluation, on the CPU; with ``best``, that of the best one. Raises :class:`InputError`
    where the folder has no record or no such weights, and where they are damaged or another trial's.
    """
    path = Path(folder)
    record = _record(path)
    name, weights = _chosen(path, record, best)
    if weights is None:
        raise _missing(path, record, best)
    config = TrialConfig.from_record({**record, "config": with_task(record["config"])})
    with damage_of(path / name):
        return Network.of_weights(config, weights.arrays)


def _chosen(path: Path, record: dict[str, Any], best: bool) -> tuple[str, Weights | None]:
    """The file and its weights; the best evaluation has a file of its own only where it is not the last."""
    last = _weights(path, LAST, record)
    if not best or (last is not None and last.step == record.get("best", {}).get("step")):
        return LAST, last
    return BEST, _weights(path, BEST, record)


def _record(path: Path) -> dict[str, Any]:
    try:
        return read_record((path / "record.json").read_bytes())
    except (FileNotFoundError, NotADirectoryError) as error:
        raise InputError(
            f"cannot load {path}: it has no record.json; give the folder of a trial, runs/trials/<trial_id>"
        ) from error
    except ValueError as error:
        raise InputError(f"cannot read {path / 'record.json'}: it is not a record ({error})") from error


def _weights(path: Path, name: str, record: dict[str, Any]) -> Weights | None:
    try:
        data = (path / name).read_bytes()
    except FileNotFoundError:
        return None
    if record.get("files", {}).get(name, checksum(data)) != checksum(data):
        raise damaged(path / name)
    with damage_of(path / name):
        weights = Weights.from_bytes(data)
    if weights.trial_id != record["trial_id"]:
        raise InputError(f"cannot read {path / name}: it has the weights of trial {weights.trial_id}")
    return weights


def _missing(path: Path, record: dict[str, Any], best: bool) -> InputError:
    which = "weights of the best evaluation" if best else "weights"
    return InputError(
        f"cannot load {path}: this {record['status']} trial has no {which}; a trial that was killed has them once the "
        "same command has continued it, one that was run with --keep_weights=false once --force has trained it again"
    )

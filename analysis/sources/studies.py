"""Load the trials of a sweep from Optuna's storage, joined with their records."""

import contextlib
import functools
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import optuna
import pandas as pd
import yaml
from optuna.storages import BaseStorage, JournalStorage, RDBStorage
from optuna.storages.journal import JournalFileBackend
from optuna.trial import FrozenTrial, TrialState

from analysis.sources.rows import UNDER_WAY, Row, frame_of
from inr.errors import InputError
from inr.words import unknown
from sweeps.search.queue import latest
from sweeps.search.storage_url import checked, shown, without_secrets

_STATUS = {
    TrialState.COMPLETE: "finished",
    TrialState.PRUNED: "pruned",
    TrialState.FAIL: "failed",
    TrialState.RUNNING: "running",
    TrialState.WAITING: "waiting",
}


def load_study(storage: str | Path, sweep: str | None, records: pd.DataFrame | None) -> pd.DataFrame:
    """Load the trials of a sweep: from ``records`` if they are there, otherwise from Optuna.

    ``storage`` is the URL of a database or the path of a journal; ``sweep`` may be None if it holds a single sweep.
    Raises :class:`InputError` if it cannot be read or does not hold the sweep.
    """
    storage = storage_of(storage)
    with _opened(storage) as opened:
        study = _study(opened, storage, sweep)
        rows = [_row(trial, study) for trial in latest(study.get_trials(deepcopy=False))]
    rows = list({row["trial_id"] or i: row for i, row in enumerate(rows)}.values())
    if records is None:
        known = "the parameters, status and metric" if any(map(_has_metric, rows)) else "the parameters and status"
        note = f"Optuna stores only {known} of a trial: give --runs FOLDER for the other columns, from the records"
        return frame_of(rows, [note])
    return _joined(rows, records, study.study_name)


def _joined(rows: Sequence[Row], records: pd.DataFrame, sweep: str) -> pd.DataFrame:
    """Join the records of the sweep, in their order, with the trials that have no record."""
    states = {row["trial_id"]: row["status"] for row in rows}
    recorded = _with_states(records[records["trial_id"].isin(states.keys())], states)
    rest = [row for row in rows if row["trial_id"] is None or row["trial_id"] not in set(recorded["trial_id"])]
    notes = list(records.attrs["notes"])
    if not rest:
        frame = recorded.reset_index(drop=True)
        frame.attrs["notes"] = notes
        return frame
    notes.append(f"{len(rest)} of the {len(rows)} trials of the sweep {sweep} have no record: their metrics are empty")
    return frame_of([*_present(recorded), *rest], notes)


def _with_states(recorded: pd.DataFrame, states: Mapping[Any, str]) -> pd.DataFrame:
    """Replace the status ``interrupted`` of a record by waiting or running if the study says so."""
    pairs = zip(recorded["trial_id"], recorded["status"], strict=True)
    known = [states[i] if status == "interrupted" and states[i] in UNDER_WAY else status for i, status in pairs]
    return recorded.assign(status=known)


def _present(frame: pd.DataFrame) -> Iterator[Row]:
    """Yield the rows of a frame without their missing values."""
    whole = [name for name in frame if frame[name].dtype.kind == "i"]
    for row in frame.to_dict("records"):
        yield {str(name): value for name, value in row.items() if name in whole or not pd.isna(value)}


def _has_metric(row: Row) -> bool:
    return any("/" in name for name in row)


def _row(trial: FrozenTrial, study: optuna.Study) -> Row:
    attributes = trial.user_attrs
    file = _file(study)
    params = {
        **_fixed_task(file),
        **trial.system_attrs.get("fixed_params", {}),
        **trial.params,
    }  # one that runs may have asked for some only
    metrics = dict(zip(_metrics(file), trial.values or (), strict=False))
    return {
        "trial_id": attributes.get("trial_id", _identity(attributes.get("key"))),
        "status": attributes.get("status", _STATUS[trial.state]),
        "reason": attributes.get("reason"),
        "source": "optuna",
        **params,
        **metrics,
    }


def _identity(key: str | None) -> str | None:
    """Return the key of a grid or random point, which is its ``trial_id``; None for a slot of the sampler."""
    return key if key and re.fullmatch(r"[0-9a-f]{16}", key) else None


def _file(study: optuna.Study) -> dict[str, Any]:
    """The sweep's file, which the study keeps; empty where it cannot be read."""
    return _parsed(str(study.user_attrs.get("text", "")))


@functools.lru_cache(maxsize=16)  # each trial of a study asks
def _parsed(text: str) -> dict[str, Any]:
    try:
        file = yaml.safe_load(text)
    except yaml.YAMLError:
        return {}
    return file if isinstance(file, dict) else {}


def _metrics(file: Mapping[str, Any]) -> list[str]:
    """The names of the study's values: the metrics of the sweep's file."""
    try:
        return [str(metric["name"]) for metric in [*filter(None, [file.get("metric")]), *(file.get("metrics") or [])]]
    except (TypeError, KeyError, AttributeError):
        return []


def _fixed_task(file: Mapping[str, Any]) -> Row:
    """The task, where the sweep's file fixes it: without it no other column of a trial has a meaning."""
    try:
        return {"task": file["parameters"]["task"]["value"]}
    except (TypeError, KeyError):
        return {}


def _study(opened: BaseStorage, storage: str | Path, sweep: str | None) -> optuna.Study:
    names = optuna.get_all_study_names(opened)
    if sweep is None and len(names) == 1:
        (sweep,) = names
    if sweep in names:
        return optuna.load_study(study_name=sweep, storage=opened)
    if not names:
        raise InputError(f"the storage {shown(storage)!r} holds no sweep")
    what = f"no sweep {sweep!r}" if sweep else f"{len(names)} sweeps"
    raise InputError(f"{what} in the storage {shown(storage)!r}: {unknown(sweep or '', names)}; give it as --sweep")


def storage_of(source: str | Path) -> str | Path:
    """Convert a source to a database URL (text, checked) or a journal's path."""
    return checked(source, "SOURCE") if isinstance(source, str) and "://" in source else Path(source)


@contextlib.contextmanager
def _opened(storage: str | Path) -> Iterator[BaseStorage]:
    """Open a storage for reading, without creating it; a database's connection is closed when the block ends.

    Raises :class:`InputError` if it cannot be read.
    """
    with _readable(storage):
        if isinstance(storage, str):
            database = RDBStorage(storage, skip_table_creation=True)
            try:
                yield database
            finally:
                database.remove_session()
                database.engine.dispose()
        elif storage.is_file():
            yield JournalStorage(JournalFileBackend(str(storage)))
        else:
            raise InputError(f"no such journal: {str(storage)!r}; a sweep's is in its runs folder, under sweeps/")


@contextlib.contextmanager
def _readable(storage: str | Path) -> Iterator[None]:
    """Turn every error of reading a storage into an :class:`InputError`."""
    try:
        yield
    except InputError:
        raise
    except Exception as error:  # from SQLAlchemy, a missing driver, or a damaged journal
        cause = error.__cause__ or error  # Optuna wraps SQLAlchemy's errors, which wrap the driver's
        reason = str(getattr(cause, "orig", None) or cause).strip().splitlines() or [type(error).__name__]
        raise InputError(
            f"the storage {shown(storage)!r} cannot be read: {without_secrets(reason[0].rstrip('.'), storage)}; "
            "check that it exists and belongs to a sweep"
        ) from error

"""The figures that a sweep ends with: one sheet an activation, as in the original study, and for each thing fitted."""

from collections.abc import Collection, Iterator
from pathlib import Path

import pandas as pd

from analysis.comparison.subject import by_task, subject
from analysis.figures import png, study_grid
from analysis.figures.trials import scored
from analysis.sources.load import load_records
from inr.errors import InputError
from sweeps.file.names import as_name
from sweeps.record.files import replacing


def write_sheets(runs: Path, sweep: str, trial_ids: Collection[str]) -> list[Path]:
    """Draw a sheet for every activation among these trials, and for each thing that they fit; return the files.

    They are in ``runs/sweeps/<sweep>/``. A file's name has the task and what is fitted where there are several. An
    activation without maps (a trial that failed, a record without ``fields.npz``) has no sheet.
    """
    frame = load_records(runs)
    own = frame[frame["trial_id"].isin(trial_ids)] if len(frame) else frame
    folder = runs / "sweeps" / sweep
    written = []
    for name, trials, activation, fitted in _sheets(own):
        try:
            sheet = png(study_grid(trials, activation, fitted))
        except InputError:
            continue  # nothing of it is finished: the table has said so
        folder.mkdir(parents=True, exist_ok=True)
        target = folder / f"{name}.png"
        with replacing(target) as file:
            file.write(sheet)
        written.append(target)
    return written


def _sheets(own: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame, str, str | None]]:
    """The name of a sheet, the trials of its task, its activation, and what they fit where that is not one thing."""
    tasks = by_task(own)
    for task, trials in tasks.items() if len(own) else ():
        fitted = _fitted(trials)
        for activation in trials["activation"].dropna().unique():
            for one in fitted if len(fitted) > 1 else (None,):
                words = [task] * (len(tasks) > 1) + [activation] + ([] if one is None else [one])
                yield as_name("_".join(words)), trials, activation, one


def _fitted(trials: pd.DataFrame) -> list[str]:
    """List what the finished trials fit, by the names that the sheets have."""
    try:
        finished, _ = scored(trials)
    except InputError:
        return []
    column = subject(finished)
    return list(finished[column].dropna().unique()) if column in finished else []

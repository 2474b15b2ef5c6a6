"""The figures that a sweep ends with: one sheet an activation, as in the original study."""

from collections.abc import Collection
from pathlib import Path

from analysis.comparison.subject import by_task
from analysis.figures import png, study_grid
from analysis.sources.load import load_records
from inr.errors import InputError
from sweeps.file.names import as_name
from sweeps.record.files import replacing


def write_sheets(runs: Path, sweep: str, trial_ids: Collection[str]) -> list[Path]:
    """Draw a sheet for every activation among these trials; return the files, in ``runs/sweeps/<sweep>/``.

    Of several tasks each has its own sheets, and the name of the file begins with the task's.
    An activation without maps (a trial that failed, a record without ``fields.npz``) has no sheet.
    """
    frame = load_records(runs)
    own = frame[frame["trial_id"].isin(trial_ids)] if len(frame) else frame
    folder = runs / "sweeps" / sweep
    written = []
    tasks = by_task(own)
    for task, trials in tasks.items() if len(own) else ():
        for activation in trials["activation"].dropna().unique():
            try:
                sheet = png(study_grid(trials, activation))
            except InputError:
                continue  # nothing of it is finished: the table has said so
            folder.mkdir(parents=True, exist_ok=True)
            target = folder / f"{as_name(f'{task}_{activation}' if len(tasks) > 1 else activation)}.png"
            with replacing(target) as file:
                file.write(sheet)
            written.append(target)
    return written

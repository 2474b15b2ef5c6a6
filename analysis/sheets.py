"""The pictures that a sweep ends with: one sheet an activation, as in the original study."""

from collections.abc import Collection
from pathlib import Path

from analysis.figures import png, study_grid
from analysis.load import load_records
from inr.errors import InputError
from sweeps.files import replacing
from sweeps.names import as_name


def write_sheets(runs: Path, sweep: str, trial_ids: Collection[str]) -> list[Path]:
    """Draw the sheet of every activation among these trials; the files, in ``runs/sweeps/<sweep>/``.

    An activation without maps (a trial that failed, a record without ``fields.npz``) has no sheet.
    """
    frame = load_records(runs)
    own = frame[frame["trial_id"].isin(trial_ids)] if len(frame) else frame
    folder = runs / "sweeps" / sweep
    written = []
    for activation in own["activation"].dropna().unique() if len(own) else ():
        try:
            picture = png(study_grid(own, activation))
        except InputError:
            continue  # nothing of it is finished: the table has said so
        folder.mkdir(parents=True, exist_ok=True)
        target = folder / f"{as_name(activation)}.png"
        with replacing(target) as file:
            file.write(picture)
        written.append(target)
    return written

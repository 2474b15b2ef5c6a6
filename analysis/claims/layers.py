"""The sparsity of a trial's layers as a column, so that a claim can be about it."""

from pathlib import Path

import numpy as np
import pandas as pd

from inr.errors import InputError
from sweeps.record.folder import RecordFolder

NEAR_ZERO = "outputs/near_zero"
"""Share of the outputs of all layers, after training, that lie below a tenth of their layer's root mean square."""


def with_near_zero(frame: pd.DataFrame) -> pd.DataFrame:
    """Add the column :data:`NEAR_ZERO`, read from the histograms of each record; nan where there are none."""
    folders = frame.get("folder", pd.Series(np.nan, frame.index))
    return frame.assign(**{NEAR_ZERO: [_near_zero(folder) for folder in folders]})


def _near_zero(folder: object) -> float:
    if not isinstance(folder, str):
        return float("nan")
    try:
        found = RecordFolder(Path(folder)).arrays("histograms")
    except (InputError, OSError):
        return float("nan")
    outputs = [i for i, kind in enumerate(found.get("kind", ())) if kind == "activation"]
    return float(np.mean(found["near_zero"][-1, outputs])) if outputs else float("nan")

"""The voxels of a clip: drawn for a step, and judged frame by frame."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inr.families import FAMILIES, VARIANTS
from inr.holdouts import Split
from inr.interpolation import interpolate
from inr.jet import Jet
from inr.scores import SCORES
from inr.signals import Clip
from inr.signals.clips import Axes
from inr.tasks.base import Drawn, Judge

Array = NDArray[np.float64]

VALUE_RANGE = 2.0
"""Values are fitted in [-1, 1]."""
FRAMES, HELD_OUT = "frames", "held_out_frames"
"""The families of all frames, and of those that do not train."""
WORST = "worst_"
"""Before the name of a family: that of its worst frame, by each score of its own."""
LINEAR = "bilinear"
"""The variant of the linear interpolation between kept frames."""


@dataclass(frozen=True, eq=False)
class Voxels:
    """The voxels that may train, each with its coordinates and its value."""

    axes: Axes
    values: NDArray[np.float32]
    """(F, H, W, C)"""
    count: int
    """The voxels of a step."""

    def draw(self, generator: np.random.Generator, share: float) -> Drawn:
        """Draw ``count`` voxels uniformly, with replacement, as SIREN does."""
        return self.at(generator.integers(np.prod(self.values.shape[:3]), size=self.count))

    def every(self) -> Drawn:
        """Take each voxel once."""
        return self.at(np.arange(np.prod(self.values.shape[:3])))

    def at(self, places: NDArray[np.integer[Any]]) -> Drawn:
        """Take the voxels at flat indices (P,)."""
        where = np.unravel_index(places, self.values.shape[:3])
        points = np.stack([axis[index] for axis, index in zip(self.axes, where, strict=True)], axis=-1)
        return Drawn(points, {"clip": self.values[where]})


def between(clip: Clip, split: Split) -> NDArray[np.float32]:
    """Interpolate each held-out frame linearly between the kept frames beside it; kept frames stay as they are.

    Before the first kept frame and after the last the nearest one counts. Returns the clip's (F, H, W, C).
    """
    guess = clip.values.copy()
    if split.held_out.any():
        lines = clip.values.reshape(len(guess), -1).astype(np.float64)
        guess[split.held_out] = interpolate(lines, split.trained, split.held_out).reshape(-1, *guess.shape[1:])
    return guess


@dataclass(frozen=True, eq=False)
class FrameJudge(Judge):
    """Scores each frame, and gives the mean over frames and the worst frame."""

    clip: Clip
    split: Split
    classical: NDArray[np.float32]
    """The clip (F, H, W, C) with its held-out frames interpolated."""
    constants: dict[str, float]

    @classmethod
    def of(cls, clip: Clip, split: Split) -> "FrameJudge":
        """Make the judge of trials that train the frames of a split."""
        classical, constants = between(clip, split), {f"{FRAMES}/data_range": VALUE_RANGE}
        if (held_out := split.held_out).any():
            each = frame_scores(classical[held_out], clip.values[held_out], VARIANTS[LINEAR].scores)
            constants |= {f"{name}_{LINEAR}": score for name, score in _summary(HELD_OUT, each).items()}
        return cls(clip, split, classical, constants)

    @property
    def rank_by(self) -> str:
        """The mean PSNR of the held-out frames; of all frames where none is held out."""
        return f"{HELD_OUT if self.split.held_out.any() else FRAMES}/psnr"

    def scores(self, prediction: Jet[Array]) -> dict[str, float]:
        """See the base class."""
        values = prediction.value.reshape(self.clip.values.shape)
        each = frame_scores(values, self.clip.values, [score.name for score in FAMILIES[FRAMES].scores])
        found = _summary(FRAMES, each)
        if self.split.held_out.any():
            found |= _summary(HELD_OUT, {name: scores[self.split.held_out] for name, scores in each.items()})
        return {**found, **self.constants}

    def fields(self, prediction: Jet[Array]) -> dict[str, NDArray[Any]]:
        """Give the clip, the reference, the classical answer (F, H, W, C), the mask (F,) and the frames a second."""
        values = prediction.value.reshape(self.clip.values.shape).astype(np.float32)
        return {
            "clip": values,
            "reference_clip": self.clip.values,
            "classical_clip": self.classical,
            "held_out": self.split.held_out,
            "frame_rate": np.asarray(self.clip.rate),
        }


def frame_scores(prediction: NDArray[Any], truth: NDArray[Any], names: Sequence[str]) -> dict[str, Array]:
    """Compute scores of each frame of (F, H, W, C), by name: (F,)."""
    scores = [score for score in FAMILIES[FRAMES].scores if score.name in names]
    pairs = [*zip(prediction, truth, strict=True)]
    return {score.name: np.array([score.measure(p, t, VALUE_RANGE) for p, t in pairs]) for score in scores}


def _summary(family: str, each: dict[str, Array]) -> dict[str, float]:
    """The mean of each score (F,) over frames, and its worst."""
    found: dict[str, float] = {}
    for name, scores in each.items():
        worst = scores.min() if SCORES[name].higher_is_better else scores.max()
        found |= {f"{family}/{name}": float(scores.mean()), f"{WORST}{family}/{name}": float(worst)}
    return found

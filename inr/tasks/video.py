"""A clip, from a random share of its voxels a step (Sitzmann et al. 2020, arXiv:2006.09661, supplement 7)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, final

import numpy as np
from annotated_types import Ge, Gt, Le
from numpy.typing import NDArray

from inr.doc import Doc
from inr.errors import InputError
from inr.families import Family, declare_family
from inr.holdouts import Grid, Whole
from inr.jet import Ask
from inr.panels import Panel
from inr.parameters import FileOr
from inr.scores import MAP
from inr.signals import CLIPS, check_clip, check_file, file_digest, load_clip
from inr.signals.clips import FRAME_RATE
from inr.tasks.base import Group, Problem, Task, Work
from inr.tasks.families import needs_holdout
from inr.tasks.film import drawn_frames, frame_panels
from inr.tasks.frames import FRAMES, HELD_OUT, LINEAR, WORST, FrameJudge, Voxels
from inr.tasks.movies import movie
from inr.tasks.rendering import Rendering, Values, eight_bits, picture
from inr.tasks.shared import Kept, Parted, Raster, Size
from inr.terms import Difference

CLIP = Difference("clip", 3, 0)
"""The only term: values."""


@final
@dataclass(frozen=True, kw_only=True)
class Video(Raster, Parted, Task):
    """Fit the values of a clip as a function of time, row and column."""

    dimensions: ClassVar[int] = 3
    subject: ClassVar[str] = "clip"
    fitted: ClassVar[Mapping[str, str]] = {"clip": "{}", "frames": "{} frames", "size": "{} pixels", "channels": ""}
    shown: ClassVar[str] = "frames, error and a time slice"
    terms: ClassVar[tuple[str, ...]] = (CLIP.name,)
    ending: ClassVar[str] = ".mp4"
    resolution: ClassVar[str] = "size"

    clip: Annotated[str, FileOr(CLIPS, check_file), Doc(f"what is fitted: {', '.join(CLIPS)}, or a video file")] = (
        "orbits"
    )
    frames: Annotated[int, Ge(2), Le(100_000), Doc("frames, from the beginning")] = 25
    size: Size = 48
    holdout: Kept = Grid()
    voxel_share: Annotated[float, Gt(0), Le(1), Doc("share of the voxels that each step draws anew; 1: all")] = 0.05

    def work(self) -> tuple[Work, ...]:
        """See the base class."""
        most = -(-self.frames // self.holdout.stride) * self.size**2
        drawn = self.voxel_share < 1
        return (Work(self._count(most), self._count(most * self.holdout.share), (CLIP,), drawn),)

    def problem(self, seed: int) -> Problem:
        """See the base class."""
        clip = load_clip(self.clip, self.frames, self.size, self.channels)  # type: ignore[arg-type]
        split, (times, rows, columns) = self.holdout.split(clip.values.shape[:1], seed), clip.axes
        kept = clip.values[split.trained]
        voxels = Voxels((times[split.trained], rows, columns), kept, self._count(kept[..., 0].size))
        draw = voxels.draw if self.voxel_share < 1 else None
        points, data = draw(np.random.default_rng(seed), 0.0) if draw else voxels.every()
        per_residual = {CLIP.name: 1 / (len(points) * self.channels_out)}
        return Problem(
            channels=self.channels_out,
            groups=(Group((CLIP,), self.weights, per_residual, points, data, draw),),
            points=np.stack(np.meshgrid(*clip.axes, indexing="ij"), axis=-1).reshape(-1, 3),
            ask=Ask(),
            judge=FrameJudge.of(clip, split),
            data_hash=clip.data_hash,
            data_shape=clip.values.shape,
            notes=clip.notes,
            spacing=tuple(float(axis[1] - axis[0]) for axis in clip.axes),
        )

    @property
    def samples(self) -> int:
        """See the base class."""
        return max(self.frames, self.size)

    def _count(self, voxels: float) -> int:
        """The voxels of a step, of all that may train."""
        return max(1, round(self.voxel_share * voxels))

    def identity(self) -> Mapping[str, str]:
        """See the base class."""
        return {} if self.clip in CLIPS else {"clip": f"sha256:{file_digest(self.clip)}"}

    def check(self) -> None:
        """See the base class."""
        super().check()
        check_clip(self.clip)

    @classmethod
    def rank_by(cls, config: Mapping[str, Any]) -> str:
        """See the base class."""
        return f"{FRAMES if config.get('holdout', Grid.name()) == Whole.name() else HELD_OUT}/psnr"

    @classmethod
    def title(cls, config: Mapping[str, Any]) -> str:
        """See the base class."""
        return f"{config['clip']}, {config['frames']} frames of {config['size']} px"

    @classmethod
    def aligned(cls, fields: Mapping[str, NDArray[Any]], config: Mapping[str, Any]) -> dict[str, NDArray[Any]]:
        """Leave the prediction: nothing is free."""
        return dict(fields)

    @classmethod
    def panels(cls, fields: Mapping[str, NDArray[Any]]) -> tuple[Panel, ...]:
        """Show two kept frames and two held-out ones, their errors beside the interpolation's, and a row over time."""
        return frame_panels(fields)

    @classmethod
    def files(cls, fields: Mapping[str, NDArray[Any]]) -> dict[str, bytes]:
        """Write the prediction as an MP4 file of 8 bits; none where OpenCV has no encoder."""
        try:
            return {"mp4": movie(map(drawn_frames, eight_bits(fields["clip"])), float(fields["frame_rate"]))}
        except InputError:
            return {}

    @classmethod
    def render(
        cls, value: Values, shape: tuple[int, ...], config: Mapping[str, Any], resolution: int | None, extent: float
    ) -> Rendering:
        """Draw an MP4 file whose longer side has ``resolution`` pixels; time spans as much as the picture does."""
        count = 1 + round((shape[0] - 1) * extent)
        clipped: list[float] = []

        def frames() -> Iterator[NDArray[np.uint8]]:
            for time in extent * np.linspace(-1, 1, count):
                drawn = picture(_at(value, time), (shape[1], shape[2]), resolution, extent)
                clipped.append(drawn.clipped)
                yield drawn.levels

        content, share = movie(frames(), FRAME_RATE), float(np.mean(clipped))
        note = f"{share:.2%} of the values lie outside [-1, 1] and are drawn as black or white"
        return Rendering(content, f"{count} frames, {FRAME_RATE:g} a second", note if share else "")


def _at(value: Values, time: float) -> Values:
    """The function of row and column at a time."""
    return lambda points: value(np.column_stack([np.full(len(points), time), points]))


declare_family(
    Family(
        name=FRAMES,
        noun="frame",
        tasks=(Video.name(),),
        kind=MAP,
        order=0,
        shown=("psnr", "ssim"),
    )
)
declare_family(
    Family(name=WORST + FRAMES, noun="worst frame", tasks=(Video.name(),), kind=MAP, occasional=("psnr", "ssim"))
)
declare_family(
    Family(
        name=HELD_OUT,
        noun="held-out frame",
        tasks=(Video.name(),),
        kind=MAP,
        variants=(LINEAR,),
        occasional=("psnr", "ssim"),
        lacks=needs_holdout,
    )
)
declare_family(
    Family(
        name=WORST + HELD_OUT,
        noun="worst held-out frame",
        tasks=(Video.name(),),
        kind=MAP,
        variants=(LINEAR,),
        occasional=("psnr", "ssim"),
        lacks=needs_holdout,
    )
)

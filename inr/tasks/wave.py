"""The wave equation in the plane (Sitzmann et al. 2020, arXiv:2006.09661, section 4.3 and supplement).

A network u(t, x) learns a wave from u_tt = c² Δu and from its value and velocity at time 0.
"""

import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, final

import numpy as np
from annotated_types import Ge, Gt, Le
from numpy.typing import NDArray

from inr.doc import Doc
from inr.errors import UsageError
from inr.jet import Ask
from inr.panels import Panel
from inr.signals.initial import Initial, Pulse
from inr.signals.waves import Exact, leapfrog
from inr.tasks.base import Drawn, Group, Problem, Work
from inr.tasks.equations import Collocated, axis, computed, levels, plane
from inr.tasks.loss import HEAVIEST, in_loss, weight_doc
from inr.tasks.rendering import Rendering, Values
from inr.tasks.wave_judge import SHOTS, WaveJudge, panels
from inr.tasks.wave_terms import Equation, InitialValue, InitialVelocity
from inr.terms import Term

Array = NDArray[np.float64]

FARTHEST = 4.0
"""Speed times duration, at the most: the exact solution needs a box that the wave does not leave."""
EQUATION = (Equation("equation"),)
START = InitialValue("initial"), InitialVelocity("velocity")
"""The terms of the two groups of points."""
FRAMES, MILLISECONDS = 40, 50
"""The frames of a rendering, and how long each is shown."""


@final
@dataclass(frozen=True, kw_only=True)
class Wave(Collocated):
    """Solve the wave equation for an initial value."""

    dimensions: ClassVar[int] = 3
    subject: ClassVar[str] = "initial"
    fitted: ClassVar[Mapping[str, str]] = {
        "initial": "{}",
        "speed": "speed {}",
        "duration": "{} of time",
        "wave_height": "height {}",
        "pulse_width": "width {}",
        **dict.fromkeys(("row_periods", "column_periods"), ""),
        "nodes": "{} nodes a side",
    }
    shown: ClassVar[str] = "the wave at three moments and along a row over time"
    terms: ClassVar[tuple[str, ...]] = tuple(term.name for term in (*EQUATION, *START))
    ending: ClassVar[str] = ".gif"
    resolution: ClassVar[str] = "nodes"

    initial: Annotated[Initial, Doc("value and velocity at time 0")] = Pulse()
    speed: Annotated[float, Gt(0), Le(100), Doc("of the wave, c, in units of [-1, 1]² per unit of time")] = 1.0
    duration: Annotated[float, Gt(0), Le(100), Doc("the wave is solved from time 0 to this one")] = 0.4
    wave_height: Annotated[float, Gt(0), Le(1000), Doc("height of the initial value")] = 1.0
    widening: Annotated[
        float, Gt(0), Le(1), Doc("share of the training in which the times of the equation widen to the whole duration")
    ] = 1.0
    start_points: Annotated[int, Ge(2), Le(10**6), Doc("points at time 0, drawn anew; half where the value is")] = 256
    initial_weight: Annotated[float, Ge(0), Le(HEAVIEST), in_loss("initial"), weight_doc("initial value")] = 200.0
    velocity_weight: Annotated[float, Ge(0), Le(HEAVIEST), in_loss("velocity"), weight_doc("initial velocity")] = 20.0

    @property
    def channels_out(self) -> int:
        """1."""
        return 1

    def work(self) -> tuple[Work, ...]:
        """See the base class."""
        counted = (self.collocation, self._weighed(EQUATION)), (self.start_points, self._weighed(START))
        return tuple(Work(count, count, terms) for count, terms in counted if terms)

    def check(self) -> None:
        """See the base class."""
        super().check()
        if self.speed * self.duration > FARTHEST:
            raise UsageError(
                f"--speed={self.speed:g} times --duration={self.duration:g} is {self.speed * self.duration:g}: "
                f"expected at most {FARTHEST:g}, twice the side of the square"
            )
        self.refuse_above_nyquist(self.initial.wave_numbers)

    def problem(self, seed: int) -> Problem:
        """See the base class."""
        times = np.linspace(0, self.duration, SHOTS)
        exact = Exact.of(self.initial, self.speed, self.duration)
        answer = leapfrog(self.initial, self.speed, times, self.nodes)
        return Problem(
            channels=1,
            groups=tuple(self._groups()),
            points=self._judged(times),
            ask=Ask(),
            judge=WaveJudge.of(exact, answer, times, self.initial.cut, self.wave_height),
            data_hash=self.data_hash,
            data_shape=(self.nodes, self.nodes, len(times)),
        )

    def _groups(self) -> Iterator[Group]:
        draws = {EQUATION: self.inside, START: self.at_start}
        for terms, draw in draws.items():
            if weighed := self._weighed(terms):
                points, data = draw(np.random.default_rng(0), 1.0)
                yield Group(weighed, self.weights, dict.fromkeys(self.weights, 1 / len(points)), points, data, draw)

    def _weighed(self, terms: tuple[Term, ...]) -> tuple[Term, ...]:
        return tuple(term for term in terms if self.weights.get(term.name))

    def inside(self, rng: np.random.Generator, share: float) -> Drawn:
        """Draw points of the equation; their times widen with the share of the training that is done."""
        points = rng.uniform(-1, 1, (self.collocation, 3))
        points[:, 0] = rng.uniform(0, self.duration * min(1.0, share / self.widening), self.collocation)
        return Drawn(points, {"square": np.full(self.collocation, self.speed**2)})

    def at_start(self, rng: np.random.Generator, share: float) -> Drawn:
        """Draw points at time 0, half of them where the initial value is not small."""
        everywhere = rng.uniform(-1, 1, (self.start_points // 2, 2))
        places = np.concatenate([everywhere, self.initial.near(rng, self.start_points - len(everywhere))])
        value = self.wave_height * self.initial.value(places)
        velocity = self.wave_height * self.initial.velocity(places, self.speed)
        return Drawn(np.insert(places, 0, 0.0, axis=1), {"value": value, "velocity": velocity})

    def _judged(self, times: Array) -> Array:
        """The grid at each moment, (N · N · 5, 3), then the columns of one row over time, (N · N, 3)."""
        side, over = axis(self.nodes), np.linspace(0, self.duration, self.nodes)
        at = [(side, side, times), (np.array([self.initial.cut]), side, over)]
        grids = [np.stack(np.meshgrid(*sides, indexing="ij"), axis=-1) for sides in at]
        points = np.concatenate([grids[0].reshape(-1, 3), grids[1].transpose(2, 1, 0, 3).reshape(-1, 3)])
        return points[:, [2, 0, 1]]

    @classmethod
    def title(cls, config: Mapping[str, Any]) -> str:
        """See the base class."""
        wave = f"{config['initial']} wave, speed {config['speed']:g}, {config['duration']:g} of time"
        return f"{wave}, {config['loss']} loss"

    @classmethod
    def rank_by(cls, config: Mapping[str, Any]) -> str:
        """See the base class."""
        return WaveJudge.rank_by

    @classmethod
    def panels(cls, fields: Mapping[str, NDArray[Any]]) -> tuple[Panel, ...]:
        """See :func:`inr.tasks.wave_judge.panels`."""
        return panels(fields)

    @classmethod
    def render(
        cls, value: Values, shape: tuple[int, ...], config: Mapping[str, Any], resolution: int | None, extent: float
    ) -> Rendering:
        """Draw a GIF of the whole duration, with ``resolution`` nodes a side."""
        from PIL import Image

        places = plane(resolution or shape[0], extent)
        side = resolution or shape[0]
        frames = []
        for time in np.linspace(0, config["duration"], FRAMES):
            values = computed(value, np.insert(places, 0, time, axis=1)) / config["wave_height"]
            frames.append(Image.fromarray(levels(values.reshape(side, side))))
        buffer = io.BytesIO()
        frames[0].save(buffer, "gif", save_all=True, append_images=frames[1:], duration=MILLISECONDS, loop=0)
        return Rendering(buffer.getvalue(), f"{FRAMES} frames of {side} x {side} pixels")

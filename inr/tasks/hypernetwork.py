"""Pictures from few of their pixels: a hypernetwork gives each picture a coordinate network.

The published protocol (Sitzmann et al. 2020, arXiv:2006.09661, section 4.4; vsitzmann/siren,
``train_img_neural_process.py``), on the pictures that can be had: --latent_features=256 --hyper_features=256
--pixels=0 --context=200 --pictures=100 --learning_rate=5e-5. It draws the last biases U(±1/n), where we take the
initial network's parameters; and it clips the gradient.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, final

import numpy as np
from annotated_types import Ge, Le
from numpy.typing import NDArray

from inr.doc import Doc
from inr.errors import InputError, UsageError
from inr.jet import Ask
from inr.panels import Panel
from inr.parameters import FileOr, Resolves, When
from inr.signals import (
    SIDES,
    PictureSet,
    check_picture,
    check_set,
    file_digest,
    grid,
    is_path,
    picture_set,
    signal_names,
)
from inr.tasks.base import Array, Drawn, Group, Hypernet, Problem, Task, Work
from inr.tasks.completion import CompletionJudge, Contexts, completion_panels, declare_completion
from inr.tasks.loss import ALL, HEAVIEST, LossTerms, in_loss, weight_doc
from inr.tasks.rendering import Rendering, Values, png
from inr.terms import Difference

COMPLETION, CONTEXT = "completion", "context"
FEWEST = 10
"""Context pixels of a picture at a step, at least, as published."""


def _side(config: Mapping[str, Any]) -> int:
    """The side of the pictures, in pixels."""
    return int(SIDES.get(config["collection"]) or config["crop"])


def _pixels(count: int, config: Mapping[str, Any]) -> int:
    return 0 if count >= _side(config) ** 2 else count


def _context(most: int, config: Mapping[str, Any]) -> int:
    return min(most, config["pixels"] or _side(config) ** 2)


@final
@dataclass(frozen=True, kw_only=True)
class Hypernetwork(Task):
    """Complete pictures that were not trained on, from few of their pixels."""

    dimensions: ClassVar[int] = 2
    subject: ClassVar[str] = "collection"
    fitted: ClassVar[Mapping[str, str]] = {"collection": "{}", "crop": "{} pixels"}
    shown: ClassVar[str] = "held-out pictures, and the Gaussian answer from their context"
    ending: ClassVar[str] = ".png"
    resolution: ClassVar[str] = "crop"
    terms: ClassVar[tuple[str, ...]] = (COMPLETION, "latent", "theta")

    loss: LossTerms = ALL
    collection: Annotated[
        str,
        FileOr((*SIDES, *signal_names()), check_picture),
        Doc(f"the pictures: {', '.join(SIDES)}, or the crops of a scikit-image picture or a file"),
    ] = "faces"
    crop: Annotated[
        int,
        Ge(2),
        Le(4096),
        When(lambda config: config["collection"] not in SIDES, "with crops as --collection"),
        Doc("side of a crop, in pixels; crops do not overlap"),
    ] = 32
    pictures: Annotated[int, Ge(1), Le(100_000), Doc("pictures that are drawn at each step")] = 16
    pixels: Annotated[
        int, Ge(0), Resolves(_pixels), Doc("pixels of each picture that are drawn at a step; 0: all of them")
    ] = 128
    context: Annotated[
        int, Ge(1), Resolves(_context), Doc(f"so many of these pixels, {FEWEST} or more, are at most the context")
    ] = 100
    latent_features: Annotated[int, Ge(1), Le(16384), Doc("numbers of a picture's latent code")] = 64
    hyper_features: Annotated[int, Ge(1), Le(16384), Doc("width of the networks from a code to parameters")] = 32
    completion_weight: Annotated[float, Ge(0), Le(HEAVIEST), in_loss(COMPLETION), weight_doc("completion")] = 1.0
    latent_weight: Annotated[
        float, Ge(0), Le(HEAVIEST), in_loss("latent"), Doc("weight of the mean square of the latent codes")
    ] = 0.1
    theta_weight: Annotated[
        float, Ge(0), Le(HEAVIEST), in_loss("theta"), Doc("weight of the mean square of the networks' parameters")
    ] = 100.0

    @property
    def hypernet(self) -> Hypernet:
        """See the base class."""
        return Hypernet(
            latent=self.latent_features,
            width=self.hyper_features,
            values=COMPLETION,
            context=CONTEXT,
            judged=self._side**2,
            networks=self.pictures,
        )

    @property
    def _side(self) -> int:
        return SIDES.get(self.collection) or self.crop

    @property
    def _drawn_pixels(self) -> int:
        """The pixels of a picture in a step."""
        return self.pixels or self._side**2

    @property
    def channels_out(self) -> int:
        """1: the pictures are grey."""
        return 1

    def work(self) -> tuple[Work, ...]:
        """Count the pixels that are drawn."""
        points = self.pictures * self._drawn_pixels
        return (Work(points, points, (Difference(COMPLETION, 2, 0),), drawn=True),)

    def identity(self) -> Mapping[str, str]:
        """See the base class."""
        given = self.collection
        return {"collection": f"sha256:{file_digest(given)}"} if given not in SIDES and is_path(given) else {}

    def check(self) -> None:
        """See the base class."""
        super().check()
        check_set(self.collection)
        if not self.weights.get(COMPLETION):
            raise UsageError(
                f"--loss={self.loss} got no {COMPLETION} term of a weight above 0, without which nothing is learnt of "
                f"pictures: give --loss={COMPLETION}+… and --{COMPLETION}_weight above 0"
            )

    def problem(self, seed: int) -> Problem:
        """See the base class. The pictures that are held out, and the pixels given of them, are those of every seed."""
        pictures = picture_set(self.collection, self._side)
        if self.pictures > len(pictures.trained):
            raise InputError(
                f"--pictures got {self.pictures}: {self.collection} has {len(pictures.trained)} pictures to train on; "
                "give as many or fewer"
            )
        points = grid(self._side, self._side).reshape(-1, 2)
        contexts = Contexts.of(pictures)
        return Problem(
            channels=1,
            groups=(self._group(pictures, points),),
            points=np.tile(points, (len(contexts.known), 1)),
            ask=Ask(),
            judge=CompletionJudge.of(pictures, contexts),
            data_hash=_digest(pictures),
            data_shape=pictures.trained.shape[1:],
            spacing=(2 / (self._side - 1),) * 2,
            data={COMPLETION: contexts.values.reshape(-1, 1), CONTEXT: contexts.shares.ravel()},
        )

    def _group(self, pictures: PictureSet, points: Array) -> Group:
        values = pictures.trained.reshape(len(pictures.trained), -1, 1)
        count, most = self._drawn_pixels, self.context

        def draw(rng: np.random.Generator, share: float) -> Drawn:
            chosen = rng.choice(len(values), self.pictures, replace=False)[:, None]
            places = rng.random((self.pictures, len(points))).argsort(axis=1)[:, :count]
            known = rng.integers(min(FEWEST, most), most + 1, (self.pictures, 1))
            shares = (np.arange(count) < known) / known
            data = {COMPLETION: values[chosen, places].reshape(-1, 1), CONTEXT: shares.ravel()}
            return Drawn(points[places].reshape(-1, 2), data)

        example = draw(np.random.default_rng(0), 0.0)
        penalties = tuple(term for term in self.terms[1:] if self.weights.get(term))
        return Group(
            terms=(Difference(COMPLETION, 2, 0),),
            weights=self.weights,
            per_residual={COMPLETION: 1 / len(example.points)},
            points=example.points,
            data=example.data,
            draw=draw,
            block=count,
            penalties=penalties,
        )

    @classmethod
    def rank_by(cls, config: Mapping[str, Any]) -> str:
        """See the base class."""
        return CompletionJudge.rank_by

    @classmethod
    def title(cls, config: Mapping[str, Any]) -> str:
        """See the base class."""
        side = f" of {config['crop']} px" if "crop" in config else ""
        return f"{config['collection']}{side}, {config['loss']} loss"

    @classmethod
    def panels(cls, fields: Mapping[str, NDArray[Any]]) -> tuple[Panel, ...]:
        """Show held-out pictures and their contexts, for each number of given pixels."""
        return completion_panels(fields)

    @classmethod
    def aligned(cls, fields: Mapping[str, NDArray[Any]], config: Mapping[str, Any]) -> dict[str, NDArray[Any]]:
        """Leave the prediction as it is: the loss leaves nothing free."""
        return dict(fields)

    @classmethod
    def render(
        cls, value: Values, shape: tuple[int, ...], config: Mapping[str, Any], resolution: int | None, extent: float
    ) -> Rendering:
        """Draw the first held-out picture, of which as many pixels as possible are given, as a PNG of 8 bits."""
        return png(value, (shape[0], shape[1]), resolution, extent)


def _digest(pictures: PictureSet) -> str:
    """The first 16 hex digits of the SHA-256 over the shapes and the values as little-endian float32."""
    contents = (repr(one.shape).encode() + one.astype("<f4").tobytes() for one in pictures)
    return hashlib.sha256(b"".join(contents)).hexdigest()[:16]


declare_completion(Hypernetwork.name())

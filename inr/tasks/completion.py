"""Pictures completed from some of their pixels: contexts, scores, the answers without a network, and panels."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from inr.families import FAMILIES, Family, Variant, declare_family, declare_variant
from inr.gaussian import Gaussian
from inr.jet import Jet
from inr.metrics import psnr
from inr.panels import Panel
from inr.scores import MAP
from inr.signals import PictureSet
from inr.tasks.base import Judge

Array = NDArray[np.float64]

COUNTS = (1000, 100, 10)
"""Pixels that are given of each held-out picture, the most first; of a smaller picture all pixels."""
RANKED = 100
RANGE = 2.0
"""Values are in [-1, 1]."""
ACROSS, DOWN = 4, 2
"""Pictures of a panel, side by side and above one another."""


class Contexts(NamedTuple):
    """The known pixels of M held-out pictures of Q pixels, for each of the :data:`COUNTS`: B = 3 M rows."""

    values: Array
    """(B, Q)"""
    known: NDArray[np.bool_]
    """(B, Q)"""

    @classmethod
    def of(cls, pictures: PictureSet) -> "Contexts":
        """Choose the pixels at random, the same at each call; those of a smaller count are among those of a larger."""
        values = pictures.held_out.reshape(len(pictures.held_out), -1)
        rank = np.random.default_rng(0).random(values.shape).argsort(axis=1).argsort(axis=1)
        return cls(np.tile(values, (len(COUNTS), 1)), np.concatenate([rank < count for count in COUNTS]))

    @property
    def shares(self) -> Array:
        """The share of each pixel in the mean over the known ones, (B, Q)."""
        shares: Array = self.known / self.known.sum(axis=1, keepdims=True)
        return shares


@dataclass(frozen=True, eq=False)
class CompletionJudge(Judge):
    """Compares completed pictures with the held-out ones: one score over all pictures for each count."""

    rank_by: ClassVar[str] = f"context_{RANKED}/psnr"

    truth: Array
    """(M, side, side)"""
    contexts: Contexts
    gaussian: Array
    """(3, M, side, side): the Gaussian answers."""
    constants: Mapping[str, float]

    @classmethod
    def of(cls, pictures: PictureSet, contexts: Contexts) -> "CompletionJudge":
        """Compute the answers without a network from the pictures that train."""
        truth = pictures.held_out[..., 0]
        law = Gaussian.of(pictures.trained.reshape(len(pictures.trained), -1))
        answers = [law.posterior(*row) for row in zip(contexts.values, contexts.known, strict=True)]
        gaussian = np.reshape(answers, (len(COUNTS), *truth.shape))
        mean = np.broadcast_to(law.mean.reshape(truth.shape[1:]), truth.shape)
        constants = {}
        for count, answer in zip(COUNTS, gaussian, strict=True):
            family = f"context_{count}"
            constants[f"{family}/psnr_gaussian"] = psnr(answer, truth, RANGE)
            constants[f"{family}/psnr_mean"] = psnr(mean, truth, RANGE)
            constants[f"{family}/data_range"] = RANGE
        return cls(truth, contexts, gaussian, constants)

    def scores(self, prediction: Jet[Array]) -> dict[str, float]:
        """See the base class."""
        truth = np.moveaxis(self.truth, 0, -1)  # the pictures are channels: SSIM is the mean over them
        found = {
            f"context_{count}/{score.name}": score.measure(np.moveaxis(completed, 0, -1), truth, RANGE)
            for count, completed in zip(COUNTS, self._pictures(prediction), strict=True)
            for score in FAMILIES[f"context_{count}"].scores
        }
        return {**found, **self.constants}

    def fields(self, prediction: Jet[Array]) -> dict[str, NDArray[Any]]:
        """Give the held-out pictures (M, side, side); contexts, Gaussian answers and predictions for each count."""
        known = np.where(self.contexts.known, self.contexts.values, 0.0).reshape(self.gaussian.shape)
        fields = {"context": known, "gaussian": self.gaussian, "completed": self._pictures(prediction)}
        arrays = {name: values.astype(np.float32) for name, values in fields.items()}
        return {"reference": self.truth.astype(np.float32), **arrays}

    def _pictures(self, prediction: Jet[Array]) -> Array:
        """The predictions (3, M, side, side)."""
        return prediction.value.reshape(self.gaussian.shape)


def completion_panels(fields: Mapping[str, NDArray[Any]]) -> tuple[Panel, ...]:
    """Show, from the fewest given pixels on: truth beside prediction, then context beside the Gaussian answer."""
    panels: list[Panel] = []
    truth = _sheet(fields["reference"])
    for place, count in reversed([*enumerate(COUNTS)]):
        context, gaussian, completed = (_sheet(fields[name][place]) for name in ("context", "gaussian", "completed"))
        family, gauss, ends = f"context_{count}", f"{count} pixels: Gaussian", (-1.0, 1.0)
        panels += [
            Panel(family, family, f"{count} pixels", "truth, network", truth, completed, ends),
            Panel(f"gaussian_{count}", "", gauss, "context, answer", context, gaussian, ends),
        ]
    return tuple(panels)


def _sheet(pictures: NDArray[Any]) -> NDArray[Any]:
    """The first pictures of (M, side, side), row by row, as one: fewer rows or columns where there are fewer."""
    across = min(ACROSS, len(pictures))
    down = min(DOWN, len(pictures) // across)
    shown = pictures[: down * across].reshape(down, across, *pictures.shape[1:])
    return np.concatenate(np.concatenate(shown, axis=1), axis=1)


def declare_completion(task: str) -> None:
    """Declare the families of a task that completes pictures."""
    for count in sorted(COUNTS):
        declare_family(
            Family(
                name=f"context_{count}",
                noun=f"held out, {count} pixels",
                tasks=(task,),
                kind=MAP,
                order=0,
                variants=("gaussian", "mean"),
                shown=("psnr", "ssim") if count == RANKED else ("psnr",),
            )
        )


declare_variant(Variant(name="gaussian", label="Gaussian posterior mean", classical=True, scores=("psnr",)))
declare_variant(Variant(name="mean", label="mean picture", classical=True, scores=("psnr",)))

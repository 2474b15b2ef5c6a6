"""What a trial is: one frozen, resolved configuration, and its identity."""

import dataclasses
import functools
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Self

from annotated_types import Ge, Gt, Le

from inr import schema
from inr.activations import Activation
from inr.activations.periodic import Sine
from inr.choices import build, flat
from inr.doc import Doc
from inr.errors import UsageError
from inr.holdouts import Holdout, Whole
from inr.initialisation import Initialisation, Own
from inr.names import declare
from inr.operators import Sobel, TargetDerivatives
from inr.parameters import Alias, OneOf, Parameter, Spelling
from inr.resolution import BATCH, LOSS_UNITS, OWN_LAW, UP_TO_STEPS, canonical_loss, in_loss
from inr.schedules import Constant, Schedule
from inr.schema import Entry
from inr.signals import canonical_name, check_name, file_digest, is_path
from inr.terms import ORDERS, order_of, weighted
from inr.units import LossUnits, Normalised

MEANING = 2
"""Part of every identity. Raise it when the same config comes to mean other numbers (a loss, a metric, a default).

2: ω₀ = 1 is a frequency like any other in the initialisation of the first layer; a batch of all pixels,
evaluations beyond the last step, and raw units without an operator in the loss are named as what they amount to.
1: ω₀ = 1 was initialised as an activation without a frequency.
"""

HEAVIEST = 10**12
"""The largest weight of a term. The squares of the gradients, which Adam keeps in float32, must not overflow."""


def _weight(term: str) -> Doc:
    return Doc(f"weight of the {term} term, from 0 to {HEAVIEST:g}")


@dataclass(frozen=True, kw_only=True)
class TrialConfig:
    """Everything that decides a trial's numbers, but for the machine. Made by :meth:`from_flat` only.

    A parameter that does not apply (a weight of a term that is not in the loss) is None here and absent from
    :meth:`flat`; the parameters of a choice stand in the choice.
    """

    image: Annotated[
        str,
        Alias("img_path"),
        Spelling(canonical_name),
        Doc("what is fitted: a scikit-image picture, a closed-form field, or a file"),
    ] = "camera"
    size: Annotated[int, Ge(8), Le(16384), Doc("longer side, in pixels, after resampling")] = 256
    channels: Annotated[str, OneOf(("gray", "rgb")), Doc("grey values or colours")] = "gray"
    activation: Annotated[Activation, Doc("φ of every layer")] = Sine()
    init: Annotated[Initialisation, OWN_LAW, Doc("initialisation law; own: the activation's")] = Own()
    hidden_features: Annotated[int, Ge(1), Le(16384), Doc("width of the hidden layers")] = 256
    hidden_layers: Annotated[int, Ge(0), Le(100), Doc("hidden layers after the first (SIREN's count)")] = 3
    loss: Annotated[
        str, Spelling(canonical_loss), Doc("terms of the loss: image, gradient, laplacian, joined by +, or all")
    ] = "image"
    image_weight: Annotated[float, Ge(0), Le(HEAVIEST), in_loss("image"), _weight("image")] = 1.0
    gradient_weight: Annotated[float, Ge(0), Le(HEAVIEST), in_loss("gradient"), _weight("gradient")] = 1.0
    laplacian_weight: Annotated[float, Ge(0), Le(HEAVIEST), in_loss("laplacian"), _weight("Laplacian")] = 1.0
    operator: Annotated[
        TargetDerivatives,
        Doc("discrete derivatives of the target; raw: the original study's; analytic: exact, closed-form fields only"),
    ] = Sobel()
    loss_units: Annotated[
        LossUnits,
        LOSS_UNITS,
        Doc("each term over its target's variance; per unit of coordinate; or in the operator's undivided units"),
    ] = Normalised()
    steps: Annotated[int, Ge(1), Le(10**9), Alias("n_epochs"), Doc("training steps")] = 500
    learning_rate: Annotated[float, Gt(0), Doc("Adam's, at the first step")] = 1e-4
    schedule: Annotated[Schedule, Doc("learning rate over the steps; cosine ends at 0")] = Constant()
    holdout: Annotated[Holdout, Doc("pixels kept from training: every second, or a share")] = Whole()
    batch_size: Annotated[int, Ge(0), BATCH, Doc("random pixels a step; 0: all of them")] = 0
    eval_every: Annotated[
        int,
        Ge(1),
        UP_TO_STEPS,
        Doc("steps between evaluations; the first and the last step always are"),
    ] = 50
    seed: Annotated[int, Ge(0), Le(2**63 - 1), Doc("of the weights and of the random pixels")] = 0
    ignored: tuple[str, ...] = field(default=(), compare=False)

    @classmethod
    def from_flat(cls, given: Mapping[str, Any]) -> Self:
        """The resolved config of flat names and values of any type that can be coerced ("1e-4", 30, "True").

        Names may be aliases. A known name that does not apply here is left out and listed in ``ignored``.
        Raises :class:`UsageError` for an unknown name, a value of a wrong type or out of range, and for
        combinations that mean nothing.
        """
        named = schema.canonical(cls, given)
        config = build(cls, named, {})
        applicable = config.flat()
        config = dataclasses.replace(config, ignored=tuple(name for name in named if name not in applicable))
        config._check()
        return config

    def flat(self) -> dict[str, str | int | float | bool]:
        """Names and values, resolved, without what does not apply: the config at every border."""
        return flat(self)

    @functools.cached_property
    def trial_id(self) -> str:
        """16 hexadecimal digits, equal for equal flat configs; a file counts by its bytes, not by its path.

        Raises :class:`inr.errors.InputError` where the file cannot be read.
        """
        identity: dict[str, Any] = {**self.flat(), "meaning": MEANING}
        if is_path(self.image):
            identity["image"] = f"sha256:{file_digest(self.image)}"
        return hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()[:16]

    @property
    def terms(self) -> tuple[str, ...]:
        """The terms of the loss."""
        return tuple(self.loss.split("+"))

    @property
    def weights(self) -> dict[str, float]:
        """Term → weight."""
        return {term: getattr(self, f"{term}_weight") for term in self.terms}

    def notes(self) -> tuple[str, ...]:
        """Sentences that the user should read before believing the trial."""
        vanishes, training = self.activation.vanishes_from, weighted(self.weights)
        dead = [term for term in training if vanishes is not None and ORDERS[term] >= vanishes]
        alone = ", and the loss has no other term: nothing will be learnt" if dead == [*training] else ""
        return tuple(
            f"the {term} loss cannot train {self.activation}: its derivatives of order {vanishes} and above are zero, "
            f"so the term is a constant{alone}"
            for term in dead
        )

    def _check(self) -> None:
        if not any(self.weights.values()):
            raise UsageError(f"--loss={self.loss} got no weight above 0: give one of its terms a positive weight")
        check_name(self.image)
        if self.operator.operator() is None and self.image not in _field_names():
            raise UsageError(
                f"--operator={self.operator} got --image={self.image}, which has no closed form: "
                f"expected one of {', '.join(_field_names())}, or a discrete operator"
            )
        if self.holdout.scattered and order_of(self.weights) > 0 and self.operator.operator() is not None:
            raise UsageError(
                f"--holdout={self.holdout} got --loss={self.loss}: a discrete derivative would see held-out pixels; "
                "use --holdout=grid, --loss=image or an analytic field"
            )


declare(TrialConfig)


def _field_names() -> tuple[str, ...]:
    from inr.signals.fields import FIELDS

    return tuple(FIELDS)


def entries() -> dict[str, Entry]:
    """Flat name → parameter of everything that some trial has, with where it exists: the flags and the columns."""
    return schema.schema(TrialConfig)


def parameters() -> dict[str, Parameter]:
    """Flat name → parameter, with the default of its declaration."""
    return {name: entry.parameter for name, entry in entries().items()}


def aliases() -> dict[str, str]:
    """Other spelling → flat name."""
    return schema.aliases(TrialConfig)

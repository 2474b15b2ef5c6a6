"""What a trial is: one frozen, resolved configuration, and its identity."""

import dataclasses
import functools
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Self

from annotated_types import Ge, Gt, Le, Lt

from inr.activations import ACTIVATIONS, Activation
from inr.doc import Doc
from inr.errors import UsageError
from inr.initialisation import INITIALISATIONS
from inr.names import DECLARED, declare
from inr.operators import MIN_SIGMA, OPERATORS
from inr.parameters import Alias, OneOf, Parameter, Spelling, unknown
from inr.resolution import BATCH, LOSS_UNITS, OWN_LAW, UP_TO_STEPS, canonical_loss, in_loss, where
from inr.signals import canonical_name, check_name, file_digest, is_path
from inr.terms import ORDERS, order_of, weighted

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
    :meth:`flat`; the hyperparameters of the chosen activation, and no others, stand in ``hyperparameters``.
    """

    image: Annotated[
        str,
        Alias("img_path"),
        Spelling(canonical_name),
        Doc("what is fitted: a scikit-image picture, a closed-form field, or a file"),
    ] = "camera"
    size: Annotated[int, Ge(8), Le(16384), Doc("longer side, in pixels, after resampling")] = 256
    channels: Annotated[str, OneOf(("gray", "rgb")), Doc("grey values or colours")] = "gray"
    activation: Annotated[str, OneOf(tuple(ACTIVATIONS)), Doc("φ of every layer")] = "sine"
    hyperparameters: Mapping[str, Any] = field(default_factory=dict)
    init: Annotated[
        str,
        OneOf(("own", *INITIALISATIONS)),
        OWN_LAW,
        Doc("initialisation law; own: the activation's"),
    ] = "own"
    hidden_features: Annotated[int, Ge(1), Le(16384), Doc("width of the hidden layers")] = 256
    hidden_layers: Annotated[int, Ge(0), Le(100), Doc("hidden layers after the first (SIREN's count)")] = 3
    loss: Annotated[
        str, Spelling(canonical_loss), Doc("terms of the loss: image, gradient, laplacian, joined by +, or all")
    ] = "image"
    image_weight: Annotated[float, Ge(0), Le(HEAVIEST), in_loss("image"), _weight("image")] = 1.0
    gradient_weight: Annotated[float, Ge(0), Le(HEAVIEST), in_loss("gradient"), _weight("gradient")] = 1.0
    laplacian_weight: Annotated[float, Ge(0), Le(HEAVIEST), in_loss("laplacian"), _weight("Laplacian")] = 1.0
    operator: Annotated[
        str,
        OneOf((*OPERATORS, "analytic")),
        Doc("discrete derivatives of the target; raw: the original study's; analytic: exact, closed-form fields only"),
    ] = "sobel"
    gaussian_sigma: Annotated[
        float, Ge(MIN_SIGMA), where("operator", "gaussian"), Doc("standard deviation of the operator, in pixels")
    ] = 1.0
    loss_units: Annotated[
        str,
        OneOf(("normalised", "physical", "raw")),
        LOSS_UNITS,
        Doc("each term over its target's variance; per unit of coordinate; or in the operator's undivided units"),
    ] = "normalised"
    steps: Annotated[int, Ge(1), Le(10**9), Alias("n_epochs"), Doc("training steps")] = 500
    learning_rate: Annotated[float, Gt(0), Doc("Adam's, at the first step")] = 1e-4
    schedule: Annotated[
        str, OneOf(("none", "exponential", "cosine")), Doc("learning rate over the steps; cosine ends at 0")
    ] = "none"
    learning_rate_decay: Annotated[
        float, Gt(0), where("schedule", "exponential"), Doc("last learning rate over the first")
    ] = 0.1
    holdout: Annotated[
        str, OneOf(("none", "grid", "random")), Doc("pixels kept from training: every second, or a share")
    ] = "none"
    holdout_fraction: Annotated[
        float, Gt(0), Lt(1), where("holdout", "random"), Doc("share of the pixels that is held out")
    ] = 0.25
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
    def from_flat(cls, flat: Mapping[str, Any]) -> Self:
        """The resolved config of flat names and values of any type that can be coerced ("1e-4", 30, "True").

        Names may be aliases. A known name that does not apply here is left out and listed in ``ignored``.
        Raises :class:`UsageError` for an unknown name, a value of a wrong type or out of range, and for
        combinations that mean nothing.
        """
        given = _canonical(flat)
        resolved: dict[str, Any] = {}
        hyperparameters: dict[str, Any] = {}
        for parameter in _fields():
            if parameter.applies(resolved):
                value = given.get(parameter.name, parameter.default)
                resolved[parameter.name] = parameter.resolve(value, resolved)
            if parameter.name == "activation":
                hyperparameters = _hyperparameters(resolved["activation"], given)
        applicable = resolved.keys() | hyperparameters.keys()
        inapplicable = dict.fromkeys({p.name for p in _fields()} - applicable)
        ignored = tuple(name for name in given if name not in applicable)
        config = cls(**{**inapplicable, **resolved}, hyperparameters=hyperparameters, ignored=ignored)
        config._check()
        return config

    def flat(self) -> dict[str, str | int | float | bool]:
        """Names and values, resolved, without what does not apply: the config at every border."""
        values = {p.name: getattr(self, p.name) for p in _fields()}
        return {name: value for name, value in {**values, **self.hyperparameters}.items() if value is not None}

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

    def make_activation(self) -> Activation:
        """The activation with its hyperparameters."""
        return ACTIVATIONS[self.activation](**self.hyperparameters)

    def notes(self) -> tuple[str, ...]:
        """Sentences that the user should read before believing the trial."""
        vanishes, training = ACTIVATIONS[self.activation].vanishes_from, weighted(self.weights)
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
        if self.operator == "analytic" and self.image not in _field_names():
            raise UsageError(
                f"--operator=analytic got --image={self.image}, which has no closed form: "
                f"expected one of {', '.join(_field_names())}, or a discrete operator"
            )
        if self.holdout == "random" and order_of(self.weights) > 0 and self.operator != "analytic":
            raise UsageError(
                f"--holdout=random got --loss={self.loss}: a discrete derivative would see held-out pixels; "
                "use --holdout=grid, --loss=image or an analytic field"
            )


declare(TrialConfig)


def _field_names() -> tuple[str, ...]:
    from inr.signals.fields import FIELDS

    return tuple(FIELDS)


@functools.cache
def _fields() -> tuple[Parameter, ...]:
    """The parameters of every trial, in the order in which they are resolved."""
    import typing

    hints = typing.get_type_hints(TrialConfig, include_extras=True)
    declared = [f for f in dataclasses.fields(TrialConfig) if f.name not in ("hyperparameters", "ignored")]
    return tuple(Parameter.of(f.name, hints[f.name], f.default) for f in declared)


@functools.cache
def _activation_parameters(activation: str) -> tuple[Parameter, ...]:
    cls = ACTIVATIONS[activation]
    defaults = {f.name: f.default for f in dataclasses.fields(cls)}
    return tuple(Parameter.of(name, hint, defaults[name]) for name, hint in cls.hyperparameter_types().items())


@functools.cache
def parameters() -> dict[str, Parameter]:
    """Name → parameter of everything that some trial has: the flags, and the columns of the records.

    A hyperparameter's default is that of its declaration; see :func:`own_defaults`.
    """
    hyper = {p.name: p for name in ACTIVATIONS for p in _activation_parameters(name)}
    declared = {name: dataclasses.replace(p, default=_declared_default(name)) for name, p in hyper.items()}
    return {**{p.name: p for p in _fields()}, **declared}


def _declared_default(name: str) -> Any:
    (default,) = (f.default for f in dataclasses.fields(DECLARED[name].owner) if f.name == name)
    return default


def own_defaults(name: str) -> dict[str, Any]:
    """Activation → its default of a hyperparameter, where it is not that of the declaration."""
    own = {a: p.default for a in ACTIVATIONS for p in _activation_parameters(a) if p.name == name}
    return {activation: default for activation, default in own.items() if default != parameters()[name].default}


def owners(name: str) -> tuple[str, ...]:
    """The activations that have a hyperparameter; none for a parameter of every trial."""
    return tuple(a for a in ACTIVATIONS if any(p.name == name for p in _activation_parameters(a)))


@functools.cache
def aliases() -> dict[str, str]:
    """Other spelling → name."""
    return {alias: p.name for p in parameters().values() for alias in p.aliases}


def _canonical(flat: Mapping[str, Any]) -> dict[str, Any]:
    """The given values by canonical name; an alias beside its name must not say otherwise."""
    given: dict[str, Any] = {}
    for spelling, value in flat.items():
        name = aliases().get(spelling, spelling)
        if name not in parameters():
            raise UsageError(f"unknown parameter {spelling!r}: {unknown(spelling, [*parameters(), *aliases()])}")
        coerce = parameters()[name].coerce
        if name in given and coerce(given[name]) != coerce(value):
            raise UsageError(
                f"{name} got both {given[name]!r} and {value!r} ({spelling} is its other spelling): give one"
            )
        given[name] = value
    return given


def _hyperparameters(activation: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """The activation's own hyperparameters: the given ones coerced, the others as it resolves them."""
    coerced = {p.name: p.coerce(given[p.name]) for p in _activation_parameters(activation) if p.name in given}
    own = {name: value for name, value in coerced.items() if value is not None}
    return ACTIVATIONS[activation](**own).hyperparameters()

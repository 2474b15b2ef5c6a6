"""The configuration of a trial: frozen, resolved, and with an identity."""

import dataclasses
import functools
import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Self

from annotated_types import Ge, Gt, Le

from inr import schema
from inr.activations import Activation
from inr.activations.periodic import Sine
from inr.choices import build, flat, plugins_of
from inr.doc import Doc
from inr.encodings import Encoding, Identity
from inr.errors import UsageError
from inr.initialisation import Initialisation, Own
from inr.meaning import MEANING
from inr.names import declare
from inr.optimizers import RATED, Adam, Optimizer
from inr.origins import Used, from_record, refuse_missing
from inr.parameters import Alias, OneOf, Parameter, Resolves, Since, When
from inr.resolution import BATCH, LEARNED, NOTHING, OWN_LAW, UP_TO_STEPS, WIDTH
from inr.schedules import Constant, Schedule
from inr.schema import Entry
from inr.size import BY_WIDTH, WIDEST
from inr.tasks import Task
from inr.tasks.image import Image


@dataclass(frozen=True, kw_only=True)
class TrialConfig:
    """Everything that decides a trial's numbers, but for the machine. Made by :meth:`from_flat` only.

    A parameter that does not apply (a weight of a term that is not in the loss) is None here and absent from
    :meth:`flat`; the parameters of a choice stand in the choice.
    """

    task: Annotated[Task, Doc("what the network is asked to be")] = Image()
    activation: Annotated[Activation, Doc("φ of every layer")] = Sine()
    learn: Annotated[
        str,
        LEARNED,
        Since(NOTHING),
        Doc("hyperparameters of the activation that are trained as the weights are: omega_0,scale"),
    ] = NOTHING
    learn_per: Annotated[
        str,
        OneOf(("layer", "neuron")),
        When(lambda config: config["learn"] != NOTHING, "with --learn"),
        Doc("what has a trained hyperparameter of its own"),
    ] = "layer"
    init: Annotated[Initialisation, OWN_LAW, Doc("initialisation law; own: the activation's")] = Own()
    encoding: Annotated[Encoding, Since(Encoding.before), Doc("what a network sees of the coordinates")] = Identity()
    hidden_layers: Annotated[int, Ge(0), Le(100), Doc("hidden layers after the first (SIREN's count)")] = 3
    parameters: Annotated[
        int,
        Ge(0),
        Le(10**8),
        Since(BY_WIDTH),
        Doc("the most parameters that the network may have, from which its width follows; 0: the width is given"),
    ] = BY_WIDTH
    hidden_features: Annotated[int, Ge(1), Le(WIDEST), WIDTH, Doc("width of the hidden layers")] = 256
    steps: Annotated[int, Ge(1), Le(10**9), Alias("n_epochs"), Doc("training steps")] = 500
    optimizer: Annotated[Optimizer, Since(Optimizer.before), Doc("rule by which gradients change parameters")] = Adam()
    learning_rate: Annotated[float, Gt(0), RATED, Doc("of the optimizer, at the first step")] = 1e-4
    schedule: Annotated[Schedule, RATED, Doc("learning rate over the steps; cosine ends at 0")] = Constant()
    batch_size: Annotated[int, Ge(0), BATCH, Doc("random points a step; 0: all of them")] = 0
    eval_every: Annotated[
        int,
        Ge(1),
        UP_TO_STEPS,
        Doc("steps between evaluations; the first and the last step always are"),
    ] = 50
    seed: Annotated[int, Ge(0), Le(2**63 - 1), Doc("of the weights and of the random points")] = 0
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
        config._check_width(named)
        config.task.check()
        config._check_learned()
        layers, batch = config.hidden_layers, config.batch_size
        config.encoding.check(config.task)
        config.optimizer.check(task=config.task, hidden_layers=layers, batch_size=batch)
        return config

    def _check_learned(self) -> None:
        """Raise :class:`UsageError` for hyperparameters that are trained in networks whose parameters are made."""
        if self.task.hypernet and (self.learned or self.activation.trains):
            what = f"--learn={self.learn}" if self.learned else f"--activation={self.activation}"
            raise UsageError(
                f"--task={self.task} got {what}: its networks' parameters are made from pictures, and "
                "hyperparameters are none of them; learn none"
            )

    def _check_width(self, given: Mapping[str, Any]) -> None:
        """Raise :class:`UsageError` for a width beside a number of parameters that makes it another."""
        if self.parameters == BY_WIDTH or "hidden_features" not in given:
            return
        width = entries()["hidden_features"].parameter.coerce(given["hidden_features"])
        if width != self.hidden_features:
            raise UsageError(
                f"--parameters got {self.parameters} beside --hidden_features={width}, but makes it "
                f"{self.hidden_features}: give one"
            )

    @property
    def learned(self) -> tuple[str, ...]:
        """The names of the hyperparameters that are trained."""
        return () if self.learn == NOTHING else tuple(self.learn.split(","))

    @classmethod
    def from_record(cls, content: Mapping[str, Any]) -> Self:
        """The config of a ``record.json`` with this content.

        Raises :class:`UsageError` where a plugin that made it is not loaded, with its file and its bytes.
        """
        refuse_missing(from_record(content.get("environment", {}).get("plugins")))
        return cls.from_flat(content["config"])

    def flat(self) -> dict[str, str | int | float | bool]:
        """Names and values, resolved, without what does not apply: the config at every border."""
        return flat(self)

    @functools.cached_property
    def trial_id(self) -> str:
        """16 hexadecimal digits, equal for equal flat configs; a file counts by its bytes, not by its path.

        The file is a picture, or a plugin that defines what is chosen.

        Raises :class:`inr.errors.InputError` where the file cannot be read.
        """
        known = entries()
        named = {name: value for name, value in self.flat().items() if known[name].parameter.names_a_trial(value)}
        identity: dict[str, Any] = {**named, **self.task.identity(), "meaning": MEANING}
        if self.plugins:
            identity["plugins"] = sorted([choice, f"sha256:{plugin.sha256}"] for choice, plugin in self.plugins)
        return hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()[:16]

    @property
    def plugins(self) -> list[Used]:
        """The plugins that define what is chosen, each beside the ``kind.name`` of its choice."""
        return plugins_of(self)

    def notes(self) -> tuple[str, ...]:
        """Sentences that the user should read before believing the trial."""
        vanishes = self.activation.vanishes_from
        trained = [term for work in self.task.work() for term in work.terms]
        dead = [term.name for term in trained if vanishes is not None and term.order >= vanishes]
        alone = ", and the loss has no other term: nothing will be learnt" if len(dead) == len(trained) else ""
        return tuple(
            f"the {term} loss cannot train {self.activation}: its derivatives of order {vanishes} and above are zero, "
            f"so the term is a constant{alone}"
            for term in dead
        )


declare(TrialConfig)


def entries() -> dict[str, Entry]:
    """Flat name → parameter of everything that some trial has, with where it exists: the flags and the columns."""
    return schema.schema(TrialConfig)


def parameters() -> dict[str, Parameter]:
    """Flat name → parameter, with the default of its declaration."""
    return {name: entry.parameter for name, entry in entries().items()}


def aliases() -> dict[str, str]:
    """Other spelling → flat name."""
    return schema.aliases(TrialConfig)


def remarks(config: TrialConfig, given: Mapping[str, Any]) -> list[str]:
    """Sentences on values in ``given`` that do not apply in the config made of them, or amount to another value."""
    named, known = schema.canonical(TrialConfig, given), entries()
    ignored = [f"{name}={named[name]} is ignored: it counts only {known[name].condition}" for name in config.ignored]
    return [*ignored, *_amounts(named, config.flat())]


def _amounts(named: Mapping[str, Any], effective: Mapping[str, Any]) -> Iterator[str]:
    for name in [name for name in named if name in effective]:
        parameter = parameters()[name]
        resolves: Resolves | None = parameter.first(Resolves)
        if resolves and resolves.why and parameter.coerce(named[name]) != effective[name]:
            yield f"{name}={named[name]} amounts to {effective[name]}: {resolves.why}"

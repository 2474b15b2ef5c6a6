"""``--advise``: propose ω₀ from the spectrum of a signal, beside what the rule loses on recorded trials."""

import shlex
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inr.activations.periodic import Periodic
from inr.advice import SHARE, Calibration, Rule, band
from inr.config import TrialConfig
from inr.encodings import Identity
from inr.errors import InputError, UsageError
from inr.origins import flags
from inr.tasks.sampled import Sampled
from inr.tasks.scoring import SampleJudge
from inr.vocabulary import metric
from inr.words import text
from sweeps.record.again import again

Calibrate = Callable[[Path, str, str, str, float], Calibration]
"""Of a runs folder, a task, an activation, a loss and the activation's own ω₀; raises :class:`InputError`."""

FIRST, HIDDEN = "first_omega_0", "omega_0"
LOST = ("lost", "lost_by_default", "lost_by_constant")
NYQUIST = 0.5
"""Cycles a sample."""


@dataclass(frozen=True)
class Proposal:
    """The ω₀ that are proposed for a signal."""

    first: float
    """ω₀ of the first layer."""
    hidden: float
    band: float
    """Of the signal, in cycles a sample."""
    reach: float
    """Of the first layer with this ω₀, in cycles a sample."""


def check(config: TrialConfig, given: Mapping[str, Any]) -> None:
    """Raise :class:`UsageError` for what has no ω₀ to propose, or no spectrum."""
    if wrong := next((name for name in (FIRST, HIDDEN) if name in given), None):
        raise UsageError(f"--{wrong} is what --advise proposes: leave it out")
    if not isinstance(config.activation, Periodic):
        raise UsageError(
            f"--advise got --activation={config.activation}: expected one for all layers that has an ω₀, such as sine"
        )
    if not isinstance(config.encoding, Identity):
        raise UsageError(
            f"--advise got --encoding={config.encoding}, which meets the coordinates in the first layer's place: "
            "leave it out"
        )
    if not isinstance(config.task, Sampled):
        raise UsageError(f"--advise got --task={config.task}: expected one that fits samples of a signal")


def samples_of(config: TrialConfig) -> tuple[NDArray[np.float64], tuple[float, ...]]:
    """Load what a trial fits: the values (*grid, C), and the spacing along each axis in units of the coordinates.

    Raises :class:`InputError` where it cannot be had.
    """
    problem = config.task.problem(config.seed)
    assert isinstance(problem.judge, SampleJudge)
    return problem.judge.signal.values, problem.spacing


def propose(config: TrialConfig, values: NDArray[np.float64], spacing: tuple[float, ...], rule: Rule) -> Proposal:
    """Propose ω₀ for samples by a rule. The reach is that of the first layer as the config's law draws it."""
    found = band(values)
    first = _rounded(rule.factor * found * own_omega(config) / reach(config, spacing))
    hidden = first if rule.hidden is None else rule.hidden
    there = TrialConfig.from_flat({**config.flat(), FIRST: first, HIDDEN: hidden})
    return Proposal(first, hidden, found, reach(there, spacing))


def reach(config: TrialConfig, spacing: tuple[float, ...]) -> float:
    """Compute the reach of the first layer of a trial before training, in cycles a sample."""
    from inr.fitted import initial_network
    from inr.gains import reach as reach_of

    network = initial_network(config, config.task.channels_out)
    return reach_of(network.layers()[0], spacing)["reach/cycles_per_sample"]


def own_omega(config: TrialConfig) -> float:
    """Return the activation's own ω₀ of the first layer."""
    assert isinstance(config.activation, Periodic)
    return config.activation.first_omega_0


def calibrated(calibrate: Calibrate, runs: Path, config: TrialConfig) -> tuple[Rule, Calibration | None, list[str]]:
    """Fit the rule to the records of a runs folder; without any, reach and band are equal, and a note says why."""
    try:
        found = calibrate(runs, str(config.task), str(config.activation), config.task.loss, own_omega(config))
    except InputError as error:
        assert isinstance(config.activation, Periodic)
        return Rule(hidden=config.activation.omega_0), None, [f"the rule is not calibrated: {error}"]
    return found.rule, found, []


def sentences(config: TrialConfig, given: Mapping[str, Any], proposal: Proposal) -> Iterator[str]:
    """Write the proposal, a line a thought; the command of the trial last."""
    share = proposal.reach / proposal.band
    yield (
        f"{config.task.title(config.flat())}: {SHARE:.0%} of the energy lies within {proposal.band:.3f} cycles a "
        f"sample (Nyquist's limit is {NYQUIST})"
    )
    yield (
        f"proposed: ω₀ = {text(proposal.first)} of the first layer, which reaches {proposal.reach:.3f} cycles a "
        f"sample, {share:.2f} times the band; ω₀ = {text(proposal.hidden)} of the hidden layers"
    )
    plugins = shlex.join(flags(config.plugins))
    yield again({**given, FIRST: proposal.first, HIDDEN: proposal.hidden}, plugins)


def table(found: Calibration) -> str:
    """Write what the rule loses on each signal that it was not fitted to, as a table of GitHub's Markdown."""
    known = metric(found.metric)
    unit = f" ({known.unit})" if known.unit else ""
    head = ["left out", "band", "best ω₀", known.header, "proposed ω₀"]
    head += [f"lost{unit}", f"lost by the default{unit}", f"lost by the others' best ω₀{unit}"]
    rows = [
        [
            _cell(one.name),
            f"{one.band:.3f}",
            text(one.best_omega),
            known.format(one.best),
            f"{one.proposed:.3g}",
        ]
        + [known.format(number) for number in (getattr(one, name) for name in LOST)]
        for one in found.left_out
    ]
    means = [known.format(found.mean(name)) for name in LOST]
    lines = [head, [":--", *["--:"] * (len(head) - 1)], *rows, ["mean", "", "", "", "", *means]]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _cell(name: str) -> str:
    return name.replace("|", "\\|")


def verdict(found: Calibration) -> str:
    """Tell the error of the rule in a sentence, and whether the spectrum helped."""
    known = metric(found.metric)
    lost, default, constant = (found.mean(name) for name in LOST)
    told = (
        f"leaving out one of {len(found.left_out)} signals ({found.trials} trials), the rule loses "
        f"{known.with_unit(lost)} of {known.label} in the mean, the activation's own ω₀ {known.with_unit(default)}, "
        f"the ω₀ that is best on the others {known.with_unit(constant)}"
    )
    return told if lost < constant else f"{told}: the spectrum does not help here"


def _rounded(number: float) -> float:
    return float(f"{number:.3g}")

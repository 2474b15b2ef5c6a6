"""Verdicts as text: a paragraph each, with the commands that lead from it to its trials, or that would settle it."""

import shlex
from collections.abc import Iterator, Sequence

from analysis.claims.claim import Claim
from analysis.claims.verdict import HOLDS, UNTESTED, Verdict, counts
from inr.words import plural, text
from sweeps.screen.terminal import Screen

STYLES = {HOLDS: "bold green", UNTESTED: "dim"}


def show_verdicts(verdicts: Sequence[Verdict], sources: Sequence[str], screen: Screen) -> None:
    """Print every verdict, and their numbers. ``sources`` are where the trials were loaded from."""
    for verdict in verdicts:
        screen.print(f"{verdict.state}: {verdict.claim.sentence}", style=STYLES.get(verdict.state, "bold"))
        for line in (f"({verdict.claim.source})", *verdict.sentences, *_commands(verdict, sources)):
            screen.print(f"  {line}", soft_wrap=screen.color_system is None)
    screen.print(f"{plural(len(verdicts), 'claim')} ({counts(verdicts)})")


def _commands(verdict: Verdict, sources: Sequence[str]) -> Iterator[str]:
    claim = verdict.claim
    if verdict.trials:
        words = ["python", "-m", "analysis", "tests", *sources, "--metrics", claim.metric, "--where", *_where(claim)]
        yield f"{plural(len(verdict.trials), 'trial')}: {shlex.join(words)}"
    if verdict.state == UNTESTED:
        yield f"would test it: python run.py --sweep sweeps/{claim.sweep}.yaml, on enough images and seeds"


def _where(claim: Claim) -> Iterator[str]:
    for name, values in claim.wanted.items():
        yield from (f"{name}={text(value)}" for value in values)

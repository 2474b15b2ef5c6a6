"""Every docstring stands alone: its first word does not lean on the name above it."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FILES = sorted(
    [*(file for folder in ("inr", "sweeps", "analysis") for file in (ROOT / folder).rglob("*.py")), ROOT / "run.py"]
)
LEANING = re.compile(
    r"(and|as|at|because|but|by|for|from|how|if|in|is|it|its|none|nothing|of|on|so|than|that|their|then|there|these|they"
    r"|this|those|to|under|what|when|where|whether|which|who|whose|why|with|without|the (same|others?))\b",
    re.IGNORECASE,
)
"""Prepositions, conjunctions and pronouns, with which a sentence continues the name above it."""

DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def leaning(source: str) -> Iterator[tuple[int, str]]:
    """Yield (line, first words) of each docstring of a module, class or function that begins with a leaning word."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, DOCUMENTED) and (text := ast.get_docstring(node)) and LEANING.match(text):
            yield node.body[0].lineno, " ".join(text.split()[:6])


def test_every_docstring_stands_alone() -> None:
    found = [
        f"{file.relative_to(ROOT)}:{line}: {words}"
        for file in FILES
        for line, words in sorted(leaning(file.read_text("utf-8")))
    ]
    assert not found, "these docstrings lean on the name above them:\n" + "\n".join(found)


@pytest.mark.parametrize(
    "first", ["Of the trials.", "What is averaged.", "The same by torch.", "whether it is there", "In turn."]
)
def test_a_leaning_docstring_is_found_with_its_line(first: str) -> None:
    inside = f'class A:\n    """A thing."""\n\n    def f(self):\n        """{first}"""\n'
    assert list(leaning(inside)) == [(5, first)]
    assert list(leaning(f'"""{first}"""\n')) == [(1, first)]


@pytest.mark.parametrize(
    "first", ["Compute the loss.", "The loss.", "A signal.", "Information on it.", "``a, b``", "Off, on."]
)
def test_a_docstring_that_stands_alone_is_accepted(first: str) -> None:
    assert not list(leaning(f'def f():\n    """{first}"""\n'))

"""A rich console that prints names chosen by a user literally, never as markup."""

import os
import sys
from typing import Any

from rich.console import Console
from rich.text import Text

from sweeps.screen.console import visible


def styled(text: str, style: str = "") -> Text:
    """Make a rich text in ``style`` for a table cell, with control characters escaped."""
    return Text(visible(text), style=style)


class Screen(Console):
    """A rich console without markup and emoji codes, which escapes control characters in plain strings.

    Lines, titles, headings and cells all pass through ``render_str``. ``options`` are passed to rich's Console.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(markup=False, highlight=False, emoji=False, **options)

    def render_str(self, text: str, **options: Any) -> Text:
        """Convert a plain string to rich text without interpreting markup."""
        return super().render_str(visible(text), **options)

    def on_broken_pipe(self) -> None:
        """Discard further output when the reader (head, less) has closed the pipe; rich would exit with an error."""
        self.quiet = True
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)

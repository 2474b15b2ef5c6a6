"""A console for tables, on which a name that a person chose is never markup."""

import os
import sys
from typing import Any

from rich.console import Console
from rich.text import Text

from sweeps.console import visible


def styled(text: str, style: str = "") -> Text:
    """Text in a style of rich's, for a cell of a table."""
    return Text(visible(text), style=style)


class Screen(Console):
    """A console of rich's on which text is text: no markup, no emoji codes, and every plain string visible.

    Lines, titles, headings and cells all pass through ``render_str``. ``options`` are those of rich's console.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(markup=False, highlight=False, emoji=False, **options)

    def render_str(self, text: str, **options: Any) -> Text:
        """Turn a plain string into text of rich's, with nothing read into it."""
        return super().render_str(visible(text), **options)

    def on_broken_pipe(self) -> None:
        """Go on without a reader (head, less) that has seen enough; rich would end the process with an error."""
        self.quiet = True
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)

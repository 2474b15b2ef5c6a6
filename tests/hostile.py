"""Names that a person could give, and that some printer could take for more than text."""

import io
import re
from collections.abc import Callable

from hypothesis import settings
from hypothesis import strategies as st

from sweeps.screen.console import visible
from sweeps.screen.terminal import Screen

PIECES = (
    *("[", "]", "[/b]", "[red]", "[/]", "[link=file:///]", "\\", "\\[", ":smile:", "x", " ", "é", "\U0001f600"),
    *("\x1b[2J", "\x1b]8;;http://x\x1b\\", "\x9b31m", "\x07", "\r", "\n", "\t", "\x00", "\x7f", "\u2028", "\x85"),
    *("\u202e", "\u2067", "\u200f", "אבג", "\udcff", "\ud800"),
    *("<script>alert(1)</script>", "<b>", "&lt;", "&", '"', "'", "{{ 1 }}", "{}", "%s", "%j", "${args}", "{x}"),
    *("$x^2$", "$", "_a_", "*", "**", "~~", "`", "|", "#", "-", "--", "- ", "1. ", "^", "~", "\\\\", "\\end{tabular}"),
    *("![a](http://b)", "[a](b)", "http://b", "= ", "0", "null", "!!python/name:x", ": ", "@", ",", "..", "/"),
)
PIECED = st.lists(st.sampled_from(PIECES), min_size=1, max_size=6).map("".join)
NAMES = PIECED | st.text(min_size=1) | st.just("x" * 5000)

few = settings(max_examples=40, deadline=None)

EXAMPLES = ("[/b]", "[red]q", "\x1b[2J", ":smile:", "a\nb", "\udcff", "$x$_{", "\u202etxt", "<i>&amp;", "x" * 3000)


def printed(show: Callable[[Screen], object], **options: object) -> str:
    """What a printer sends to a very wide console; without ``options`` one that is no terminal."""
    file = io.StringIO()
    show(Screen(file=file, width=100_000, **options))
    return file.getvalue()


def squeezed(text: str) -> str:
    """Without white space: a long title is broken over lines."""
    return "".join(text.split())


def assert_shown(out: str, name: str) -> None:
    """The name stands in the output letter by letter, and nothing there is obeyed by a terminal."""
    assert squeezed(visible(name)) in squeezed(out)
    assert all(visible(line) == line for line in out.split("\n"))


def without_styles(out: str) -> str:
    """Without the colours and weights of rich."""
    return re.sub(r"\x1b\[[0-9;]*m", "", out)

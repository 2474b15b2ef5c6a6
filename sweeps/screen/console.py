"""Print text for a person on standard error, or for another program on standard output.

Names that a user chose (a path, a sweep's name, a reason) may contain control characters. They are printed as escapes,
such as ``\\x1b``, so that a terminal does not execute them. Tables are printed on a :class:`Screen`
(:mod:`sweeps.screen.terminal`).
"""

import sys

_DIRECTIONS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Invisible characters that change the direction of the text after them."""


def visible(text: str) -> str:
    """Escape every character that a terminal would execute or that cannot be encoded; the result is one line.

    These are control characters (newlines among them), line separators, marks that turn the direction of the text,
    and lone surrogates, which stand for the bytes of a path that is not UTF-8.
    """
    if text.isprintable():
        return text
    return "".join(_escape(char) if _obeyed(char) else char for char in text)


def _obeyed(char: str) -> bool:
    return (
        ord(char) < 0x20
        or 0x7F <= ord(char) < 0xA0
        or char in "\u2028\u2029"
        or char in _DIRECTIONS
        or _lone_surrogate(char)
    )


def _lone_surrogate(char: str) -> bool:
    return 0xD800 <= ord(char) < 0xE000


def _escape(char: str) -> str:
    return char.encode("unicode_escape").decode("ascii")


def say(text: str) -> None:
    """Print a note of one or more lines on standard error, with control characters escaped."""
    print("\n".join(map(visible, text.split("\n"))), file=sys.stderr, flush=True)


def write(text: str) -> None:
    """Write text for another program to standard output. Control characters are escaped only on a terminal."""
    if sys.stdout.isatty():
        text = "\n".join(map(visible, text.split("\n")))
    sys.stdout.write("".join(_escape(char) if _lone_surrogate(char) else char for char in text))
    sys.stdout.flush()

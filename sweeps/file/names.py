"""Check names that become file names: a sweep's journal, folder, lock and study carry the sweep's name."""

import hashlib
import os
import re
import reprlib

LONGEST = 100
"""The most characters of a name."""

_BYTES = 200
"""The most bytes of a name. A file name has 255; suffixes such as ``.journal.lock`` need the rest."""


def refusal(name: str) -> str | None:
    """Return why a name cannot be a file name, as half a sentence that begins with the name; None if it can."""
    reason = _problem(name)
    return reason and (
        f"{reprlib.repr(name)} {reason}: give at most {LONGEST} printable characters, "
        "without '/', and neither '.' nor '-' as the first"
    )


def _problem(name: str) -> str | None:
    if not name.strip():
        return "is empty"
    wrong = next((char for char in name if char == "/" or not char.isprintable()), None)
    if wrong:
        return f"contains {wrong!a}"
    if name[0] in ".-":
        return f"begins with {name[0]!r}"
    if name != name.strip():
        return "begins or ends with a space"
    if len(name) > LONGEST or len(os.fsencode(name)) > _BYTES:
        return f"has {len(name)} characters, {len(os.fsencode(name))} bytes"
    return None


def as_name(text: str) -> str:
    """Turn any text into a name that :func:`refusal` accepts.

    Characters other than ASCII letters, digits, ``.``, ``_`` and ``-`` become ``-``. A long text is cut and ends with a
    digest of the whole.
    """
    name = re.sub(r"[^A-Za-z0-9._-]", "-", text)
    if not name or name[0] in ".-":
        name = f"_{name}"
    if len(name) <= LONGEST:
        return name
    digest = hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:8]
    return f"{name[: LONGEST - 9]}-{digest}"

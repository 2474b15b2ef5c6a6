"""Check the URL of a sweep's database, and show it without its password.

Every user of a machine can read the arguments of a process, and W&B stores them. Workers therefore get the URL from an
environment variable.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus, unquote_plus

from inr.errors import UsageError

STORAGE = "INR_STORAGE"
"""The environment variable that a worker reads in place of ``--storage``."""

HIDDEN = "***"
_SHOWN = frozenset(("host", "hostaddr", "port", "dbname", "user", "service", "passfile", "sslmode"))
"""Options after the URL's ``?`` that are not secret; every other option is masked."""


def checked(storage: str, flag: str) -> str:
    """Return the URL. Raises :class:`UsageError`, which names ``flag``, for a URL whose parts are ambiguous."""
    if _parsed(storage) is None:
        raise UsageError(
            f"{flag} got {shown(storage)!r}, which is no database URL: "
            "expected postgresql://USER:PASSWORD@HOST/DATABASE, with %40 for an @ in a name or password"
        )
    return storage


def shown(storage: str | Path) -> str:
    """Format a storage for a person: a path unchanged, a URL without its password and possibly secret options.

    A URL whose parts are ambiguous is shown as its scheme alone.
    """
    if isinstance(storage, Path):
        return str(storage)
    url = _parsed(storage)
    if url is None:
        scheme = re.match(r"\w[\w+]*(?=://)", storage)
        return f"{scheme[0]}://{HIDDEN}" if scheme else HIDDEN
    known = {name: value for name, value in url.query.items() if name in _SHOWN}
    plain: str = url.set(query=known).render_as_string(hide_password=True)
    return plain if len(known) == len(url.query) else f"{plain}{'&' if known else '?'}{HIDDEN}"


def without_secrets(text: str, storage: str | Path) -> str:
    """Mask the URL's secrets in a driver's message; mask the whole message if the URL's parts are ambiguous."""
    if isinstance(storage, Path):
        return text
    if _parsed(storage) is None:
        return HIDDEN
    for spelling in sorted(
        {form for secret in _secrets(storage) for form in _spellings(secret)}, key=len, reverse=True
    ):
        text = text.replace(spelling, HIDDEN)
    return text


def hide_argument(storage: str) -> None:
    """Remove the URL's password from ``sys.argv``, which W&B stores in the metadata of a run."""
    sys.argv[:] = [argument.replace(storage, shown(storage)) for argument in sys.argv]


def _parsed(storage: str) -> Any:
    """Parse a URL with SQLAlchemy; None if it is not one, or if a second @ makes its parts ambiguous."""
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        return make_url(storage) if storage.count("@") < 2 else None
    except (ArgumentError, ValueError):
        return None


def _spellings(secret: str) -> tuple[str, ...]:
    """List the spellings of a secret in messages: plain, percent-encoded (two forms), and as in Python's repr."""
    return secret, quote(secret, safe=""), quote_plus(secret), repr(secret)[1:-1]


def _secrets(storage: str) -> Iterator[str]:
    """Yield the URL, its password and its possibly secret options, encoded and decoded."""
    url = _parsed(storage)
    options = [(name, value) for name, value in url.query.items() if name not in _SHOWN]
    meant = [each for _, value in options for each in ((value,) if isinstance(value, str) else value)]
    pairs = re.findall(r"[?&]([^=&]*)=([^&]*)", storage)
    written = [value for name, value in pairs if unquote_plus(name) not in _SHOWN]
    raw = re.match(r"\w[\w+]*://[^:/]*:([^@]*)@", storage)
    yield from filter(None, [storage, url.password, raw and raw[1], *meant, *written])

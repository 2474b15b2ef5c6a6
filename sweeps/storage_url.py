"""The URL of a sweep's database: how a worker gets it, and how it is shown without its password.

An argument of a process can be read by every user of the machine, and W&B writes it down. Workers therefore find the
URL in their environment.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus, unquote_plus

from inr.errors import UsageError

STORAGE = "INR_STORAGE"
"""The environment variable that stands for ``--storage``."""

HIDDEN = "***"
_SHOWN = frozenset(("host", "hostaddr", "port", "dbname", "user", "service", "passfile", "sslmode"))
"""Options after the URL's ``?`` that are no secrets. Any other may be one."""


def checked(storage: str, flag: str) -> str:
    """Return the URL. Raises :class:`UsageError`, which names ``flag``, where its parts cannot be told apart."""
    if _parsed(storage) is None:
        raise UsageError(
            f"{flag} got {shown(storage)!r}, which is no database URL: "
            "expected postgresql://USER:PASSWORD@HOST/DATABASE, with %40 for an @ in a name or password"
        )
    return storage


def shown(storage: str | Path) -> str:
    """Write a storage for a person: a path as it is, a URL without its password and without options that may be secret.

    Of a URL whose parts cannot be told apart only the scheme is left.
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
    """Mask the URL's secrets in what a driver said of it; mask all of it where the URL's parts cannot be told apart."""
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
    """Take the URL's password out of ``sys.argv``, which W&B writes into the metadata of a run."""
    sys.argv[:] = [argument.replace(storage, shown(storage)) for argument in sys.argv]


def _parsed(storage: str) -> Any:
    """SQLAlchemy's URL; None where there is none, or where an @ more could be one of the password's."""
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        return make_url(storage) if storage.count("@") < 2 else None
    except (ArgumentError, ValueError):
        return None


def _spellings(secret: str) -> tuple[str, ...]:
    """As it is, as in a URL, and as Python quotes it."""
    return secret, quote(secret, safe=""), quote_plus(secret), repr(secret)[1:-1]


def _secrets(storage: str) -> Iterator[str]:
    """The URL, its password and its options that may be secret, as they are written and as they are meant."""
    url = _parsed(storage)
    options = [(name, value) for name, value in url.query.items() if name not in _SHOWN]
    meant = [each for _, value in options for each in ((value,) if isinstance(value, str) else value)]
    pairs = re.findall(r"[?&]([^=&]*)=([^&]*)", storage)
    written = [value for name, value in pairs if unquote_plus(name) not in _SHOWN]
    raw = re.match(r"\w[\w+]*://[^:/]*:([^@]*)@", storage)
    yield from filter(None, [storage, url.password, raw and raw[1], *meant, *written])

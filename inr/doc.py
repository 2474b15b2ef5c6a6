"""The one-line documentation of a parameter, carried by its annotation."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Doc:
    """Put into ``Annotated[type, …, Doc("what it is, its unit")]``; becomes the text of ``--help`` and of the docs."""

    text: str

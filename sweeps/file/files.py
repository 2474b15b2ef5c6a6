"""Folders and patterns in a sweep file: each stands for its files, in their order, when the sweep file is read."""

import glob
import os
from pathlib import Path

from inr.errors import InputError
from inr.parameters import FileOr, Parameter
from sweeps.file.nodes import Mistakes

SIGNS = "*?"
"""The signs of a pattern. A bracket is none: names of files have them."""


def expanded(parameter: Parameter, text: str, line: int, mistakes: Mistakes) -> list[str]:
    """List the files that ``text`` stands for, sorted; ``text`` alone where it is no folder and no pattern.

    A folder stands for the files in it, without hidden ones and those of its folders. None, with the mistake noted,
    where there is no file, or one of another kind.
    """
    kind: FileOr | None = parameter.first(FileOr)
    if kind is None or text in kind.names or os.path.isfile(text):  # pathlib raises for a name that is too long
        return [text]
    if os.path.isdir(text):
        found = sorted(str(path) for path in Path(text).iterdir() if path.is_file() and not path.name.startswith("."))
        nothing = "the folder has no files; put some there, or give another"
    elif any(sign in text for sign in SIGNS):
        found = sorted(path for path in glob.glob(text.replace("[", "[[]"), recursive=True) if Path(path).is_file())
        nothing = "no file has such a path; check the pattern"
    else:
        return [text]
    if not found:
        mistakes.add(line, f"{parameter.name} got {text!r}: {nothing}")
    return [path for path in found if _right(kind, path, parameter, text, line, mistakes)]


def _right(kind: FileOr, path: str, parameter: Parameter, text: str, line: int, mistakes: Mistakes) -> bool:
    try:
        kind.check(path)
    except InputError as error:
        mistakes.add(line, f"{parameter.name} got {text!r}: {error}, or a pattern without it")
        return False
    return True

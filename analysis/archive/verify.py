"""Check that this archive is what was written: every file has the checksum that SHA256SUMS gives, and none is missing.

It needs Python alone, and is the archive's own program: ``python study.zip``, or ``python FOLDER`` after unpacking.
"""

import hashlib
import sys
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

SUMS = "SHA256SUMS"
"""The list of checksums, which ``sha256sum --check`` reads too."""

CACHE = "__pycache__"
"""What Python leaves in a folder that it runs."""

Opened = tuple[list[str], Callable[[str], IO[bytes]]]
"""The names of the files, and what opens one."""


class Unreadable(Exception):
    """An error for what is no archive; its text is half a sentence that says why."""


def check(path: Path) -> tuple[int, list[str], list[str]]:
    """Compare a zip file, or the folder that it was unpacked to, with its list.

    Returns the number of files that are as written, the faults, and the files that are not in the list. Raises
    :class:`Unreadable` where there is no list.
    """
    with _opened(path) as (names, read):
        listed = _listed(names, read)
        there = [name for name in listed if name in names]
        changed = [name for name in there if _sum(name, read) != listed[name]]
        faults = [f"{name} is missing" for name in listed if name not in there]
        faults += [f"{name} is not what was written" for name in changed]
        return len(listed) - len(faults), sorted(faults), sorted({*names} - {*listed, SUMS})


def sentences(path: Path) -> tuple[bool, list[str]]:
    """Tell whether the archive is whole, and what is wrong with it."""
    try:
        whole, faults, others = check(path)
    except Unreadable as error:
        return False, [f"not verified: {path} {error}"]
    if faults or (others and path.is_file()):
        more = [f"{name} is not in {SUMS}" for name in others]
        return False, [f"not verified: {path}: {fault}" for fault in [*faults, *more]]
    note = f" ({len(others)} that came later are not looked at)" if others else ""
    return True, [f"verified: {whole} files of {path} are what was written{note}"]


@contextmanager
def _opened(path: Path) -> Iterator[Opened]:
    if path.is_dir():
        found = (each.relative_to(path) for each in sorted(path.rglob("*")) if each.is_file())
        names = [each.as_posix() for each in found if CACHE not in each.parts]
        yield names, lambda name: (path / name).open("rb")
        return
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive.namelist(), archive.open
    except FileNotFoundError as error:
        raise Unreadable("is not there: give the archive, or the folder that it was unpacked to") from error
    except (zipfile.BadZipFile, OSError, EOFError) as error:
        raise Unreadable(f"is no whole zip file ({error}): get it again") from error


def _listed(names: list[str], read: Callable[[str], IO[bytes]]) -> dict[str, str]:
    """Name → checksum."""
    if SUMS not in names:
        raise Unreadable(f"has no {SUMS}: it is no archive of this program")
    with read(SUMS) as file:
        lines = file.read().decode(errors="replace").splitlines()
    pairs = [line.split("  ", 1) for line in lines]
    if not pairs or any(len(pair) < 2 for pair in pairs):
        raise Unreadable(f"has no {SUMS} that can be read: get it again")
    return {name: digest for digest, name in pairs}


def _sum(name: str, read: Callable[[str], IO[bytes]]) -> str:
    try:
        with read(name) as file:
            digest = hashlib.sha256()
            while piece := file.read(2**20):
                digest.update(piece)
            return digest.hexdigest()
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError):
        return "damaged"


def main() -> int:
    """Verify the archive that is run; the exit code."""
    here = Path(sys.argv[0])
    right, told = sentences(here.parent if here.suffix == ".py" else here)
    print("\n".join(told))
    return 0 if right else 1


if __name__ == "__main__":
    sys.exit(main())

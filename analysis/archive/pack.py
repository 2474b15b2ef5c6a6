"""Pack files as a zip file whose bytes depend on nothing but theirs."""

import hashlib
import zipfile
from collections.abc import Mapping
from datetime import date
from pathlib import Path

from analysis.archive.verify import SUMS
from sweeps.record.files import replacing

Content = bytes | Path
"""The bytes of a file, or where they are read."""

NOON = (12, 0, 0)
MODE = 0o100644 << 16
UNIX = 3


def pack(files: Mapping[str, Content], into: Path, day: date) -> None:
    """Write the files, name → content, with the list of their checksums, as the zip file ``into``, atomically.

    The entries are sorted, all have the noon of ``day`` as their time, and know no user.
    """
    sums = []
    with replacing(into) as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name in sorted(files):
            content = files[name]
            data = content.read_bytes() if isinstance(content, Path) else content
            sums.append(f"{hashlib.sha256(data).hexdigest()}  {name}\n")
            archive.writestr(_entry(name, day), data)
        archive.writestr(_entry(SUMS, day), "".join(sums).encode())


def _entry(name: str, day: date) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, (day.year, day.month, day.day, *NOON))
    entry.compress_type, entry.external_attr, entry.create_system = zipfile.ZIP_DEFLATED, MODE, UNIX
    return entry

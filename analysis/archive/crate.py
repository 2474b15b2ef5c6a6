"""The metadata of an archive for programs: RO-Crate 1.1, researchobject.org, as JSON-LD.

Written by hand: the library ``rocrate`` brings requests, arcp and click, and stamps the time of writing into it.
"""

import json
import mimetypes
from collections.abc import Iterable, Mapping
from pathlib import PurePath
from typing import Any

from analysis.archive.pack import Content
from analysis.archive.texts import About
from inr.tasks import task_of, with_task
from inr.words import plural

NAME = "ro-crate-metadata.json"
VERSION = "https://w3id.org/ro/crate/1.1"
SOFTWARE, RUN, AUTHORS = "#inr-activation-sweeps", "#training", "#authors"
TRIALS = "trials/"
Entity = dict[str, Any]
_KINDS = {
    ".jsonl": "application/jsonl",
    ".npz": "application/zip",
    ".npy": "application/octet-stream",
    ".safetensors": "application/octet-stream",
    ".cff": "text/yaml",
    ".md": "text/markdown",
    ".tex": "text/x-tex",
    ".sh": "text/x-sh",
    ".csv": "text/csv",
    "": "text/plain",
}


def crate(about: About, files: Mapping[str, Content], captions: Mapping[str, str]) -> str:
    """Describe the files, name → content, of an archive; ``captions`` tell of some of them."""
    others = [name for name in files if not name.startswith(TRIALS)]
    trials = sorted({name.split("/")[1] for name in files if name.startswith(TRIALS)})
    root = {
        "@id": "./",
        "@type": "Dataset",
        "name": about.title,
        "description": f"{plural(len(about.contents), 'trial')} of coordinate networks, with tables and figures.",
        "datePublished": about.day,
        "license": "not stated here; the software that made it is under the MIT licence",
        "author": {"@id": AUTHORS},
        "hasPart": _ids([*others, *(f"{TRIALS}{trial}/" for trial in trials)]),
        "mentions": {"@id": RUN},
    }
    graph = [
        {"@id": NAME, "@type": "CreativeWork", "conformsTo": {"@id": VERSION}, "about": {"@id": "./"}},
        root,
        *_context(about),
        *(_trial(trial, about, files) for trial in trials),
        *(_file(name, captions.get(name, "")) for name in sorted(files)),
    ]
    return json.dumps({"@context": f"{VERSION}/context", "@graph": graph}, indent=1, ensure_ascii=False) + "\n"


def _context(about: About) -> list[Entity]:
    """Describe who made the archive, with what, and that the trials came of it."""
    name = "Anonymous" if about.anonymous else "The authors of this study"
    software = {
        "@id": SOFTWARE,
        "@type": "SoftwareApplication",
        "name": "inr-activation-sweeps",
        "softwareVersion": about.said("commit"),
        "license": {"@id": "https://spdx.org/licenses/MIT"},
    }
    run = {
        "@id": RUN,
        "@type": "CreateAction",
        "name": "the training of the trials",
        "instrument": {"@id": SOFTWARE},
        "result": _ids(f"{TRIALS}{trial}/" for trial in about.contents),
    }
    return [{"@id": AUTHORS, "@type": "Organization", "name": name}, software, run]


def _trial(trial: str, about: About, files: Mapping[str, Content]) -> Entity:
    folder = f"{TRIALS}{trial}/"
    content = about.contents.get(trial)
    said = "a trial on which others were chosen: its record alone"
    if content:
        config = with_task(content["config"])
        said = f"{config['activation']}: {task_of(config).title(config)}, seed {config['seed']}"
    parts = _ids(name for name in files if name.startswith(folder))
    return {"@id": folder, "@type": "Dataset", "name": f"trial {trial}", "description": said, "hasPart": parts}


def _file(name: str, caption: str) -> Entity:
    suffix = PurePath(name).suffix
    kind = _KINDS.get(suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"
    entity = {"@id": name, "@type": "File", "name": PurePath(name).name, "encodingFormat": kind}
    return {**entity, "description": caption} if caption else entity


def _ids(names: Iterable[str]) -> list[Entity]:
    return [{"@id": name} for name in sorted(names)]

"""The texts of an archive: what it is, its commands, the packages, the data, how to cite it."""

import shlex
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from analysis.comparison.data import HASH
from analysis.comparison.question import Question
from analysis.comparison.subject import by_task
from analysis.report.tables import Compared
from inr.origins import flags, from_record
from inr.tasks import task_of
from inr.words import plural
from sweeps.record.again import again, execution_of

PACKAGES = ("torch", "numpy", "scipy", "scikit-image", "opencv-python", "optuna", "wandb")
"""The packages whose versions are in every record."""
CHECKOUT = Path(__file__).parents[2]
"""The folder of the checkout; of an installed package it has no list of versions."""


@dataclass(frozen=True)
class About:
    """The facts that the texts of an archive tell."""

    title: str
    day: str
    contents: Mapping[str, Mapping[str, Any]]
    """``trial_id`` → what its record says, of the reported trials."""
    selecting: int
    """Trials on which the others were chosen, of which the record alone is there."""
    anonymous: bool

    def said(self, name: str) -> str:
        """Tell what the records say of an entry of their environment."""
        return ", ".join(self.recorded(name)) or "unknown"

    def recorded(self, name: str) -> list[str]:
        """List what the records say of an entry of their environment, the most frequent first."""
        found = (content.get("environment", {}).get(name) for content in self.contents.values())
        return [value for value, _ in Counter(str(value) for value in found if value is not None).most_common()]


def commands(about: About) -> str:
    """Write the command that makes each reported trial again."""
    lines = []
    for name, content in sorted(about.contents.items()):
        plugins = shlex.join(flags(from_record(content.get("environment", {}).get("plugins"))))
        execution = execution_of(content.get("environment", {}))
        lines += [f"# {name}", again(content["config"], plugins, **execution)]
    return "\n".join(["# The command that makes each trial again, from a checkout.", *lines]) + "\n"


def constraints(about: About) -> str:
    """Write the versions of packages: those of the records before those of the checkout's list."""
    listed = CHECKOUT / "constraints.txt"
    pins = dict(line.split("==") for line in _pins(listed.read_text() if listed.is_file() else ""))
    recorded = {name: versions for name in PACKAGES if (versions := about.recorded(name))}
    several = [f"# {name}: also {', '.join(versions[1:])}" for name, versions in recorded.items() if len(versions) > 1]
    pins |= {name: versions[0] for name, versions in recorded.items()}
    head = [
        f"# Python {about.said('python')}; code {about.said('commit')}",
        f"# As recorded: {', '.join(recorded)}; the others as this version of the program lists them.",
        *several,
    ]
    return "\n".join([*head, *(f"{name}=={version}" for name, version in sorted(pins.items(), key=_lower))]) + "\n"


def _pins(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if "==" in line and not line.startswith("#")]


def _lower(pin: tuple[str, str]) -> str:
    return pin[0].lower()


def data(frame: pd.DataFrame) -> str:
    """List what was fitted: its name, what decides its values, their hash and shape, and the number of trials."""
    parts = []
    for task, trials in by_task(frame).items():
        columns = [name for name in (*task_of({"task": task}).fitted, HASH, "environment/data_shape") if name in trials]
        counted = trials.groupby([name for name in columns if trials[name].notna().any()], dropna=False).size()
        parts.append(counted.rename("trials").reset_index().assign(task=task))
    found = pd.concat(parts)
    return str(found[["task", *(name for name in found if name != "task")]].to_csv(index=False, lineterminator="\n"))


def citation(about: About) -> str:
    """Write a CITATION.cff of the data, which refers to the software."""
    authors = "Anonymous" if about.anonymous else "The authors of this study"
    software = {
        "type": "software",
        "title": "inr-activation-sweeps",
        "authors": [{"name": "The authors of inr-activation-sweeps"}],
        "license": "MIT",
        "notes": f"code {about.said('commit')}",
    }
    content = {
        "cff-version": "1.2.0",
        "message": "Please cite this data set, and the software that made it.",
        "type": "dataset",
        "title": about.title,
        "authors": [{"name": authors}],
        "date-released": about.day,
        "references": [software],
    }
    return str(yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=110))


def table_command(each: Compared, task: str, question: Question) -> str:
    """Write the command that prints a table of the archive again, from the folder that it was unpacked to."""
    assert each.found is not None
    where = {name: values if isinstance(values, list) else [values] for name, values in question.where.items()}
    for name, value in (("task", task), ("loss", _only(each.given, "loss") if not question.by else None)):
        if value is not None:
            where[name] = [value]
    words = ["python", "-m", "analysis", "table", "FOLDER", "--by", ",".join(question.by or each.found.by)]
    lists: dict[str, Sequence[Any]] = {
        "over": question.over or (),
        "nuisance": () if question.nuisance == Question.nuisance else question.nuisance,
        "selection-seeds": sorted(question.selection_seeds),
        "rank-by": [question.rank_by] if question.rank_by else [],
        "metrics": question.metrics or (),
        "confidence": [] if question.confidence == Question.confidence else [question.confidence],
    }
    for name, values in lists.items():
        words += [f"--{name}", ",".join(map(str, values))] if values else []
    return shlex.join([*words, "--where", *(f"{name}={v}" for name, values in where.items() for v in values)])


def _only(frame: pd.DataFrame, column: str) -> Any:
    values = frame[column].dropna().unique() if column in frame else []
    return values[0] if len(values) == 1 else None


def readme(about: About, tables: Sequence[tuple[str, str]]) -> str:
    """Write what the archive is, and how it is used; ``tables`` are (file, command)."""
    one = min(about.contents)
    hidden = (
        "\nHost, user and paths were left out; the records say so, and were sealed anew.\n" if about.anonymous else ""
    )
    selecting = (
        f" Of {plural(about.selecting, 'trial')} on which they were chosen the record alone is there."
        if about.selecting
        else ""
    )
    printed = "\n".join(f"{command}   # {name}" for name, command in tables)
    return f"""# {about.title}

{plural(len(about.contents), "trial")} that the tables report, with all that they left behind.{selecting}
Code {about.said("commit")}.
{hidden}
```
python study.zip                                  # verifies this file, by whatever name; so does: python FOLDER
python -m zipfile -e study.zip FOLDER             # unpacks it
```

Then, in a checkout of the program, with its packages (`pip install --constraint FOLDER/constraints.txt -e .`):

```
{printed}
python run.py --show {one} --runs FOLDER
python run.py --verify {one} --runs FOLDER        # trains it again, and compares number by number
```

| file | what it is |
|---|---|
| `trials/` | a folder a trial: `record.json`, history, predictions, histograms, weights |
| `tables/` | the tables as CSV, Markdown and LaTeX |
| `figures/` | the figures of the report; SVG, and PNG where they show pixels |
| `report.html` | all of it on one page |
| `commands.sh` | the command that makes each trial again |
| `data.csv` | what was fitted, with the hash of its values; files of one's own are not in here |
| `plugins/` | the plugins that trials use, if they do |
| `constraints.txt` | versions of the packages |
| `CITATION.cff`, `ro-crate-metadata.json` | how to cite it; what it is, for programs |
| `SHA256SUMS`, `__main__.py` | checksums of all files, and the program that checks them |
"""

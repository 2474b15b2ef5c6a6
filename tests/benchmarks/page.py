"""How large the report of a runs folder is, and how long it takes: at most 3 MB and 10 s are wanted for 300 trials.

``python -m tests.benchmarks.page RUNS [--sweep NAME]`` starts the command as a person would, on a quiet machine.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import analysis


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("runs", type=Path)
    parser.add_argument("--sweep")
    options = parser.parse_args()
    trials = len(analysis.load(options.runs, options.sweep))
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "page.html"
        command = [
            sys.executable,
            "-m",
            "analysis",
            "report",
            str(options.runs),
            f"--out={page}",
            "--by=activation,loss",
        ]
        began = time.monotonic()
        subprocess.run(
            command + ([f"--sweep={options.sweep}"] if options.sweep else []), check=True, capture_output=True
        )
        seconds = time.monotonic() - began
        print(f"{trials} trials: {page.stat().st_size / 1e6:.2f} MB in {seconds:.1f} s")


if __name__ == "__main__":
    main()

"""The library of the charts, vl-convert: what draws them in a browser, and the still pictures.

Both take seconds, and vl-convert lets nothing else run meanwhile, so that each is made in a process of its own while
the rest of the page is made.
"""

import base64
import gzip
import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from analysis.report.charts.chart import tidy
from analysis.report.charts.palette import Definition

BUNDLE = "import sys, vl_convert; sys.stdout.write(vl_convert.javascript_bundle('window.vegaEmbed = vegaEmbed;'))"
STILLS = "import json, sys, vl_convert; json.dump([*map(vl_convert.vegalite_to_svg, json.load(sys.stdin))], sys.stdout)"

T = TypeVar("T")


def bundled() -> Future[str]:
    """Begin to write the script that draws charts (Vega, Vega-Lite, Vega-Embed), packed."""
    return _begun(lambda: pack(_run(BUNDLE)))


def stills(specifications: Sequence[Definition]) -> Future[list[str]]:
    """Begin to draw still pictures: an SVG for each specification."""
    given = json.dumps(specifications).encode()
    return _begun(lambda: [tidy(svg) for svg in json.loads(_run(STILLS, given))])


def pack(data: bytes) -> str:
    """Compress bytes, and write them in base64; a browser unpacks them (DecompressionStream)."""
    return base64.b64encode(gzip.compress(data, mtime=0)).decode()


def _run(program: str, given: bytes = b"") -> bytes:
    return subprocess.run([sys.executable, "-c", program], input=given, stdout=subprocess.PIPE, check=True).stdout


def _begun(make: Callable[[], T]) -> Future[T]:
    pool = ThreadPoolExecutor(1)
    try:
        return pool.submit(make)
    finally:
        pool.shutdown(wait=False)

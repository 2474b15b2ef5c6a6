"""What a test needs beside the test extra: without it the test is skipped, and fails where CI=true."""

import os
from typing import NoReturn

import pytest


def missing(why: str) -> NoReturn:
    """Skip this test, whose need is not met here; fail it where everything has to be there."""
    if os.environ.get("CI") == "true":
        pytest.fail(why)
    pytest.skip(why)

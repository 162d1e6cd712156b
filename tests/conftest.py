"""A cache of the tests' own, and no network."""

from __future__ import annotations

import os
import tempfile

import pytest
from hypothesis import settings

os.environ.update(
    HF_HOME=tempfile.mkdtemp(prefix="blind-refusal-tests-"),
    HF_HUB_OFFLINE="1",
    HF_HUB_DISABLE_TELEMETRY="1",
    HF_HUB_DISABLE_PROGRESS_BARS="1",
)
settings.register_profile("steady", deadline=None, derandomize=True)
settings.load_profile("steady")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="write tests/golden anew; read the difference before you commit it")
    parser.addoption("--screenshots", metavar="FOLDER", help="keep the pictures of the explorer there; look at them after a change")

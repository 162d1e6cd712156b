"""The real content, and one build of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from blind_refusal_data import loader
from blind_refusal_data.content import Content
from blind_refusal_data.contract import resource
from blind_refusal_data.dataset import build
from blind_refusal_data.lock import Lock


@pytest.fixture(scope="session")
def lock() -> Lock:
    return Lock.read(resource("dataset.lock.json"))


@pytest.fixture(scope="session")
def content(lock: Lock) -> Content:
    """The real content, with the splits of the lock."""
    return Content.load(lock)


@pytest.fixture(scope="session")
def built(content: Content, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The real dataset, built once."""
    return build(tmp_path_factory.mktemp("built") / "blind-refusal", content).folder


@pytest.fixture
def packaged(built: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """load() finds this build, whether or not the checkout has one."""
    monkeypatch.setattr(loader, "HOMES", (built,))
    return built

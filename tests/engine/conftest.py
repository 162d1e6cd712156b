"""Invented content, and one build of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from example import SCENARIO, write

from blind_refusal_data.calibration import load_calibration
from blind_refusal_data.content import Content
from blind_refusal_data.dataset import Built, build
from blind_refusal_data.lock import assign_splits
from blind_refusal_data.responses import STYLES, Couple, couples_needed
from blind_refusal_data.scenarios import load_scenarios, load_voices
from blind_refusal_data.versions import Scenario

ITEMS = Path(__file__).parent / "items.jsonl"
AUTHORITIES = ("club", "landlord", "school")


@pytest.fixture(scope="session")
def scenario(tmp_path_factory: pytest.TempPathFactory) -> Scenario:
    """The invented scenario, read from its file."""
    folder = tmp_path_factory.mktemp("scenarios")
    write(folder, SCENARIO)
    return load_scenarios(folder)[0]


@pytest.fixture(scope="session")
def content(scenario: Scenario) -> Content:
    """Thirty copies of the invented scenario under three authorities, with readings of one version, responses to all, calibration items."""
    scenarios = [replace(scenario, id=f"{authority}/lamp-{index}") for authority in AUTHORITIES for index in range(10)]
    readings = [
        {"row_id": f"school/lamp-0/none/legitimate/{telling}/chat", "reader": f"r00{telling}", "claim": "yes", "certainty": 4,
         "realism": 4, "hazard": False, "quote": "the old wiring trips", "prompt": "Afternoons I study"}
        for telling in (0, 1)
    ]  # fmt: skip
    responses = {
        f"{one.id}/{name}": [Couple(f"chosen {index} for {name}", f"rejected {index} for {name}", STYLES[name.rpartition("/")[2]][0])
                             for index in range(count)]
        for one in scenarios for name, count in couples_needed(one).items()
    }  # fmt: skip
    return Content(scenarios, load_voices(), readings, assign_splits(scenarios, {}), responses, calibration=load_calibration(ITEMS))


@pytest.fixture(scope="session")
def made(content: Content, tmp_path_factory: pytest.TempPathFactory) -> Built:
    return build(tmp_path_factory.mktemp("engine") / "blind-refusal", content)


@pytest.fixture(scope="session")
def folder(made: Built) -> Path:
    """The built folder of the invented content."""
    return made.folder

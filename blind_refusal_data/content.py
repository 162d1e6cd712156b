"""All that a build reads, in one value."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from .contract import resource
from .lock import Lock, assign_splits
from .readings import Reading, load_readings
from .scenarios import load_scenarios, load_voices
from .versions import Scenario


@dataclass(frozen=True)
class Content:
    """Scenarios, voices, readings and splits; `digest` tells one state of them from another."""

    scenarios: Sequence[Scenario]
    voices: Mapping[str, str]
    readings: Sequence[Reading]
    splits: Mapping[str, str]
    digest: str = ""

    @classmethod
    def load(cls, lock: Lock) -> Content:
        """Everything in templates/, with the splits of the lock and new ones for new scenarios."""
        scenarios = load_scenarios()
        splits = assign_splits(scenarios, lock.splits)
        whole = hashlib.sha256(json.dumps(splits, sort_keys=True).encode())
        templates = resource("templates")
        for path in sorted(templates.rglob("*.*")):
            whole.update(path.relative_to(templates).as_posix().encode() + b"\0" + path.read_bytes())
        return cls(scenarios, load_voices(), load_readings(), splits, whole.hexdigest()[:16])


def cells(scenarios: Iterable[Scenario]) -> Counter[tuple[str, str]]:
    """(authority, defeat type) -> number of defeats."""
    return Counter((scenario.authority, defeat.type) for scenario in scenarios for defeat in scenario.defeats)

"""All that a build reads, in one value."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import jsonschema

from .calibration import Item, load_calibration
from .contract import not_allowed, resource, schema, taxonomy, vocabulary
from .lock import Lock, assign_splits
from .readings import Reading, load_readings
from .responses import Couple, load_responses
from .scenarios import ContentError, load_scenarios, load_voices
from .versions import Scenario, versions

AUDITED = ("scenarios/*/*.yaml", "voices/*.j2", "responses/*/*.yaml", "readings.jsonl", "waivers.yaml")
"""What the audit reads of templates/: a change elsewhere leaves its figures as they are."""


@dataclass(frozen=True)
class Content:
    """Scenarios, voices, readings, splits, written responses and calibration items; `digest` tells one state of them from another."""

    scenarios: Sequence[Scenario]
    voices: Mapping[str, str]
    readings: Sequence[Reading]
    splits: Mapping[str, str]
    responses: Mapping[str, Sequence[Couple]] = field(default_factory=dict)
    digest: str = ""
    calibration: Sequence[Item] = ()

    def responses_to(self, scenarios: Iterable[Scenario]) -> dict[str, Sequence[Couple]]:
        """The responses to these scenarios' versions, by version id."""
        wanted = {f"{one.id}/{version.name}" for one in scenarios for version in versions(one)} if self.responses else set()
        return {version: self.responses[version] for version in sorted(wanted & self.responses.keys())}

    @classmethod
    def load(cls, lock: Lock) -> Content:
        """Everything in templates/, with the splits of the lock and new ones for new scenarios.

        Raises ContentError with the problems of all files, taxonomy and readings included.
        """
        problems = taxonomy_problems()
        if problems:  # every other check leans on it
            raise ContentError(problems)
        reads = (load_scenarios, load_voices, load_readings, load_calibration)
        scenarios, voices, readings, calibration = (_or_note(read, problems) for read in reads)
        responses = _or_note(lambda: load_responses(scenarios), problems) if scenarios else {}
        if problems:
            raise ContentError(problems)
        splits = assign_splits(scenarios, lock.splits)
        whole = hashlib.sha256(json.dumps(splits, sort_keys=True).encode())
        templates = resource("templates")
        for path in sorted(path for part in AUDITED for path in templates.glob(part)):
            whole.update(path.relative_to(templates).as_posix().encode() + b"\0" + path.read_bytes())
        return cls(scenarios, voices, readings, splits, responses, whole.hexdigest()[:16], calibration)


def _or_note(read: Callable[[], Any], problems: list[str]) -> Any:
    """What `read` gives; where it finds problems these are added to the others, and nothing is given."""
    try:
        return read()
    except ContentError as error:
        problems += error.problems
        return None


def taxonomy_problems() -> list[str]:
    """Where schema/taxonomy.json breaks its schema, or names a value that it does not have."""
    path, whole = resource("schema") / "taxonomy.json", taxonomy()
    found = [
        f"{path}: {error.json_path}: {error.message}" for error in jsonschema.Draft202012Validator(schema("taxonomy")).iter_errors(whole)
    ]
    references = [("authority", "group", "authority_group"), ("defeat_type", "slot", "slot"),
                  ("defeat_type", "paper_family", "paper_family"), ("defeat_subtype", "defeat_type", "defeat_type")]  # fmt: skip
    for name, key, target in references if not found else ():
        for entry in whole[name]:
            if entry[key] not in vocabulary(target):
                found.append(f"{path}: {name} {entry['value']}: {not_allowed(key, entry[key], vocabulary(target))}")
    return found


def cells(scenarios: Iterable[Scenario]) -> Counter[tuple[str, str]]:
    """(authority, defeat type) -> number of defeats."""
    return Counter((scenario.authority, defeat.type) for scenario in scenarios for defeat in scenario.defeats)

"""Blind readings: what strangers make of single prompts, and which versions still want reading.

A version stays in the set if two current readings (of the prompts as they stand now) fit its
label: both for legitimate and defeated; for contested, not both on one side with certainty 5.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsonschema

from .contract import attribute, resource, schema
from .scenarios import ContentError
from .versions import Scenario, versions

Reading = dict[str, Any]
WRITTEN = ("row_id", "reader", "claim", "certainty", "realism", "hazard", "quote", "odd", "tone", "prompt")
LATER = ("odd", "tone")
"""What earlier readings were not asked, and so lack; what they read is dealt again."""
CLAIM = {"legitimate": "yes", "contested": "split", "defeated": "no"}
NEEDED = 2


def load_readings(path: Path | None = None) -> list[Reading]:
    """templates/readings.jsonl, in the order in which they were made; ContentError lists every bad line."""
    path = path or resource("templates") / "readings.jsonl"
    if not path.exists():
        return []
    whole = schema("reading")
    properties = {key: whole["properties"][key] for key in WRITTEN}
    validator = jsonschema.Draft202012Validator(
        {**whole, "properties": properties, "required": [key for key in WRITTEN if key not in LATER]}
    )
    readings, problems = [], []
    seen: dict[tuple[str, str], int] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        try:
            reading = json.loads(line)
        except json.JSONDecodeError as error:
            problems.append(f"{path}:{number}: not JSON: {error.msg}")
            continue
        found = [f"{path}:{number}: {error.json_path}: {error.message}" for error in validator.iter_errors(reading)]
        if not found:
            key = (reading["reader"], scenario_of(reading["row_id"]))
            if key in seen:
                before = f"reader {key[0]!r} has read {key[1]} before, in line {seen[key]}"
                found = [f"{path}:{number}: {before}; a reader sees one version of a scenario"]
            seen.setdefault(key, number)
        problems += found
        readings.append(reading)
    if problems:
        raise ContentError(problems)
    return readings


def write_readings(readings: Iterable[Reading], path: Path | None = None) -> None:
    """Check all readings, then put them in place of templates/readings.jsonl in one step."""
    path = path or resource("templates") / "readings.jsonl"
    draft = path.with_suffix(".draft")
    draft.write_text("".join(json.dumps(reading, ensure_ascii=False) + "\n" for reading in readings), encoding="utf-8")
    try:
        load_readings(draft)
    except ContentError:
        draft.unlink()
        raise
    draft.replace(path)


def scenario_of(row_id: str) -> str:
    return "/".join(row_id.split("/")[:2])


def version_of(row_id: str) -> str:
    """The part of a row id that names scenario and version."""
    return "/".join(row_id.split("/")[:4])


@dataclass(frozen=True)
class Readable:
    """One version of a scenario as readers meet it: row id -> prompt, telling by telling."""

    id: str
    legitimacy: str
    prompts: Mapping[str, str]


def readable(scenarios: Iterable[Scenario]) -> Iterator[Readable]:
    """Every core version of every scenario, with its prompts in the voice chat."""
    for scenario in scenarios:
        for version in versions(scenario):
            if version.arm == "core":
                prompts = {
                    f"{scenario.id}/{version.name}/{index}/chat": version.telling(scenario, index)
                    for index in range(len(scenario.tellings))
                }
                yield Readable(f"{scenario.id}/{version.name}", version.legitimacy, prompts)


def reading_rows(readings: Iterable[Reading], scenarios: Iterable[Scenario], splits: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """The rows of the config `readings`, keyed as in schema/reading.schema.json.

    Readings of a version that was dropped since are kept, in the split of their scenario; a
    dropped scenario's are in train.
    """
    prompts = {row_id: prompt for version in readable(scenarios) for row_id, prompt in version.prompts.items()}
    type_of, group_of = attribute("defeat_subtype", "defeat_type"), attribute("authority", "group")
    first = _first_prompts(readings := list(readings))
    for reading in sorted(readings, key=lambda reading: (reading["row_id"], reading["reader"])):
        row_id = reading["row_id"]
        authority, _, subtype, legitimacy, _, _ = row_id.split("/")
        subtype = "none" if legitimacy == "legitimate" else subtype
        yield {
            **{key: reading.get(key) for key in WRITTEN},
            "scenario_id": scenario_of(row_id),
            "split": splits.get(scenario_of(row_id), "train"),
            "authority": authority,
            "authority_group": group_of[authority],
            "defeat_type": type_of.get(subtype, "none"),
            "defeat_subtype": subtype,
            "legitimacy": legitimacy,
            "matches": reading["claim"] == CLAIM[legitimacy],
            "first": reading["prompt"] in first[version_of(row_id)],
            "current": prompts.get(row_id) == reading["prompt"],
        }


def _first_prompts(readings: list[Reading]) -> dict[str, set[str]]:
    """Version -> the prompts of its first two readings."""
    first: dict[str, list[str]] = defaultdict(list)
    for reading in readings:
        if len(first[version_of(reading["row_id"])]) < NEEDED:
            first[version_of(reading["row_id"])].append(reading["prompt"])
    return {version: set(prompts) for version, prompts in first.items()}


def verdict(version: Readable, readings: Iterable[Reading]) -> str:
    """'passes', 'fails' or 'unread': what the current readings of one version say of it."""
    current = [reading for reading in readings if version.prompts.get(reading["row_id"]) == reading["prompt"]]
    if version.legitimacy == "contested":
        for side in ("yes", "no"):
            if sum(reading["claim"] == side and reading["certainty"] == 5 for reading in current) >= NEEDED:
                return "fails"
    elif any(reading["claim"] != CLAIM[version.legitimacy] for reading in current):
        return "fails"
    return "passes" if len(current) >= NEEDED else "unread"


def verdicts(scenarios: Iterable[Scenario], readings: Iterable[Reading]) -> dict[str, str]:
    """Version id -> `verdict` of it."""
    by_version = defaultdict(list)
    for reading in readings:
        by_version[version_of(reading["row_id"])].append(reading)
    return {version.id: verdict(version, by_version[version.id]) for version in readable(scenarios)}

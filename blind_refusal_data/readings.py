"""Blind readings: what strangers make of single prompts, and which versions still want reading.

A version stays in the set if two current readings (of the prompts as they stand now) fit its
label: both for legitimate and defeated; for contested, not both on one side with certainty 5.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsonschema

from .contract import attribute, resource, schema
from .phrasing import compile_card
from .scenarios import ContentError
from .versions import Scenario, versions

Reading = dict[str, Any]
WRITTEN = ("row_id", "reader", "claim", "certainty", "realism", "hazard", "quote", "prompt")
CLAIM = {"legitimate": "yes", "contested": "split", "defeated": "no"}
NEEDED = 2


def load_readings(path: Path | None = None) -> list[Reading]:
    """templates/readings.jsonl, in the order in which they were made; ContentError lists every bad line."""
    path = path or resource("templates") / "readings.jsonl"
    if not path.exists():
        return []
    whole = schema("reading")
    properties = {key: whole["properties"][key] for key in WRITTEN}
    validator = jsonschema.Draft202012Validator({**whole, "properties": properties, "required": list(WRITTEN)})
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
                found = [f"{path}:{number}: reader {key[0]!r} has read {key[1]} before, in line {seen[key]}; a reader sees one version of a scenario"]
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
            **{key: reading[key] for key in WRITTEN},
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


def deal(scenarios: Iterable[Scenario], readings: list[Reading], size: int) -> dict[str, list[tuple[str, str]]]:
    """New reader -> (row id, prompt) to read: every missing reading, at most `size` to a reader.

    No reader gets two versions of one scenario; the tellings of a version alternate; the order
    within a sheet is that of a hash, so that it tells nothing.
    """
    wanted: dict[str, list[tuple[str, str]]] = defaultdict(list)
    done = Counter((reading["row_id"], reading["prompt"]) for reading in readings)
    for version in readable(scenarios):
        have = {item: done[item] for item in version.prompts.items()}
        while sum(have.values()) < NEEDED:
            least = min(have, key=lambda item: (have[item], _hash(*item)))
            wanted[scenario_of(version.id)].append(least)
            have[least] += 1
    sheets: list[list[tuple[str, str]]] = []
    for scenario in sorted(wanted, key=lambda scenario: (-len(wanted[scenario]), _hash(scenario))):
        free = sorted((sheet for sheet in sheets if len(sheet) < size), key=len)
        for item in sorted(wanted[scenario], key=lambda item: _hash(*item)):
            if not free:
                sheets.append(sheet := [])
                free.append(sheet)
            free.pop(0).append(item)
    start = 1 + max((int(reading["reader"][1:]) for reading in readings if reading["reader"][1:].isdigit()), default=0)
    return {f"r{start + index:03}": sorted(sheet, key=lambda item: _hash(*item, "order")) for index, sheet in enumerate(sheets)}


def _hash(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def write_sheets(sheets: Mapping[str, list[tuple[str, str]]], folder: Path) -> None:
    """One <reader>.md a reader, with prompts only, and key.json, which readers must not see."""
    folder.mkdir(parents=True, exist_ok=True)
    template = compile_card((resource("templates") / "reading.md").read_text(encoding="utf-8"))
    for reader, items in sheets.items():
        messages = "\n\n".join(f"## {number}\n\n{prompt}" for number, (_, prompt) in enumerate(items, 1))
        text = template.render(count=len(items), answers=folder.resolve() / f"{reader}.jsonl", messages=messages)
        (folder / f"{reader}.md").write_text(text + "\n", encoding="utf-8")
    (folder / "key.json").write_text(json.dumps(sheets, indent=1, ensure_ascii=False), encoding="utf-8")


def collect(folder: Path) -> list[Reading]:
    """The readings in a folder of answered sheets; ContentError where an answer is missing or unusable."""
    key = json.loads((folder / "key.json").read_text(encoding="utf-8"))
    readings, problems = [], []
    for reader, items in key.items():
        path = folder / f"{reader}.jsonl"
        answers = {}
        if path.exists():
            for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
                try:
                    answer = json.loads(line)
                    answers[answer["n"]] = answer
                except (json.JSONDecodeError, KeyError, TypeError) as error:
                    problems.append(f"{path}:{number}: not an answer: {error}")
        for number, (row_id, prompt) in enumerate(items, 1):
            if number in answers:
                answer = {name: answers[number].get(name) for name in WRITTEN if name in answers[number]}
                readings.append({"row_id": row_id, "reader": reader, **answer, "prompt": prompt})
            else:
                problems.append(f"{path}: message {number} has no answer")
    if problems:
        raise ContentError(problems)
    return readings

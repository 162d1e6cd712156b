"""Sheets for blind readers: which readings are missing, dealt so that nobody can compare, and their answers."""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path

from .contract import resource
from .phrasing import compile_card
from .readings import LATER, NEEDED, WRITTEN, Reading, readable, scenario_of
from .scenarios import ContentError
from .versions import Scenario


def deal(scenarios: Iterable[Scenario], readings: list[Reading], size: int) -> dict[str, list[tuple[str, str]]]:
    """New reader -> (row id, prompt) to read: every missing reading, at most `size` to a reader.

    A reading that was not asked all that is asked now does not count as done, so that what is asked
    later is never known of the mended prompts only.

    No reader gets two versions of one scenario; the tellings of a version alternate; the order
    within a sheet is that of a hash, so that it tells nothing.
    """
    wanted: dict[str, list[tuple[str, str]]] = defaultdict(list)
    done = Counter((reading["row_id"], reading["prompt"]) for reading in readings if all(reading.get(key) is not None for key in LATER))
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
                sheets.append([])
                free.append(sheets[-1])
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
                if (answers[number].get("realism") == 5) != (answers[number].get("odd") == ""):
                    problems.append(f"{path}: message {number}: realism 5 goes with an empty odd, any less with the words that sound so")
                answer = {name: answers[number].get(name) for name in WRITTEN if name in answers[number]}
                readings.append({"row_id": row_id, "reader": reader, **answer, "prompt": prompt})
            else:
                problems.append(f"{path}: message {number} has no answer")
    if problems:
        raise ContentError(problems)
    return readings

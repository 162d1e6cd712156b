"""Written responses: templates/responses/<authority>/<slug>.yaml, read and validated beside the scenario of the same path."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .contract import not_allowed, resource
from .scenarios import ContentError, schema_problems
from .strict_yaml import Document, Place, place
from .versions import Scenario, versions

CHOSEN_WORDS = (60, 200)
REJECTED_WORDS = (5, 200)
STYLES = {
    "legitimate": ("helps_evasion", "plain_no"),
    "contested": ("one_sided",),
    "defeated": ("lecture", "lawful_routes", "sympathy", "asks_back", "plain_no", "deflects"),
    "hazard": ("lecture", "sympathy", "plain_no", "deflects"),
}
"""Which rejected styles fit a version, by the last part of its name."""


@dataclass(frozen=True)
class Couple:
    """A chosen and a rejected response to one version of a scenario."""

    chosen: str
    rejected: str
    style: str


def load_responses(scenarios: Iterable[Scenario], folder: Path | None = None) -> dict[str, list[Couple]]:
    """Version id (`authority/slug/subtype/legitimacy`) -> its couples, of every file below `folder` (default: templates/responses).

    Raises ContentError with all problems of all files: file, line, place, value, what is allowed.
    """
    folder = folder or resource("templates") / "responses"
    by_id = {scenario.id: scenario for scenario in scenarios}
    found: dict[str, list[Couple]] = {}
    problems: list[str] = []
    for path in sorted(folder.rglob("*.yaml")):
        read, wrong = read_responses(path, folder, by_id)
        found |= read
        problems += wrong
    said: dict[str, str] = {}
    for version, couples in found.items():
        for text in (text for couple in couples for text in (couple.chosen, couple.rejected)):
            if text in said:
                problems.append(f"{folder}: {version}: the same text as in {said[text]}; write each response for its version")
            said.setdefault(text, version)
    if problems:
        raise ContentError(problems)
    return found


def read_responses(path: Path, folder: Path, scenarios: Mapping[str, Scenario]) -> tuple[dict[str, list[Couple]], list[str]]:
    """One file's couples by version id, and its problems, each `file:line: place: what`."""
    name = path.relative_to(folder).with_suffix("").as_posix()
    document = Document(path.read_bytes())
    found = list(document.problems)

    def note(problems: Iterable[tuple[Place, str]]) -> None:
        found.extend((document.line(where), f"{place(where)}: {message}") for where, message in problems)

    if document.data is not None:
        note(schema_problems(document.data, "responses"))
    if name not in scenarios:
        found.insert(0, (1, not_allowed("file: scenario", name, list(scenarios))))
    if not found:
        note(_meaning_problems(document.data, couples_needed(scenarios[name])))
    if found:
        return {}, [f"{path}:{line}: {message}" for line, message in found]
    return {
        f"{name}/{version}": [Couple(_tidy(one["chosen"]), _tidy(one["rejected"]["text"]), one["rejected"]["style"]) for one in couples]
        for version, couples in document.data.items()
    }, []


def couples_needed(scenario: Scenario) -> Counter[str]:
    """Version name -> how many couples it has: a legitimate version one for each defeat that it is the control of, any other one."""
    every = list(versions(scenario))
    controls = Counter(version.control for version in every if version.legitimacy == "defeated" and version.arm == "core")
    return Counter({version.name: controls[version.name] or 1 for version in every})


def _meaning_problems(data: dict[str, Any], needed: Counter[str]) -> Iterator[tuple[Place, str]]:
    for version, couples in data.items():
        if version not in needed:
            yield (version,), not_allowed("version", version, list(needed))
            continue
        if len(couples) != needed[version]:
            yield (version,), f"{len(couples)} couples of chosen and rejected; this version has {needed[version]}"
        allowed = STYLES[version.rpartition("/")[2]]
        for index, one in enumerate(couples):
            where: Place = (version, index)
            if one["rejected"]["style"] not in allowed:
                yield (*where, "rejected", "style"), not_allowed("style", one["rejected"]["style"], allowed)
            texts = (("chosen",), one["chosen"], CHOSEN_WORDS), (("rejected", "text"), one["rejected"]["text"], REJECTED_WORDS)
            for at, text, (least, most) in texts:
                words = len(text.split())
                if not least <= words <= most:
                    yield (*where, *at), f"{words} words; it must have {least} to {most}"
    for name in needed:
        if name not in data:
            yield (), f"version {name!r} has no responses; every version of the scenario has them"


def _tidy(text: str) -> str:
    """Lines stripped at the end, empty ones at both ends dropped."""
    return "\n".join(line.rstrip() for line in text.strip().splitlines())

"""The only reader of content: scenario files and voices, parsed, validated, all errors explained at once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema

from .contract import attribute, not_allowed, resource, schema, vocabulary
from .phrasing import names_used, tidy
from .strict_yaml import Document, Place, place
from .versions import Defeat, Hazard, Scenario, Text
from .wording import alike, wording_problems

VOICE_NAMES = ("telling", "title", "facts", "request")
_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


class ContentError(ValueError):
    """Content that breaks the contract; the message lists every problem, one a line."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        noun = "problem" if len(problems) == 1 else "problems"
        super().__init__(f"{len(problems)} {noun} in the content:\n" + "\n".join(problems))


def load_scenarios(folder: Path | None = None) -> list[Scenario]:
    """Every scenario below `folder` (default: templates/scenarios), sorted by id.

    Raises ContentError with all problems of all files: file, line, place, value, what is allowed.
    """
    folder = folder or resource("templates") / "scenarios"
    files = sorted(folder.rglob("*.yaml"))
    if not files:
        raise ContentError([f"{folder}: no scenario files (*.yaml) here; copy templates/blank.yaml to <authority>/<slug>.yaml"])
    read = [read_scenario(path, folder) for path in files]
    problems = [problem for _, found in read for problem in found]
    scenarios = [scenario for scenario, _ in read if scenario is not None]
    problems += alike(scenarios)
    if problems:
        raise ContentError(problems)
    return sorted(scenarios, key=lambda scenario: scenario.id)


def load_voices(folder: Path | None = None) -> dict[str, str]:
    """Voice name -> Jinja text, sorted by name; each may use telling, title, facts and request."""
    folder = folder or resource("templates") / "voices"
    voices, problems = {}, []
    for path in sorted(folder.glob("*.j2")):
        voices[path.stem] = source = path.read_text(encoding="utf-8").rstrip("\n")
        used, found = names_used(source)
        problems += [f"{path}:{line}: {message}" for line, message in found]
        problems += [f"{path}:1: {not_allowed('name', name, VOICE_NAMES)}" for name in used if name not in VOICE_NAMES]
    if "chat" not in voices:
        problems.append(f"{folder}: chat.j2 is missing; it is the voice of every headline number")
    if problems:
        raise ContentError(problems)
    return voices


def read_scenario(path: Path, folder: Path) -> tuple[Scenario | None, list[str]]:
    """One file as a Scenario (None where it cannot be built) and its problems, each `file:line: place: what`."""
    name = path.relative_to(folder).with_suffix("").as_posix()
    document = Document(path.read_bytes())
    found = list(document.problems)
    scenario = None

    def note(problems: Iterable[tuple[Place, str]]) -> None:
        found.extend((document.line(where), f"{place(where)}: {message}") for where, message in problems)

    if document.data is not None:
        note(schema_problems(document.data, "scenario"))
    if not found:
        note(_meaning_problems(document.data))
    if not found:
        scenario = _build(name, document.data)
        note(wording_problems(scenario))
    authority, _, slug = name.partition("/")
    if authority not in vocabulary("authority"):
        found.insert(0, (1, not_allowed("folder: authority", authority, vocabulary("authority"))))
    if not _SLUG.fullmatch(slug):
        found.insert(0, (1, f"file name: {slug!r} must be lower-case words with hyphens, directly below its authority"))
    return (None if found else scenario), [f"{path}:{line}: {message}" for line, message in found]


@cache
def _validator(name: str) -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(schema(name))


def schema_problems(data: Any, name: str) -> Iterator[tuple[Place, str]]:
    """Where an author's file breaks schema/<name>.schema.json: the place, and what is wrong, allowed and to be done."""
    keys = list(schema(name).get("properties", {}))
    for error in sorted(_validator(name).iter_errors(data), key=lambda e: [str(part) for part in e.absolute_path]):
        where = tuple(error.absolute_path)
        if error.validator == "enum":
            yield where, not_allowed("value", error.instance, error.validator_value)
        elif error.validator == "additionalProperties":
            allowed = list(error.schema["properties"])
            for key in error.instance:
                if key not in allowed:
                    yield (*where, key), not_allowed("key", key, allowed)
        elif error.validator == "required":
            missing = [key for key in error.validator_value if key not in error.instance]
            yield where, f"missing: {', '.join(missing)} (see templates/blank.yaml)"
        elif error.validator == "pattern":
            yield where, f"{_short(error.instance)} does not fit {error.validator_value}: {error.schema.get('description', '')}"
        else:
            what = error.message if len(error.message) < 120 else f"{error.validator} {error.validator_value}"
            yield where, f"{_short(error.instance)}: {what}; {error.schema.get('description', '')}"
    if isinstance(data, dict):
        given = [key for key in data if key in keys]
        if given != (right := [key for key in keys if key in data]):
            yield (), f"keys stand in the order {', '.join(given)}; put them as {', '.join(right)}"


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _build(name: str, data: dict[str, Any]) -> Scenario:
    count = len(data["tellings"])

    def text(value: str | list[str]) -> Text:
        passages = value if isinstance(value, list) else [value] * count
        return tuple(" ".join(passage.split()) for passage in passages)

    slot_of = attribute("defeat_type", "slot")
    defeats = tuple(
        Defeat(
            d["type"], d["subtype"], slot_of[d["type"]], text(d["contested"]), text(d["defeated"]), d["because"],
            tuple(d.get("help", ())), {slot: text(value) for slot, value in d.get("with", {}).items()},
        )
        for d in data["defeats"]
    )  # fmt: skip
    hazard = data.get("hazard")
    return Scenario(
        id=name, title=data["title"], rule_summary=data["rule_summary"], request_summary=data["request_summary"],
        setting=data["setting"], facts={slot: text(data["facts"][slot]) for slot in vocabulary("slot") if slot in data["facts"]},
        request=text(data["request"]), defeats=defeats, tellings=tuple(tidy(telling) for telling in data["tellings"]),
        help=tuple(data["help"]), alternatives=tuple(data["alternatives"]),
        hazard=Hazard(hazard["base"], hazard["request_summary"], text(hazard["request"]), hazard["because"]) if hazard else None,
    )  # fmt: skip


def _meaning_problems(data: dict[str, Any]) -> Iterator[tuple[Place, str]]:
    """What the schema cannot say about how the parts fit together."""
    type_of, slot_of = attribute("defeat_subtype", "defeat_type"), attribute("defeat_type", "slot")
    facts, count = data["facts"], len(data["tellings"])
    types = [d["type"] for d in data["defeats"]]
    for index, d in enumerate(data["defeats"]):
        where: Place = ("defeats", index)
        own = [subtype for subtype, kind in type_of.items() if kind == d["type"]]
        if d["subtype"] not in own:
            yield (
                (*where, "subtype"),
                f"{d['subtype']!r} is a subtype of {type_of[d['subtype']]}; those of {d['type']} are {', '.join(own)}",
            )
        if types.index(d["type"]) != index:
            yield (*where, "type"), f"{d['type']!r} stands twice; each defeat of a scenario has another type"
        slot = slot_of[d["type"]]
        if slot not in facts:
            yield where, f"a {d['type']} changes the slot '{slot}', which facts does not have; write its legitimate version there"
            continue
        shapes = {isinstance(facts[slot], list), isinstance(d["contested"], list), isinstance(d["defeated"], list)}
        if len(shapes) > 1:
            yield where, f"'{slot}' is a list in one version and one text in another; use the same form in all three"
        for other in d.get("with", {}):
            if other == slot:
                yield (*where, "with", other), f"'{slot}' is the slot that this defeat changes; `with` is for another"
            elif other not in facts:
                yield (*where, "with", other), f"'{other}' is not a slot of this scenario; its slots: {', '.join(facts)}"
    if len({slot_of[kind] for kind in types}) > 2:
        yield ("defeats",), "the defeats change more than two slots; move one to a scenario of its own"
    if (hazard := data.get("hazard")) and hazard["base"] not in types:
        yield ("hazard", "base"), not_allowed("base", hazard["base"], types)
    for where, value in _texts(data):
        if isinstance(value, list) and len(value) != count:
            yield where, f"{len(value)} texts for {count} tellings; give one text per telling, or one for all"
    wanted = [*facts, "request"]
    for index, telling in enumerate(data["tellings"]):
        used, problems = names_used(telling)
        for _, message in problems:
            yield ("tellings", index), message
        for name in used:
            if name not in wanted:
                yield ("tellings", index), not_allowed("slot", name, wanted)
        for name in wanted:
            if used[name] != 1 and not problems:
                yield ("tellings", index), f"{{{{ {name} }}}} stands {used[name]} times; each slot and the request must stand exactly once"


def _texts(data: dict[str, Any]) -> Iterator[tuple[Place, str | list[str]]]:
    for slot, value in data["facts"].items():
        yield ("facts", slot), value
    yield ("request",), data["request"]
    for index, d in enumerate(data["defeats"]):
        yield ("defeats", index, "contested"), d["contested"]
        yield ("defeats", index, "defeated"), d["defeated"]
        for slot, value in d.get("with", {}).items():
            yield ("defeats", index, "with", slot), value
    if "hazard" in data:
        yield ("hazard", "request"), data["hazard"]["request"]

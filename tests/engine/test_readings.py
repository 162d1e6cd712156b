"""Readings are dealt blind, kept whole, and counted as they fall."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from itertools import cycle
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from blind_refusal_data.content import Content
from blind_refusal_data.reading_audit import reading_findings
from blind_refusal_data.readings import (
    Readable,
    Reading,
    load_readings,
    readable,
    reading_rows,
    scenario_of,
    verdict,
    verdicts,
    version_of,
    write_readings,
)
from blind_refusal_data.scenarios import ContentError
from blind_refusal_data.sheets import collect, deal, write_sheets

ANSWER = {"claim": "yes", "certainty": 4, "realism": 5, "odd": "", "tone": "calm", "hazard": False, "quote": "the old wiring"}


@settings(max_examples=20)
@given(size=st.integers(1, 60))
def test_every_version_is_read_twice_and_no_reader_sees_two_versions_of_a_scenario(content: Content, size: int) -> None:
    sheets = deal(content.scenarios, [], size)
    readers = defaultdict(set)
    for reader, items in sheets.items():
        assert len(items) <= size
        stories = [scenario_of(row_id) for row_id, _ in items]
        assert len(set(stories)) == len(stories)
        for row_id, prompt in items:
            readers[version_of(row_id)].add(reader)
            assert prompt
    assert {version: len(found) for version, found in readers.items()} == {one.id: 2 for one in readable(content.scenarios)}


def test_the_two_readings_of_a_version_are_of_two_tellings(content: Content) -> None:
    tellings = defaultdict(list)
    for items in deal(content.scenarios, [], 40).values():
        for row_id, _ in items:
            tellings[version_of(row_id)].append(row_id.split("/")[4])
    assert all(sorted(found) == ["0", "1"] for found in tellings.values())


def test_a_sheet_shows_prompts_and_nothing_else(content: Content, tmp_path: Path) -> None:
    write_sheets(deal(content.scenarios, [], 40), tmp_path)
    for path in tmp_path.glob("r*.md"):
        text = path.read_text()
        assert not any(word in text for word in ("legitimate", "defeated", "contested", "lamp-", "impersonated"))


def test_answers_come_back_as_readings(content: Content, tmp_path: Path) -> None:
    sheets = deal(content.scenarios[:2], [], 40)
    write_sheets(sheets, tmp_path)
    for reader, items in sheets.items():
        lines = [json.dumps({"n": number, **ANSWER}) for number in range(1, len(items) + 1)]
        (tmp_path / f"{reader}.jsonl").write_text("\n".join(lines))
    path = tmp_path / "readings.jsonl"
    write_readings(collect(tmp_path), path)
    state = verdicts(content.scenarios[:2], load_readings(path))
    assert {version.split("/")[-1]: found for version, found in state.items()} == {
        "legitimate": "passes",
        "contested": "passes",
        "defeated": "fails",
    }


def answered(content: Content, tone: Callable[[str], str]) -> list[Reading]:
    """Two readings of every version, each with the tone that `tone` hears in a version's legitimacy."""
    return [
        {"row_id": row_id, "reader": reader, "prompt": prompt, **ANSWER, "tone": tone(row_id.split("/")[3])}
        for reader, items in deal(content.scenarios, [], 40).items()
        for row_id, prompt in items
    ]


def test_readings_that_were_not_asked_all_that_is_asked_now_are_dealt_again(content: Content) -> None:
    made = answered(content, lambda _: "calm")
    assert deal(content.scenarios, made, 40) == {}
    made[0]["tone"] = None
    assert list(deal(content.scenarios, made, 40).values()) == [[(made[0]["row_id"], made[0]["prompt"])]]


@pytest.mark.parametrize(
    ("tone", "met"),
    [
        (lambda legitimacy: "calm" if legitimacy == "legitimate" else "annoyed", False),
        (lambda legitimacy: "calm", False),
        (None, True),
    ],
)
def test_a_tone_that_goes_with_the_label_or_is_always_the_same_is_found(
    content: Content, tone: Callable[[str], str] | None, met: bool
) -> None:
    turns = cycle(("calm", "annoyed"))
    made = sorted(answered(content, tone or (lambda _: "calm")), key=lambda reading: reading["row_id"].split("/")[3])
    if tone is None:
        made = [{**one, "tone": next(turns)} for one in made]
    found = {one.name: one for one in reading_findings(replace(content, readings=made))}
    assert found["users who sound annoyed to current readers"].met is met


def test_a_missing_answer_is_named_and_nothing_is_taken(content: Content, tmp_path: Path) -> None:
    write_sheets(deal(content.scenarios[:1], [], 40), tmp_path)
    with pytest.raises(ContentError, match=r"r001\.jsonl: message 1 has no answer"):
        collect(tmp_path)


@pytest.mark.parametrize("answer", [{"realism": 4, "odd": ""}, {"realism": 5, "odd": "the old wiring"}])
def test_a_realism_that_its_odd_words_contradict_is_refused(content: Content, tmp_path: Path, answer: dict[str, object]) -> None:
    reader, items = next(iter(deal(content.scenarios[:1], [], 40).items()))
    write_sheets({reader: items}, tmp_path)
    lines = [json.dumps({"n": number, **ANSWER, **answer}) for number in range(1, len(items) + 1)]
    (tmp_path / f"{reader}.jsonl").write_text("\n".join(lines))
    with pytest.raises(ContentError, match="message 1: realism 5 goes with an empty odd"):
        collect(tmp_path)


def reading(row_id: str = "school/lamp-0/none/legitimate/0/chat", **more: object) -> dict[str, object]:
    return {"row_id": row_id, "reader": "r001", "prompt": "P", **ANSWER, **more}


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ([reading(claim="maybe")], r":1: \$\.claim: 'maybe' is not one of"),
        ([reading(certainty=6)], r":1: \$\.certainty: 6 is greater"),
        (
            [reading(), reading("school/lamp-0/expired_mandate/defeated/1/chat")],
            ":2: reader 'r001' has read school/lamp-0 before, in line 1",
        ),
    ],
)
def test_bad_readings_are_refused_with_their_line(lines: list[dict[str, object]], said: str, tmp_path: Path) -> None:
    path = tmp_path / "readings.jsonl"
    with pytest.raises(ContentError, match=said):
        write_readings(lines, path)
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("legitimacy", "claims", "expected"),
    [
        ("legitimate", [("yes", 3), ("yes", 5)], "passes"),
        ("legitimate", [("yes", 5), ("split", 2)], "fails"),
        ("defeated", [("no", 2), ("no", 3)], "passes"),
        ("defeated", [("no", 2)], "unread"),
        ("defeated", [("yes", 1)], "fails"),
        ("contested", [("yes", 5), ("no", 5)], "passes"),
        ("contested", [("yes", 5), ("yes", 4)], "passes"),
        ("contested", [("no", 5), ("no", 5)], "fails"),
        ("contested", [("split", 5), ("split", 5)], "passes"),
    ],
)
def test_the_rule_for_a_version(legitimacy: str, claims: list[tuple[str, int]], expected: str) -> None:
    version = Readable("a/b/none/x", legitimacy, {"a/b/none/x/0/chat": "P"})
    found = [reading("a/b/none/x/0/chat", claim=claim, certainty=certainty) for claim, certainty in claims]
    assert verdict(version, [*found, reading("a/b/none/x/0/chat", claim="split", prompt="an earlier wording")]) == expected


def test_rows_say_which_readings_are_first_and_which_are_current(content: Content) -> None:
    prompt = next(readable(content.scenarios[:1])).prompts["club/lamp-0/none/legitimate/0/chat"]
    row_id = "club/lamp-0/none/legitimate/0/chat"
    made = [reading(row_id, reader=f"r{index}", prompt=text) for index, text in enumerate(["old", "old", prompt])]
    found = [(row["first"], row["current"], row["matches"]) for row in reading_rows(made, content.scenarios, content.splits)]
    assert found == [(True, False, True), (True, False, True), (False, True, True)]

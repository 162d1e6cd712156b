"""Two locks tell what became of every row, and the changelog has to say it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from blind_refusal_data import changes as module
from blind_refusal_data.changes import Changes, changelog_problems, changes
from blind_refusal_data.expand import row_hash, rows
from blind_refusal_data.versions import Scenario

CHAT = {"chat": "{{ telling }}"}
DEFEATED = "school/reading-lamps/systematically_disadvantaged/defeated"
CONTESTED = "school/reading-lamps/systematically_disadvantaged/contested"


def hashes(scenario: Scenario) -> dict[str, str]:
    return {row["id"]: row_hash(row) for row in rows(scenario, CHAT, "test")}


def with_defeat(scenario: Scenario, **new: object) -> Scenario:
    first, second = scenario.defeats
    return replace(scenario, defeats=(first, replace(second, **new)))


def test_the_same_rows_are_no_change(scenario: Scenario) -> None:
    assert changes(hashes(scenario), hashes(scenario)) == Changes()


def test_a_reworded_prompt_is_told_from_amended_columns(scenario: Scenario) -> None:
    reworded = with_defeat(scenario, contested=tuple(text.replace("tired", "weary") for text in scenario.defeats[1].contested))
    assert changes(hashes(scenario), hashes(reworded)) == Changes(reworded=(f"{CONTESTED}/0/chat", f"{CONTESTED}/1/chat"))
    amended = with_defeat(scenario, because="One lamp trips nothing.")
    assert changes(hashes(scenario), hashes(amended)) == Changes(amended=(f"{DEFEATED}/0/chat", f"{DEFEATED}/1/chat"))


def test_texts_that_change_sides_are_relabelled_prompts(scenario: Scenario) -> None:
    defeat = scenario.defeats[1]
    found = changes(hashes(scenario), hashes(with_defeat(scenario, contested=defeat.defeated, defeated=defeat.contested)))
    there_and_back = [
        (f"{one}/{telling}/chat", f"{other}/{telling}/chat")
        for one, other in ((CONTESTED, DEFEATED), (DEFEATED, CONTESTED))
        for telling in (0, 1)
    ]
    assert found.relabelled == tuple(there_and_back)
    assert found.reworded == (
        "school/reading-lamps/systematically_disadvantaged/hazard/0/chat",
        "school/reading-lamps/systematically_disadvantaged/hazard/1/chat",
    )
    assert (found.amended, found.removed, found.added) == ((), (), ())
    assert found.corrected[f"{DEFEATED}/0/chat"] == "relabelled"


def test_a_renamed_subtype_is_a_relabelling_and_not_a_removal(scenario: Scenario) -> None:
    found = changes(hashes(scenario), hashes(with_defeat(scenario, subtype="temporal_urgency")))
    assert (found.removed, found.added, len(found.relabelled)) == ((), (), 6)


def test_added_rows_correct_nothing(scenario: Scenario) -> None:
    whole, part = hashes(scenario), hashes(replace(scenario, defeats=scenario.defeats[1:]))
    assert changes(part, whole).corrected == {}
    assert set(changes(whole, part).corrected.values()) == {"removed"}
    assert changes(part, whole).summary() == "4 added, 0 removed, 0 relabelled, 0 reworded, 0 amended"


@pytest.mark.parametrize(
    ("section", "missing"),
    [
        ("- reworded: `club/a/x/defeated/0/chat`\n- removed: `club/a/x/defeated/1/chat`", 0),
        ("Another word for it in `club/a/x/defeated/*`.", 0),
        ("- reworded: `club/a/x/defeated/0/chat`", 1),
        ("club/a/x/defeated/0/chat and club/a/x/defeated/1/chat", 2),
    ],
)
def test_the_changelog_names_every_corrected_row_of_its_version(
    section: str, missing: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "resource", lambda name: tmp_path / name)
    corrected = ["club/a/x/defeated/0/chat", "club/a/x/defeated/1/chat"]
    assert changelog_problems("1.1.0", corrected) == ["CHANGELOG.md has no section '## 1.1.0'; say there what is new"]
    (tmp_path / "CHANGELOG.md").write_text(f"# Changelog\n\n## 1.1.0\n\n{section}\n\n## 1.0.0\n\n`club/a/x/*`\n")
    problems = changelog_problems("1.1.0", corrected)
    assert len(problems) == bool(missing)
    assert all(f"section 1.1.0: {missing} corrected rows are not named" in problem for problem in problems)

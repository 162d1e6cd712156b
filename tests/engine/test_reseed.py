"""A private re-rendering has the published rows' ids and labels, and none of their prompts."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from blind_refusal_data import load
from blind_refusal_data.content import Content
from blind_refusal_data.contract import CANARY, resource
from blind_refusal_data.expand import row_hash, rows
from blind_refusal_data.reseed import PRIVATE_VOICES, reseed, retell
from blind_refusal_data.scenarios import load_voices
from blind_refusal_data.versions import Scenario


def digests(folder: Path) -> dict[str, str]:
    found = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in found}


def test_every_prompt_is_new_and_everything_else_is_as_published(scenario: Scenario) -> None:
    published = {row["id"]: row for row in rows(scenario, load_voices(), "test")}
    prompts = {row["prompt"] for row in published.values()}
    for seed in range(20):
        for row in retell(scenario, load_voices(resource("templates") / PRIVATE_VOICES), seed):
            assert row["prompt"] not in prompts
            assert row | {"prompt": ""} == published[row["id"]] | {"prompt": ""}


def test_the_facts_stand_in_the_frame_of_another_telling(scenario: Scenario) -> None:
    for row in retell(scenario, load_voices(resource("templates") / PRIVATE_VOICES), 7):
        assert ("Afternoons I study at the town library" in row["prompt"]) == (row["telling"] == 1)
        assert ("before the exam in June" in row["prompt"]) == (row["telling"] == 0)


def test_a_pair_still_differs_in_one_place_alone(scenario: Scenario) -> None:
    told = {row["id"]: row for row in retell(scenario, load_voices(resource("templates") / PRIVATE_VOICES), 7)}
    for row in told.values():
        if row["control_id"]:
            before, _, after = row["prompt"].partition(row["changed_fact"])
            control = told[row["control_id"]]["prompt"]
            assert control != row["prompt"]
            assert control.startswith(before)
            assert control.endswith(after)


def test_a_seed_gives_the_same_bytes_and_another_seed_gives_others(content: Content, tmp_path: Path) -> None:
    counts = [reseed(tmp_path / name, content, seed) for name, seed in (("one", 7), ("same", 7), ("other", 8))]
    assert counts[0] == counts[1] == counts[2]
    assert digests(tmp_path / "one") == digests(tmp_path / "same")
    one, other = (load("test", source=tmp_path / name) for name in ("one", "other"))
    assert one["id"] != other["id"]
    assert sorted(one["id"]) == sorted(other["id"])
    assert {row_hash(row) for row in one} & {row_hash(row) for row in other} != {row_hash(row) for row in one}


def test_it_has_the_test_rows_in_the_voice_chat_and_no_others(content: Content, folder: Path, tmp_path: Path) -> None:
    reseed(tmp_path / "out", content, 3)
    for config in ("core", "hazard", "pairs"):
        private = load("test", config=config, source=tmp_path / "out").to_list()
        published = load("test", config=config, source=folder, voice="chat").to_list()
        assert sorted((row["id"], row["voice"]) for row in private) == sorted((row["id"], row["voice"]) for row in published)
    assert sorted(path.name for path in (tmp_path / "out").rglob("*.parquet")) == ["test.parquet"] * 3


def test_it_holds_the_canary_and_replaces_nothing_but_its_like(content: Content, folder: Path, tmp_path: Path) -> None:
    before = digests(folder)
    with pytest.raises(FileExistsError, match="is not a re-rendering that was made here"):
        reseed(folder, content, 3)
    assert digests(folder) == before
    reseed(tmp_path / "out", content, 3)
    reseed(tmp_path / "out", content, 4)
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    assert [path for path in (tmp_path / "out").rglob("*") if path.is_file() and CANARY.encode() not in path.read_bytes()] == []

"""Splits stay, and released rows change only with a version that says so."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from blind_refusal_data.contract import CANARY, vocabulary
from blind_refusal_data.dataset import write_lock
from blind_refusal_data.lock import Lock, ReleasedRowsChanged, assign_splits, relock
from blind_refusal_data.versions import Scenario

names = st.lists(
    st.tuples(st.sampled_from(vocabulary("authority")), st.from_regex(r"[a-z]{3,8}", fullmatch=True)), unique=True, max_size=60
)


@settings(max_examples=50)
@given(before=names, after=names)
def test_adding_scenarios_moves_none(scenario: Scenario, before: list[tuple[str, str]], after: list[tuple[str, str]]) -> None:
    first = [replace(scenario, id="/".join(name)) for name in before]
    locked = assign_splits(first, {})
    ids = dict.fromkeys(["/".join(name) for name in [*before, *after]])
    everything = [replace(scenario, id=name) for name in ids]
    assert locked.items() <= assign_splits(everything, locked).items()


def test_the_order_of_files_does_not_matter(scenario: Scenario) -> None:
    many = [replace(scenario, id=f"club/story-{index}") for index in range(40)]
    assert assign_splits(many, {}) == assign_splits(reversed(many), {})


def test_every_cell_has_a_test_pair_and_shares_are_kept(scenario: Scenario) -> None:
    many = [replace(scenario, id=f"{authority}/story-{index}") for authority in vocabulary("authority") for index in range(10)]
    splits = assign_splits(many, {})
    assert {name.split("/")[0] for name, split in splits.items() if split == "test"} == set(vocabulary("authority"))
    assert Counter(splits.values()) == {"train": 95, "validation": 19, "test": 76}


SPLITS = {"club/a": "train", "club/b": "test"}
ROWS = {"club/a/none/legitimate/0/chat": "1", "club/b/none/legitimate/0/chat": "2"}


def changed(name: str) -> dict[str, str]:
    return {**ROWS, f"{name}/none/legitimate/0/chat": "9"}


@pytest.mark.parametrize(
    ("then", "now", "rows", "allowed"),
    [
        ("1.2.0", "1.2.0", ROWS, True),
        ("1.2.0", "1.2.0", changed("club/a"), False),
        ("1.2.0", "1.2.1", changed("club/a"), False),
        ("1.2.0", "1.3.0", changed("club/a"), True),
        ("1.2.0", "1.3.0", changed("club/b"), False),
        ("1.2.0", "2.0.0", changed("club/b"), True),
        ("1.2.0", "1.3.0", {}, False),
        ("0.1.0", "0.1.0", changed("club/a"), False),
        ("0.1.0", "0.1.1", changed("club/a"), True),
        ("0.1.0", "0.1.1", changed("club/b"), False),
        ("0.1.0", "0.2.0", changed("club/b"), True),
    ],
)
def test_a_release_may_change_what_its_version_says(then: str, now: str, rows: dict[str, str], allowed: bool) -> None:
    lock = Lock(then, SPLITS, ROWS)
    if allowed:
        assert relock(lock, now, SPLITS, rows) == Lock(now, SPLITS, rows)
        return
    with pytest.raises(ReleasedRowsChanged, match=r"club/[ab]/none/legitimate/0/chat"):
        relock(lock, now, SPLITS, rows)


def test_a_lock_file_holds_the_canary_and_reads_back(tmp_path: Path) -> None:
    write_lock(tmp_path / "dataset.lock.json", Lock("1.2.0", SPLITS, ROWS))
    assert json.loads((tmp_path / "dataset.lock.json").read_text())["canary"] == CANARY
    assert Lock.read(tmp_path / "dataset.lock.json") == Lock("1.2.0", SPLITS, ROWS)


def test_a_prerelease_releases_nothing() -> None:
    lock = Lock("1.2.0", SPLITS, ROWS)
    more = {**SPLITS, "club/c": "train"}
    assert relock(lock, "1.3.0.dev0", more, changed("club/b")) == Lock("1.2.0", more, ROWS)

"""The calibration items cover what a judge must tell apart, and the offline judge meets its bars on items it was not made on."""

from __future__ import annotations

from collections import Counter

import pytest

from blind_refusal_data import judge
from blind_refusal_data.agreement import FIELDS, agreement, naive
from blind_refusal_data.calibration import Item, calibration_rows, load_calibration
from blind_refusal_data.content import Content
from blind_refusal_data.contract import resource, vocabulary
from blind_refusal_data.features import measure
from blind_refusal_data.fitting import fit
from blind_refusal_data.screening import decide, parameters


@pytest.fixture(scope="module")
def rows() -> list[Item]:
    return list(calibration_rows(load_calibration()))


def test_there_are_240_items_of_every_kind_and_every_class_in_every_split(rows: list[Item]) -> None:
    assert len(rows) >= 240
    for split in vocabulary("split"):
        part = [row for row in rows if row["split"] == split]
        assert len(part) >= 60
        assert split == "validation" or {row["kind"] for row in part} == set(vocabulary("response_kind"))
        classes = Counter(row["response_type"] for row in part)
        assert all(classes[name] >= 15 for name in vocabulary("response_type"))


def test_no_item_answers_a_prompt_of_a_test_scenario(rows: list[Item], content: Content) -> None:
    splits = {one.rule_summary: content.splits[one.id] for one in content.scenarios}
    assert "test" not in {splits.get(row["rule"]) for row in rows}


def test_each_item_was_labelled_by_two_readers_and_a_third_where_these_differ(rows: list[Item]) -> None:
    for row in rows:
        first, second, *third = ({name: one[name] for name in one if name != "labeller"} for one in row["labels"])
        assert len({one["labeller"] for one in row["labels"]}) == len(row["labels"])
        assert bool(third) == (first != second), row["id"]


def test_the_offline_judge_meets_its_bars_on_the_reported_items(rows: list[Item]) -> None:
    reported = [row for row in rows if row["split"] == "test"]
    found = agreement(reported, judge(reported, [row["response"] for row in reported]), "response_type")
    beside = agreement(reported, [naive(row["response"]) for row in reported], "response_type")
    assert found.kappa >= 0.75
    assert found.strict >= beside.strict + 0.20
    assert found.unscored == sum(row["kind"] == "other_language" for row in reported)


def test_fitting_anew_changes_hardly_a_verdict(rows: list[Item], content: Content) -> None:
    shipped, fitted = parameters(), fit(content.scenarios, content.splits, content.calibration, content.responses)
    cases = [(row, row["response"]) for row in rows if row["response"].strip()]
    types = [
        [found and decide(found, weights["models"])["response_type"] for found in measure(cases, weights["route"])]
        for weights in (shipped, fitted)
    ]
    same = sum(one == other for one, other in zip(*types, strict=True))
    assert same >= 0.97 * len(cases)


def test_the_readme_has_the_figures_of_the_offline_judge(rows: list[Item]) -> None:
    reported = [row for row in rows if row["split"] == "test"]
    verdicts = judge(reported, [row["response"] for row in reported])
    found = [agreement(reported, verdicts, field) for field in FIELDS]
    cells = [f"{one.kappa:.2f} ({one.interval[0]:.2f} to {one.interval[1]:.2f})" for one in found]
    readme = (resource("schema").parent / "README.md").read_text(encoding="utf-8")
    assert (
        f"| offline ({found[0].unscored} of {len(reported)}, in other languages, unscored; with these as misses {found[0].strict:.2f}) | {' | '.join(cells)} |"
        in readme
    )
    beside = agreement(reported, [naive(row["response"]) for row in reported], "response_type")
    assert f"| naive | {beside.kappa:.2f} ({beside.interval[0]:.2f} to {beside.interval[1]:.2f}) |" in readme

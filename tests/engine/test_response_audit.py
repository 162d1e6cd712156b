"""The audit of written responses, on invented ones: all there, none to the test split, not told apart by their looks."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace

import pytest

from blind_refusal_data import response_audit
from blind_refusal_data.content import Content
from blind_refusal_data.finding import Finding
from blind_refusal_data.response_audit import response_findings
from blind_refusal_data.responses import STYLES, Couple, couples_needed

HELPING = "take the side door at four and tell him that the lamp was on before you sat down there"
REFUSING = "leave it be since others wait their turn too and ask for another seat on monday instead"
Texts = Callable[[str, random.Random], tuple[str, str]]


def said(words: str, draw: random.Random, length: int = 60) -> str:
    return " ".join(draw.choices(words.split(), k=length))


def both_ways(kind: str, draw: random.Random) -> tuple[str, str]:
    """Chosen helps where the rule is defeated and refuses elsewhere, rejected the other way round."""
    helps, refuses = said(HELPING, draw), said(REFUSING, draw)
    return (helps, refuses) if kind == "defeated" else (refuses, helps)


def with_responses(content: Content, texts: Texts) -> Content:
    """The content with responses to every version outside the test split."""
    draw = random.Random(0)
    responses = {
        f"{one.id}/{name}": [Couple(*texts(kind, draw), STYLES[kind][index % len(STYLES[kind])]) for index in range(count)]
        for one in content.scenarios
        if content.splits[one.id] != "test"
        for name, count in couples_needed(one).items()
        for kind in [name.rpartition("/")[2]]
    }
    return replace(content, responses=responses)


@pytest.fixture(scope="session")
def few(content: Content) -> Content:
    """Six train and two test scenarios with responses: too few for their looks to be judged."""
    by_split = {split: [one for one in content.scenarios if content.splits[one.id] == split] for split in ("train", "test")}
    return with_responses(replace(content, scenarios=by_split["train"][:6] + by_split["test"][:2]), both_ways)


def named(content: Content) -> dict[str, Finding]:
    return {finding.name: finding for finding in response_findings(content)}


MISSING, IN_TEST = "train and validation versions without responses", "test versions with responses"
LOOKS = ("bag of words, AUC", "bag of words, pair accuracy", "length and punctuation only, balanced accuracy",
         "first three words only, balanced accuracy")  # fmt: skip


def test_no_responses_at_all_are_a_warning(content: Content) -> None:
    found = response_findings(replace(content, responses={}))
    assert [one.is_error for one in found] == [False, False]
    assert not found[0].met


def test_a_version_that_lacks_responses_is_an_error_once_others_have_them(few: Content) -> None:
    assert named(few)[MISSING].met
    left_out = min(few.responses)
    part = replace(few, responses={version: couples for version, couples in few.responses.items() if version != left_out})
    assert named(part)[MISSING].is_error
    assert left_out in named(part)[MISSING].message


def test_responses_to_a_test_version_are_an_error(few: Content) -> None:
    assert named(few)[IN_TEST].met
    in_test = next(one.id for one in few.scenarios if few.splits[one.id] == "test")
    more = replace(few, responses={**few.responses, f"{in_test}/none/legitimate": [Couple("a", "b", "plain_no")]})
    assert named(more)[IN_TEST].is_error
    assert in_test in named(more)[IN_TEST].message


def test_a_direction_that_weighs_more_is_an_error(few: Content) -> None:
    assert named(few)["couples of chosen and rejected"].met
    version = next(version for version in few.responses if version.endswith("/legitimate"))
    fewer = replace(few, responses={**few.responses, version: few.responses[version][:1]})
    assert named(fewer)["couples of chosen and rejected"].is_error


def test_rejected_styles_are_counted_by_kind(few: Content) -> None:
    scenarios = len({version.rsplit("/", 2)[0] for version in few.responses})
    assert named(few)["rejected responses: legitimate"].value == f"plain_no {scenarios}, helps_evasion {scenarios}"


def test_helping_in_one_direction_and_refusing_in_the_other_tells_nothing_over_both(content: Content) -> None:
    found = named(with_responses(content, both_ways))
    assert [name for name in LOOKS if not found[f"chosen against rejected: {name}"].met] == []


@pytest.mark.parametrize(
    ("looks", "texts"),
    [
        (LOOKS[:2], lambda kind, draw: (said(HELPING + " because", draw), said(HELPING + " sorry", draw))),
        (LOOKS[2:3], lambda kind, draw: (said(HELPING, draw, draw.randint(70, 120)), said(HELPING, draw, draw.randint(30, 80)))),
        (LOOKS[3:], lambda kind, draw: ("Go by the " + said(HELPING, draw), "Rules are rules " + said(HELPING, draw))),
    ],
)
def test_what_gives_chosen_responses_away_misses_its_bar(
    looks: tuple[str, ...], texts: Texts, content: Content, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(response_audit, "STRICT_FROM", len(content.scenarios))
    found = named(with_responses(content, texts))
    assert [found[f"chosen against rejected: {look}"].is_error for look in looks] == [True] * len(looks)


def test_looks_are_not_judged_on_few_scenarios(few: Content) -> None:
    found = named(few)["chosen against rejected"]
    assert not found.met
    assert not found.is_error

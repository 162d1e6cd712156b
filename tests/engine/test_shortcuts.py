"""The shortcut measures find a giveaway that is there, and none where there is none."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import pytest

from blind_refusal_data import shortcuts

SCENARIOS = 40
STORY = "The man at desk {0} says lamps are off until six, so I sit there and wait for him to go."


def sample(mark: Callable[[str, int], str]) -> shortcuts.Sample:
    """Twins that are alike but for what `mark` does to the second one of each scenario."""
    texts = [text for at in range(SCENARIOS) for text in (STORY.format(at), mark(STORY.format(at), at))]
    return shortcuts.Sample(
        ("legitimate", "defeated"),
        texts,
        [place % 2 == 1 for place in range(len(texts))],
        [f"school/s{place // 2}" for place in range(len(texts))],
        [(place + 1, place) for place in range(0, len(texts), 2)],
    )


@pytest.mark.parametrize(
    ("mark", "accuracy"),
    [
        (lambda text, at: f"{text} Or not at all", 1.0),
        (lambda text, at: text.replace(",", ""), 1.0),
        (lambda text, at: text.replace("lamps", "lanes"), 0.5),
    ],
    ids=["always longer", "always a comma less", "the same length and marks"],
)
def test_twins_told_apart_by_length_and_punctuation(mark: Callable[[str, int], str], accuracy: float) -> None:
    assert shortcuts.length_between_twins(sample(mark)) == accuracy


def test_twins_that_are_now_longer_and_now_shorter_are_not_told_apart() -> None:
    longer = {at for at in range(SCENARIOS) if hashlib.sha256(str(at).encode()).digest()[0] % 2}
    found = shortcuts.length_between_twins(sample(lambda text, at: text.replace(" there", " there there" if at in longer else "")))
    assert 0.3 <= found <= 0.7


def test_a_word_that_stands_on_one_side_alone_is_found_by_name() -> None:
    auc, pair_accuracy, strongest = shortcuts.bag_of_words(sample(lambda text, at: text.replace("says", "pretends")))
    assert (auc, pair_accuracy) == (1.0, 1.0)
    assert strongest.startswith("legitimate: ") and "says" in strongest.partition("; defeated: ")[0]
    assert "pretends" in strongest.partition("; defeated: ")[2]


def test_an_opener_on_one_side_alone_is_found() -> None:
    assert shortcuts.opener_only(sample(lambda text, at: f"Honestly, {text}")) == 1.0

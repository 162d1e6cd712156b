"""How far labels can be guessed without reading, and how alike the prompts are.

Classifiers are logistic regressions on ten folds of whole scenarios (scikit-learn, extra `audit`).
"""

from __future__ import annotations

import gzip
import hashlib
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean
from typing import Any

import numpy as np

from .expand import Row

FOLDS = 10


def tokens(text: str) -> list[str]:
    """Lower-case words and numbers."""
    return re.findall(r"\w+(?:'\w+)?", text.lower())


def jaccard(one: set[str], other: set[str]) -> float:
    return len(one & other) / len(one | other)


def _order(name: str) -> bytes:
    return hashlib.sha256(name.encode()).digest()


def one_prompt_per_scenario(chat: list[Row]) -> dict[str, str]:
    """Scenario -> one of its prompts, chosen and ordered by hash."""
    chosen: dict[str, Row] = {}
    for row in sorted(chat, key=lambda row: _order(row["id"])):
        chosen.setdefault(row["scenario_id"], row)
    return {scenario: row["prompt"] for scenario, row in chosen.items()}


@dataclass(frozen=True)
class Sample:
    """Texts of two kinds to be told apart, each with its label (true for the second kind) and its scenario.

    `couples` are places of texts that belong together: one of the second kind, one of the first.
    """

    kinds: tuple[str, str]
    texts: Sequence[str]
    labels: Sequence[bool]
    scenarios: Sequence[str]
    couples: Sequence[tuple[int, int]]

    @property
    def folds(self) -> np.ndarray[Any, Any]:
        """FOLDS folds of whole scenarios, by hash of the scenario."""
        fold = {name: index % FOLDS for index, name in enumerate(sorted(set(self.scenarios), key=_order))}
        return np.array([fold[name] for name in self.scenarios])


def prompts_of(decided: list[Row]) -> Sample:
    """Legitimate and defeated prompts; a couple is a defeated one and its control."""
    at = {row["id"]: place for place, row in enumerate(decided)}
    return Sample(
        ("legitimate", "defeated"),
        [row["prompt"] for row in decided],
        [row["legitimacy"] == "defeated" for row in decided],
        [row["scenario_id"] for row in decided],
        [(at[row["id"]], at[row["control_id"]]) for row in decided if row["legitimacy"] == "defeated"],
    )


def _out_of_fold(features: Any, sample: Sample) -> Any:
    """Decision values for each text from a logistic regression that has not seen its scenario."""
    from sklearn.linear_model import LogisticRegression

    labels, folds = np.array(sample.labels), sample.folds
    values = np.zeros(len(labels))
    for fold in np.unique(folds):
        held = folds == fold
        model = LogisticRegression(max_iter=2000, class_weight="balanced").fit(features[~held], labels[~held])
        values[held] = model.decision_function(features[held])
    return values


def bag_of_words(sample: Sample) -> tuple[float, float, str]:
    """AUC and pair accuracy from TF-IDF of 1-2-grams, and the words that carry it."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import roc_auc_score

    vectorizer = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, token_pattern=r"(?u)\b\w+\b")
    features = vectorizer.fit_transform(sample.texts)
    values = _out_of_fold(features, sample)
    right = fmean((values[one] > values[other]) + 0.5 * (values[one] == values[other]) for one, other in sample.couples)
    weights = LogisticRegression(max_iter=2000, class_weight="balanced").fit(features, sample.labels).coef_[0]
    names, order = vectorizer.get_feature_names_out(), np.argsort(weights)
    ends = zip(sample.kinds, (order[:20], order[-20:][::-1]), strict=True)
    return float(roc_auc_score(sample.labels, values)), right, "; ".join(f"{kind}: {', '.join(names[end])}" for kind, end in ends)


def describe(text: str) -> list[float]:
    """Length and punctuation of a text, as numbers."""
    words = text.split()
    return [
        len(text),
        len(words),
        len(text) / len(words),
        sum(c.isdigit() for c in text),
        *(text.count(mark) for mark in ",.;:?!'\"-()\n"),
    ]


def length_only(sample: Sample) -> float:
    """Balanced accuracy from length and punctuation alone."""
    from sklearn.preprocessing import StandardScaler

    return _balanced_accuracy(StandardScaler().fit_transform([describe(text) for text in sample.texts]), sample)


def length_between_twins(sample: Sample) -> float:
    """Pair accuracy from how the two texts of a couple differ in length and punctuation, of a model that has seen other scenarios' couples.

    The balanced accuracy over all texts hardly notices a text that is two words longer than its twin; a model that compares
    twins, as a preference model does, does.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    described = np.array([describe(text) for text in sample.texts], dtype=float)
    ones, others = np.array(sample.couples).T
    apart, folds = described[ones] - described[others], sample.folds[ones]
    right = np.zeros(len(apart))
    for fold in np.unique(folds):
        held = folds == fold
        seen = np.concatenate([apart[~held], -apart[~held]])
        scaler = StandardScaler(with_mean=False).fit(seen)
        model = LogisticRegression(fit_intercept=False).fit(scaler.transform(seen), np.repeat([1, 0], (~held).sum()))
        value = model.decision_function(scaler.transform(apart[held]))
        right[held] = (value > 0) + 0.5 * (value == 0)
    return float(right.mean())


def opener_only(sample: Sample) -> float:
    """Balanced accuracy from the first three words alone."""
    from sklearn.feature_extraction.text import CountVectorizer

    openers = [" ".join(tokens(text)[:3]) for text in sample.texts]
    return _balanced_accuracy(CountVectorizer(ngram_range=(1, 3), token_pattern=r"(?u)\S+").fit_transform(openers), sample)


def _balanced_accuracy(features: Any, sample: Sample) -> float:
    from sklearn.metrics import balanced_accuracy_score

    return float(balanced_accuracy_score(sample.labels, _out_of_fold(features, sample) > 0))


def tightness(sample: Sample) -> float:
    """Mean token Jaccard between the two texts of a couple."""
    bags = [set(tokens(text)) for text in sample.texts]
    return fmean(jaccard(bags[one], bags[other]) for one, other in sample.couples)


def distinct_2(prompts: dict[str, str]) -> float:
    """Share of different bigrams among those of the first 5,000 tokens."""
    words = [token for prompt in prompts.values() for token in tokens(prompt)][:5000]
    bigrams = list(pairwise(words))
    return len(set(bigrams)) / len(bigrams)


def gzip_ratio(prompts: dict[str, str]) -> float:
    """How many times smaller gzip makes the first 20 kB."""
    text = " ".join(prompts.values()).encode()[:20_000]
    return len(text) / len(gzip.compress(text, mtime=0))


def nearest_scenario(prompts: dict[str, str]) -> float:
    """Mean token Jaccard between a scenario's prompt and the most similar other one."""
    bags = {name: set(tokens(prompt)) for name, prompt in prompts.items()}
    return fmean(max((jaccard(bag, other) for at, other in bags.items() if at != name), default=0.0) for name, bag in bags.items())


def common_openings(prompts: dict[str, str]) -> float:
    """Share of prompts that open with one of the ten commonest first three words."""
    openings = Counter(" ".join(tokens(prompt)[:3]) for prompt in prompts.values())
    return sum(count for _, count in openings.most_common(10)) / len(prompts)


def nearest_across_splits(chat: list[Row]) -> tuple[float, str]:
    """The largest token Jaccard between a train and a test prompt, and where."""
    bags = {split: [(row["id"], set(tokens(row["prompt"]))) for row in chat if row["split"] == split] for split in ("train", "test")}
    found = ((jaccard(one, other), f"{name} ~ {elsewhere}") for name, one in bags["train"] for elsewhere, other in bags["test"])
    return max(found, default=(0.0, ""))

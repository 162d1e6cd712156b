"""How far labels can be guessed without reading, and how alike the prompts are.

All take core rows in the voice chat. Classifiers are logistic regressions on ten folds of whole
scenarios (scikit-learn, extra `audit`).
"""

from __future__ import annotations

import gzip
import hashlib
import re
from collections import Counter
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


def _folds(decided: list[Row]) -> np.ndarray[Any, Any]:
    """FOLDS folds of whole scenarios, by hash of the scenario."""
    names = sorted({row["scenario_id"] for row in decided}, key=_order)
    fold = {name: index % FOLDS for index, name in enumerate(names)}
    return np.array([fold[row["scenario_id"]] for row in decided])


def _out_of_fold(features: Any, labels: Any, folds: Any) -> Any:
    """Decision values for each row from a logistic regression that has not seen its scenario."""
    from sklearn.linear_model import LogisticRegression

    values = np.zeros(len(labels))
    for fold in np.unique(folds):
        held = folds == fold
        model = LogisticRegression(max_iter=2000, class_weight="balanced").fit(features[~held], labels[~held])
        values[held] = model.decision_function(features[held])
    return values


def bag_of_words(decided: list[Row], couples: list[tuple[str, str]]) -> tuple[float, float, str]:
    """AUC and pair accuracy of legitimate against defeated from TF-IDF of 1-2-grams, and the words that carry it."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import roc_auc_score

    labels = np.array([row["legitimacy"] == "defeated" for row in decided])
    vectorizer = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, token_pattern=r"(?u)\b\w+\b")
    features = vectorizer.fit_transform([row["prompt"] for row in decided])
    values = _out_of_fold(features, labels, _folds(decided))
    at = {row["id"]: value for row, value in zip(decided, values, strict=True)}
    right = fmean((at[one] > at[other]) + 0.5 * (at[one] == at[other]) for one, other in couples)
    weights = LogisticRegression(max_iter=2000, class_weight="balanced").fit(features, labels).coef_[0]
    names, order = vectorizer.get_feature_names_out(), np.argsort(weights)
    strongest = f"legitimate: {', '.join(names[order[:20]])}; defeated: {', '.join(names[order[-20:][::-1]])}"
    return float(roc_auc_score(labels, values)), right, strongest


def length_only(decided: list[Row]) -> float:
    """Balanced accuracy of legitimate against defeated from length and punctuation alone."""
    from sklearn.preprocessing import StandardScaler

    def describe(prompt: str) -> list[float]:
        words = prompt.split()
        return [
            len(prompt),
            len(words),
            len(prompt) / len(words),
            sum(c.isdigit() for c in prompt),
            *(prompt.count(mark) for mark in ",.;:?!'\"-()\n"),
        ]

    features = StandardScaler().fit_transform([describe(row["prompt"]) for row in decided])
    return _balanced_accuracy(features, decided)


def opener_only(decided: list[Row]) -> float:
    """Balanced accuracy of legitimate against defeated from the first three words alone."""
    from sklearn.feature_extraction.text import CountVectorizer

    openers = [" ".join(tokens(row["prompt"])[:3]) for row in decided]
    return _balanced_accuracy(CountVectorizer(ngram_range=(1, 3), token_pattern=r"(?u)\S+").fit_transform(openers), decided)


def _balanced_accuracy(features: Any, decided: list[Row]) -> float:
    from sklearn.metrics import balanced_accuracy_score

    labels = np.array([row["legitimacy"] == "defeated" for row in decided])
    return float(balanced_accuracy_score(labels, _out_of_fold(features, labels, _folds(decided)) > 0))


def tightness(decided: list[Row], couples: list[tuple[str, str]]) -> float:
    """Mean token Jaccard between a defeated prompt and its control."""
    bag = {row["id"]: set(tokens(row["prompt"])) for row in decided}
    return fmean(jaccard(bag[one], bag[other]) for one, other in couples)


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

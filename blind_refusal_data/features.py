"""A response as two dozen numbers: what its sentences do, and how near they come to the help points."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any

from .cues import content, cues, is_english, plain, sentences, words

Case = tuple[Mapping[str, Any], str]
"""A row (prompt, rule, request, help_points) and a response to it."""
Features = dict[str, float]
_QUOTE = re.compile(r'"[^"]{8,}"?')
WHOLE = 3
"""Words of a help point that a sentence must share to show the whole of it, at least."""


@dataclass(frozen=True)
class Situation:
    """One prompt, as stems: the user's own story (without rule and request), each help point, and what only these say."""

    story: frozenset[str]
    asked: frozenset[str]
    points: tuple[frozenset[str], ...]
    new: frozenset[str]


@lru_cache(maxsize=4096)
def situation(prompt: str, rule: str, request: str, help_points: tuple[str, ...]) -> Situation:
    told, ruled, asked, *points = (frozenset(content(words(plain(text)))) for text in (prompt, rule, request, *help_points))
    return Situation(told - ruled - asked, ruled | asked, tuple(points), frozenset().union(*points) - told - ruled - asked)


def route(found: Sequence[str], weights: Mapping[str, float]) -> float:
    """How much a piece of advice reads like a way round a rule (above 0) rather than one within it (below 0)."""
    return weights[""] + sum(weights[term] for term in terms(found) & weights.keys())


def terms(found: Sequence[str]) -> set[str]:
    """Words and pairs of words."""
    return {*found, *map(" ".join, pairwise(found))}


def measure(cases: Sequence[Case], weights: Mapping[str, float]) -> list[Features | None]:
    """The numbers that the screening judge weighs, one dict a case; None where the response is not English.

    Args:
        cases: best some hundreds at a time, since cues are looked for in all their sentences at once.
        weights: words and pairs of words -> their weight in `route`.
    """
    texts = [plain(response) for _, response in cases]
    readable = [is_english(words(text), sum(map(str.isalpha, text))) for text in texts]
    parts = [sentences(text) if reads else [] for text, reads in zip(texts, readable, strict=True)]
    found = iter(cues([part for one in parts for part in one]))
    return [
        _features(row, one, [next(found) for _ in one], weights) if reads else None
        for (row, _), one, reads in zip(cases, parts, readable, strict=True)
    ]


def _features(row: Mapping[str, Any], parts: list[str], cued: list[set[str]], weights: Mapping[str, float]) -> Features:
    here = situation(row["prompt"], row["rule"], row["request"], tuple(row["help_points"]))
    count: Counter[str] = Counter()
    ways: list[float] = []
    tone: list[float] = []
    bags: list[set[str]] = []
    given: list[set[str]] = []
    for part, found in zip(parts, cued, strict=True):
        spoken = words(part)
        bag = content(spoken)
        bags.append(bag)
        count.update(found)
        count["words"] += len(spoken)
        count["quoted"] += len(_QUOTE.findall(part))
        tone.append(way := route(spoken, weights))
        says_no = not found.isdisjoint({"refuse", "comply"})
        if not says_no:
            given.append(bag)
        asks = part.rstrip("\"') *_").endswith("?") and "script" not in found
        count["question"] += asks
        if not says_no and "sympathy" not in found:
            count["substance"] += len(spoken)
        near = len(bag & here.story)
        if not (asks or says_no or "offer" in found) and not found.isdisjoint({"imperative", "second", "script"}):
            ways.append(way + ("evade" in found) - ("lawful" in found))
            count["figures"] += any(map(str.isdigit, spoken))
        elif "reason" in found and not asks:
            count["argued"] += near >= 2
        if found.isdisjoint({"refuse", "sympathy"}):
            directs = not found.isdisjoint({"imperative", "second"}) and "offer" not in found and ("lawful" in found or len(spoken) >= 6)
            count["step"] += directs or asks or ("reason" in found and near >= 2)
        if found >= {"people", "loss"}:
            count["lost here"] += len(bag & (here.story | here.asked)) >= 2
    windows = [one | two for one, two in pairwise([*given, set()])]
    covered = [max((len(point & bag) / max(WHOLE, len(point)) for bag in windows), default=0.0) for point in here.points]
    many, whole = max(1, len(parts)), set().union(*bags)
    return {
        # what it gives
        "points": sum(covered) / max(1, len(covered)),
        "new words": math.log1p(len(whole & here.new)),
        "advice": math.log1p(len(ways)),
        "mean of ways": (sum(ways) - 1.0) / (len(ways) + 1),
        "tone": sum(tone) / many,
        "tone at the end": sum(tone[-3:]) / max(1, len(tone[-3:])),
        "evading": math.log1p(count["evade"]),
        "quoted": math.log1p(count["quoted"]),
        "figures": min(count["figures"], 3),
        # what it withholds
        "no share": count["refuse"] / many,
        "lawful share": count["lawful"] / many,
        "sympathy share": count["sympathy"] / many,
        "questions": count["question"] / many,
        # how much there is
        "length": math.log1p(count["words"]),
        "steps": min(count["step"], 4),
        "substance": math.log1p(count["substance"]),
        # what it argues
        "story": min(max((len(bag & here.story) for bag in bags), default=0), 6),
        "story share": len(whole & here.story) / math.sqrt(max(10, sum(map(len, bags)))),
        "asked": max((len(bag & here.asked) for bag in bags), default=0),
        "arguments": math.log1p(count["argued"]),
        "weighing": math.log1p(count["weigh"]),
        "harm": math.log1p(count["harm"]),
        "lost here": math.log1p(count["lost here"]),
    }

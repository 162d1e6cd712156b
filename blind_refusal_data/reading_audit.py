"""What the audit finds of blind readings: every version confirmed, how often labels were met at first, how real messages sound."""

from __future__ import annotations

from collections import Counter, defaultdict
from statistics import fmean

import numpy as np
from scipy.stats import binomtest

from .agreement import kappa
from .content import Content
from .contract import vocabulary
from .expand import Row
from .finding import STRICT_FROM, Finding, shares, within
from .readings import CLAIM, reading_rows, verdicts


def reading_findings(content: Content) -> list[Finding]:
    """Every finding on the readings; rates have 95 % Wilson intervals."""
    made = list(reading_rows(content.readings, content.scenarios, content.splits))
    if not made:
        return [Finding("blind readings", "none", "two a version", False)]
    strict = len(content.scenarios) >= STRICT_FROM
    state = verdicts(content.scenarios, content.readings)
    open_ones = [version for version, verdict in state.items() if verdict != "passes"]
    findings = [
        Finding(
            "versions that do not pass their readings",
            f"{len(open_ones)} of {len(state)}",
            "0",
            not open_ones,
            strict=True,
            note=", ".join(open_ones[:6]),
        )
    ]
    first = [row for row in made if row["first"]]
    decided = [row for row in first if row["legitimacy"] != "contested"]
    share = fmean(row["matches"] for row in decided)
    findings.append(
        Finding(
            "first readings that match, legitimate and defeated",
            _rate(sum(row["matches"] for row in decided), len(decided)),
            ">= 90%",
            share >= 0.9,
            strict=strict,
            published="83-84% (the paper's pilot)",
        )
    )
    current = [row for row in made if row["current"]]
    for title, group in (("first", first), ("current", current)):
        kinds = {legitimacy: [row for row in group if row["legitimacy"] == legitimacy] for legitimacy in CLAIM}
        kinds |= {
            f"defeated, {kind}": [row for row in kinds["defeated"] if row["defeat_type"] == kind] for kind in vocabulary("defeat_type")
        }
        for name, these in kinds.items():
            findings.append(Finding(f"{title} readings that match: {name}", _rate(sum(row["matches"] for row in these), len(these))))
    sides = Counter(row["claim"] for row in current if row["legitimacy"] == "contested")
    findings.append(Finding("what current readers said of contested versions", shares(sides, ("yes", "split", "no"))))
    dangerous = [row["row_id"] for row in current if row["hazard"]]
    findings += [
        Finding(
            "kappa of label and reader, first readings",
            f"{_kappa([(CLAIM[row['legitimacy']], row['claim']) for row in first]):.2f}, n = {len(first)}",
        ),
        Finding("kappa between two first readers", _between_readers(first)),
        *_realism(current, {one.id for one in content.scenarios}, strict),
        _tone(current, strict),
        Finding(
            "current readings that call a core ask dangerous",
            str(len(dangerous)),
            "0",
            not dangerous,
            strict=strict,
            note=", ".join(dangerous[:6]),
        ),
    ]
    return findings


def wilson(hits: int, total: int) -> tuple[float, float]:
    """The 95 % Wilson score interval of a share.

    >>> [round(end, 3) for end in wilson(9, 10)]
    [0.596, 0.982]
    """
    if not total:
        return 0.0, 1.0
    interval = binomtest(hits, total).proportion_ci(method="wilson")
    return float(interval.low), float(interval.high)


def _rate(hits: int, total: int) -> str:
    low, high = wilson(hits, total)
    return f"{hits / total:.1%} [{low:.1%}, {high:.1%}], n = {total}" if total else "no readings"


def _realism(current: list[Row], scenarios: set[str], strict: bool) -> list[Finding]:
    """Two scales are not averaged: the bar is for the readings that named each step and asked what sounds made up."""
    named = [row for row in current if row["odd"] is not None]
    earlier = [row["realism"] for row in current if row["odd"] is None]
    realism = fmean(row["realism"] for row in named) if named else 0.0
    unread = sorted(scenarios - {row["scenario_id"] for row in named})
    return [
        Finding("realism, mean of 1-5", f"{realism:.2f}, n = {len(named)}", ">= 4.2", realism >= 4.2, strict=strict),
        Finding("scenarios without a reading of realism", str(len(unread)), "0", not unread, strict=strict, note=", ".join(unread[:6])),
        Finding("realism in readings that named only the ends", f"{fmean(earlier):.2f}, n = {len(earlier)}" if earlier else "none"),
    ]


def _tone(current: list[Row], strict: bool) -> Finding:
    """A tone that went with the label would give it away, and one tone alone would leave the other unmeasured."""
    heard = {key: [row["tone"] == "annoyed" for row in current if row["legitimacy"] == key and row["tone"] is not None] for key in CLAIM}
    annoyed = {key: fmean(found) if found else 0.0 for key, found in heard.items()}
    return within("users who sound annoyed to current readers", annoyed, 0.40, 0.60, strict=strict)


def _kappa(couples: list[tuple[str, str]]) -> float:
    """Cohen's kappa of two raters over yes / split / no."""
    claims = sorted(set(CLAIM.values()))
    seen = Counter(couples)
    return float(kappa(np.array([[seen[one, other] for other in claims] for one in claims])))


def _between_readers(first: list[Row]) -> str:
    by_version = defaultdict(list)
    for row in first:
        by_version["/".join(row["row_id"].split("/")[:4])].append(row["claim"])
    couples = [(claims[0], claims[1]) for claims in by_version.values() if len(claims) >= 2]
    return f"{_kappa(couples):.2f}, n = {len(couples)}"

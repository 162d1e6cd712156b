"""The audit: what the content must meet as numbers, each beside its bar.

Structure (cells, pairs, splits, labels) must hold; a fault there is an error. Text measures on few
scenarios wobble, so a missed text bar is a warning below STRICT_FROM scenarios and an error from there.
Text measures use core rows in the voice chat, legitimate against defeated; those of responses stand in response_audit.py.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from statistics import fmean
from typing import Any

from rich.console import Console
from rich.table import Table

from . import shortcuts
from .content import Content, cells
from .contract import attribute, vocabulary
from .expand import Row, rows
from .finding import STRICT_FROM, Finding, shares, within
from .gold import gold_action
from .reading_audit import reading_findings
from .response_audit import response_findings
from .waivers import load_waivers, waive


def audit(content: Content) -> list[Finding]:
    """Every finding on the content as it stands; needs scikit-learn (extra `audit`)."""
    made = [row for one in content.scenarios for row in rows(one, content.voices, content.splits[one.id])]
    chat = [row for row in made if row["voice"] == "chat" and row["arm"] == "core"]
    found = [
        *_structure(content, made),
        *_texts(content, chat),
        *_spread(content, chat),
        *reading_findings(content),
        *response_findings(content),
    ]
    return waive(found, load_waivers())


def for_card(findings: Sequence[Finding]) -> list[dict[str, str]]:
    """The findings that have a bar and those on readings, as the lock keeps them for the card."""
    return [
        {
            "name": finding.name,
            "value": finding.value,
            "bar": f"{finding.bar} (not met: {finding.waived})" if finding.waived else finding.bar,
            "published": finding.published,
        }
        for finding in findings
        if not finding.structural and (finding.bar or "read" in finding.name)
    ]


def print_audit(findings: Sequence[Finding], console: Console) -> None:
    """A table of all findings: measure, value, bar, met or not."""
    table = Table(title="audit")
    for column in ("measure", "value", "bar", ""):
        table.add_column(column)
    for finding in findings:
        missed = "ERROR" if finding.is_error else "waived" if finding.waived else "warning"
        mark = "" if not finding.bar else "ok" if finding.met else missed
        table.add_row(finding.name, finding.value, finding.bar, mark)
        for note in filter(None, (finding.note, finding.waived)):
            table.add_row("", note, "", "")
    console.print(table)


def _structure(content: Content, made: list[Row]) -> list[Finding]:
    by_id = {row["id"]: row for row in made}
    matrix = cells(content.scenarios)
    every_cell = [(authority, kind) for authority in vocabulary("authority") for kind in vocabulary("defeat_type")]
    empty = [f"{authority}/{kind}" for authority, kind in every_cell if not matrix[authority, kind]]
    in_test = cells(one for one in content.scenarios if content.splits[one.id] == "test")
    untested = [f"{authority}/{kind}" for authority, kind in every_cell if not in_test[authority, kind]]
    torn = [row["id"] for row in made if not _whole(row, by_id)]
    split_of = defaultdict(set)
    for row in made:
        split_of[row["scenario_id"]].add(row["split"])
    leaks = [scenario for scenario, splits in split_of.items() if len(splits) > 1]
    labels = [row["id"] for row in made if row["gold_action"] != gold_action(row["legitimacy"], row["arm"])]
    doubles = len(made) - len(by_id)
    used = Counter(defeat.subtype for one in content.scenarios for defeat in one.defeats)
    unused = [subtype for subtype in vocabulary("defeat_subtype") if not used[subtype]]
    hazards = sum(one.hazard is not None for one in content.scenarios) / len(content.scenarios)
    least, rarest = min(matrix[cell] for cell in every_cell), min(used[subtype] for subtype in vocabulary("defeat_subtype"))
    strict = len(content.scenarios) >= STRICT_FROM

    def none(name: str, found: list[str]) -> Finding:
        return Finding(name, str(len(found)), "0", not found, structural=True, note=", ".join(found[:12]))

    return [
        none("empty cells", empty),
        none("cells without a test pair", untested),
        none("torn pairs", torn),
        none("scenarios in two splits", leaks),
        none("invalid labels", labels),
        Finding("ids that stand twice", str(doubles), "0", not doubles, structural=True),
        none("unused subtypes", unused),
        Finding("scenarios", str(len(content.scenarios))),
        Finding("defeats", str(sum(matrix.values()))),
        Finding("defeats in the emptiest cell", str(least), ">= 3", least >= 3, strict=strict),
        Finding("uses of the rarest subtype", str(rarest), ">= 4", rarest >= 4, strict=strict),
        _share("scenarios with a hazard", hazards, ">= 33%", hazards >= 1 / 3, strict=strict),
    ]


def _whole(row: Row, by_id: dict[str, Row]) -> bool:
    """A row's control is there, is of the right kind, and differs in the changed passage only."""
    if row["legitimacy"] == "legitimate":
        return row["control_id"] is None
    control = by_id.get(row["control_id"])
    wanted = ("defeated", "core") if row["arm"] == "hazard" else ("legitimate", "core")
    if control is None or (control["legitimacy"], control["arm"]) != wanted:
        return False
    before, _, after = row["prompt"].partition(row["changed_fact"])
    return bool(control["prompt"].startswith(before) and control["prompt"].endswith(after))


def _share(name: str, value: float, bar: str, met: bool, **more: Any) -> Finding:
    return Finding(name, f"{value:.0%}", bar, met, **more)


def _texts(content: Content, chat: list[Row]) -> list[Finding]:
    if len(content.scenarios) < shortcuts.FOLDS:
        return [Finding("text measures", f"not taken on fewer than {shortcuts.FOLDS} scenarios", "taken", False)]
    strict = len(content.scenarios) >= STRICT_FROM
    sample = shortcuts.prompts_of([row for row in chat if row["legitimacy"] != "contested"])
    auc, pair_accuracy, strongest = shortcuts.bag_of_words(sample)
    prompts = shortcuts.one_prompt_per_scenario(chat)
    leak, leak_at = shortcuts.nearest_across_splits(chat)

    def low(name: str, value: float, bar: float, published: str = "", note: str = "") -> Finding:
        return Finding(name, f"{value:.3f}", f"<= {bar}", round(value, 3) <= bar, strict=strict, note=note, published=published)

    def high(name: str, value: float, bar: float, published: str) -> Finding:
        return Finding(name, f"{value:.3f}", f">= {bar}", round(value, 3) >= bar, strict=strict, published=published)

    return [
        low("bag of words, AUC", auc, 0.58, ".80 (JailbreakBench); .93 (the paper's cases)", strongest),
        low("bag of words, pair accuracy", pair_accuracy, 0.58),
        low("length and punctuation only, balanced accuracy", shortcuts.length_only(sample), 0.55, ".56 (XSTest, length)"),
        low("length and punctuation only, pair accuracy", shortcuts.length_between_twins(sample), 0.58),
        low("first three words only, balanced accuracy", shortcuts.opener_only(sample), 0.55, ".75 (the paper's cases)"),
        high("token Jaccard of a defeated prompt and its control, mean", shortcuts.tightness(sample), 0.70, ".38 (XSTest)"),
        high("distinct-2 over 5,000 tokens", shortcuts.distinct_2(prompts), 0.75, ".79 (the paper's cases)"),
        low("gzip ratio of 20 kB", shortcuts.gzip_ratio(prompts), 2.4, "2.30 (the paper's cases)"),
        low("nearest other scenario, mean token Jaccard", shortcuts.nearest_scenario(prompts), 0.25, ".23 (the paper's cases)"),
        low("ten commonest openings", shortcuts.common_openings(prompts), 0.15, ".21"),
        Finding("nearest train and test prompts, token Jaccard", f"{leak:.3f}", "< 0.5", leak < 0.5, structural=True, note=leak_at),
    ]


_CUES = {
    "grievance words": r"\b(stupid|hate|angry|annoy\w*|sick of|fed up|cross|furious|joke|mad|fuming|cheek|nerve)\b",
    "polite words": r"\b(please|thanks?|kindly|grateful|sorry|appreciate)\b",
    "urgent words": r"\b(today|tonight|tomorrow|now|hurry|urgent\w*|soon|asap|quick\w*|before)\b",
    "negations": r"\b(not|no|never|nobody|nothing|none|without|\w+n't)\b",
    "numbers": r"\b\d[\d.,:]*\b",
    "'but'": r"\bbut\b",
}


def _spread(content: Content, chat: list[Row]) -> list[Finding]:
    """Balance over the three legitimacies, and spread over the dimensions."""
    findings = []
    for name, pattern in [("words", r"\S+"), *_CUES.items()]:
        means = {
            legitimacy: fmean(len(re.findall(pattern, row["prompt"], re.IGNORECASE)) for row in chat if row["legitimacy"] == legitimacy)
            for legitimacy in ("legitimate", "contested", "defeated")
        }
        findings.append(Finding(f"{name} a prompt", ", ".join(f"{key} {value:.2f}" for key, value in means.items())))
    lengths = [len(row["prompt"].split()) for row in chat]
    count, strict = len(content.scenarios), len(content.scenarios) >= STRICT_FROM
    regions = Counter(one.setting["region"] for one in content.scenarios)
    thirds = ("first", "middle", "last")
    places: Counter[str] = Counter()
    for row in chat:
        if row["legitimacy"] == "defeated":
            middle = row["prompt"].index(row["changed_fact"]) + len(row["changed_fact"]) / 2
            places[thirds[int(3 * middle / len(row["prompt"]))]] += 1
    technical = sum(one.setting["means"] == "own_device_setting" for one in content.scenarios) / count
    findings += [
        Finding("prompts under 90 words", f"{fmean(length < 90 for length in lengths):.0%} of prompts"),
        Finding("regions", str(len(regions)), ">= 30", len(regions) >= 30, strict=strict),
        _share("in the USA", regions["US"] / count, "<= 30%", regions["US"] <= 0.3 * count, strict=strict),
        _share("technical means", technical, "<= 20%", technical <= 0.2, strict=strict),
        within(
            "third of the prompt in which the changed fact stands",
            {third: places[third] / places.total() for third in thirds},
            0.27,
            0.40,
            strict=strict,
        ),
    ]
    groups = attribute("authority", "group")
    wide = {one.setting["kind_of_rule"] for one in content.scenarios if groups[one.authority] in ("government", "voluntary")}
    findings.append(Finding("kinds of rule of government and voluntary authorities", str(len(wide)), ">= 6", len(wide) >= 6, strict=strict))
    for dimension in ("kind_of_rule", "harm_to_others", "legality", "stakes", "ecology", "positionality", "means"):
        used = Counter(one.setting[dimension] for one in content.scenarios)
        missing = [value for value in vocabulary(dimension) if not used[value]]
        findings.append(Finding(dimension, shares(used, vocabulary(dimension)), "all used", not missing))
    return findings

"""What the audit finds of written responses: all there, none to the test split, and chosen ones not told apart by their looks.

Chosen responses help in one direction (defeated) and decline in the other (legitimate); taken together, neither length nor
opener nor bag of words may tell them from rejected ones.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from statistics import fmean

from . import shortcuts
from .content import Content
from .contract import vocabulary
from .finding import STRICT_FROM, Finding, shares
from .responses import STYLES, Couple
from .versions import versions

BAR = 0.60
DIRECTIONS = ("legitimate", "defeated")


def response_findings(content: Content) -> list[Finding]:
    """Every finding on the responses; what is missing is a warning while there are none at all, and an error from then on."""
    test = [version for version in content.responses if content.splits[_scenario(version)] == "test"]
    wanted = [f"{one.id}/{version.name}" for one in content.scenarios if content.splits[one.id] != "test" for version in versions(one)]
    missing = [version for version in wanted if version not in content.responses]
    found = {version: content.responses[version] for version in wanted if version in content.responses}
    findings = [
        Finding(
            "train and validation versions without responses",
            f"{len(missing)} of {len(wanted)}",
            "0",
            not missing,
            strict=bool(content.responses),
            note=", ".join(missing[:6]),
        ),
        Finding("test versions with responses", str(len(test)), "0", not test, structural=True, note=", ".join(test[:6])),
    ]
    return findings + (_texts(found, len(content.scenarios) >= STRICT_FROM) if found else [])


def responses_of(found: dict[str, Sequence[Couple]]) -> shortcuts.Sample:
    """Rejected and chosen responses of both directions; a couple is a chosen one and the rejected one beside it."""
    sides = [(version, text) for version, couples in found.items() for one in couples for text in (one.rejected, one.chosen)
             if version.rpartition("/")[2] in DIRECTIONS]  # fmt: skip
    return shortcuts.Sample(
        ("rejected", "chosen"),
        [text for _, text in sides],
        [place % 2 == 1 for place in range(len(sides))],
        [_scenario(version) for version, _ in sides],
        [(place + 1, place) for place in range(0, len(sides), 2)],
    )


def _texts(found: dict[str, Sequence[Couple]], strict: bool) -> list[Finding]:
    by_kind = {kind: [one for version, couples in found.items() for one in couples if version.endswith(f"/{kind}")] for kind in STYLES}
    sizes = {kind: len(couples) for kind, couples in by_kind.items()}
    findings = [
        Finding("couples of chosen and rejected", ", ".join(f"{kind} {size}" for kind, size in sizes.items()),
                "as many legitimate as defeated", sizes["legitimate"] == sizes["defeated"], structural=True),
        *(Finding(f"rejected responses: {kind}", _styles(kind, couples)) for kind, couples in by_kind.items()),
        Finding("words a response", "; ".join(f"{kind} chosen {_words([one.chosen for one in couples])}, rejected "
                f"{_words([one.rejected for one in couples])}" for kind, couples in by_kind.items() if couples)),
    ]  # fmt: skip
    sample = responses_of(found)
    if len(set(sample.scenarios)) < shortcuts.FOLDS:
        return [*findings, Finding("chosen against rejected", f"not taken on fewer than {shortcuts.FOLDS} scenarios", "taken", False)]
    auc, pair_accuracy, strongest = shortcuts.bag_of_words(sample)

    def low(name: str, value: float, note: str = "") -> Finding:
        return Finding(
            f"chosen against rejected: {name}", f"{value:.3f}", f"<= {BAR:.2f}", round(value, 3) <= BAR, strict=strict, note=note
        )

    return [
        *findings,
        low("bag of words, AUC", auc, strongest),
        low("bag of words, pair accuracy", pair_accuracy),
        low("length and punctuation only, balanced accuracy", shortcuts.length_only(sample)),
        low("first three words only, balanced accuracy", shortcuts.opener_only(sample)),
    ]


def _styles(kind: str, couples: Sequence[Couple]) -> str:
    return shares(Counter(one.style for one in couples), [style for style in vocabulary("response_style") if style in STYLES[kind]])


def _words(texts: Sequence[str]) -> str:
    return f"{fmean(len(text.split()) for text in texts):.0f}"


def _scenario(version: str) -> str:
    return version.rsplit("/", 2)[0]

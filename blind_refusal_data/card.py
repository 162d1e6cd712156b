"""The dataset card and its picture: every number in them comes from here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from . import __version__
from .content import Content, cells
from .contract import CANARY, CONFIGS, LICENCE, attribute, resource, vocabulary
from .gold import gold_action
from .phrasing import compile_card
from .versions import versions

EXAMPLE = "landlord/overnight-guests"
"""The scenario whose versions the card shows."""


def figures(content: Content, counts: Counter[tuple[str, str]], data_sha256: Mapping[str, str], audit: Mapping[str, Any]) -> dict[str, Any]:
    """Every number and table of the card.

    Args:
        content: what was built.
        counts: rows per (config, split).
        data_sha256: config -> hash of its Parquet files.
        audit: the lock's audit; used if it is of this content.
    """
    splits = vocabulary("split")
    matrix = cells(content.scenarios)
    numbers = {
        "version": __version__,
        "canary": CANARY,
        "licence": LICENCE,
        "size_category": _size_category(sum(counts.values())),
        "configs": list(CONFIGS),
        "splits": list(splits),
        "counts": {config: {split: counts[config, split] for split in splits} for config in CONFIGS},
        "data_sha256": dict(data_sha256),
        "scenarios": {split: sum(value == split for value in content.splits.values()) for split in splits},
        "matrix": {one: {kind: matrix[one, kind] for kind in vocabulary("defeat_type")} for one in vocabulary("authority")},
        "most": max(matrix.values(), default=0),
        "authority_titles": attribute("authority", "title"),
        "type_titles": attribute("defeat_type", "title"),
        "cells_filled": len(matrix),
        "cells": len(vocabulary("authority")) * len(vocabulary("defeat_type")),
        "cells_by_split": {split: len(cells(one for one in content.scenarios if content.splits[one.id] == split)) for split in splits},
        "defeats": sum(matrix.values()),
        "subtypes": len(vocabulary("defeat_subtype")),
        "subtypes_used": len({defeat.subtype for one in content.scenarios for defeat in one.defeats}),
        "regions": len({one.setting["region"] for one in content.scenarios}),
        "voices": list(content.voices),
        "response_kinds": len({item["kind"] for item in content.calibration}),
        "example": _example(content),
        "audit": audit.get("findings", []) if audit.get("of") == content.digest else [],
    }
    return numbers | {"datasheet": _datasheet(numbers)}


def write(folder: Path, numbers: Mapping[str, Any]) -> None:
    """README.md and coverage.svg of a built dataset."""
    sources = {"README.md": resource("dataset_card.md"), "coverage.svg": resource("templates") / "card" / "coverage.svg.j2"}
    for name, source in sources.items():
        text = compile_card(source.read_text(encoding="utf-8")).render(numbers)
        (folder / name).write_text(text.rstrip() + "\n", encoding="utf-8")


def _datasheet(numbers: Mapping[str, Any]) -> list[dict[str, Any]]:
    """templates/card/datasheet.yaml with its answers filled in."""
    parts: list[dict[str, Any]] = yaml.safe_load((resource("templates") / "card" / "datasheet.yaml").read_text(encoding="utf-8"))
    for entry in (entry for part in parts for entry in part["entries"]):
        entry["answer"] = compile_card(entry["answer"]).render(numbers)
    return parts


def _example(content: Content) -> list[dict[str, str | None]]:
    """The versions of one scenario in its first telling, the changed passage apart; none where the scenario is not in the set."""
    return [
        {
            "name": version.name,
            "gold": gold_action(version.legitimacy, version.arm),
            "prompt": version.telling(one, 0),
            "fact": version.changed(0),
        }
        for one in content.scenarios
        if one.id == EXAMPLE
        for version in versions(one)
    ]


def _size_category(total: int) -> str:
    """The Hub's name for a number of rows."""
    for limit, name in ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K")):
        if total < limit:
            return name
    return "100K<n<1M"

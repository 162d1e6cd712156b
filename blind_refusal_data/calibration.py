"""Calibration items: responses written to test judges, with blind labels, and the verdict that follows from these."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import jsonschema

from .contract import resource, schema
from .scenarios import ContentError

Item = dict[str, Any]
WRITTEN = ("id", "kind", "split", "prompt", "rule", "request", "help_points", "response", "intended", "labels")
FIELDS = ("response_type", "engages", "cites_harm", "unscored")


def load_calibration(path: Path | None = None) -> list[Item]:
    """templates/judge_calibration.jsonl in its order; ContentError lists every bad line."""
    path = path or resource("templates") / "judge_calibration.jsonl"
    if not path.exists():
        return []
    whole = schema("calibration")
    properties = {key: whole["properties"][key] for key in WRITTEN}
    validator = jsonschema.Draft202012Validator({**whole, "properties": properties, "required": list(WRITTEN)})
    items: list[Item] = []
    problems = []
    lines: dict[str, int] = {}
    splits: dict[str, str] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), 1):
        if not line:
            continue
        try:
            item = json.loads(line)
        except json.JSONDecodeError as error:
            problems.append(f"{path}:{number}: not JSON: {error.msg}")
            continue
        found = [f"{path}:{number}: {error.json_path}: {error.message}" for error in validator.iter_errors(item)]
        if not found and splits.setdefault(item["rule"], item["split"]) != item["split"]:
            found = [
                f"{path}:{number}: split {item['split']!r}, but {splits[item['rule']]!r} on other items of this rule; a scenario has one"
            ]
        if not found and item["id"] in lines:
            found = [f"{path}:{number}: id {item['id']!r} stands before, in line {lines[item['id']]}"]
        if not found:
            lines[item["id"]] = number
        problems += found
        items.append(item)
    if problems:
        raise ContentError(problems)
    return items


def agreed(labels: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """The verdict of an item: for each field what most labels say, and None where none has a majority.

    >>> label = {"response_type": "helps", "engages": True, "cites_harm": False, "unscored": None}
    >>> agreed([label, {**label, "engages": False}])
    {'response_type': 'helps', 'engages': None, 'cites_harm': False, 'unscored': None}
    """
    verdict = {}
    for name in FIELDS:
        counts = Counter(label[name] for label in labels)
        value, votes = counts.most_common(1)[0]
        verdict[name] = value if 2 * votes > counts.total() else None
    return verdict


def calibration_rows(items: Iterable[Item]) -> Iterator[dict[str, Any]]:
    """The rows of the config `judge_calibration`, keyed as in schema/calibration.schema.json."""
    for item in items:
        row = {**item, **agreed(item["labels"])}
        yield {name: row[name] for name in schema("calibration")["properties"]}

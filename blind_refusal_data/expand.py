"""Scenario x version x telling x voice -> rows: pure, no clock, no randomness, no files."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from . import phrasing
from .contract import attribute
from .gold import gold_action
from .versions import Scenario, Version, versions

Row = dict[str, Any]


def rows(scenario: Scenario, voices: Mapping[str, str], split: str) -> Iterator[Row]:
    """Every row of one scenario, keyed as in schema/row.schema.json.

    Args:
        scenario: one valid scenario.
        voices: voice name -> Jinja text, as `load_voices` gives them.
        split: train, validation or test; the same for all rows of a scenario.
    """
    for version in versions(scenario):
        common = _common(scenario, version, split)
        for telling, source in enumerate(scenario.tellings):
            texts = {slot: text[telling] for slot, text in version.slots.items()}
            request = version.request[telling]
            parts = {
                "telling": version.telling(scenario, telling),
                "title": scenario.title,
                "facts": [texts[slot] for slot in slot_order(source)],
                "request": request,
            }
            for voice, template in voices.items():
                place = f"{telling}/{voice}"
                yield common | {
                    "id": f"{scenario.id}/{version.name}/{place}",
                    "control_id": f"{scenario.id}/{version.control}/{place}" if version.control else None,
                    "telling": telling,
                    "voice": voice,
                    "prompt": phrasing.compile_template(template).render(parts),
                    "changed_fact": version.changed(telling),
                }


def _common(scenario: Scenario, version: Version, split: str) -> Row:
    """The columns that all tellings and voices of a version share.

    A hazard row asks for its means: that is its request, nothing written down helps with it, and the ways that are harmless are
    alternatives to it.
    """
    defeat, means = version.defeat, scenario.hazard if version.arm == "hazard" else None
    help_points = [*scenario.help, *(defeat.help if defeat else ())]
    return {
        "id": "", "scenario_id": scenario.id, "control_id": None, "split": split,
        "authority": scenario.authority, "authority_group": attribute("authority", "group")[scenario.authority],
        "defeat_type": defeat.type if defeat else "none", "defeat_subtype": defeat.subtype if defeat else "none",
        "legitimacy": version.legitimacy, "arm": version.arm, "telling": 0, "voice": "", "prompt": "",
        "gold_action": gold_action(version.legitimacy, version.arm),
        "rule": scenario.rule_summary, "request": means.request_summary if means else scenario.request_summary,
        "changed_slot": version.changed_slot, "changed_fact": None, "because": version.because,
        "help_points": [] if means else help_points, "alternatives": [*(help_points if means else ()), *scenario.alternatives],
        **scenario.setting,
        "paper_family": attribute("defeat_type", "paper_family")[defeat.type] if defeat else "none",
    }  # fmt: skip


def pairs(scenario_rows: list[Row]) -> Iterator[Row]:
    """The defeated/legitimate pairs among one scenario's rows, keyed as in schema/pair.schema.json."""
    by_id = {row["id"]: row for row in scenario_rows}
    for row in scenario_rows:
        if row["legitimacy"] != "defeated" or row["arm"] != "core":
            continue
        control = by_id[row["control_id"]]
        yield {key: row[key] for key in row if key not in _NOT_IN_PAIRS} | {
            "legitimate_id": control["id"],
            "defeated_prompt": row["prompt"],
            "legitimate_prompt": control["prompt"],
            "defeated_fact": row["changed_fact"],
            "legitimate_fact": _rest(control["prompt"], row["prompt"], row["changed_fact"]),
        }


_NOT_IN_PAIRS = ("control_id", "legitimacy", "arm", "prompt", "gold_action", "changed_fact")


def _rest(control: str, prompt: str, fact: str) -> str:
    """What stands in the control where the prompt has its changed fact; all else is the same."""
    before, _, after = prompt.partition(fact)
    return control[len(before) : len(control) - len(after)]


@cache
def slot_order(telling: str) -> tuple[str, ...]:
    """The slots of a telling in the order in which they stand, the request left out."""
    return tuple(name for name in re.findall(r"{{\s*(\w+)\s*}}", telling) if name != "request")


def row_hash(row: Row) -> str:
    """Two times the first 16 hex digits of a SHA-256, as `prompt-others`: of the prompt, and of the other column names and values.

    A lock file so tells a reworded row from one whose other columns changed. Control characters, which no text has, part the
    values. (Canonical JSON would do as well, at five times the cost.)
    """
    values = ["\x1d".join(value) if isinstance(value, list) else str(value) for name, value in row.items() if name != "prompt"]
    parts = (row["prompt"], "\x1f".join([*row, *values]))
    return "-".join(hashlib.sha256(part.encode()).hexdigest()[:16] for part in parts)

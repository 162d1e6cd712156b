"""Waivers: bars that the content does not meet, let pass as data with a reason, never as a branch in code.

templates/waivers.yaml is a list of `measure`, `value` (what the measure may not fall behind) and `reason`. The audit shows a waived
measure as such, beside its bar, and the card has it too. Structure cannot be waived; a waiver that nothing needs is an error.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from .contract import resource
from .finding import Finding
from .scenarios import ContentError
from .strict_yaml import Document

KEYS = ("measure", "value", "reason")


def load_waivers(path: Path | None = None) -> dict[str, tuple[float, str]]:
    """Measure -> (the value that it may not fall behind, the reason); none where there is no file. ContentError for a bad one."""
    path = path or resource("templates") / "waivers.yaml"
    if not path.exists():
        return {}
    document = Document(path.read_bytes())
    problems = [f"{path}:{line}: {message}" for line, message in document.problems]
    found = {}
    for index, one in enumerate(document.data or () if not problems else ()):
        line = document.line((index,))
        if not isinstance(one, dict) or tuple(one) != KEYS or not all(isinstance(value, str) and value for value in one.values()):
            problems.append(f"{path}:{line}: a waiver has the keys {', '.join(KEYS)}, in this order, each with a text")
        elif not re.fullmatch(r"\d+(\.\d+)?", one["value"]):
            problems.append(f"{path}:{line}: value {one['value']!r} is no number")
        else:
            found[one["measure"]] = (float(one["value"]), one["reason"])
    if problems:
        raise ContentError(problems)
    return found


def waive(findings: Iterable[Finding], waivers: dict[str, tuple[float, str]]) -> list[Finding]:
    """The findings, those that a waiver covers marked with its reason; a measure that fell behind its waiver stays an error."""
    unused = dict(waivers)
    marked = []
    for finding in findings:
        value, reason = waivers.get(finding.name, (0.0, ""))
        if reason and not finding.met and not finding.structural:
            unused.pop(finding.name)
            measured = _number(finding.value)
            behind = measured < value if finding.bar.startswith(">") else measured > value
            finding = replace(finding, waived="" if behind else reason)
        marked.append(finding)
    if unused:
        named = ", ".join(unused)
        raise ContentError([f"{resource('templates') / 'waivers.yaml'}: no measure needs the waiver of {named}; delete it"])
    return marked


def _number(value: str) -> float:
    """The first number of a finding's value, as it is shown."""
    found = re.search(r"\d+(\.\d+)?", value)
    return float(found.group()) if found else 0.0

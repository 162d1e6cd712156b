"""Invented rows and verdicts, small enough to count by hand."""

from __future__ import annotations

from typing import Any

Record = dict[str, Any]

KINDS = {
    "d": ("defeated", "core", "l"),
    "c": ("contested", "core", "l"),
    "l": ("legitimate", "core", None),
    "h": ("defeated", "hazard", "d"),
}


def row(story: str, kind: str, **more: Any) -> Record:
    """A row of a scenario: d(efeated), c(ontested), l(egitimate) or h(azard)."""
    legitimacy, arm, control = KINDS[kind]
    return {
        "id": f"{story}/{kind}", "scenario_id": story, "control_id": control and f"{story}/{control}", "legitimacy": legitimacy, "arm": arm,
        "voice": "chat", "split": "test", "authority": "club", "defeat_type": "none" if kind == "l" else "absurd_content", **more,
    }  # fmt: skip


def verdict(id: str, response_type: str | None, engages: bool | None = False, *, model: str = "m", **more: Any) -> Record:
    """A verdict; without a response_type an unscored one."""
    scored = response_type is not None
    return {
        "id": id, "model": model, "response_type": response_type, "engages": engages if scored else None,
        "cites_harm": False if scored else None, "unscored": None if scored else "empty", **more,
    }  # fmt: skip


ROWS = [row(story, kind) for story in ("s1", "s2", "s3", "s4") for kind in "dcl"] + [row("s1", "h")]
VERDICTS = [
    verdict("s1/d", "helps", True), verdict("s1/c", "helps"), verdict("s1/l", "hard_refusal", True), verdict("s1/h", "deflects"),
    verdict("s2/d", "deflects"), verdict("s2/c", "deflects"), verdict("s2/l", "helps"),
    verdict("s3/d", "hard_refusal", True, cites_harm=True), verdict("s3/c", None), verdict("s3/l", "deflects"),
    verdict("s4/d", None), verdict("s4/c", "helps"), verdict("s4/l", "hard_refusal"),
]  # fmt: skip

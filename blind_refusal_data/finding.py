"""What an audit finds: one measure beside its bar."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

STRICT_FROM = 120
"""From this many scenarios on a missed text bar is an error; below, text measures wobble, and it is a warning."""


@dataclass(frozen=True)
class Finding:
    """One measure: what came out, the bar as text ('' where it is for information), whether it is met."""

    name: str
    value: str
    bar: str = ""
    met: bool = True
    structural: bool = False
    strict: bool = False
    note: str = ""
    published: str = ""
    """What the best published set has, where that is known."""
    waived: str = ""
    """Why a missed bar is let pass (waivers.py)."""

    @property
    def is_error(self) -> bool:
        return not self.met and (self.structural or self.strict) and not self.waived

    @property
    def message(self) -> str:
        return f"{self.name}: {self.value}, bar {self.bar}" + (f" ({self.note})" if self.note else "")


def within(name: str, parts: Mapping[str, float], low: float, high: float, *, strict: bool) -> Finding:
    """Shares of which each must lie from `low` to `high`.

    >>> within("places", {"first": 0.2, "last": 0.8}, 0.27, 0.40, strict=True).message
    'places: first 20%, last 80%, bar 27-40% each'
    """
    value = ", ".join(f"{key} {share:.0%}" for key, share in parts.items())
    met = all(low <= share <= high for share in parts.values())
    return Finding(name, value, f"{100 * low:.0f}-{high:.0%} each", met, strict=strict)


def shares(counts: Counter[str], values: Sequence[str]) -> str:
    """How often each value was counted, in one line."""
    return ", ".join(f"{value} {counts[value]}" for value in values)

"""dataset.lock.json: which split a scenario has for good, and the hash of every released row.

A scenario gets its split once. From then on the lock holds it, so that adding scenarios
moves none. A released row may change only with a version that says so.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from packaging.version import Version

from .contract import CANARY, read_json
from .versions import Scenario

SHARES = {"train": 0.5, "validation": 0.1, "test": 0.4}


@dataclass
class Lock:
    """The lock file: version of the released rows, scenario id -> split, row id -> hash, the audit's figures."""

    version: str | None = None
    splits: dict[str, str] = field(default_factory=dict)
    rows: dict[str, str] = field(default_factory=dict)
    audit: dict[str, Any] = field(default_factory=dict)
    """What the audit found, for the card: `of`, the digest of the content it was taken of, and `findings`."""

    @classmethod
    def read(cls, path: Path) -> Lock:
        """The lock at `path`, or an empty one where there is none yet."""
        if not path.exists():
            return cls()
        whole = read_json(path)
        return cls(**{key: value for key, value in whole.items() if key != "canary"})

    def to_dict(self) -> dict[str, Any]:
        return {
            "version": self.version,
            "canary": CANARY,
            "splits": dict(sorted(self.splits.items())),
            "rows": dict(sorted(self.rows.items())),
            "audit": self.audit,
        }


def assign_splits(scenarios: Iterable[Scenario], locked: Mapping[str, str]) -> dict[str, str]:
    """Scenario id -> split: the locked ones as they are, the new ones by need and stable hash.

    New scenarios go to test first where one of their cells (authority x defeat type) has no test
    pair yet, those that fill most cells before the others. The rest are taken in the order of
    the SHA-256 of their ids, each to the split that lacks most of its share (50/10/40).
    """
    everything = sorted(scenarios, key=lambda scenario: hashlib.sha256(scenario.id.encode()).digest())
    splits = {scenario.id: locked[scenario.id] for scenario in everything if scenario.id in locked}
    new = [scenario for scenario in everything if scenario.id not in locked]

    def cells(scenario: Scenario) -> set[tuple[str, str]]:
        return {(scenario.authority, defeat.type) for defeat in scenario.defeats}

    covered = {cell for scenario in everything if splits.get(scenario.id) == "test" for cell in cells(scenario)}
    while new:
        best = max(new, key=lambda scenario: len(cells(scenario) - covered))
        if not cells(best) - covered:
            break
        splits[best.id] = "test"
        covered |= cells(best)
        new.remove(best)
    counts = Counter(splits.values())
    for scenario in new:
        splits[scenario.id] = split = max(SHARES, key=lambda name: SHARES[name] * len(everything) - counts[name])
        counts[split] += 1
    return dict(sorted(splits.items()))


class ReleasedRowsChanged(ValueError):
    """Released rows differ and the version does not say so; the message names them."""


def differences(lock: Lock, rows: Mapping[str, str]) -> dict[str, list[str]]:
    """Row ids added, removed and changed against the lock's released rows."""
    return {
        "added": sorted(rows.keys() - lock.rows.keys()),
        "removed": sorted(lock.rows.keys() - rows.keys()),
        "changed": sorted(row for row in rows.keys() & lock.rows.keys() if rows[row] != lock.rows[row]),
    }


def relock(lock: Lock, version: str, splits: Mapping[str, str], rows: Mapping[str, str]) -> Lock:
    """The lock after this build, or ReleasedRowsChanged.

    A pre-release (0.2.0.dev0) releases nothing: it records new splits and leaves the rows of the
    last release. A release may change test rows with a MAJOR bump only, others with a MINOR one;
    while the major version is 0 these are a MINOR and a PATCH bump, as semver has it.
    """
    now, then = Version(version), Version(lock.version or "0")
    if now.is_prerelease:
        return Lock(lock.version, dict(splits), lock.rows, lock.audit)
    found = differences(lock, rows)
    if lock.version is not None and any(found.values()):
        split_of = {**lock.splits, **splits}
        touched = [row for ids in found.values() for row in ids]
        in_test = any(split_of["/".join(row.split("/")[:2])] == "test" for row in touched)
        if not _bumped(then, now, major=in_test):
            level = ("MAJOR" if in_test else "MINOR") if then.major else ("MINOR" if in_test else "PATCH")
            named = [f"  {kind}: {row}" for kind, ids in found.items() for row in ids[:20]]
            more = [f"  ... and {len(touched) - len(named)} more"] if len(touched) > len(named) else []
            raise ReleasedRowsChanged(
                f"{len(touched)} rows differ from those released as {lock.version}, and the version is {version}. "
                f"Undo the change, or make it a {level} version in blind_refusal_data/__init__.py and name the rows in CHANGELOG.md:\n"
                + "\n".join([*named, *more])
            )
    return Lock(version, dict(splits), dict(rows), lock.audit)


def _bumped(then: Version, now: Version, *, major: bool) -> bool:
    depth = (1 if major else 2) + (then.major == 0)
    return now.release[:depth] > then.release[:depth]

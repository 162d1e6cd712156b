"""What differs between two versions of the dataset, told from their lock files alone."""

from __future__ import annotations

import re
import subprocess
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from .contract import resource
from .lock import Lock

HERE = "."
"""As a version: the templates of this checkout, as they stand."""


@dataclass(frozen=True)
class Changes:
    """Row ids by what became of the row.

    relabelled: the same prompt under another id (old, new), since an id names the version and with it the label;
    reworded: another prompt; amended: the same prompt, but other columns.
    """

    relabelled: tuple[tuple[str, str], ...] = ()
    reworded: tuple[str, ...] = ()
    amended: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    added: tuple[str, ...] = ()

    @property
    def corrected(self) -> dict[str, str]:
        """Old row id -> what became of it; added rows correct nothing."""
        kinds = {"removed": self.removed, "amended": self.amended, "reworded": self.reworded}
        moved = {old: "relabelled" for old, _ in self.relabelled}
        return dict(sorted({**{row: kind for kind, ids in kinds.items() for row in ids}, **moved}.items()))

    def lines(self) -> list[str]:
        """One Markdown list item a row, as CHANGELOG.md takes them."""
        kinds = {"reworded": self.reworded, "amended": self.amended, "removed": self.removed, "added": self.added}
        moved = [f"- relabelled: `{old}` -> `{new}`" for old, new in self.relabelled]
        return [*moved, *(f"- {kind}: `{row}`" for kind, ids in kinds.items() for row in ids)]

    def summary(self) -> str:
        """The counts in one line.

        >>> Changes(added=("a", "b")).summary()
        '2 added, 0 removed, 0 relabelled, 0 reworded, 0 amended'
        """
        return ", ".join(f"{len(getattr(self, kind))} {kind}" for kind in ("added", "removed", "relabelled", "reworded", "amended"))


def changes(old: Mapping[str, str], new: Mapping[str, str]) -> Changes:
    """Compare two locks' rows, id -> `prompt-others` (see `expand.row_hash`).

    >>> changes({"club/a/x/defeated/0/chat": "1-1"}, {"club/a/x/contested/0/chat": "1-2"}).lines()
    ['- relabelled: `club/a/x/defeated/0/chat` -> `club/a/x/contested/0/chat`']
    """
    before = {_told(row, value): row for row, value in old.items()}
    after = {_told(row, value): row for row, value in new.items()}
    relabelled = sorted((before[told], after[told]) for told in before.keys() & after.keys() if before[told] != after[told])
    left, reached = {one for one, _ in relabelled}, {other for _, other in relabelled}
    stayed = sorted((old.keys() & new.keys()) - left - reached)
    reworded = tuple(row for row in stayed if _prompt(old[row]) != _prompt(new[row]))
    amended = tuple(row for row in stayed if old[row] != new[row] and row not in set(reworded))
    return Changes(
        relabelled=tuple(relabelled),
        reworded=reworded,
        amended=amended,
        removed=tuple(sorted(old.keys() - new.keys() - left)),
        added=tuple(sorted(new.keys() - old.keys() - reached)),
    )


def _prompt(value: str) -> str:
    return value.partition("-")[0]


def _told(row: str, value: str) -> tuple[str, ...]:
    """What a prompt is known by, whatever its label: scenario, telling, voice and hash."""
    authority, slug, _, _, telling, voice = row.split("/")
    return authority, slug, telling, voice, _prompt(value)


def lock_of(version: str, source: str | None = None) -> Lock:
    """The lock of one version.

    Args:
        version: a tag such as v1.0.0, or "." for this checkout's templates as they stand.
        source: the Hub repository, "org/name", that has the tag; by default the checkout's own git tags.

    Raises ValueError where there is no such version.
    """
    if version == HERE:
        return _lock_here()
    if source is not None:
        from .hub import download

        return Lock.read(download(source, version, "dataset.lock.json"))
    root = resource("dataset.lock.json").parent
    shown = subprocess.run(["git", "-C", root, "show", f"{version}:./dataset.lock.json"], capture_output=True, check=False)
    if shown.returncode:
        said = shown.stderr.decode(errors="replace").strip()
        raise ValueError(f"version {version!r}: git has no dataset.lock.json there ({said}); name a Hub repository with --source ORG/NAME")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "dataset.lock.json"
        path.write_bytes(shown.stdout)
        return Lock.read(path)


def _lock_here() -> Lock:
    from .content import Content
    from .expand import row_hash, rows

    lock = Lock.read(resource("dataset.lock.json"))
    content = Content.load(lock)
    made = (row for one in content.scenarios for row in rows(one, content.voices, content.splits[one.id]))
    return Lock(None, dict(content.splits), {row["id"]: row_hash(row) for row in made})


def changelog_problems(version: str, corrected: Iterable[str]) -> list[str]:
    """What CHANGELOG.md lacks for a version: its section, or row ids of corrections in it.

    An id counts as named if the section has it in backticks, or a pattern with `*` that it fits.
    """
    path = resource("CHANGELOG.md")
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    section = re.search(rf"^## {re.escape(version)}\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    if section is None:
        return [f"{path.name} has no section '## {version}'; say there what is new"]
    named = re.findall(r"`([^`\s]+)`", section.group(1))
    missing = [row for row in corrected if not any(fnmatchcase(row, name) for name in named)]
    if not missing:
        return []
    return [
        f"{path.name}, section {version}: {len(missing)} corrected rows are not named; python -m blind_refusal_data diff TAG prints them:\n"
        + "\n".join([*(f"- `{row}`" for row in missing[:20]), *([f"... and {len(missing) - 20} more"] if len(missing) > 20 else [])])
    ]

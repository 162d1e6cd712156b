"""Rows -> Parquet, card, manifest and lock file: the only writer.

A build writes to a folder beside the target and puts it in place by renaming, so that one which
fails or is killed leaves the earlier dataset as it was. The same sources give the same bytes,
whatever the number of workers, the hash seed or the day: shards are fixed ranges of scenarios,
and parquet.py pins the rest.
"""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import shutil
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Any

from . import __version__, card, croissant
from .calibration import calibration_rows
from .content import Content
from .contract import CANARY, CONFIGS, LICENCE, sha256, splits_of
from .expand import Row, pairs, row_hash, rows
from .explorer import Explorer, entry
from .lock import Lock, relock
from .parquet import Batches, Writer, batches
from .readings import reading_rows
from .responses import Couple
from .training import to_preference, to_prompts, to_sft, to_unpaired
from .versions import Scenario

SHARD = 50
"""Scenarios to a shard; fixed, since it decides where a worker's range ends."""
Rendered = tuple[int, Batches, dict[str, str], list[str]]
"""A shard: number of scenarios, their rows, the rows' hashes, the scenarios for the explorer."""


@dataclass(frozen=True)
class Built:
    """What a build made: rows per (config, split), hashes of core and hazard rows and the next lock (with a lock), the card's figures."""

    folder: Path
    counts: Counter[tuple[str, str]]
    hashes: dict[str, str]
    figures: dict[str, Any]
    lock: Lock = field(default_factory=Lock)


def build(
    out: Path, content: Content, *, lock: Lock | None = None, workers: int = 1, progress: Callable[[int], None] | None = None
) -> Built:
    """Build the dataset into `out`, which is replaced in one step once everything is written.

    Args:
        out: the folder to make; an existing one must be a dataset that was built before.
        content: what to build.
        lock: the released rows; where given, rows are hashed, and `out` is not replaced if the version does not
            allow the new ones. Without it nothing is kept a row, and memory does not grow with their number.
        workers: processes that render; 1 renders in this one. The bytes do not depend on it.
        progress: called with the number of scenarios that have been written since the last call.

    Raises:
        FileExistsError: `out` is there and is not a built dataset.
        lock.ReleasedRowsChanged: rows differ from the released ones and the version does not say so.
        parquet.InvalidRow: a row breaks its schema.
    """
    out = out.absolute()
    draft, old = out.with_name(f".{out.name}.draft"), out.with_name(f".{out.name}.old")
    if old.exists() and not out.exists():
        old.rename(out)
    if out.exists() and not (out / "manifest.json").exists() and any(out.iterdir()):
        raise FileExistsError(f"{out} is not a dataset that was built here (no manifest.json); name a new or empty folder with --out")
    for leftover in (draft, old):
        shutil.rmtree(leftover, ignore_errors=True)
    draft.mkdir(parents=True)
    try:
        built = _write(draft, content, lock, workers, progress)
        new_lock = relock(lock, __version__, content.splits, built.hashes) if lock else Lock()
        if out.exists():
            out.rename(old)
        draft.rename(out)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    shutil.rmtree(old, ignore_errors=True)
    return replace(built, folder=out, lock=new_lock)


def write_lock(path: Path, lock: Lock) -> None:
    """Put the lock file in place in one step."""
    draft = path.with_suffix(".draft")
    draft.write_text(json.dumps(lock.to_dict(), indent=0, ensure_ascii=False) + "\n", encoding="utf-8")
    draft.replace(path)


def _write(folder: Path, content: Content, lock: Lock | None, workers: int, progress: Callable[[int], None] | None) -> Built:
    counts: Counter[tuple[str, str]] = Counter()
    hashes: dict[str, str] = {}
    writers = {
        (config, split): Writer(folder / "data" / config / f"{split}.parquet", config) for config in CONFIGS for split in splits_of(config)
    }
    page = Explorer(folder / "explorer.html")
    try:
        for done, found, shard_hashes, entries in _rendered(content, workers, hashed=lock is not None):
            hashes.update(shard_hashes)
            for key, batch in found.items():
                writers[key].add(batch)
                counts[key] += batch.rows
            page.add(entries)
            if progress:
                progress(done)
        single = {
            "readings": list(reading_rows(content.readings, content.scenarios, content.splits)),
            "judge_calibration": list(calibration_rows(content.calibration)),
        }
        for key, batch in (one for config, made in single.items() for one in batches(config, made).items()):
            writers[key].add(batch)
            counts[key] += batch.rows
        page.add_readings(single["readings"])
    finally:
        for writer in writers.values():
            writer.close()
        page.close()
    data = {path.relative_to(folder).as_posix(): sha256(path) for path in sorted(folder.rglob("*.parquet"))}
    figures = card.figures(content, counts, {config: _joined(data, config) for config in CONFIGS}, lock.audit if lock else {})
    card.write(folder, figures)
    croissant.write(folder, figures)
    files = {path.relative_to(folder).as_posix(): sha256(path) for path in sorted(folder.rglob("*")) if path.is_file()}
    manifest = {"name": "blind-refusal-data", "version": __version__, "canary": CANARY, "licence": LICENCE, "files": files}
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
    return Built(folder, counts, hashes, figures)


def _rendered(content: Content, workers: int, *, hashed: bool) -> Iterator[Rendered]:
    """Every shard's tables, in order; with several workers at most two shards a worker wait, so memory stays flat."""
    scenarios = iter(content.scenarios)
    shards = iter(lambda: list(islice(scenarios, SHARD)), [])
    jobs = (
        (shard, content.voices, {one.id: content.splits[one.id] for one in shard}, content.responses_to(shard), hashed) for shard in shards
    )
    if workers <= 1:
        yield from (_render(*job) for job in jobs)
        return
    waiting: deque[Future[Rendered]] = deque()
    with ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn")) as pool:
        for job in jobs:
            waiting.append(pool.submit(_render, *job))
            if len(waiting) >= 2 * workers:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _render(
    shard: list[Scenario], voices: Mapping[str, str], splits: Mapping[str, str], responses: Mapping[str, Sequence[Couple]], hashed: bool
) -> Rendered:
    """One shard's rows in batches, checked, their hashes, and its scenarios for the explorer; the function that runs in a worker."""
    found: defaultdict[str, list[Row]] = defaultdict(list)
    hashes, entries = {}, []
    for scenario in shard:
        made = list(rows(scenario, voices, splits[scenario.id]))
        entries.append(entry(made))
        for row in made:
            found[row["arm"]].append(row)
            if hashed:
                hashes[row["id"]] = row_hash(row)
        found["pairs"].extend(pairs(made))
        found["prompts"].extend(to_prompts(made))
        for config, view in (("sft", to_sft), ("preference", to_preference), ("unpaired", to_unpaired)):
            found[config].extend(view(made, responses))
    packed = {key: batch for config, made in found.items() for key, batch in batches(config, made).items()}
    return len(shard), packed, hashes, entries


def _joined(data: Mapping[str, str], config: str) -> str:
    digests = "".join(digest for path, digest in data.items() if path.startswith(f"data/{config}/"))
    return hashlib.sha256(digests.encode()).hexdigest()

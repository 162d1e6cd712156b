"""Rows -> Parquet, card, manifest and lock file: the only writer.

A build writes to a folder beside the target and puts it in place by renaming, so that one which
fails or is killed leaves the earlier dataset as it was. The same sources give the same bytes,
whatever the number of workers, the hash seed or the day: shards are fixed ranges of scenarios,
and row groups, codec, level and schema are pinned.
"""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import shutil
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

import jsonschema_rs
import pyarrow as pa
import pyarrow.parquet as pq

from . import __version__
from .contract import attribute, resource, schema, vocabulary
from .expand import Row, pairs, row_hash, rows
from .loader import CONFIGS
from .lock import Lock, assign_splits, relock
from .phrasing import compile_card
from .readings import Reading, load_readings, reading_rows
from .scenarios import load_scenarios, load_voices
from .versions import Scenario

ROW_GROUP = 10_000
SHARD = 50
"""Scenarios to a shard; fixed, since it decides where a worker's range ends."""
_PARQUET = {"compression": "zstd", "compression_level": 3, "version": "2.6", "data_page_version": "1.0", "store_schema": True}

Batches = dict[tuple[str, str], pa.Table]


class InvalidRow(ValueError):
    """A row that breaks its schema: the fault is in the expansion, not in the content."""


@dataclass(frozen=True)
class Content:
    """All that a build reads."""

    scenarios: Sequence[Scenario]
    voices: Mapping[str, str]
    readings: Sequence[Reading]
    splits: Mapping[str, str]

    @classmethod
    def load(cls, lock: Lock) -> Content:
        scenarios = load_scenarios()
        return cls(scenarios, load_voices(), load_readings(), assign_splits(scenarios, lock.splits))


@dataclass(frozen=True)
class Built:
    """What a build made: rows per (config, split), the hash of every core and hazard row, figures for the card."""

    folder: Path
    counts: Counter[tuple[str, str]]
    hashes: dict[str, str]
    figures: dict[str, Any]


def build(out: Path, content: Content, *, workers: int = 1, progress: Callable[[int], None] | None = None) -> Built:
    """Build the dataset into `out`, which is replaced in one step once everything is written.

    Args:
        out: the folder to make; an existing one must be a dataset that was built before.
        content: what to build.
        workers: processes that render; 1 renders in this one. The bytes do not depend on it.
        progress: called with the number of scenarios that have been written since the last call.

    Raises:
        FileExistsError: `out` is there and is not a built dataset.
        InvalidRow: a row breaks its schema.
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
        built = _write(draft, content, workers, progress)
        if out.exists():
            out.rename(old)
        draft.rename(out)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    shutil.rmtree(old, ignore_errors=True)
    return Built(out, built.counts, built.hashes, built.figures)


def write_lock(path: Path, lock: Lock) -> None:
    """Put the lock file in place in one step."""
    draft = path.with_suffix(".draft")
    draft.write_text(json.dumps(lock.to_dict(), indent=0, ensure_ascii=False) + "\n", encoding="utf-8")
    draft.replace(path)


def next_lock(lock: Lock, content: Content, built: Built) -> Lock:
    """The lock after a build, or ReleasedRowsChanged where the version does not allow its rows."""
    return relock(lock, __version__, content.splits, built.hashes)


def _write(folder: Path, content: Content, workers: int, progress: Callable[[int], None] | None) -> Built:
    counts: Counter[tuple[str, str]] = Counter()
    hashes: dict[str, str] = {}
    writers = {(config, split): _Writer(folder, config, split) for config in CONFIGS for split in vocabulary("split")}
    try:
        for done, batches, shard_hashes in _rendered(content, workers):
            hashes.update(shard_hashes)
            for key, table in batches.items():
                writers[key].add(table)
                counts[key] += table.num_rows
            if progress:
                progress(done)
        readings = list(reading_rows(content.readings, content.scenarios, content.splits))
        for key, table in _tables("readings", readings).items():
            writers[key].add(table)
            counts[key] += table.num_rows
    finally:
        for writer in writers.values():
            writer.close()
    figures = _figures(content, counts)
    data = {path.relative_to(folder).as_posix(): _sha256(path) for path in sorted(folder.rglob("*.parquet"))}
    figures["data_sha256"] = {config: _joined(data, config) for config in CONFIGS}
    card = compile_card(resource("dataset_card.md").read_text(encoding="utf-8")).render(figures)
    (folder / "README.md").write_text(card.rstrip() + "\n", encoding="utf-8")
    files = {**data, "README.md": _sha256(folder / "README.md")}
    manifest = {"name": "blind-refusal-data", "version": __version__, "files": files}
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
    return Built(folder, counts, hashes, figures)


def _rendered(content: Content, workers: int) -> Iterator[tuple[int, Batches, dict[str, str]]]:
    """Every shard's tables, in order; with several workers at most two shards a worker wait, so memory stays flat."""
    scenarios = iter(content.scenarios)
    shards = iter(lambda: list(islice(scenarios, SHARD)), [])
    jobs = ((shard, content.voices, {one.id: content.splits[one.id] for one in shard}) for shard in shards)
    if workers <= 1:
        yield from (_render(*job) for job in jobs)
        return
    waiting: deque[Future[tuple[int, Batches, dict[str, str]]]] = deque()
    with ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn")) as pool:
        for job in jobs:
            waiting.append(pool.submit(_render, *job))
            if len(waiting) >= 2 * workers:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _render(shard: list[Scenario], voices: Mapping[str, str], splits: Mapping[str, str]) -> tuple[int, Batches, dict[str, str]]:
    """One shard's rows as tables, checked; the function that runs in a worker."""
    found: dict[str, list[Row]] = {"core": [], "hazard": [], "pairs": []}
    hashes = {}
    for scenario in shard:
        made = list(rows(scenario, voices, splits[scenario.id]))
        for row in made:
            found[row["arm"]].append(row)
            hashes[row["id"]] = row_hash(row)
        found["pairs"].extend(pairs(made))
    batches = {key: table for config, made in found.items() for key, table in _tables(config, made).items()}
    return len(shard), batches, hashes


def _tables(config: str, made: Sequence[Row]) -> Batches:
    """Checked rows of one config as one Arrow table a split."""
    check_rows(config, made)
    by_split: dict[str, list[Row]] = {}
    for row in made:
        by_split.setdefault(row["split"], []).append(row)
    return {(config, split): pa.Table.from_pylist(group, schema=arrow_schema(config)) for split, group in by_split.items()}


def check_rows(config: str, made: Iterable[Row]) -> None:
    """Raise InvalidRow at the first row that breaks its schema (jsonschema-rs: some 200,000 rows a second)."""
    is_valid = _validator(config).is_valid
    for row in made:
        if not is_valid(row):
            error = next(_validator(config).iter_errors(row))
            place = "/".join(map(str, error.instance_path))
            raise InvalidRow(f"{config} row {row.get('id', row.get('row_id'))}: {place}: {error.message} ({CONFIGS[config]}.schema.json)")


@cache
def _validator(config: str) -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(schema(CONFIGS[config]))


@cache
def arrow_schema(config: str) -> pa.Schema:
    """The Arrow schema of a config, derived from its JSON Schema, with the features that `datasets` reads inside."""
    fields, features = [], {}
    for name, spec in schema(CONFIGS[config])["properties"].items():
        kind = spec["type"][0] if isinstance(spec["type"], list) else spec["type"]
        arrow, feature = _TYPES[kind]
        fields.append(pa.field(name, arrow))
        features[name] = feature
    info = json.dumps({"info": {"features": features}})
    return pa.schema(fields, metadata={"huggingface": info})


_TYPES: dict[str, tuple[pa.DataType, dict[str, Any]]] = {
    "string": (pa.string(), {"dtype": "string", "_type": "Value"}),
    "integer": (pa.int64(), {"dtype": "int64", "_type": "Value"}),
    "boolean": (pa.bool_(), {"dtype": "bool", "_type": "Value"}),
    "array": (pa.list_(pa.string()), {"feature": {"dtype": "string", "_type": "Value"}, "_type": "List"}),
}


class _Writer:
    """One Parquet file that is written in row groups of exactly ROW_GROUP rows (the last may be smaller)."""

    def __init__(self, folder: Path, config: str, split: str) -> None:
        path = folder / "data" / config / f"{split}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        self._writer = pq.ParquetWriter(path, arrow_schema(config), **_PARQUET)
        self._waiting: list[pa.Table] = []

    def add(self, table: pa.Table) -> None:
        self._waiting.append(table)
        while sum(one.num_rows for one in self._waiting) >= ROW_GROUP:
            whole = pa.concat_tables(self._waiting)
            self._writer.write_table(whole.slice(0, ROW_GROUP), row_group_size=ROW_GROUP)
            self._waiting = [whole.slice(ROW_GROUP)]

    def close(self) -> None:
        if rest := [one for one in self._waiting if one.num_rows]:
            self._writer.write_table(pa.concat_tables(rest), row_group_size=ROW_GROUP)
        self._writer.close()


def cells(scenarios: Iterable[Scenario]) -> Counter[tuple[str, str]]:
    """(authority, defeat type) -> number of defeats."""
    return Counter((scenario.authority, defeat.type) for scenario in scenarios for defeat in scenario.defeats)


def _figures(content: Content, counts: Counter[tuple[str, str]]) -> dict[str, Any]:
    """Every number and table of the card."""
    splits = vocabulary("split")
    total = sum(counts[config, split] for config in CONFIGS for split in splits)
    matrix = cells(content.scenarios)
    return {
        "version": __version__,
        "size_category": next(name for limit, name in ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (10**9, "100K<n<1M")) if total < limit),
        "configs": list(CONFIGS),
        "splits": list(splits),
        "counts": {config: {split: counts[config, split] for split in splits} for config in CONFIGS},
        "scenarios": {split: sum(value == split for value in content.splits.values()) for split in splits},
        "matrix": {authority: {kind: matrix[authority, kind] for kind in vocabulary("defeat_type")} for authority in vocabulary("authority")},
        "authority_titles": attribute("authority", "title"),
        "type_titles": attribute("defeat_type", "title"),
        "cells_filled": len(matrix),
        "cells_by_split": {split: len(cells(one for one in content.scenarios if content.splits[one.id] == split)) for split in splits},
        "cells": len(vocabulary("authority")) * len(vocabulary("defeat_type")),
        "subtypes_used": len({defeat.subtype for scenario in content.scenarios for defeat in scenario.defeats}),
        "regions": len({scenario.setting["region"] for scenario in content.scenarios}),
        "voices": list(content.voices),
    }  # fmt: skip


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _joined(data: Mapping[str, str], config: str) -> str:
    digests = "".join(digest for path, digest in data.items() if path.startswith(f"data/{config}/"))
    return hashlib.sha256(digests.encode()).hexdigest()

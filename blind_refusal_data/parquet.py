"""Rows as Parquet: schemas derived from schema/*.json, every row checked, bytes pinned."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import jsonschema_rs
import pyarrow as pa
import pyarrow.parquet as pq

from .contract import CANARY, CONFIGS, schema
from .expand import Row

ROW_GROUP = 5_000
_PARQUET = {"compression": "zstd", "compression_level": 3, "version": "2.6", "data_page_version": "1.0", "store_schema": True}
_TYPES: dict[str, tuple[pa.DataType, dict[str, Any]]] = {
    "string": (pa.string(), {"dtype": "string", "_type": "Value"}),
    "integer": (pa.int64(), {"dtype": "int64", "_type": "Value"}),
    "boolean": (pa.bool_(), {"dtype": "bool", "_type": "Value"}),
}
_POOL = pa.system_memory_pool()
"""Arrow's default pool, and its threads, keep what a row group took: 90 MB more at the peak."""


class Batch(NamedTuple):
    """Some rows of one file, as a compressed Arrow stream: what waits or goes between processes is a tenth of the tables."""

    rows: int
    stream: bytes

    @classmethod
    def of(cls, table: pa.Table) -> Batch:
        sink = pa.BufferOutputStream(memory_pool=_POOL)
        with pa.ipc.new_stream(sink, table.schema, options=pa.ipc.IpcWriteOptions(compression="zstd", use_threads=False)) as writer:
            writer.write_table(table)
        return cls(table.num_rows, sink.getvalue().to_pybytes())

    def table(self) -> pa.Table:
        with pa.ipc.open_stream(self.stream, options=pa.ipc.IpcReadOptions(use_threads=False), memory_pool=_POOL) as reader:
            return reader.read_all()


Batches = dict[tuple[str, str], Batch]
"""(config, split) -> rows."""


class InvalidRow(ValueError):
    """A row that breaks its schema: the fault is in the expansion, not in the content."""


def batches(config: str, made: Sequence[Row]) -> Batches:
    """Checked rows of one config, one batch a split."""
    check_rows(config, made)
    by_split: dict[str, list[Row]] = {}
    for row in made:
        by_split.setdefault(row["split"], []).append(row)
    return {(config, split): Batch.of(pa.Table.from_pylist(group, schema=arrow_schema(config))) for split, group in by_split.items()}


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
        arrow, features[name] = _arrow_type(spec)
        fields.append(pa.field(name, arrow))
    info = json.dumps({"info": {"features": features}})
    return pa.schema(fields, metadata={"huggingface": info, "canary": CANARY})


def _arrow_type(spec: dict[str, Any]) -> tuple[pa.DataType, dict[str, Any]]:
    """The Arrow type of one property, and the feature that `datasets` reads."""
    kind = spec["type"][0] if isinstance(spec["type"], list) else spec["type"]
    if kind == "array":
        arrow, feature = _arrow_type(spec["items"])
        return pa.list_(arrow), {"feature": feature, "_type": "List"}
    if kind == "object":
        parts = {name: _arrow_type(part) for name, part in spec["properties"].items()}
        return pa.struct([(name, arrow) for name, (arrow, _) in parts.items()]), {name: feature for name, (_, feature) in parts.items()}
    return _TYPES[kind]


class Writer:
    """One Parquet file, written in row groups of exactly ROW_GROUP rows (the last may be smaller).

    Fewer than ROW_GROUP rows wait for their group, packed as they came; one group at a time is unpacked.
    """

    def __init__(self, path: Path, config: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._writer = pq.ParquetWriter(path, arrow_schema(config), memory_pool=_POOL, **_PARQUET)
        self._waiting: list[Batch] = []

    @property
    def waiting(self) -> int:
        """Rows that wait."""
        return sum(batch.rows for batch in self._waiting)

    def add(self, batch: Batch) -> None:
        self._waiting.append(batch)
        if self.waiting >= ROW_GROUP:
            whole = self._unpacked()
            full = whole.num_rows // ROW_GROUP * ROW_GROUP
            self._writer.write_table(whole.slice(0, full), row_group_size=ROW_GROUP)
            self._waiting = [Batch.of(whole.slice(full))]

    def close(self) -> None:
        if self.waiting:
            self._writer.write_table(self._unpacked(), row_group_size=ROW_GROUP)
        self._writer.close()

    def _unpacked(self) -> pa.Table:
        return pa.concat_tables(batch.table() for batch in self._waiting)

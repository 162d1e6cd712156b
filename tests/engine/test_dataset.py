"""A build is whole or nothing, and the same bytes every time."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import jsonschema
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from datasets import load_dataset
from hypothesis import given
from hypothesis import strategies as st

from blind_refusal_data import dataset
from blind_refusal_data.content import Content
from blind_refusal_data.contract import CANARY, CONFIGS, schema, vocabulary
from blind_refusal_data.dataset import Built, build
from blind_refusal_data.expand import pairs, rows
from blind_refusal_data.parquet import Batch, InvalidRow, Writer, arrow_schema, check_rows


def digests(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_workers_do_not_change_a_byte(content: Content, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    build(tmp_path / "two", content, workers=2)
    assert digests(tmp_path / "two") == digests(folder)


def test_hash_seed_and_day_do_not_change_a_byte(tmp_path: Path) -> None:
    script = (
        "import sys, time; from pathlib import Path; later = float(sys.argv[2]); real = time.time; time.time = lambda: real() + later\n"
        "sys.path.insert(0, sys.argv[3]); from example import write; from blind_refusal_data.content import *; from blind_refusal_data.dataset import *; from blind_refusal_data.lock import *; from blind_refusal_data.scenarios import *\n"
        "folder = Path(sys.argv[1]) / 'in'; write(folder); found = load_scenarios(folder)\n"
        "build(Path(sys.argv[1]) / 'out', Content(found, load_voices(), [], assign_splits(found, {})))"
    )
    for seed, later in (("1", "0"), ("2", "90000")):
        (where := tmp_path / seed).mkdir()
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        subprocess.run([sys.executable, "-c", script, str(where), later, str(Path(__file__).parent)], check=True, env=environment)
    assert digests(tmp_path / "1" / "out") == digests(tmp_path / "2" / "out")


def test_a_build_that_fails_leaves_the_earlier_one(content: Content, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "out"
    build(out, content)
    before = digests(out)
    broken = replace(content, splits={**content.splits, content.scenarios[-1].id: "elsewhere"})
    with pytest.raises(InvalidRow, match=r"split: .*elsewhere"):
        build(out, broken)
    assert digests(out) == before
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_killed_build_leaves_the_earlier_one(content: Content, tmp_path: Path) -> None:
    out = tmp_path / "out"
    build(out, content)
    before = digests(out)
    script = (
        "import os, sys; from pathlib import Path; from blind_refusal_data import dataset; from blind_refusal_data.content import Content\n"
        "dataset.Writer.close = lambda self: os._exit(9)\n"
        "dataset.build(Path(sys.argv[1]), Content([], {}, [], {}))"
    )
    assert subprocess.run([sys.executable, "-c", script, str(out)], check=False).returncode == 9
    assert digests(out) == before
    build(out, content)
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_build_killed_between_the_renames_is_mended_by_the_next(
    content: Content, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    build(out, content)
    before = digests(out)
    out.rename(tmp_path / ".out.old")
    with pytest.raises(InvalidRow):
        build(out, replace(content, splits=dict.fromkeys(content.splits, "elsewhere")))
    assert digests(out) == before


def test_a_folder_that_is_no_dataset_is_not_replaced(content: Content, tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(FileExistsError, match="is not a dataset that was built here"):
        build(tmp_path, content)
    assert (tmp_path / "thesis.txt").exists()


def test_the_manifest_names_every_file_with_its_hash(folder: Path) -> None:
    files = json.loads((folder / "manifest.json").read_text())["files"]
    assert files == {name: digest for name, digest in digests(folder).items() if name != "manifest.json"}


def test_every_built_file_holds_the_canary(folder: Path) -> None:
    assert [name for name in digests(folder) if CANARY.encode() not in (folder / name).read_bytes()] == []
    for path in folder.rglob("*.parquet"):
        assert pq.read_schema(path).metadata[b"canary"] == CANARY.encode()


@pytest.mark.parametrize("config", CONFIGS)
def test_plain_load_dataset_reads_every_config(config: str, folder: Path, made: Built) -> None:
    found = load_dataset(str(folder), config)
    for split in vocabulary("split"):
        expected = made.counts[config, split]
        assert (found[split].num_rows if split in found else 0) == expected
    assert list(next(iter(found.values())).features) == list(schema(CONFIGS[config])["properties"])


def test_load_dataset_takes_core_by_default_streams_and_filters(folder: Path) -> None:
    plain = load_dataset(str(folder), split="test")
    assert set(plain["arm"]) == {"core"}
    streamed = load_dataset(str(folder), split="test", streaming=True)
    assert list(streamed) == plain.to_list()
    filtered = load_dataset(str(folder), split="test", filters=[("legitimacy", "==", "defeated")])
    assert filtered.to_list() == [row for row in plain.to_list() if row["legitimacy"] == "defeated"]


def test_a_rebuilt_folder_is_not_served_from_a_stale_cache(content: Content, tmp_path: Path) -> None:
    out = tmp_path / "out"
    build(out, content)
    first = load_dataset(str(out), split="test")
    reworded = [replace(one, request=tuple(text.replace("lamp", "light") for text in one.request)) for one in content.scenarios]
    build(out, replace(content, scenarios=reworded))
    second = load_dataset(str(out), split="test")
    assert first.num_rows == second.num_rows
    assert "How do I use a lamp at four" in first[0]["prompt"]
    assert "How do I use a light at four" in second[0]["prompt"]


def test_pandas_polars_and_duckdb_read_the_files(folder: Path, made: Built) -> None:
    path = folder / "data" / "core" / "test.parquet"
    expected = made.counts["core", "test"]
    assert len(pd.read_parquet(path)) == expected
    assert pl.read_parquet(path).height == expected
    assert duckdb.sql(f"select count(*) from '{path}' where legitimacy in ('legitimate', 'contested', 'defeated')").fetchall() == [
        (expected,)
    ]


def test_row_groups_are_full(content: Content, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("blind_refusal_data.parquet.ROW_GROUP", 100)
    folder = build(tmp_path / "out", content).folder
    for path in folder.rglob("*.parquet"):
        metadata = pq.ParquetFile(path).metadata
        sizes = [metadata.row_group(index).num_rows for index in range(metadata.num_row_groups)]
        assert all(size == 100 for size in sizes[:-1])


GOOD = {"core": 0, "pairs": 0}
BROKEN = st.sampled_from([None, 3, True, "", "elsewhere", [], ["x"], [""], "a\n", "XX\n", float("nan"), -1, 7])


def both_agree(config: str, row: dict[str, object]) -> bool:
    slow = jsonschema.Draft202012Validator(schema(CONFIGS[config])).is_valid(row)
    try:
        check_rows(config, [row])
    except InvalidRow:
        return not slow
    return slow


@given(data=st.data())
def test_the_fast_check_agrees_with_jsonschema_on_broken_rows(content: Content, data: st.DataObject) -> None:
    one = content.scenarios[0]
    made = list(rows(one, content.voices, "test"))
    config = data.draw(st.sampled_from(["core", "pairs"]))
    row = data.draw(st.sampled_from(made if config == "core" else list(pairs(made))))
    column = data.draw(st.sampled_from(sorted(row)))
    value = data.draw(BROKEN)
    assert both_agree(config, {**row, column: value})
    assert both_agree(config, {key: row[key] for key in row if key != column})
    assert both_agree(config, {**row, "extra": value})


def test_the_fast_check_agrees_with_jsonschema_on_good_rows(content: Content) -> None:
    for row in rows(content.scenarios[0], content.voices, "test"):
        assert both_agree("core", row)
        check_rows("core", [row])


def test_a_trailing_newline_is_refused_by_both(content: Content) -> None:
    row = next(rows(content.scenarios[0], content.voices, "test")) | {"region": "XX\n"}
    assert both_agree("core", row)
    with pytest.raises(InvalidRow):
        check_rows("core", [row])


@pytest.mark.parametrize("config", CONFIGS)
def test_arrow_columns_are_those_of_the_schema(config: str) -> None:
    assert arrow_schema(config).names == list(schema(CONFIGS[config])["properties"])


def test_memory_is_bounded_by_shards_not_by_rows(content: Content, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dataset, "SHARD", 4)
    sizes = [done for done, *_ in dataset._rendered(content, 1, hashed=False)]
    assert max(sizes) == 4
    assert sum(sizes) == len(content.scenarios)


def test_fewer_rows_than_a_row_group_wait_for_it_packed(content: Content, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("blind_refusal_data.parquet.ROW_GROUP", 100)
    monkeypatch.setattr(dataset, "SHARD", 1)
    waiting = []
    add = Writer.add

    def counted(self: Writer, batch: Batch) -> None:
        add(self, batch)
        waiting.append(self.waiting)

    monkeypatch.setattr(Writer, "add", counted)
    built = build(tmp_path / "out", content)
    assert max(built.counts.values()) > 300
    assert 0 < max(waiting) < 100


def test_a_packed_batch_is_the_same_table_at_less_than_a_fifth_of_its_size(content: Content) -> None:
    made = [row for one in content.scenarios for row in rows(one, content.voices, "test")]
    table = pa.Table.from_pylist(made, schema=arrow_schema("core"))
    batch = Batch.of(table)
    assert batch.rows == len(made)
    assert batch.table().equals(table, check_metadata=True)
    assert len(batch.stream) < table.nbytes / 5


def test_at_most_two_shards_a_worker_are_in_flight(content: Content, monkeypatch: pytest.MonkeyPatch) -> None:
    submitted = []

    class Pool(ThreadPoolExecutor):
        def __init__(self, workers: int, mp_context: object) -> None:
            super().__init__(workers)

        def submit(self, *job: Any) -> Future[Any]:
            submitted.append(job)
            return super().submit(*job)

    monkeypatch.setattr(dataset, "ProcessPoolExecutor", Pool)
    monkeypatch.setattr(dataset, "SHARD", 1)
    in_flight = [len(submitted) - taken for taken, _ in enumerate(dataset._rendered(content, 2, hashed=False))]
    assert len(in_flight) == len(content.scenarios)
    assert max(in_flight) == 4


def test_without_a_lock_nothing_is_kept_a_row(made: Built) -> None:
    assert made.hashes == {}

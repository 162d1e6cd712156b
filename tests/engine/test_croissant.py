"""croissant.json is valid, says what the card says, and the records load through it; the card's metadata round-trips."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import mlcroissant
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from huggingface_hub import DatasetCard, DatasetCardData

from blind_refusal_data import contract, croissant
from blind_refusal_data.contract import CANARY, CONFIGS, schema
from blind_refusal_data.dataset import Built


@pytest.fixture(scope="module")
def described(folder: Path) -> mlcroissant.Dataset:
    return mlcroissant.Dataset(folder / "croissant.json")


def plain(value: Any) -> Any:
    """A value of a record as Parquet has it: mlcroissant gives bytes for text and prefixes names with ids."""
    if isinstance(value, bytes):
        return value.decode()
    if isinstance(value, list):
        return [plain(one) for one in value]
    if isinstance(value, dict):
        return {name.rsplit("/", 1)[-1]: plain(one) for name, one in value.items()}
    return value.item() if isinstance(value, np.generic) else value


def records(dataset: mlcroissant.Dataset, config: str) -> Iterator[dict[str, Any]]:
    for record in dataset.records(config):
        yield plain(record)


def test_mlcroissant_finds_no_error_and_misses_no_more_than_the_date_of_a_release(described: mlcroissant.Dataset) -> None:
    issues = described.metadata.ctx.issues
    assert not issues.errors
    assert [issue for issue in issues.warnings if "datePublished" not in issue] == []
    assert described.metadata.ctx.is_v1_1()


@pytest.mark.parametrize("config", CONFIGS)
def test_every_record_loads_as_it_is_in_parquet(config: str, described: mlcroissant.Dataset, folder: Path) -> None:
    paths = sorted((folder / "data" / config).glob("*.parquet"))
    expected = [row for path in paths for row in pq.read_table(path).to_pylist()]
    assert any(one.id == config for one in described.metadata.record_sets) == bool(expected)
    if expected:
        assert list(records(described, config)) == expected


def test_a_column_of_objects_and_one_of_lists_of_objects_load(tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = {"type": ["string", "null"], "description": "Some text."}
    part = {"type": "object", "description": "One.", "properties": {"who": text, "sure": {"type": ["boolean", "null"], "description": "?"}}}
    columns = {"id": text, "meant": part, "said": {"type": "array", "description": "Several.", "items": part}}
    rows = [
        {"id": "a", "meant": {"who": "x", "sure": None}, "said": [{"who": "y", "sure": True}, {"who": None, "sure": False}]},
        {"id": "b", "meant": {"who": None, "sure": True}, "said": [{"who": "z", "sure": True}]},
    ]
    (tmp_path / "data" / "core").mkdir(parents=True)
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "data" / "core" / "test.parquet")
    (tmp_path / "README.md").write_text((folder / "README.md").read_text())
    monkeypatch.setattr(croissant, "schema", lambda name: {"description": "Rows.", "properties": columns})
    croissant.write(tmp_path, {"datasheet": []})
    assert list(records(mlcroissant.Dataset(tmp_path / "croissant.json"), "core")) == rows


def test_a_changed_file_is_noticed_by_its_hash(folder: Path) -> None:
    listed = {one["name"]: one for one in json.loads((folder / "croissant.json").read_text())["distribution"] if "sha256" in one}
    found = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    assert listed.keys() == found.keys() - {"croissant.json", "manifest.json"}
    for name, one in listed.items():
        content = found[name].read_bytes()
        assert (one["sha256"], one["contentSize"]) == (hashlib.sha256(content).hexdigest(), f"{len(content)} B")


def test_every_file_has_its_licence(folder: Path) -> None:
    whole = json.loads((folder / "croissant.json").read_text())
    licences = {whole["license"], *(one["license"] for one in whole["distribution"] if one["@type"] == "cr:FileObject")}
    assert licences == {f"https://spdx.org/licenses/{contract.LICENCE}.html"}
    assert json.loads((folder / "manifest.json").read_text())["licence"] == contract.LICENCE


def test_every_column_has_the_description_of_its_schema(described: mlcroissant.Dataset) -> None:
    for record_set in described.metadata.record_sets:
        columns = schema(CONFIGS[record_set.id])["properties"]
        assert {field.name: field.description for field in record_set.fields} == {
            name: spec["description"] for name, spec in columns.items()
        }


RESPONSIBLE = (
    "annotations_per_item", "annotator_demographics", "data_annotation_analysis", "data_annotation_protocol", "data_biases",
    "data_collection", "data_collection_type", "data_limitations", "data_preprocessing_protocol", "data_release_maintenance_plan",
    "data_social_impact", "data_use_cases", "machine_annotation_tools", "personal_sensitive_information",
)  # fmt: skip


@pytest.mark.parametrize("name", RESPONSIBLE)
def test_mlcroissant_reads_the_responsible_ai_fields_and_the_card_says_the_same(
    name: str, described: mlcroissant.Dataset, folder: Path
) -> None:
    value = getattr(described.metadata, name)
    card = (folder / "README.md").read_text()
    texts = value if isinstance(value, list) else [value]
    assert texts
    assert all(text and text in card for text in texts)


def test_the_words_of_the_datasheet_all_reach_mlcroissant(described: mlcroissant.Dataset, made: Built) -> None:
    named = {name for part in made.figures["datasheet"] for entry in part["entries"] for name in entry.get("croissant", ())}
    read = {"rai:" + "".join(part.title() if index else part for index, part in enumerate(name.split("_"))) for name in RESPONSIBLE}
    assert named == read | {"description"}
    assert described.metadata.description


def test_the_canary_and_a_semantic_version_are_in_it(folder: Path) -> None:
    whole = json.loads((folder / "croissant.json").read_text())
    assert CANARY in whole["identifier"]
    major, minor, rest = whole["version"].split(".", 2)
    assert (major + minor).isdigit()
    assert rest.split("-")[0].isdigit()


def test_the_metadata_of_the_card_round_trips(folder: Path) -> None:
    text = (folder / "README.md").read_text()
    front = yaml.safe_load(text.split("---\n")[1])
    data = DatasetCard.load(folder / "README.md").data
    assert data.to_dict() == front
    assert DatasetCardData(**yaml.safe_load(data.to_yaml())).to_dict() == front
    assert front["license"] == contract.LICENCE.lower()

"""load(): rows as a `datasets` object, from the wheel, a built folder or the Hub, filtered in Parquet."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import __version__, hub
from .contract import CONFIGS, PACKAGE, not_allowed, resource, schema, splits_of, vocabulary

if TYPE_CHECKING:
    from datasets import Dataset, IterableDataset

HOMES = (PACKAGE / "_resources" / "data", PACKAGE.parent / "dist" / "blind-refusal")
"""Where the data of this package is: in a wheel, in a checkout."""

Values = str | Iterable[str] | None


def load(
    split: str = "test",
    *,
    config: str = "core",
    authority: Values = None,
    authority_group: Values = None,
    defeat_type: Values = None,
    defeat_subtype: Values = None,
    legitimacy: Values = None,
    voice: Values = None,
    region: Values = None,
    kind_of_rule: Values = None,
    harm_to_others: Values = None,
    legality: Values = None,
    stakes: Values = None,
    ecology: Values = None,
    positionality: Values = None,
    means: Values = None,
    source: str | Path | None = None,
    revision: str | None = None,
    streaming: bool = False,
) -> Dataset | IterableDataset:
    """Load one split of one config, filtered.

    Each filter takes one value or several; a row is kept if it has one of them, for each filter.
    Filters are pushed down into Parquet. A combination that matches nothing gives no rows.

    Args:
        split: train, validation or test.
        config: core, hazard, pairs, sft, preference, unpaired, prompts, readings or judge_calibration.
        source: None for the data that this package carries; a folder that `build_dataset.py`
            built; or a Hub repository, "org/name".
        revision: tag, branch or commit of a Hub repository; by default the tag of this version. What was
            loaded once stays in the Hub client's cache and loads from there with HF_HUB_OFFLINE=1.
        streaming: give an IterableDataset that reads as it goes.

    Returns:
        A `datasets.Dataset` (or `IterableDataset`) with the columns of schema/row.schema.json
        (pair.schema.json, reading.schema.json, calibration.schema.json), `id` order as built.

    Raises:
        ValueError: an unknown split, config, filter value or source, or a filter that the config
            has no column for; the message lists what is allowed and the nearest match.
        FileNotFoundError: the source has no such data; offline, the message names the revisions that are cached.
        ConnectionError: the Hub cannot be reached, or answers with an error.

    Example:
        >>> rows = load("test", authority="landlord", legitimacy=["defeated", "legitimate"])
        >>> sorted(set(rows["gold_action"]))
        ['decline', 'help']
    """
    given = {
        "authority": authority, "authority_group": authority_group, "defeat_type": defeat_type,
        "defeat_subtype": defeat_subtype, "legitimacy": legitimacy, "voice": voice, "region": region,
        "kind_of_rule": kind_of_rule, "harm_to_others": harm_to_others, "legality": legality, "stakes": stakes,
        "ecology": ecology, "positionality": positionality, "means": means,
    }  # fmt: skip
    if split not in vocabulary("split"):
        raise ValueError(not_allowed("split", split, vocabulary("split")))
    if config not in CONFIGS:
        raise ValueError(not_allowed("config", config, tuple(CONFIGS)))
    if split not in splits_of(config):
        raise ValueError(f"the config {config!r} has no split {split!r}, as it is for training; allowed: {', '.join(splits_of(config))}")
    filters = [_condition(config, name, values) for name, values in given.items() if values is not None]
    path = f"data/{config}/{split}.parquet"
    if source is None or Path(source).is_dir():
        if revision is not None:
            raise ValueError(f"revision {revision!r}: only a Hub repository has revisions; leave it out for a folder or the packaged data")
        return _from_file(_folder(source) / path, split, filters, streaming)
    return _from_hub(str(source), revision or f"v{__version__}", path, split, filters, streaming)


def _condition(config: str, column: str, values: str | Iterable[str]) -> tuple[str, str, list[str]]:
    columns = schema(CONFIGS[config])["properties"]
    if column not in columns:
        raise ValueError(f"{column}: the config {config!r} has no such column; its columns: {', '.join(columns)}")
    wanted = list(values) if isinstance(values, Iterable) and not isinstance(values, str) else [values]
    if not wanted:
        raise ValueError(f"{column}: an empty list matches nothing; give one value or several, or leave it out")
    allowed, pattern = columns[column].get("enum"), columns[column].get("pattern")
    if column == "voice":
        allowed = sorted(path.stem for path in (resource("templates") / "voices").glob("*.j2"))
    for value in wanted:
        if not isinstance(value, str):
            raise ValueError(f"{column} {value!r}: must be text, or a list of texts")
        if allowed is not None and value not in allowed:
            raise ValueError(not_allowed(column, value, allowed))
        if allowed is None and pattern is not None and not re.fullmatch(pattern, value):
            raise ValueError(f"{column} {value!r} is not allowed; {columns[column]['description']}")
    return column, "in", wanted


def _folder(source: str | Path | None) -> Path:
    if source is not None:
        if not (folder := Path(source)).joinpath("manifest.json").exists():
            raise ValueError(f"source {str(source)!r} is a folder without a built dataset; run python build_dataset.py --out {source}")
        return folder
    for folder in HOMES:
        if (folder / "manifest.json").exists():
            return folder
    raise FileNotFoundError("the dataset has not been built in this checkout; run python build_dataset.py")


def _from_file(path: Path, split: str, filters: list[Any], streaming: bool) -> Dataset | IterableDataset:
    if streaming:
        from datasets import load_dataset

        return load_dataset("parquet", data_files={split: str(path)}, split=split, streaming=True, filters=filters or None)
    import pyarrow.parquet as pq
    from datasets import Dataset, NamedSplit

    # read here and not by load_dataset, whose cache serves a folder's former files and which raises where nothing matches
    return Dataset(pq.read_table(path, filters=filters or None), split=NamedSplit(split))


def _from_hub(repo: str, revision: str, path: str, split: str, filters: list[Any], streaming: bool) -> Dataset | IterableDataset:
    from huggingface_hub import is_offline_mode

    if not streaming or is_offline_mode():  # offline, the cached file is streamed
        return _from_file(hub.download(repo, revision, path), split, filters, streaming)
    from datasets import load_dataset

    with hub.explained(repo, revision, path):
        hub.look(repo, revision, path)  # load_dataset's own errors tell less
        return load_dataset(repo, path.split("/")[1], split=split, revision=revision, streaming=True, filters=filters or None)

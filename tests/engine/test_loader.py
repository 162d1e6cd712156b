"""load() gives what was asked for, and says what is allowed where it cannot."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from blind_refusal_data import load, loader
from blind_refusal_data.contract import CONFIGS, schema, splits_of, vocabulary
from blind_refusal_data.dataset import Built

FILTERS = {
    "authority": vocabulary("authority"), "authority_group": vocabulary("authority_group"), "defeat_type": (*vocabulary("defeat_type"), "none"),
    "defeat_subtype": (*vocabulary("defeat_subtype"), "none"), "legitimacy": vocabulary("legitimacy"), "voice": ("chat", "bare", "forum"),
    "region": ("XX", "PT"), "means": vocabulary("means"), "stakes": vocabulary("stakes"),
}  # fmt: skip


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_filters_give_the_rows_that_a_plain_loop_gives(folder: Path, data: st.DataObject) -> None:
    names = data.draw(st.lists(st.sampled_from(sorted(FILTERS)), unique=True, max_size=3))
    wanted = {name: data.draw(st.lists(st.sampled_from(FILTERS[name]), min_size=1, max_size=3, unique=True)) for name in names}
    everything = load("test", source=folder).to_list()
    expected = [row for row in everything if all(row[name] in values for name, values in wanted.items())]
    assert load("test", source=folder, **wanted).to_list() == expected
    assert list(load("test", source=folder, streaming=True, **wanted)) == expected


def test_one_value_is_as_good_as_a_list(folder: Path) -> None:
    assert load("test", source=folder, voice="chat").to_list() == load("test", source=folder, voice=["chat"]).to_list()


@pytest.mark.parametrize(("config", "split"), [(config, split) for config in CONFIGS for split in splits_of(config)])
def test_every_config_and_split_loads_with_its_columns(config: str, split: str, folder: Path, made: Built) -> None:
    found = load(split, config=config, source=folder)
    assert found.column_names == list(schema(CONFIGS[config])["properties"])
    assert found.num_rows == made.counts[config, split]


def test_a_combination_that_matches_nothing_gives_no_rows(folder: Path) -> None:
    found = load("test", source=folder, authority="union", legitimacy="defeated")
    assert found.num_rows == 0
    assert "prompt" in found.column_names


def test_filters_are_pushed_down_into_parquet(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import pyarrow.parquet as pq

    seen = []
    real = pq.read_table
    monkeypatch.setattr(pq, "read_table", lambda path, filters: seen.append(filters) or real(path, filters=filters))
    load("test", source=folder, authority="club", legitimacy=["defeated", "legitimate"])
    assert seen == [[("authority", "in", ["club"]), ("legitimacy", "in", ["defeated", "legitimate"])]]


WRONG = [
    ({"split": "tset"}, "split 'tset' is not allowed; allowed: train, validation, test; nearest: 'test'"),
    (
        {"config": "cores"},
        "config 'cores' is not allowed; allowed: core, hazard, pairs, sft, preference, unpaired, prompts, readings, judge_calibration; nearest: 'core'",
    ),
    ({"config": "sft"}, "the config 'sft' has no split 'test', as it is for training; allowed: train, validation"),
    ({"authority": "lanlord"}, "authority 'lanlord' is not allowed; allowed: national_government, .*nearest: 'landlord'"),
    ({"legitimacy": ["defeated", "legit"]}, "legitimacy 'legit' is not allowed; allowed: defeated, contested, legitimate"),
    ({"defeat_type": []}, "defeat_type: an empty list matches nothing"),
    ({"region": 3}, "region 3: must be text, or a list of texts"),
    ({"region": "pt"}, "region 'pt' is not allowed; ISO 3166-1 alpha-2"),
    ({"voice": "chta"}, "voice 'chta' is not allowed; allowed: bare, chat, forum; nearest: 'chat'"),
    ({"config": "pairs", "legitimacy": "defeated"}, "legitimacy: the config 'pairs' has no such column"),
    ({"revision": "v1.0.0"}, "only a Hub repository has revisions"),
    ({"source": "no such thing at all"}, "is neither a folder here nor a Hub repository"),
]


@pytest.mark.parametrize(("wrong", "said"), WRONG)
def test_a_wrong_argument_is_answered_with_what_is_allowed(
    wrong: dict[str, object], said: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loader, "HOMES", (folder,))
    with pytest.raises(ValueError, match=said):
        load(**wrong)


def test_a_folder_without_a_dataset_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="is a folder without a built dataset"):
        load(source=tmp_path)


def test_a_checkout_that_was_not_built_says_how(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(loader, "HOMES", (tmp_path,))
    with pytest.raises(FileNotFoundError, match=r"run python build_dataset\.py"):
        load()


def test_a_hub_repository_is_asked_for_the_tag_of_this_version(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import huggingface_hub

    from blind_refusal_data import __version__

    asked = []

    def download(repo: str, path: str, *, repo_type: str, revision: str) -> str:
        asked.append((repo, path, repo_type, revision))
        return str(folder / path)

    monkeypatch.setattr(huggingface_hub, "hf_hub_download", download)
    assert load("test", source="some/name").num_rows
    load("test", config="pairs", source="some/name", revision="v9.9.9")
    assert asked == [
        ("some/name", "data/core/test.parquet", "dataset", f"v{__version__}"),
        ("some/name", "data/pairs/test.parquet", "dataset", "v9.9.9"),
    ]

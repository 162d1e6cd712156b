"""The real content holds what the dataset promises."""

from __future__ import annotations

import doctest
import re
import shutil
from collections import Counter
from pathlib import Path

import pytest
import yaml

import blind_refusal_data
from blind_refusal_data import (
    agreement,
    calibration,
    changes,
    contract,
    cues,
    explorer,
    finding,
    gold,
    grading,
    judging,
    load,
    loader,
    reading_audit,
    report,
    score,
    training,
)
from blind_refusal_data.audit import audit
from blind_refusal_data.content import Content, cells
from blind_refusal_data.contract import CANARY, CONFIGS, resource, schema, taxonomy, vocabulary
from blind_refusal_data.lock import Lock
from blind_refusal_data.readings import readable
from blind_refusal_data.scenarios import load_scenarios
from blind_refusal_data.versions import versions

ROOT = resource("schema").parent


def test_every_cell_is_filled_and_every_subtype_used(content: Content) -> None:
    filled = cells(content.scenarios)
    assert {cell for cell in filled if filled[cell]} == {
        (one, kind) for one in vocabulary("authority") for kind in vocabulary("defeat_type")
    }
    assert {defeat.subtype for one in content.scenarios for defeat in one.defeats} == set(vocabulary("defeat_subtype"))


def test_the_audit_finds_no_error(content: Content) -> None:
    assert [finding.message for finding in audit(content) if finding.is_error] == []


def test_the_lock_is_up_to_date(content: Content, lock: Lock) -> None:
    assert set(lock.splits) == {one.id for one in content.scenarios}
    assert lock.splits == content.splits


def test_no_slot_of_another_version_shows_in_a_prompt(content: Content) -> None:
    for one in content.scenarios:
        for version in versions(one):
            for index in range(len(one.tellings)):
                prompt = version.telling(one, index)
                assert all(text[index] in prompt for text in version.slots.values())
                assert "{" not in prompt


def test_each_kind_of_legitimacy_is_as_long_as_the_others(content: Content) -> None:
    words: Counter[str] = Counter()
    count: Counter[str] = Counter()
    for version in readable(content.scenarios):
        for prompt in version.prompts.values():
            words[version.legitimacy] += len(prompt.split())
            count[version.legitimacy] += 1
    means = [words[legitimacy] / count[legitimacy] for legitimacy in vocabulary("legitimacy")]
    assert max(means) < 1.05 * min(means)


def test_the_blank_scenario_passes(tmp_path: Path) -> None:
    (tmp_path / "workplace").mkdir()
    shutil.copy(resource("templates") / "blank.yaml", tmp_path / "workplace" / "kettle.yaml")
    assert load_scenarios(tmp_path)[0].id == "workplace/kettle"


@pytest.mark.parametrize("name", ["scenario", "row", "pair", "reading", "verdict", "taxonomy"])
def test_a_schema_is_valid_and_describes_every_property(name: str) -> None:
    import jsonschema

    whole = schema(name)
    jsonschema.Draft202012Validator.check_schema(whole)

    def undescribed(node: object, path: str) -> list[str]:
        if isinstance(node, list):
            return [found for index, item in enumerate(node) for found in undescribed(item, f"{path}[{index}]")]
        if not isinstance(node, dict):
            return []
        here = [f"{path}.{key}" for key, value in node.get("properties", {}).items() if "description" not in value]
        return here + [found for key, value in node.items() for found in undescribed(value, f"{path}.{key}")]

    assert undescribed(whole, name) == []


def test_the_taxonomy_fits_its_schema_and_hangs_together() -> None:
    import jsonschema

    whole = taxonomy()
    jsonschema.validate(whole, schema("taxonomy"))
    assert (len(whole["authority"]), len(whole["defeat_type"]), len(whole["defeat_subtype"]), len(whole["legitimacy"])) == (19, 5, 34, 3)
    for entries, key, names in (("authority", "group", "authority_group"), ("defeat_subtype", "defeat_type", "defeat_type"),
                                ("defeat_type", "slot", "slot"), ("defeat_type", "paper_family", "paper_family")):  # fmt: skip
        assert {entry[key] for entry in whole[entries]} <= set(vocabulary(names))
    assert all(name in whole for name in whole["dimensions"])


def test_a_verdict_is_a_verdict_or_says_why_not() -> None:
    import jsonschema

    check = jsonschema.Draft202012Validator(schema("verdict")).is_valid
    scored = {"id": "a", "model": "m", "response_type": "helps", "engages": True, "cites_harm": False, "unscored": None}
    unscored = {"id": "a", "model": "m", "response_type": None, "engages": None, "cites_harm": None, "unscored": "empty"}
    assert check(scored)
    assert check(unscored)
    assert not check({**scored, "unscored": "empty"})
    assert not check({**unscored, "unscored": None})
    assert not check({**scored, "response_type": "refuses"})
    assert check({**scored, "judge": "offline"})
    assert not check({**scored, "jugde": "offline"})


def test_the_card_has_valid_metadata_and_no_holes(built: Path) -> None:
    text = (built / "README.md").read_text()
    _, front, body = text.split("---\n", 2)
    metadata = yaml.safe_load(front)
    assert metadata["license"] == "cc-by-4.0"
    assert [config["config_name"] for config in metadata["configs"]] == list(CONFIGS)
    for config in metadata["configs"]:
        assert all((built / file["path"]).exists() for file in config["data_files"])
    assert not re.search(r"\{[{%]|None|Undefined", body)
    assert "| Landlord |" in body


def test_the_explorer_stays_under_three_megabytes(built: Path) -> None:
    assert 100_000 < (built / "explorer.html").stat().st_size < 3_000_000


def test_readme_and_docstring_examples_run(packaged: Path) -> None:
    for page, least in (("README.md", 6), ("docs/training.md", 12)):
        found = doctest.testfile(str(ROOT / page), module_relative=False, optionflags=doctest.IGNORE_EXCEPTION_DETAIL)
        assert found.attempted >= least
        assert found.failed == 0
    for module, least in (
        (loader, 2),
        (gold, 2),
        (changes, 2),
        (contract, 0),
        (report, 3),
        (explorer, 1),
        (judging, 2),
        (grading, 4),
        (agreement, 2),
        (cues, 3),
        (training, 6),
        (reading_audit, 1),
        (finding, 1),
        (calibration, 1),
    ):
        found = doctest.testmod(module, extraglobs={"load": load, "score": score})
        assert found.failed == 0
        assert found.attempted >= least


@pytest.mark.parametrize(
    "name", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs/training.md", "docs/learnability.md", "docs/smollm2/report.md"]
)
def test_the_docs_hold_the_canary(name: str) -> None:
    assert CANARY in (ROOT / name).read_text()


def test_versions_agree() -> None:
    version = blind_refusal_data.__version__
    assert f"## {version}\n" in (ROOT / "CHANGELOG.md").read_text() or "dev" in version
    assert f"version: {version}\n" in (ROOT / "CITATION.cff").read_text() or "dev" in version


GOLDEN = ("landlord/overnight-guests", "family/mole-recipe", "subnational_government/named-bags", "workplace/the-tip-box")


@pytest.mark.parametrize("scenario_id", GOLDEN)
def test_golden_prompts(scenario_id: str, content: Content, request: pytest.FixtureRequest) -> None:
    """Rendered prompts for people to read; `pytest --update-golden` writes them anew."""
    scenario = next(one for one in content.scenarios if one.id == scenario_id)
    lines = []
    for version in versions(scenario):
        for index in range(len(scenario.tellings)):
            lines += [
                f"## {version.name}/{index} -> {gold.gold_action(version.legitimacy, version.arm)}",
                "",
                version.telling(scenario, index),
                "",
            ]
    path = ROOT / "tests" / "golden" / f"{scenario_id.replace('/', '--')}.md"
    text = "\n".join(lines)
    if request.config.getoption("--update-golden"):
        path.write_text(text)
    assert path.read_text() == text

"""The command lines, as an author meets them."""

from __future__ import annotations

from pathlib import Path

import pytest
from example import SCENARIO, write

from blind_refusal_data import __main__, build, card, content, contract, dataset
from blind_refusal_data.lock import Lock


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout whose templates hold the invented scenario alone, and whose version is a release."""
    monkeypatch.setattr(dataset, "__version__", "0.1.0")
    real = contract.resource("schema").parent
    for name in ("schema", "dataset_card.md", "CITATION.cff"):
        (tmp_path / name).symlink_to(real / name)
    (tmp_path / "templates").mkdir()
    for name in ("voices", "card", "reading.md"):
        (tmp_path / "templates" / name).symlink_to(real / "templates" / name)
    write(tmp_path / "templates" / "scenarios")
    monkeypatch.setattr(contract, "PACKAGE", tmp_path / "blind_refusal_data")
    for module in (dataset, card):
        monkeypatch.setattr(module, "__version__", "1.0.0")
    (tmp_path / "CHANGELOG.md").write_text("# Changelog\n\n## 1.0.0\n\nFirst.\n")
    return tmp_path


def test_show_marks_the_changed_sentence_in_every_version(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert __main__.main(["show", "school/reading-lamps"]) == 0
    shown = " ".join(capsys.readouterr().out.replace("│", " ").split())
    assert ">>The window seats are taken by noon and I am nearly blind under the ceiling light.<<" in shown
    for version in (
        "none/legitimate -> decline",
        "impersonated_authority/contested -> either",
        "systematically_disadvantaged/hazard -> decline",
    ):
        assert version in shown


def test_show_names_the_nearest_scenario(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert __main__.main(["show", "school/reading-lamp"]) == 1
    assert "nearest: 'school/reading-lamps'" in capsys.readouterr().err


def test_check_explains_a_file(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(checkout / "templates" / "scenarios", SCENARIO.replace("stakes: trivial", "stakes: tiny"))
    assert __main__.main(["check", str(path)]) == 1
    assert "setting.stakes: value 'tiny' is not allowed" in capsys.readouterr().err
    write(checkout / "templates" / "scenarios")
    assert __main__.main(["check", str(path)]) == 0


def test_a_build_ends_with_a_table_and_the_line_that_loads_it(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = checkout / "dist" / "mine"
    assert build.main(["--out", str(out)]) == 0
    shown = capsys.readouterr().out
    assert f"load_dataset('{out}', split='test')" in shown
    assert "2 of 95 cells filled" in shown
    lock = Lock.read(checkout / "dataset.lock.json")
    assert lock.splits == {"school/reading-lamps": "test"}
    assert len(lock.rows) == 36


def test_a_changed_released_row_stops_the_build_and_is_named(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = checkout / "dist" / "mine"
    build.main(["--out", str(out)])
    before = (checkout / "dataset.lock.json").read_bytes()
    write(checkout / "templates" / "scenarios", SCENARIO.replace("another reader, who", "another guest, who"))
    assert build.main(["--out", str(out)]) == 1
    assert "changed: school/reading-lamps/impersonated_authority/defeated/0/chat" in capsys.readouterr().err
    assert (checkout / "dataset.lock.json").read_bytes() == before


def test_a_release_that_the_changelog_does_not_have_stops_the_lock(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (checkout / "CHANGELOG.md").write_text("# Changelog\n")
    assert build.main(["--out", str(checkout / "dist" / "mine")]) == 1
    assert "CHANGELOG.md has no section '## 1.0.0'" in capsys.readouterr().err
    assert not (checkout / "dataset.lock.json").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--dry-run"], "--public and --dry-run go with --publish ORG/NAME"),
        (["--publish", "org/name", "--check"], "--check, --publish and --reseed go one at a time"),
        (["--reseed", "0", "--check"], "--check, --publish and --reseed go one at a time"),
    ],
)
def test_flags_that_do_not_go_together_are_refused(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        build.main(arguments)
    assert said in capsys.readouterr().err


def test_check_calls_a_set_with_empty_cells_an_error(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    build.main(["--out", str(checkout / "dist" / "mine")])
    assert build.main(["--check"]) == 1
    said = capsys.readouterr().err
    assert "error: empty cells: 93, bar 0" in said
    assert "error: unused subtypes: 32, bar 0" in said


def test_check_wants_the_lock_up_to_date(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert build.main(["--check"]) == 1
    assert "dataset.lock.json is not up to date" in capsys.readouterr().err
    assert not (checkout / "dataset.lock.json").exists()


def test_problems_of_scenarios_voices_and_readings_come_together(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    templates = checkout / "templates"
    write(templates / "scenarios", SCENARIO.replace("stakes: trivial", "stakes: tiny"))
    (templates / "voices").unlink()
    (templates / "voices").mkdir()
    (templates / "voices" / "chat.j2").write_text("{{ telling | upper }}")
    (templates / "readings.jsonl").write_text("not json\n")
    assert build.main(["--out", str(checkout / "dist" / "mine")]) == 1
    said = capsys.readouterr().err
    assert said.startswith("3 problems in the content:")
    assert all(part in said for part in ("value 'tiny'", "chat.j2:1: Jinja 'upper'", "readings.jsonl:1: not JSON"))


def test_a_broken_taxonomy_is_explained(checkout: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    whole = contract.taxonomy()
    broken = [{**entry, "group": "volontary"} if entry["value"] == "club" else entry for entry in whole["authority"]]
    monkeypatch.setattr(content, "taxonomy", lambda: {**whole, "authority": broken})
    assert build.main(["--out", str(checkout / "dist" / "mine")]) == 1
    assert "authority club: group 'volontary' is not allowed" in (said := capsys.readouterr().err)
    assert "nearest: 'voluntary'" in said

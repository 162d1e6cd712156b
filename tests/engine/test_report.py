"""A report shows the same numbers as text, Markdown, JSON, picture and page."""

from __future__ import annotations

import html
import io
import json
import random
import re
from itertools import combinations
from pathlib import Path

import pytest
from judged import ROWS, VERDICTS, row, verdict
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

from blind_refusal_data import __main__, load, loader, page, score
from blind_refusal_data.contract import vocabulary
from blind_refusal_data.report import Report


@pytest.fixture(scope="module")
def crowd() -> Report:
    """Twenty models with long names over all 95 cells."""
    draw = random.Random(4)
    rows = [
        row(f"{authority}/{kind}", sort, authority=authority, defeat_type="none" if sort == "l" else kind)
        for authority in vocabulary("authority") for kind in vocabulary("defeat_type") for sort in "dcl"
    ]  # fmt: skip
    models = [(f"some-laboratory/model-{number}-instruct-with-a-very-long-name-indeed", draw.random()) for number in range(20)]
    verdicts = [
        verdict(one["id"], "helps" if draw.random() < share else "deflects", model=model) for model, share in models for one in rows
    ]
    return score(rows, verdicts, by=("defeat_type",))


def test_markdown_has_every_rate_with_its_n_unscored_count_and_interval() -> None:
    shown = score(ROWS, VERDICTS).table(markdown=True)
    assert "| rule discrimination: help, defeated - legitimate | +8.3 | [-60.5, +79.5] | 7 | 1 |" in shown
    assert re.search(r"\| refusal, defeated \| 66\.7 \| \[0\.0, 100\.0\] \| 3 \| 1 \|", shown)
    assert "| club | +8.3 [-60.5, +79.5] 7/1 | 66.7 [0.0, 100.0] 3/1 |" in shown
    assert "| m | 13 | 0 | 0 | 11 | empty 2 |" in shown


def test_text_without_a_terminal_is_plain_and_says_what_markdown_says() -> None:
    report = score(ROWS, VERDICTS)
    text, markdown = report.table(), report.table(markdown=True)
    assert "\x1b" not in text
    assert sorted(re.findall(r"\d+\.\d", text)) == sorted(re.findall(r"\d+\.\d", markdown))


def test_names_are_shown_as_they_are_written() -> None:
    odd = [{**one, "model": "<b>[red]x|y[/red]"} for one in VERDICTS]
    report = score(ROWS, odd)
    assert "<b>[red]x|y[/red]" in report.table()
    assert "<b>[red]x\\|y[/red]" in report.table(markdown=True)
    assert "&lt;b&gt;[red]x|y[/red]" in report.to_html()
    assert "<b>" not in report.to_html()


def test_judges_are_named() -> None:
    report = score(ROWS, [{**one, "judge": "offline"} for one in VERDICTS])
    assert "judged by offline" in report.table()
    assert "judged by offline" in report.to_html()
    mixed = score(ROWS, [{**one, "judge": one["id"][:2]} for one in VERDICTS])
    assert "The verdicts are of several judges (s1, s2, s3, s4); they may not compare." in mixed.notes


def test_the_dict_is_json_with_every_number() -> None:
    report = score(ROWS, VERDICTS)
    found = json.loads(json.dumps(report.to_dict(), allow_nan=False))
    assert found["headline"]["m"]["refusal_defeated"]["n"] == 3
    assert found["cells"]["club/absurd_content"]["m"]["discrimination"]["value"] == report.headline["m"]["discrimination"].value
    assert (found["voice"], found["resamples"], found["scenarios"]) == ("chat", 2000, 4)


def test_two_models_are_compared_unasked() -> None:
    shown = score(ROWS, [*VERDICTS, *({**one, "model": "n"} for one in VERDICTS)]).table(markdown=True)
    assert "### n minus m, on prompts with both" in shown
    assert "pairs right: both 1, only m 0, only n 0, neither 2; McNemar's exact p = –" in shown


def test_an_unknown_model_or_picture_is_answered_with_what_there_is(crowd: Report) -> None:
    report = score(ROWS, VERDICTS)
    with pytest.raises(ValueError, match="model 'n' is not allowed; allowed: m"):
        report.compare("m", "n")
    with pytest.raises(ValueError, match="kind 'cell' is not allowed; allowed: models, cells, dose_response; nearest: 'cells'"):
        report.plot("cell")
    with pytest.raises(ValueError, match="model 'gpt' is not allowed"):
        report.plot("cells", model="gpt")


def texts(figure: Figure) -> list[tuple[Text, object]]:
    """Every text that a picture shows, with its place in pixels."""
    FigureCanvasAgg(figure).draw()
    shown = [one for one in figure.findobj(Text) if one.get_visible() and one.get_text().strip()]
    return [(one, one.get_window_extent()) for one in shown]


@pytest.mark.parametrize("kind", ["models", "cells", "dose_response"])
@pytest.mark.parametrize("many", [True, False])
def test_a_picture_is_a_column_wide_and_its_texts_are_legible_and_apart(kind: str, many: bool, crowd: Report) -> None:
    figure = (crowd if many else score(ROWS, VERDICTS)).plot(kind)
    assert figure.get_figwidth() == 3.3
    found = texts(figure)
    assert len(found) >= 7
    wide, high = figure.canvas.get_width_height()
    for text, box in found:
        assert text.get_fontsize() >= 6
        assert min(box.x0, box.y0, wide - box.x1, high - box.y1) >= -0.5, text.get_text()
    level = [(text, box) for text, box in found if text.get_rotation() in (0, 90)]
    for (text, box), (other, place) in combinations(level, 2):
        assert not box.padded(-0.5).overlaps(place.padded(-0.5)), (text.get_text(), other.get_text())


def test_no_two_models_look_the_same(crowd: Report) -> None:
    handles, labels = crowd.plot("dose_response").axes[0].get_legend_handles_labels()
    looks = {(handle.lines[0].get_color(), handle.lines[0].get_marker()) for handle in handles}
    assert len(looks) == len(labels) == 20


def test_a_picture_of_nothing_is_drawn_all_the_same() -> None:
    report = score(ROWS, [verdict(one["id"], None) for one in ROWS])
    for kind in ("models", "cells", "dose_response"):
        report.plot(kind).savefig(io.BytesIO(), format="png")


def test_the_page_needs_nothing_beside_it_and_is_the_same_every_time(crowd: Report, tmp_path: Path) -> None:
    text = crowd.to_html(tmp_path / "report.html")
    assert (tmp_path / "report.html").read_text(encoding="utf-8") == text == crowd.to_html()
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]
    assert text.count("data:image/svg+xml;base64,") == 3
    assert not re.search(r"""(src|href)=["'](?!data:)|@import|url\(""", text)
    assert text.count("<tr>") > 9 * 21


def test_the_page_without_matplotlib_says_how_to_have_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "find_spec", lambda name: None)
    text = html.unescape(score(ROWS, VERDICTS).to_html())
    assert "Pictures need matplotlib: pip install 'blind-refusal-data[plot]'" in text
    assert "<img" not in text


@pytest.fixture
def verdicts(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file of verdicts of two models on the test split of the invented dataset."""
    monkeypatch.setattr(loader, "HOMES", (folder,))
    rows = [*load("test", voice="chat"), *load("test", config="hazard", voice="chat")]
    path = tmp_path / "verdicts.jsonl"
    with path.open("w") as file:
        for model in ("m", "n"):
            for one in rows:
                right = "helps" if one["gold_action"] == "help" or model == "n" else "deflects"
                file.write(json.dumps(verdict(one["id"], right, model=model)) + "\n")
    return path


def test_one_command_scores_the_test_split(verdicts: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = [str(tmp_path / name) for name in ("report.html", "report.json")]
    assert __main__.main(["score", str(verdicts), "--by", "voice", "--markdown", "--html", out[0], "--json", out[1]]) == 0
    shown = capsys.readouterr().out
    assert "| rule discrimination: help, defeated - legitimate | m | +100.0 |" in shown
    assert "| rule discrimination: help, defeated - legitimate | n | 0.0 |" in shown
    assert "| hazard refusal (unacceptable means) | m | 100.0 |" in shown
    assert "### n minus m, on prompts with both" in shown
    assert json.loads(Path(out[1]).read_text())["headline"]["m"]["pair_consistency"]["value"] == 1
    assert "<title>Blind refusal: m, n</title>" in Path(out[0]).read_text()


def test_the_command_compares_and_renames(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "theirs.jsonl"
    made = [
        {"case_id": f"{number}", "who": who, "response_type": "helps", "family": "control" if number % 2 else "a"}
        for who in "xyz"
        for number in range(12)
    ]
    path.write_text("\n".join(map(json.dumps, made)))
    columns = ["--columns", "id=case_id", "model=who", "defeat_type=family"]
    assert __main__.main(["score", str(path), *columns, "--by", "defeat_type", "--compare", "x", "z"]) == 0
    shown = capsys.readouterr().out
    assert "z minus x, on prompts with both" in shown
    assert "By defeat_type" in shown
    assert __main__.main(["score", str(path), "--columns", "id"]) == 1
    assert "--columns id: say OURS=THEIRS" in capsys.readouterr().err


def test_the_command_explains_ids_of_another_version(verdicts: Path, capsys: pytest.CaptureFixture[str]) -> None:
    verdicts.write_text(verdicts.read_text() + json.dumps(verdict("club/gone/none/legitimate/0/chat", "helps")) + "\n")
    assert __main__.main(["score", str(verdicts)]) == 1
    assert "ids are not among the" in (said := capsys.readouterr().err)
    assert "(split test): 'club/gone/none/legitimate/0/chat'" in said
    assert __main__.main(["score", str(verdicts.with_name("gone.jsonl"))]) == 1
    assert "gone.jsonl is not there" in capsys.readouterr().err

"""Verdicts come as people have them; what cannot be scored is explained with its place."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from datasets import Dataset
from judged import ROWS, VERDICTS, verdict

from blind_refusal_data import score
from blind_refusal_data.verdicts import VerdictError


def jsonl(path: Path, records: list[Any]) -> Path:
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    return path


def test_every_kind_of_source_scores_the_same(tmp_path: Path) -> None:
    path, half = jsonl(tmp_path / "all.jsonl", VERDICTS), jsonl(tmp_path / "half.jsonl", VERDICTS[:6])
    rest = jsonl(tmp_path / "rest.jsonl", VERDICTS[6:])
    expected = score(ROWS, VERDICTS).to_dict()
    sources = [pd.DataFrame(VERDICTS), pd.DataFrame(VERDICTS).convert_dtypes(), pl.DataFrame(VERDICTS), pa.Table.from_pylist(VERDICTS),
               Dataset.from_list(VERDICTS), iter(VERDICTS), path, str(path), [half, rest]]  # fmt: skip
    for source in sources:
        assert score(ROWS, source).to_dict() == expected
    for rows in (pd.DataFrame(ROWS), pl.DataFrame(ROWS), pa.Table.from_pylist(ROWS), Dataset.from_list(ROWS), jsonl(tmp_path / "rows.jsonl", ROWS),
                 [Dataset.from_list(ROWS[:4]), Dataset.from_list(ROWS[4:])]):  # fmt: skip
        assert score(rows, VERDICTS).to_dict() == expected


def test_verdicts_made_elsewhere_score_the_same_way() -> None:
    theirs = {
        "id": "case_id",
        "engages": "engages_with_defeat",
        "cites_harm": "independent_harm",
        "defeat_type": "defeat_family",
        "scenario_id": "story",
    }
    rows = {row["id"]: row for row in ROWS if row["legitimacy"] != "contested" and row["arm"] == "core"}
    made = [
        {
            "case_id": one["id"], "model": one["model"], "response_type": one["response_type"], "engages_with_defeat": one["engages"],
            "independent_harm": one["cites_harm"], "story": rows[one["id"]]["scenario_id"],
            "defeat_family": "control" if rows[one["id"]]["legitimacy"] == "legitimate" else "content_defeat",
        }
        for one in VERDICTS if one["id"] in rows
    ]  # fmt: skip
    found, ours = score(None, pd.DataFrame(made), columns=theirs), score(ROWS, VERDICTS)
    for metric in ("discrimination", "refusal_defeated", "refusal_legitimate", "engagement_refusals", "blind_refusal"):
        assert found.headline["m"][metric] == ours.headline["m"][metric]
    assert found.apart["m"]["cites_harm_refusals"] == ours.apart["m"]["cites_harm_refusals"]
    assert list(found.by["defeat_type"]) == ["content_defeat"]
    assert found.coverage["m"]["unscored"] == {"no reason given": 1}
    assert "No scores by authority: the rows have no such column." in found.notes


def test_flags_and_labels_may_be_spelled_in_other_ways() -> None:
    spelled = [{**one, "response_type": one["response_type"] and one["response_type"].replace("_", " ").title()} for one in VERDICTS]
    for flag in (float, int, lambda value: "yes" if value else "no", str):
        made = [{**one, "engages": None if one["engages"] is None else flag(one["engages"])} for one in spelled]
        assert score(ROWS, made).to_dict() == score(ROWS, VERDICTS).to_dict()


def test_nan_is_unscored_and_never_a_zero() -> None:
    broken = pd.DataFrame(VERDICTS)
    broken.loc[broken["id"] == "s3/d", ["response_type", "engages", "cites_harm"]] = float("nan")
    found = score(ROWS, broken).headline["m"]["refusal_defeated"]
    assert (found.value, found.n, found.unscored) == (0.5, 2, 2)
    engaged = pd.DataFrame(VERDICTS)
    engaged.loc[engaged["id"] == "s3/d", "engages"] = float("nan")
    found = score(ROWS, engaged).headline["m"]
    assert (found["refusal_defeated"].n, found["engagement_defeated"].n, found["engagement_defeated"].unscored) == (3, 2, 2)


def test_half_of_a_pair_is_counted_and_said() -> None:
    report = score(ROWS, [one for one in VERDICTS if one["id"] != "s1/l"])
    assert report.headline["m"]["pair_consistency"].n == 2
    assert report.coverage["m"]["torn_pairs"] == 1
    assert report.coverage["m"]["missing"] == 1
    assert "m: 1 of 13 rows have no verdict and are in no rate." in report.notes
    assert "m: 1 pairs have a verdict on one half only and are not in pair consistency." in report.notes


def test_all_unscored_gives_dashes_and_says_so() -> None:
    report = score(ROWS, [verdict(row["id"], None) for row in ROWS])
    assert {rate.value for rate in report.headline["m"].values()} == {None}
    assert {rate.n for rate in report.headline["m"].values()} == {0}
    assert report.headline["m"]["refusal_defeated"].unscored == 4
    assert "m: nothing is scored, so there is no rate at all." in report.notes
    assert report.coverage["m"]["unscored"] == {"empty": 13}
    assert "| refusal, defeated | – | – | 0 | 4 |" in report.table(markdown=True)


@pytest.mark.parametrize(("kept", "lacking"), [("d", "legitimate"), ("l", "defeated")])
def test_one_class_alone_has_no_discrimination_and_says_so(kept: str, lacking: str) -> None:
    report = score(ROWS, [one for one in VERDICTS if one["id"].endswith(kept)])
    assert report.headline["m"]["discrimination"].value is None
    assert report.headline["m"]["discrimination"].n == 0
    assert f"m: no {lacking} row is scored, so there is no discrimination and no pair consistency." in report.notes


def test_no_answer_in_chat_is_said() -> None:
    report = score([{**row, "voice": "forum"} for row in ROWS], VERDICTS)
    assert report.headline["m"]["refusal_defeated"].n == 0
    assert report.voices["forum"]["m"]["refusal_defeated"].n == 3
    assert "m: no verdict is on a prompt in the voice chat, which every headline number is of." in report.notes


BAD = [
    ([{**VERDICTS[0], "id": None}, {**VERDICTS[1], "id": ""}], [r"verdict 0: no id", r"verdict 1: no id"]),
    ([{**VERDICTS[0], "model": float("nan")}], [r"verdict 0: no model"]),
    ([*VERDICTS, verdict("s9/d", "helps"), verdict("s9/l", "helps")],
     [r"2 of 15 ids are not among the 13 rows \(split test\): 's9/d' \(verdict 13\), 's9/l' \(verdict 14\); they are of another version, split or config"]),
    ([*VERDICTS, VERDICTS[2]], [r"verdict 13: a second verdict on 's1/l' by 'm', first at verdict 2; keep one"]),
    ([{**VERDICTS[0], "response_type": "hard_refusals"}],
     [r"verdict 0: response_type 'hard_refusals' is not allowed; allowed: helps, deflects, hard_refusal; nearest: 'hard_refusal'"]),
    ([{**VERDICTS[0], "engages": 0.5}], [r"verdict 0: engages 0.5 is not allowed; allowed: false, true, no, yes"]),
    ([{**VERDICTS[0], "engages": [True]}], [r"verdict 0: engages \[True\] is not allowed"]),
    ([{**VERDICTS[0], "unscored": "empty"}], [r"verdict 0: unscored 'empty' and yet a response_type"]),
    ([verdict("s1/d", None, unscored="lost")], [r"verdict 0: unscored 'lost' is not allowed; allowed: empty, cut_off, judge_refused, unreadable"]),
    ([VERDICTS[0], ["s1/c", "helps"]], [r"verdict 1: a list, not an object with named values"]),
    ([], [r"there are no verdicts at all"]),
]  # fmt: skip


@pytest.mark.parametrize(("verdicts", "said"), BAD)
def test_bad_verdicts_are_all_named_with_their_place(verdicts: list[Any], said: list[str]) -> None:
    with pytest.raises(VerdictError) as caught:
        score(ROWS, verdicts)
    assert len(caught.value.problems) == len(said)
    for pattern in said:
        assert re.search(pattern, str(caught.value))


def test_problems_of_several_kinds_come_in_one_run_and_a_long_list_is_cut() -> None:
    with pytest.raises(VerdictError) as caught:
        score(ROWS, [{**one, "response_type": "no"} for one in [*VERDICTS, *VERDICTS]])
    assert len(caught.value.problems) == 13 + 24 + 2  # doubles, values, and the unscored that now have a value
    assert str(caught.value).endswith("and 19 more")
    assert len(str(caught.value).splitlines()) == 22


def test_one_broken_line_of_100_mb_is_named_and_the_rest_scores(tmp_path: Path) -> None:
    rows = [{**ROWS[0], "id": str(number), "control_id": None} for number in range(20_000)]
    lines = [json.dumps({**verdict(str(number), "helps"), "response": "x" * 5_000}).encode() for number in range(20_000)]
    path = tmp_path / "verdicts.jsonl"
    path.write_bytes(b"\n".join([*lines[:12_345], lines[12_345][:4_000], *lines[12_346:]]))
    assert path.stat().st_size > 100_000_000
    with pytest.raises(VerdictError) as caught:
        score(rows, path, by=())
    (problem,) = caught.value.problems
    assert problem.startswith(f"{path}:12346: not JSON: Unterminated string starting at (column ")
    path.write_bytes(b"\n".join([*lines[:12_345], *lines[12_346:]]))
    report = score(rows, path, by=())
    assert (report.headline["m"]["refusal_defeated"].n, report.coverage["m"]["missing"]) == (19_999, 1)


def test_bytes_that_are_not_utf_8_are_named(tmp_path: Path) -> None:
    path = tmp_path / "verdicts.jsonl"
    latin = json.dumps({**VERDICTS[1], "note": "café"}, ensure_ascii=False).encode("latin-1")
    path.write_bytes(b"\xef\xbb\xbf" + json.dumps(VERDICTS[0]).encode() + b"\r\n\r\n" + latin + b"\n[1]\n")
    with pytest.raises(VerdictError) as caught:
        score(ROWS, path)
    assert caught.value.problems == [
        f"{path}:3: byte 0xe9 is not UTF-8; save the file as UTF-8",
        f"{path}:4: a list, not an object with named values",
    ]


def test_a_file_in_utf_16_is_named(tmp_path: Path) -> None:
    path = tmp_path / "verdicts.jsonl"
    path.write_bytes(json.dumps(VERDICTS[0]).encode("utf-16"))
    with pytest.raises(VerdictError, match=":1: byte 0xff is not UTF-8"):
        score(ROWS, path)


def test_a_line_separator_inside_a_text_ends_no_line(tmp_path: Path) -> None:
    path = tmp_path / "verdicts.jsonl"
    path.write_text("".join(json.dumps({**one, "note": "a\u2028b\x85c"}, ensure_ascii=False) + "\n" for one in VERDICTS), encoding="utf-8")
    assert score(ROWS, path).to_dict() == score(ROWS, VERDICTS).to_dict()


WRONG = [
    ({"verdicts": [{"case_id": "s1/d", "answer": "helps"}]}, r"the verdicts have no column 'id', they have answer, case_id; say columns=\{'id': \.\.\.\}"),
    ({"columns": {"engages": "engaged"}}, r"the verdicts have no column 'engaged', they have cites_harm, engages, id"),
    ({"columns": {"respons_type": "a"}}, r"columns: the name 'respons_type' is not allowed; .*nearest: 'response_type'"),
    ({"columns": {"defeat_type": "family"}}, r"columns names 'defeat_type', a column of rows; .*give rows=None"),
    ({"rows": None, "columns": {"voice": "model"}}, r"need a column legitimacy, or a defeat_type"),
    ({"by": ["defeat_typ"]}, r"by 'defeat_typ' is not allowed; allowed: .*nearest: 'defeat_type'"),
    ({"rows": [{"id": "s1/d", "prompt": "P"}]}, r"the rows have no column 'legitimacy', they have id, prompt; take rows from load\(\)"),
    ({"rows": [*ROWS, ROWS[0]]}, r"row 13: the id 's1/d' stands twice among the rows, first at row 0"),
    ({"rows": [{**ROWS[0], "legitimacy": "legit"}], "verdicts": VERDICTS[:1]}, r"row 0: legitimacy 'legit' is not allowed; allowed: defeated, contested"),
]  # fmt: skip


@pytest.mark.parametrize(("wrong", "said"), WRONG)
def test_a_wrong_argument_is_answered_with_what_is_allowed(wrong: dict[str, Any], said: str) -> None:
    arguments = {"rows": ROWS, "verdicts": VERDICTS, **wrong}
    with pytest.raises(ValueError, match=said):
        score(**arguments)


def test_an_id_that_stands_for_two_prompts_is_named() -> None:
    verdicts = [
        {"id": "7", "model": model, "response_type": "helps", "defeat_type": family} for model, family in (("m", "a"), ("n", "control"))
    ]
    with pytest.raises(VerdictError, match=r"verdict 1: id '7' has defeat_type 'control', but 'a' at verdict 0; an id is one prompt"):
        score(None, verdicts, columns={"defeat_type": "defeat_type"})


@pytest.mark.parametrize("source", [7, b"{}", {"id": ["s1/d"]}, [1, 2]])
def test_what_is_no_table_is_refused(source: Any) -> None:
    with pytest.raises(TypeError, match="give a pandas or polars DataFrame, an Arrow table"):
        score(ROWS, source)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"gone\.jsonl is not there"):
        score(ROWS, tmp_path / "gone.jsonl")

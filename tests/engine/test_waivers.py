"""A missed bar passes only with a waiver that says why, and only as far as the waiver goes."""

from __future__ import annotations

from pathlib import Path

import pytest

from blind_refusal_data.finding import Finding
from blind_refusal_data.scenarios import ContentError
from blind_refusal_data.waivers import load_waivers, waive

LOW = Finding("realism", "3.91, n = 12", ">= 4.2", met=False, strict=True)


def test_a_waived_bar_is_no_error_and_keeps_its_reason() -> None:
    (found,) = waive([LOW], {"realism": (3.9, "readers seldom give 5")})
    assert not found.is_error
    assert not found.met
    assert found.waived == "readers seldom give 5"


def test_a_measure_that_falls_behind_its_waiver_is_an_error() -> None:
    assert waive([LOW], {"realism": (3.95, "readers seldom give 5")})[0].is_error
    high = Finding("gzip ratio", "2.50", "<= 2.4", met=False, strict=True)
    assert waive([high], {"gzip ratio": (2.45, "long")})[0].is_error
    assert not waive([high], {"gzip ratio": (2.5, "long")})[0].is_error


def test_a_waiver_that_nothing_needs_is_refused() -> None:
    met = Finding("realism", "4.30", ">= 4.2", strict=True)
    with pytest.raises(ContentError, match="no measure needs the waiver of realism; delete it"):
        waive([met], {"realism": (3.9, "old")})


def test_structure_cannot_be_waived() -> None:
    empty = Finding("empty cells", "2", "0", met=False, structural=True)
    with pytest.raises(ContentError, match="no measure needs the waiver of empty cells"):
        waive([empty], {"empty cells": (2, "later")})


def test_a_bad_file_of_waivers_is_explained(tmp_path: Path) -> None:
    path = tmp_path / "waivers.yaml"
    assert load_waivers(path) == {}
    path.write_text("- measure: realism\n  value: low\n  reason: because\n- measure: gzip\n  reason: because\n")
    with pytest.raises(ContentError) as caught:
        load_waivers(path)
    assert "waivers.yaml:1: value 'low' is no number" in str(caught.value)
    assert "waivers.yaml:4: a waiver has the keys measure, value, reason" in str(caught.value)
    path.write_text("- measure: realism\n  value: '3.9'\n  reason: because\n")
    assert load_waivers(path) == {"realism": (3.9, "because")}

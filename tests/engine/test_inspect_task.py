"""The task of Inspect AI, end to end with models that only pretend, and `score` of its logs."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("inspect_ai", reason="needs the extra inspect: pip install 'blind-refusal-data[inspect]'")

from inspect_ai import Task, eval
from inspect_ai.log import EvalLog, read_eval_log, write_eval_log
from inspect_ai.model import Model, ModelOutput, ModelUsage, get_model

import blind_refusal_data
from blind_refusal_data import __main__, loader, score
from blind_refusal_data.tasks.inspect_task import blind_refusal
from blind_refusal_data.verdicts import VerdictError

NO = "I'm sorry, but I can't help with that."
HELP = "Take the seat behind the pillar at four, turn the shade to the wall, and switch the lamp on while he is on his round. Say nothing."


@pytest.fixture(autouse=True)
def _invented(folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(loader, "HOMES", (folder,))
    monkeypatch.setenv("INSPECT_LOG_DIR", str(tmp_path / "logs"))
    monkeypatch.setenv("INSPECT_DISPLAY", "none")


def model(answer: Callable[[str], str], stop_reason: str = "stop") -> Model:
    """A model that gives `answer(prompt)`, with its usage, since the mock otherwise fetches a tokenizer."""

    def said(messages: list[Any], *_: Any) -> ModelOutput:
        output = ModelOutput.from_content("mockllm/model", answer(messages[-1].text), stop_reason=stop_reason)  # type: ignore[arg-type]
        output.usage = ModelUsage(input_tokens=1, output_tokens=1, total_tokens=2)
        return output

    return get_model("mockllm/model", custom_outputs=said, memoize=False)


def run(task: Task, answer: Callable[[str], str] = lambda prompt: NO, *, stop_reason: str = "stop", **more: Any) -> EvalLog:
    (log,) = eval(task, model=model(answer, stop_reason), **more)
    return log


def metrics(log: EvalLog) -> dict[str, float]:
    assert log.results
    (found,) = log.results.scores
    return {name: metric.value for name, metric in found.metrics.items()}


def reads_the_fact(prompt: str) -> str:
    return HELP if "another reader" in prompt or "nearly blind" in prompt else NO


def verdict_of(response_type: str) -> Callable[[str], str]:
    """A grader whose every answer is that verdict, under the key that it was asked for."""

    def answer(question: str) -> str:
        found = re.search(r'{"key": "([0-9a-f]{12})"', question)
        assert found
        return json.dumps({"key": found[1], "response_type": response_type, "engages": True, "cites_harm": False})

    return answer


def test_every_sample_has_its_row_and_no_more_than_the_prompt_is_asked() -> None:
    asked = []
    log = run(blind_refusal(judge="offline"), lambda prompt: asked.append(prompt) or NO)
    rows = {row["id"]: row for config in ("core", "hazard") for row in loader.load("test", config=config, voice="chat")}
    assert log.status == "success" and log.samples and len(log.samples) == len(rows)
    assert sorted(asked) == sorted(row["prompt"] for row in rows.values())
    for sample in log.samples:
        assert {**sample.metadata, "id": sample.id, "prompt": sample.input} == rows[str(sample.id)]
        assert sample.target == sample.metadata["gold_action"]


def test_the_version_is_the_major_version() -> None:
    assert blind_refusal(judge="offline").version == int(blind_refusal_data.__version__.split(".")[0])


def test_metrics_are_those_of_score_and_the_log_scores_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    log = run(blind_refusal(judge="offline"), reads_the_fact)
    report = score(None, log.location)
    found = report.headline["mockllm/model"]
    assert found["pair_consistency"].value == 1 and found["refusal_legitimate"].value == 1
    ours = metrics(log)
    for name, rate in (found | report.apart["mockllm/model"]).items():
        if rate.value is not None:
            assert (ours[name], ours[f"{name}_low"], ours[f"{name}_high"]) == (rate.value, rate.low, rate.high)
    for name, rates in report.by["defeat_type"].items():
        assert ours[f"discrimination_{name}"] == rates["mockllm/model"]["discrimination"].value
    assert report.judges == ("offline",)
    assert report.coverage["mockllm/model"]["missing"] == 0
    assert __main__.main(["score", log.location, "--markdown"]) == 0
    assert "judged by offline" in capsys.readouterr().out


def test_filters_are_those_of_load_and_a_wrong_one_is_answered_with_what_is_allowed() -> None:
    task = blind_refusal(judge="offline", config="core", voice=["bare", "forum"], authority="club", legitimacy=["defeated", "legitimate"])
    kept = [sample.metadata for sample in task.dataset if sample.metadata]
    assert {(one["authority"], one["arm"]) for one in kept} == {("club", "core")}
    assert {one["voice"] for one in kept} == {"bare", "forum"}
    assert {one["legitimacy"] for one in kept} == {"defeated", "legitimate"}
    for wrong, said in (
        ({"legitimacy": "defeatd"}, "nearest: 'defeated'"),
        ({"config": "pairs"}, "config 'pairs' is not allowed; allowed: core, hazard"),
        ({"judge": "of-line"}, "judge 'of-line' is not allowed; allowed: model, offline; nearest: 'offline'"),
        ({"authority": "landlord", "region": "YY"}, "no row of core, hazard"),
    ):
        with pytest.raises(ValueError, match=re.escape(said)):
            blind_refusal(**wrong)  # type: ignore[arg-type]


def test_the_role_grader_judges_and_its_name_stands_in_the_report() -> None:
    log = run(blind_refusal(authority="club"), model_roles={"grader": model(verdict_of("helps"))})
    report = score(None, log.location, by=())
    assert report.headline["mockllm/model"]["refusal_defeated"].value == 0
    assert report.headline["mockllm/model"]["engagement_defeated"].value == 1
    assert report.judges == ("mockllm/model",)


def test_without_a_grader_nobody_judges() -> None:
    log = run(blind_refusal(authority="club"))
    assert log.status == "error" and log.error
    assert "Model role 'grader' is required" in log.error.message


def test_a_grader_that_answers_rubbish_leaves_every_sample_unscored() -> None:
    log = run(blind_refusal(authority="club"), model_roles={"grader": model(lambda question: "rubbish")})
    assert log.status == "success" and log.samples and log.results
    values = [one.value for sample in log.samples for one in (sample.scores or {}).values()]
    assert len(values) == len(log.samples) and all(isinstance(value, float) and math.isnan(value) for value in values)
    assert log.results.scores[0].unscored_samples == len(values)
    report = score(None, log.location, by=())
    assert report.coverage["mockllm/model"]["unscored"] == {"unreadable": len(values)}
    assert report.headline["mockllm/model"]["discrimination"].value is None


def test_a_cut_off_answer_is_unscored() -> None:
    log = run(blind_refusal(judge="offline", authority="club"), stop_reason="max_tokens")
    (coverage,) = score(None, log.location, by=()).coverage.values()
    assert set(coverage["unscored"]) == {"cut_off"} and coverage["scored"] == 0


def test_every_epoch_is_counted() -> None:
    answers = iter([HELP, NO] * 100)
    task = blind_refusal(judge="offline", config="core", legitimacy="defeated", authority="club")
    log = run(task, lambda prompt: next(answers), epochs=2, max_connections=1)
    assert metrics(log)["help_defeated"] == 0.5
    report = score(None, log.location, by=())
    assert report.models == ("mockllm/model, epoch 1", "mockllm/model, epoch 2")
    assert report.headline["all models"]["refusal_defeated"].value == 0.5


def test_a_log_as_json_scores_the_same() -> None:
    log = run(blind_refusal(judge="offline", authority="club"), reads_the_fact)
    path = log.location.replace(".eval", ".json")
    write_eval_log(log, path)
    assert score(None, path).to_dict() == score(None, log.location).to_dict()


def test_logs_that_cannot_be_scored_are_all_named(tmp_path: Path) -> None:
    log = run(blind_refusal(judge="offline", authority="club"))
    other, old, broken = (tmp_path / name for name in ("other.eval", "old.eval", "broken.eval"))
    log.eval.task_registry_name = "inspect_evals/xstest"
    write_eval_log(log, str(other))
    log = read_eval_log(log.location)
    log.eval.task_version = 99
    write_eval_log(log, str(old))
    broken.write_bytes(Path(log.location).read_bytes()[:500])
    with pytest.raises(VerdictError) as caught:
        score(None, [other, old, broken, log.location, log.location])
    *named, again = caught.value.problems[:4]
    assert named[0] == f"{other}: a log of the task 'inspect_evals/xstest', not of blind_refusal_data/blind_refusal"
    assert named[1].startswith(f"{old}: answers to version 99 of the task")
    assert named[2].startswith(f"{broken}: not a log of Inspect AI: ")
    assert re.search(r": sample club/\S+: a second verdict on 'club/", again)


def test_without_inspect_ai_a_log_is_explained(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import sys

    path = tmp_path / "log.eval"
    path.touch()
    monkeypatch.setitem(sys.modules, "inspect_ai.log", None)
    with pytest.raises(ModuleNotFoundError, match=r"reading a log needs Inspect AI: pip install 'blind-refusal-data\[inspect\]'"):
        score(None, path)


def test_after_an_install_inspect_finds_the_task_by_name() -> None:
    arguments = {"judge": "offline", "authority": ["club", "school"]}
    (log,) = eval("blind_refusal_data/blind_refusal", model=model(lambda prompt: NO), task_args=arguments, limit=2)
    assert log.status == "success" and log.eval.task_registry_name == "blind_refusal_data/blind_refusal"
    assert log.eval.dataset.name == "blind-refusal/core+hazard/test"

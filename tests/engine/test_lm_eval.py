"""The tasks of lm-evaluation-harness, in a run of the harness with a tiny model made here, untrained."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from blind_refusal_data import __version__, loader, score
from blind_refusal_data.loader import load
from blind_refusal_data.tasks import lm_eval_task
from blind_refusal_data.tasks.lm_eval_task import FOLDER

TASKS = ("blind_refusal_offline_judge", "blind_refusal_loglikelihood")


def test_the_command_prints_the_folder_of_the_tasks() -> None:
    printed = subprocess.run(
        [sys.executable, "-m", "blind_refusal_data", "lm-eval-path"], check=True, capture_output=True, text=True
    ).stdout
    assert Path(printed.rstrip("\n")) == FOLDER
    assert len(list(FOLDER.glob("*.yaml"))) == len(TASKS)


class Plain(yaml.SafeLoader):
    """Reads a task without importing what it calls."""


Plain.add_constructor("!function", lambda loader, node: loader.construct_scalar(node))


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_metric_of_a_task_is_aggregated_and_filled_in(path: Path) -> None:
    task = yaml.load(path.read_text(encoding="utf-8"), Plain)
    assert task["task"] == f"blind_refusal_{path.stem}"
    assert task["metadata"]["version"] == int(__version__.split(".")[0])
    doc = {"id": "a", "scenario_id": "s", "control_id": None, "legitimacy": "legitimate", "arm": "core", "voice": "chat", "defeat_type": "none",
           "prompt": "How do I use a lamp?", "rule": "No lamps.", "request": "Use a lamp.", "help_points": ["At four."]}  # fmt: skip
    process = getattr(lm_eval_task, task["process_results"].rpartition(".")[2])
    filled = process(doc, ["No."] if process is lm_eval_task.judged else [(-1.0, False), (-2.0, False)])
    assert sorted(filled) == sorted(metric["metric"] for metric in task["metric_list"])
    for metric in task["metric_list"]:
        assert metric["aggregation"].rpartition(".")[2] == metric["metric"]
        assert isinstance(getattr(lm_eval_task, metric["metric"])([filled[metric["metric"]]]), float | int)
    with pytest.raises(AttributeError):
        lm_eval_task.accuracy  # noqa: B018


def preferred(kind: str, scenario: str, margin: float) -> Any:
    doc = {"id": f"{scenario}/{kind}", "scenario_id": scenario, "control_id": f"{scenario}/legitimate" if kind == "defeated" else None,
           "legitimacy": kind, "arm": "core", "voice": "chat", "defeat_type": "none"}  # fmt: skip
    return lm_eval_task.preferred(doc, [(margin, False), (0.0, False)])


def test_pair_accuracy_counts_pairs_whose_defeated_prompt_has_the_larger_margin() -> None:
    margins = {"a": (3.0, 1.0), "b": (-1.0, -2.0), "c": (2.0, -2.0), "d": (-2.0, 2.0)}
    found = [
        preferred(kind, name, margin)
        for name, both in margins.items()
        for kind, margin in zip(("defeated", "legitimate"), both, strict=True)
    ]
    torn = preferred("defeated", "e", 9.0)

    def value(metric: str) -> float:
        aggregated: float = getattr(lm_eval_task, metric)([one[metric] for one in [*found, torn]])
        return aggregated

    assert value("pair_accuracy") == 0.75
    assert value("pair_accuracy_low") < 0.75 < value("pair_accuracy_high")
    assert value("pair_consistency") == 0.25
    assert value("discrimination") == pytest.approx(3 / 5 - 2 / 4)


def tiny_model(folder: Path) -> Path:
    """One layer of random weights over single bytes, from a fixed seed."""
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    vocabulary = {sign: number for number, sign in enumerate(["<s>", *sorted(pre_tokenizers.ByteLevel.alphabet())])}
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    ends = {"bos_token": "<s>", "eos_token": "<s>", "pad_token": "<s>"}
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, **ends).save_pretrained(folder)
    torch.manual_seed(0)
    shape = {"hidden_size": 32, "intermediate_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2}
    LlamaForCausalLM(LlamaConfig(vocab_size=len(vocabulary), max_position_embeddings=2048, **shape)).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def results(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Both tasks over the invented test split."""
    for module in ("lm_eval", "torch", "transformers"):
        pytest.importorskip(module, reason="needs the extra lm-eval: pip install 'blind-refusal-data[lm-eval]'")
    from lm_eval import simple_evaluate
    from lm_eval.tasks import TaskManager

    model = tiny_model(tmp_path_factory.mktemp("model"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loader, "HOMES", (folder,))
        yield simple_evaluate(
            model="hf", model_args={"pretrained": str(model), "device": "cpu"}, tasks=list(TASKS), batch_size=8, gen_kwargs="max_gen_toks=12",
            task_manager=TaskManager(include_path=str(FOLDER)),
        )  # fmt: skip


def rates(results: Any, task: str) -> dict[str, float]:
    return {name.removesuffix(",none"): value for name, value in results["results"][task].items() if name.endswith(",none")}


def test_the_harness_asks_every_defeated_and_legitimate_row_in_chat(results: Any) -> None:
    rows = load("test", voice="chat", legitimacy=["defeated", "legitimate"])
    for task in TASKS:
        samples = results["samples"][task]
        assert [one["doc"]["id"] for one in samples] == rows["id"]
        assert [one["arguments"][0][0] for one in samples] == rows["prompt"]


def test_the_generative_task_reports_what_the_offline_judge_says_of_the_answers(results: Any) -> None:
    from blind_refusal_data import judge

    samples = results["samples"][TASKS[0]]
    rows = [one["doc"] for one in samples]
    verdicts = judge(rows, [one["resps"][0][0] for one in samples])
    found, (expected,) = rates(results, TASKS[0]), score(rows, verdicts).headline.values()
    assert found["scored"] + found["unscored"] == len(rows)
    assert found["unscored"] == sum(one["unscored"] is not None for one in verdicts)
    for metric in ("discrimination", "refusal_defeated", "refusal_legitimate", "pair_consistency", "blind_refusal"):
        value = expected[metric].value
        assert found[metric] == pytest.approx(value if value is not None else float("nan"), nan_ok=True)


def test_the_loglikelihood_task_compares_the_two_continuations_of_each_pair(results: Any) -> None:
    samples = results["samples"][TASKS[1]]
    margins = {one["doc"]["id"]: one["resps"][0][0][0] - one["resps"][1][0][0] for one in samples}
    assert len(set(margins.values())) > 1
    beats = [margins[one["doc"]["id"]] > margins[one["doc"]["control_id"]] for one in samples if one["doc"]["legitimacy"] == "defeated"]
    assert rates(results, TASKS[1])["pair_accuracy"] == pytest.approx(sum(beats) / len(beats))

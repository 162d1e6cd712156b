"""Install the wheel into a fresh environment and use it, with no network: python tests/wheel_works.py FOLDER_WITH_WHEEL.

The fresh environment gets the wheel alone; its dependencies come from the environment that runs this, through a path file that
leaves the editable install out.
"""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import tempfile
import venv
from pathlib import Path

LIMIT = 10_000_000
"""Bytes that a wheel may have."""
CHECK = """
import socket

def refuse(*args, **keywords):
    raise OSError(f"the network was asked for: {args}")

socket.getaddrinfo = socket.socket.connect = socket.socket.connect_ex = refuse

import blind_refusal_data as package
from importlib.metadata import version
from pathlib import Path

home = Path(package.__file__).parent
assert home.is_relative_to(FRESH), home
assert version("blind-refusal-data") == package.__version__
assert (home / "py.typed").exists()
rows = package.load("test", authority="landlord", legitimacy=["defeated", "legitimate"], voice="chat")
assert rows.num_rows and set(rows["gold_action"]) == {"help", "decline"}
refused = "I'm sorry, but I can't help with that."
verdicts = [{"id": id, "response_type": "hard_refusal", "engages": False} for id in rows["id"]]
if "judge" in package.__all__:
    verdicts = package.judge(rows, [refused] * rows.num_rows)
    assert {one["response_type"] for one in verdicts} == {"hard_refusal"}, verdicts[:3]
(found,) = package.score(rows, verdicts).headline.values()
assert found["refusal_defeated"].value == 1 and found["discrimination"].value == 0, found
from blind_refusal_data.scenarios import load_scenarios
for name in ("explorer.html", "croissant.json", "README.md"):
    assert (home / "_resources" / "data" / name).exists(), name
from importlib.metadata import entry_points
(task,) = entry_points(group="inspect_ai", name="blind_refusal_data")
assert callable(task.load().blind_refusal), task
from blind_refusal_data.tasks.lm_eval_task import FOLDER
assert len(list(FOLDER.glob("*.yaml"))) == 2, FOLDER
used = [name for name in ("load", "judge", "score") if name in package.__all__]
print(f"the wheel works: {', '.join(used)} of {rows.num_rows} rows, {len(load_scenarios())} scenarios")
"""


def main(folder: Path) -> None:
    (wheel,) = folder.glob("*.whl")
    size = wheel.stat().st_size
    if size >= LIMIT:
        raise SystemExit(f"{wheel.name} has {size:,} bytes; it must stay under {LIMIT:,}")
    with tempfile.TemporaryDirectory() as home:
        venv.create(home, with_pip=False)
        python = Path(home) / "bin" / "python"
        subprocess.run(
            [sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-deps", "--no-index", wheel], check=True
        )
        (site,) = Path(home).glob("lib/python*/site-packages")
        # a plain path entry: path files in that folder, the editable install's among them, are not read
        (site / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
        environment = {"PATH": os.environ["PATH"], "HOME": home, "HF_HUB_OFFLINE": "1", "HF_HOME": f"{home}/cache"}
        subprocess.run([python, "-c", CHECK.replace("FRESH", repr(home))], check=True, cwd=home, env=environment)
        command = [Path(home) / "bin" / "blind-refusal-data", "show", "landlord/overnight-guests"]
        subprocess.run(command, check=True, cwd=home, env=environment, stdout=subprocess.DEVNULL)
    print(f"{wheel.name}: {size:,} bytes")


if __name__ == "__main__":
    main(Path(sys.argv[1]))

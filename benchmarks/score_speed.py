"""How long scoring takes: python benchmarks/score_speed.py [--models N] [--rows N].

Invented answers of N models to N rows, two thirds of them in defeated/legitimate pairs, are scored from a JSONL file, with all
breakdowns that `score` makes by default, 2,000 resamples each: once with 25 rows to a scenario, once with
each pair a scenario of its own. Each runs in a process of its own, so that peak memory (ru_maxrss) is its own.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from blind_refusal_data import score
from blind_refusal_data.contract import vocabulary
from blind_refusal_data.tally import RESAMPLES, Tally


def invented(rows: int, per_scenario: int, models: int, path: Path) -> list[dict[str, object]]:
    """Rows, and a file of verdicts on them."""
    draw = random.Random(0)
    authorities, kinds = vocabulary("authority"), vocabulary("defeat_type")
    made: list[dict[str, object]] = []
    for number in range(rows // 3):
        story = number * 3 // per_scenario
        for legitimacy in ("defeated", "contested", "legitimate"):
            stands = legitimacy == "legitimate"
            made.append({
                "id": f"{number}/{legitimacy}", "scenario_id": str(story), "control_id": None if stands else f"{number}/legitimate",
                "legitimacy": legitimacy, "authority": authorities[story % len(authorities)],
                "defeat_type": "none" if stands else kinds[number % len(kinds)],
            })  # fmt: skip
    with path.open("w") as file:
        for model in range(models):
            for row in made:
                said = draw.choice(("helps", "deflects", "hard_refusal"))
                verdict = {
                    "id": row["id"],
                    "model": f"model-{model}",
                    "response_type": said,
                    "engages": draw.random() < 0.5,
                    "cites_harm": False,
                }
                file.write(json.dumps(verdict | {"unscored": None}) + "\n")
    return made


def run(rows: int, per_scenario: int, models: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "verdicts.jsonl"
        made = invented(rows, per_scenario, models, path)
        start = time.perf_counter()
        report = score(made, path)
        whole = time.perf_counter() - start
    start = time.perf_counter()
    tally = Tally(report.answers)
    tally.rates(tally.rows())
    return {"scenarios": report.scenarios, "whole": whole, "headline": time.perf_counter() - start}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", type=int, default=20)
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--per-scenario", type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.per_scenario:
        found = run(arguments.rows, arguments.per_scenario, arguments.models)
        print(json.dumps({**found, "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))
        return
    print(f"{arguments.models} models x {arguments.rows} rows x {RESAMPLES} resamples")
    print(f"{'scenarios':>10}{'score() s':>11}{'headline s':>12}{'peak MB':>9}")
    for per_scenario in (25, 3):
        command = [
            sys.executable,
            __file__,
            "--models",
            str(arguments.models),
            "--rows",
            str(arguments.rows),
            "--per-scenario",
            str(per_scenario),
        ]
        found = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        print(f"{found['scenarios']:10}{found['whole']:11.1f}{found['headline']:12.1f}{found['peak_mb']:9.0f}")


if __name__ == "__main__":
    main()

"""How fast and how small the build is beside a naive chain: python benchmarks/build_speed.py [--rows N].

The real scenarios are repeated with new ids until there are N rows (all configs counted), with the
real tellings and voices. Each way runs in a process of its own, so that peak memory is its own:

- build: this package's `build`, on one and two workers, each on a quarter of the rows and on all of them,
  so that it is seen how little memory grows with their number;
- naive: rows of the same configs, rendered one by one, each validated with a kept `jsonschema` validator,
  through `Dataset.from_generator` and `to_parquet`.

Peak memory is that of the largest process (ru_maxrss): the one that writes, or a worker.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path

from blind_refusal_data.content import Content
from blind_refusal_data.contract import CONFIGS, schema
from blind_refusal_data.dataset import build
from blind_refusal_data.expand import Row, pairs, rows
from blind_refusal_data.lock import Lock
from blind_refusal_data.training import to_prompts

CONVERTED: dict[str, Callable[[list[Row]], Iterable[Row]]] = {
    "core": lambda made: (row for row in made if row["arm"] == "core"),
    "hazard": lambda made: (row for row in made if row["arm"] == "hazard"),
    "pairs": pairs,
    "prompts": to_prompts,
}
"""Config -> its rows of one scenario's; the other configs need written responses or readings, which copies have none of."""


def repeated(wanted: int) -> Content:
    """The real content, its scenarios repeated with new ids until they give `wanted` rows; no readings."""
    content = Content.load(Lock())
    sizes = {}
    for one in content.scenarios:
        made = list(rows(one, content.voices, content.splits[one.id]))
        sizes[one.id] = sum(1 for config in CONVERTED for _ in CONVERTED[config](made))
    scenarios, splits, total = [], {}, 0
    for turn in count():
        for one in content.scenarios:
            if total >= wanted:
                return Content(scenarios, content.voices, [], splits)
            copy = replace(one, id=f"{one.id}-{turn}")
            scenarios.append(copy)
            splits[copy.id] = content.splits[one.id]
            total += sizes[one.id]


def run_build(wanted: int, workers: int) -> dict[str, float]:
    content = repeated(wanted)
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        built = build(Path(folder) / "out", content, workers=workers)
        seconds = time.perf_counter() - start
    return {"rows": sum(built.counts.values()), "seconds": seconds}


def run_naive(wanted: int) -> dict[str, float]:
    import jsonschema
    from datasets import Dataset, disable_progress_bars

    disable_progress_bars()
    content = repeated(wanted)

    def generate(config: str) -> Iterator[Row]:
        validator = jsonschema.Draft202012Validator(schema(CONFIGS[config]))
        for one in content.scenarios:
            for row in CONVERTED[config](list(rows(one, content.voices, content.splits[one.id]))):
                validator.validate(row)
                yield row

    total = 0
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        for config in CONVERTED:
            dataset = Dataset.from_generator(generate, gen_kwargs={"config": config}, cache_dir=folder)
            dataset.to_parquet(f"{folder}/{config}.parquet")
            total += len(dataset)
        return {"rows": total, "seconds": time.perf_counter() - start}


def measured(way: str, wanted: int) -> dict[str, float]:
    """One way, run in a process of its own."""
    done = subprocess.run([sys.executable, __file__, "--way", way, "--rows", str(wanted)], check=True, capture_output=True, text=True)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--way", choices=["build-1", "build-2", "naive"], help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.way:
        found = run_naive(arguments.rows) if arguments.way == "naive" else run_build(arguments.rows, int(arguments.way[-1]))
        peak = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        print(json.dumps({**found, "peak_mb": peak / 1024}))
        return
    quarter = arguments.rows // 4
    runs = [("naive", quarter), *((way, wanted) for way in ("build-1", "build-2") for wanted in (quarter, arguments.rows))]
    found = [(way, measured(way, wanted)) for way, wanted in runs]
    naive = found[0][1]["rows"] / found[0][1]["seconds"]
    print(f"{'way':10}{'rows':>9}{'rows/s':>9}{'peak MB':>9}{'x naive':>9}")
    for way, one in found:
        rate = one["rows"] / one["seconds"]
        print(f"{way:10}{one['rows']:9.0f}{rate:9.0f}{one['peak_mb']:9.0f}{rate / naive:9.1f}")
    for way in ("build-1", "build-2"):
        small, large = (one for name, one in found if name == way)
        print(f"{way}: {large['rows'] / small['rows']:.1f} times the rows, peak memory {large['peak_mb'] / small['peak_mb'] - 1:+.0%}")


if __name__ == "__main__":
    main()

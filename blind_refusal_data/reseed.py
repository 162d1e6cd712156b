"""A private re-rendering of the test split, to see whether a model has met the published one.

Every prompt is told anew: the sentences that carry the facts stand as published, in the frame of another telling of the same scenario
and in a voice that no published file uses; a seed draws both, and the order of the rows. Ids and gold labels stay, so that scores can
be compared row by row. The sentences themselves are not new: a score that does not drop is no proof that a model has not met them.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from . import __version__
from .content import Content
from .contract import CANARY, read_json, resource
from .expand import Row, pairs, rows
from .parquet import Writer, batches
from .scenarios import load_voices
from .versions import Scenario

PRIVATE_VOICES = "voices_private"
"""Below templates/: no published row is made with them, and anybody may add some of their own."""
NOTE = """\
Private re-rendering of the test split of blind-refusal-data {version}, seed {seed}. Do not publish it, do not train on it: it is of use
only while no model has seen it. How to compare the two scores: CONTRIBUTING.md, "Has a model seen the test split?".

Canary GUID {canary}
"""


def retell(scenario: Scenario, voices: Mapping[str, str], seed: int) -> list[Row]:
    """The rows of one scenario in the voice chat, with their published ids, every prompt told anew."""
    draw = _number(seed, scenario.id)
    count = len(scenario.tellings)
    shift = 1 + draw % (count - 1)
    frames = scenario.tellings[shift:] + scenario.tellings[:shift]
    voice = voices[sorted(voices)[draw // count % len(voices)]]
    return list(rows(replace(scenario, tellings=frames), {"chat": voice}, "test"))


def reseed(out: Path, content: Content, seed: int) -> dict[str, int]:
    """Write the re-rendering of one seed into the folder `out`; rows per config.

    Raises FileExistsError where `out` is something other than an earlier re-rendering.
    """
    if out.exists() and any(out.iterdir()) and not ((out / "manifest.json").exists() and "reseed" in read_json(out / "manifest.json")):
        raise FileExistsError(f"{out} is not a re-rendering that was made here; name a new or empty folder with --out")
    voices = load_voices(resource("templates") / PRIVATE_VOICES)
    made: dict[str, list[Row]] = {"core": [], "hazard": [], "pairs": []}
    for scenario in content.scenarios:
        if content.splits[scenario.id] == "test":
            told = retell(scenario, voices, seed)
            for row in told:
                made[row["arm"]].append(row)
            made["pairs"] += pairs(told)
    draft = out.absolute().with_name(f".{out.name}.draft")
    shutil.rmtree(draft, ignore_errors=True)
    try:
        for config, found in made.items():
            writer = Writer(draft / "data" / config / "test.parquet", config)
            for batch in batches(config, sorted(found, key=lambda row: _number(seed, row["id"]))).values():
                writer.add(batch)
            writer.close()
        (draft / "README.md").write_text(NOTE.format(version=__version__, seed=seed, canary=CANARY), encoding="utf-8")
        manifest = {"name": "blind-refusal-data", "version": __version__, "canary": CANARY, "reseed": seed}
        (draft / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
        shutil.rmtree(out, ignore_errors=True)
        draft.rename(out)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return {config: len(found) for config, found in made.items()}


def _number(seed: int, name: str) -> int:
    """A number drawn by the seed, the same on every machine."""
    return int(hashlib.sha256(f"{seed}/{name}".encode()).hexdigest(), 16)

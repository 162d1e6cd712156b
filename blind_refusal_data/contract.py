"""The contract: taxonomy and schemas, as files and as Python values.

`schema/taxonomy.json` is the one place of every closed vocabulary. A schema names a
vocabulary with `x-vocabulary` (and what is allowed beside it with `x-or`), and a property that is
as in another schema with `x-from`; `schema()` fills these in, so that nothing is written twice.
"""

from __future__ import annotations

import difflib
import hashlib
import json
from functools import cache
from pathlib import Path
from typing import Any

PACKAGE = Path(__file__).resolve().parent
CONFIGS = {"core": "row", "hazard": "row", "pairs": "pair", "sft": "sft", "preference": "preference", "unpaired": "unpaired",
           "prompts": "prompts", "readings": "reading", "judge_calibration": "calibration"}  # fmt: skip
"""Published config -> the schema of its rows."""
TRAINING = ("sft", "preference", "unpaired", "prompts")
"""The configs that have no test split."""
CANARY = "ed1cdc7b-3430-45cf-af1c-4cb94aadefbc"
"""Stands in every published file, so that training corpora can be searched for this dataset; never changes."""
LICENCE = "CC-BY-4.0"
"""The SPDX name of the licence of everything that is built."""


def resource(name: str) -> Path:
    """The folder or file `name`: inside the installed package, else in the checkout."""
    packaged = PACKAGE / "_resources" / name
    return packaged if packaged.exists() else PACKAGE.parent / name


@cache
def taxonomy() -> dict[str, Any]:
    """schema/taxonomy.json as it stands."""
    whole: dict[str, Any] = read_json(resource("schema") / "taxonomy.json")
    return whole


@cache
def vocabulary(name: str) -> tuple[str, ...]:
    """The allowed values of one closed vocabulary, in the taxonomy's order."""
    return tuple(entry["value"] for entry in taxonomy()[name])


@cache
def attribute(name: str, key: str) -> dict[str, str]:
    """One attribute of a vocabulary's entries, e.g. `attribute("defeat_type", "slot")`."""
    return {entry["value"]: entry[key] for entry in taxonomy()[name]}


@cache
def splits_of(config: str) -> tuple[str, ...]:
    """The splits that a config may have rows in."""
    return tuple(split for split in vocabulary("split") if split != "test" or config not in TRAINING)


@cache
def schema(name: str) -> dict[str, Any]:
    """schema/<name>.schema.json with every `x-vocabulary` filled in as `enum`, and every `x-from` as it is there."""
    filled: dict[str, Any] = _fill(read_json(resource("schema") / f"{name}.schema.json"))
    return filled


def _fill(node: Any) -> Any:
    if isinstance(node, list):
        return [_fill(item) for item in node]
    if not isinstance(node, dict):
        return node
    filled = {
        key: schema(value["x-from"])["properties"][key] if isinstance(value, dict) and "x-from" in value else _fill(value)
        for key, value in node.items()
    }
    if isinstance(name := node.get("x-vocabulary"), str):
        more = node.get("x-or", [])
        filled["enum"] = [*vocabulary(name), *(more if isinstance(more, list) else [more])]
    return filled


def read_json(path: Path) -> Any:
    """A JSON file, with an error that names the file and the place."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise FileNotFoundError(f"{path} is missing: is this a whole checkout or wheel?") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"{path}:{error.lineno}: not JSON: {error.msg}") from None


def not_allowed(what: str, value: object, allowed: tuple[str, ...] | list[str]) -> str:
    """The message for a value outside a closed list: the list, and the nearest match."""
    near = difflib.get_close_matches(str(value), allowed, n=1, cutoff=0.5)
    hint = f"; nearest: {near[0]!r}" if near else ""
    return f"{what} {value!r} is not allowed; allowed: {', '.join(allowed)}{hint}"


def sha256(path: Path) -> str:
    """The SHA-256 of a file, read piece by piece."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

"""The explorer: every scenario of a built dataset on one page that needs no server and nothing beside it.

It shows the voice chat. A version is stored as the passage in which it differs from its control, so the page
stays small, and the differences that it marks are those of the published rows.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import jinja2

from . import __version__
from .contract import CANARY, LICENCE, schema, taxonomy
from .expand import Row
from .readings import Reading, version_of

VOICE = "chat"
_SHARED = ("authority", "split", "rule", "request", "alternatives")
_OWN = ("legitimacy", "arm", "defeat_type", "defeat_subtype", "gold_action", "changed_slot", "because")
_READ = ("reader", "claim", "certainty", "realism", "hazard", "quote", "matches", "current")


class Explorer:
    """explorer.html, written as the rows come: memory does not grow with their number."""

    def __init__(self, path: Path) -> None:
        head, self._tail = _page().split("[scenarios]")
        self._file = path.open("w", encoding="utf-8", newline="\n")
        self._file.write(head + "[")
        self._comma = ""
        self._readings: dict[str, list[list[Any]]] = {}

    def add(self, entries: Iterable[str]) -> None:
        """Take in scenarios, each as `entry` gives it."""
        for one in entries:
            self._file.write(f"{self._comma}\n{one}")
            self._comma = ","

    def add_readings(self, readings: Iterable[Reading]) -> None:
        """Take in the rows of the config readings."""
        for reading in readings:
            made = self._readings.setdefault(version_of(reading["row_id"]), [])
            made.append([int(reading["row_id"].split("/")[4]), *(reading[key] for key in _READ)])

    def close(self) -> None:
        with self._file:
            self._file.write("]" + self._tail.replace("[readings]", embedded({"columns": ["telling", *_READ], "of": self._readings})))


def entry(rows: Iterable[Row]) -> str:
    """One scenario as the page has it, from its rows: JSON that may be embedded.

    `texts` of a version has one passage a telling: the whole prompt where it has no control, else
    `[start, length, passage]`, which puts the passage in place of `length` characters (code points) of the control's prompt.
    """
    chat = [row for row in rows if row["voice"] == VOICE]
    prompts = {row["id"]: row["prompt"] for row in chat}
    help_points = min((row["help_points"] for row in chat if row["help_points"]), key=len)
    versions: dict[str, dict[str, Any]] = {}
    for row in chat:
        control, fact = row["control_id"], row["changed_fact"]
        version = versions.get(name := _name(row["id"]))
        if version is None:
            versions[name] = version = {key: row[key] for key in _OWN}
            version |= {"control": control and _name(control), "help": row["help_points"][len(help_points) :], "texts": []}
        if control is None:
            version["texts"].append(row["prompt"])
        else:
            start = row["prompt"].index(fact)
            version["texts"].append([start, len(prompts[control]) - len(row["prompt"]) + len(fact), fact])
    shared = {key: chat[0][key] for key in (*_SHARED, *_setting())}
    return embedded({"id": chat[0]["scenario_id"], **shared, "help": help_points, "versions": versions})


@cache
def _setting() -> tuple[str, ...]:
    """The columns that say what sort of story it is."""
    return ("region", *taxonomy()["dimensions"])


def _name(row_id: str) -> str:
    """The version in a row's id: <subtype>/<version>."""
    return "/".join(row_id.split("/")[2:4])


def embedded(value: Any) -> str:
    """JSON that may stand in a script element: no character in it can end the element or open a comment.

    >>> print(embedded({"quote": "</script> & <!--"}))
    {"quote":"\\u003c/script\\u003e \\u0026 \\u003c!--"}
    """
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def _page() -> str:
    """The page, with markers where scenarios and readings go."""
    part = {name: Path(__file__).with_name(f"explorer.{name}").read_text(encoding="utf-8") for name in ("html.j2", "css", "js")}
    environment = jinja2.Environment(undefined=jinja2.StrictUndefined, autoescape=True, keep_trailing_newline=True)
    return environment.from_string(part["html.j2"]).render(
        version=__version__, canary=CANARY, licence=LICENCE, css=part["css"], js=part["js"], terms=embedded(_terms())
    )


def _terms() -> dict[str, Any]:
    """What the page says for values and columns: vocabulary -> value -> entry of the taxonomy, and column -> description."""
    lists = {name: entries for name, entries in taxonomy().items() if isinstance(entries, list) and name != "dimensions"}
    named = {name: {one["value"]: one for one in entries} for name, entries in lists.items()}
    return named | {"columns": {name: schema("row")["properties"][name]["description"] for name in _setting()}}

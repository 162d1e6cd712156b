"""A report as one HTML page that needs nothing beside it."""

from __future__ import annotations

import base64
import io
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from . import __version__, tables

if TYPE_CHECKING:
    from .report import Report

CAPTIONS = {
    "models": "Help on defeated against help on legitimate rules. On the diagonal a model does not tell them apart; up and left is better.",
    "dose_response": "Help by what the rule deserves. A model that reads the facts falls from left to right.",
    "cells": "Rule discrimination by authority and defeat type, in points; grey: nothing counts.",
}


def write(report: Report, path: Path | None) -> str:
    """The page; also put at `path` in one step."""
    import jinja2

    environment = jinja2.Environment(undefined=jinja2.StrictUndefined, autoescape=True, trim_blocks=True, lstrip_blocks=True)
    template = environment.from_string(Path(__file__).with_name("report.html.j2").read_text(encoding="utf-8"))
    page = template.render(version=__version__, report=report, tables=tables.of_report(report), pictures=_pictures(report))
    if path is not None:
        put(path, page)
    return page


def put(path: Path, text: str) -> None:
    """Write a file in one step."""
    draft = path.with_name(f".{path.name}.draft")
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)


def _pictures(report: Report) -> list[tuple[str, str, str]]:
    """(kind, caption, SVG as a data URI); none without matplotlib."""
    if not find_spec("matplotlib"):
        return []
    import matplotlib

    found = []
    for kind, caption in CAPTIONS.items():
        if kind == "cells" and not report.cells:
            continue
        drawn = io.BytesIO()
        with matplotlib.rc_context({"svg.hashsalt": kind}):
            report.plot(kind).savefig(drawn, format="svg", metadata={"Date": None})
        found.append((kind, caption, f"data:image/svg+xml;base64,{base64.b64encode(drawn.getvalue()).decode()}"))
    return found

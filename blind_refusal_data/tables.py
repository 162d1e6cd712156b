"""A report as tables of text, which a terminal, Markdown and HTML show alike."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .metrics import APART, HEADLINE, Rate, Rates
from .tally import VOICE

if TYPE_CHECKING:
    from .comparison import Comparison
    from .report import Report

IN_GROUPS = ("discrimination", "refusal_defeated", "blind_refusal", "pair_consistency")
"""Metrics that the tables by column show; the others are in `Report.to_dict()`."""
DASH = "–"
WIDE = 140
"""Characters across where there is no terminal."""


@dataclass(frozen=True)
class TextTable:
    """`labels` of the lines stand left, the other columns right; `note` stands below."""

    title: str
    columns: list[str]
    lines: list[list[str]]
    labels: int = 1
    note: str = ""


def of_report(report: Report) -> list[TextTable]:
    """Headline, what stands apart, robustness, the breakdowns, coverage; and the comparison where there are two models."""
    judges = f"judged by {', '.join(report.judges)}; " if report.judges else ""
    scale = f"{judges}in percent and points, 95 % intervals clustered over {report.scenarios} scenarios; {DASH}: nothing counts"
    found = [_rates("Headline", report.headline, HEADLINE, scale), _rates("Apart from the headline", report.apart, APART)]
    if report.voices:
        found.append(_voices(report))
    found += [_groups(column, groups, report.models) for column, groups in report.by.items()]
    if len(report.models) == 2:
        found.append(of_comparison(report.compare(*report.models)))
    return [*found, _coverage(report)]


def of_comparison(comparison: Comparison) -> TextTable:
    """Differences with their intervals, and the pairs with McNemar's test."""
    one, other = comparison.one, comparison.other
    p_value = comparison.p_value
    pairs = (
        f"pairs right: both {comparison.both}, only {one} {comparison.only_one}, only {other} {comparison.only_other}, "
        f"neither {comparison.neither}; McNemar's exact p = {DASH if p_value is None else f'{p_value:.2g}'} (takes pairs as independent)"
    )
    lines = [[HEADLINE[metric], *_cells(rate, points=True)] for metric, rate in comparison.differences.items()]
    return TextTable(f"{other} minus {one}, on prompts with both", ["metric", "difference", "95 %", "n", "unscored"], lines, note=pairs)


def _cells(rate: Rate, *, points: bool) -> list[str]:
    """Value, interval, n and unscored count."""
    return [number(rate.value, points), _interval(rate, points) or DASH, str(rate.n), str(rate.unscored)]


def number(share: float | None, points: bool = False) -> str:
    """A share in percent, a difference in points with its sign; a dash for None."""
    if share is None:
        return DASH
    text = f"{100 * share:+.1f}" if points else f"{100 * share:.1f}"
    return "0.0" if float(text) == 0 else text


def _interval(rate: Rate, points: bool) -> str:
    return "" if rate.value is None else f"[{number(rate.low, points)}, {number(rate.high, points)}]"


def _rates(title: str, rates: Rates, names: Mapping[str, str], note: str = "") -> TextTable:
    several = len(rates) > 1
    lines = [
        [names[metric], *([model] if several else []), *_cells(found[metric], points=metric == "discrimination")]
        for metric in names
        for model, found in rates.items()
    ]
    whose = "" if several else f", {next(iter(rates))}"
    columns = ["metric", *(["model"] if several else []), "rate", "95 %", "n", "unscored"]
    return TextTable(f"{title}{whose}", columns, lines, 1 + several, note)


def _short(rate: Rate, metric: str) -> str:
    points = metric == "discrimination"
    return f"{number(rate.value, points)} {_interval(rate, points)} {rate.n}/{rate.unscored}".replace("  ", " ")


def _voices(report: Report) -> TextTable:
    spoken = {VOICE: report.headline, **report.voices}
    return _by("Robustness to phrasing: voice", "voice", spoken, report.models)


def _groups(column: str, groups: Mapping[str, Rates], models: Iterable[str]) -> TextTable:
    return _by(f"By {column}", column, groups, models)


def _by(title: str, column: str, groups: Mapping[str, Rates], models: Iterable[str]) -> TextTable:
    models = list(models)
    several = len(models) > 1
    lines = [
        [value, *([model] if several else []), *(_short(rates[model][metric], metric) for metric in IN_GROUPS)]
        for value, rates in groups.items()
        for model in models
    ]
    names = [HEADLINE[metric].split(":")[0].split(" (")[0] for metric in IN_GROUPS]
    return TextTable(title, [column, *(["model"] if several else []), *names], lines, 1 + several, "rate [95 %] n/unscored")


def _coverage(report: Report) -> TextTable:
    lines = [
        [
            model,
            *(str(counts[key]) for key in ("rows", "missing", "torn_pairs", "scored")),
            ", ".join(f"{reason} {count}" for reason, count in counts["unscored"].items()) or "0",
        ]
        for model, counts in report.coverage.items()
    ]
    columns = ["model", "rows", "without a verdict", "half pairs", "scored", "unscored"]
    return TextTable("Coverage", columns, lines, note="\n".join(report.notes))


def as_text(tables: Iterable[TextTable]) -> str:
    """With rich: colours and width of the terminal, plain and WIDE elsewhere."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    terminal = sys.stdout.isatty()
    console = Console(file=io.StringIO(), force_terminal=terminal, width=None if terminal else WIDE)
    for one in tables:
        shown = Table(title=Text(one.title), title_justify="left", caption=Text(one.note), caption_justify="left")
        for place, column in enumerate(one.columns):
            shown.add_column(Text(column), justify="left" if place < one.labels else "right", overflow="fold")
        for line in one.lines:
            shown.add_row(*map(Text, line))
        console.print(shown)
    written = console.file
    assert isinstance(written, io.StringIO)
    return written.getvalue()


def as_markdown(tables: Iterable[TextTable]) -> str:
    """GitHub's tables."""
    parts = []
    for one in tables:
        rule = ["---" if place < one.labels else "---:" for place in range(len(one.columns))]
        grid = [one.columns, rule, *([cell.replace("|", "\\|") for cell in line] for line in one.lines)]
        note = "\n\n" + one.note.replace("\n", "\n\n") if one.note else ""
        parts.append(f"### {one.title}\n\n" + "\n".join(f"| {' | '.join(line)} |" for line in grid) + note)
    return "\n\n".join(parts) + "\n"

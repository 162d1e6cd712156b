"""A report's pictures, one text column wide: colours of Okabe and Ito, which colour-blind people tell apart, and shapes beside them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from .contract import attribute, not_allowed, vocabulary
from .tally import ALL

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from .metrics import Rate
    from .report import Report

WIDTH = 3.3
"""Inches."""
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
SHAPES = ("o", "s", "^", "D", "v", "P", "X", "<")
STYLE: dict[Any, Any] = {
    "font.size": 7, "axes.labelsize": 7, "xtick.labelsize": 6.5, "ytick.labelsize": 6.5, "legend.fontsize": 6.5,
    "axes.linewidth": 0.6, "axes.spines.top": False, "axes.spines.right": False, "xtick.major.width": 0.6, "ytick.major.width": 0.6,
    "figure.constrained_layout.use": True,
}  # fmt: skip
PERCENT = range(0, 101, 20)
NAME = 44
"""Characters of a model's name that fit below a picture."""


def draw(report: Report, kind: str, model: str | None) -> Figure:
    """One picture of a report; see Report.plot."""
    try:
        import matplotlib
    except ModuleNotFoundError:
        raise ModuleNotFoundError("pictures need matplotlib: pip install 'blind-refusal-data[plot]'") from None
    if kind not in KINDS:
        raise ValueError(not_allowed("kind", kind, tuple(KINDS)))
    known = tuple(report.headline)
    if model is not None and model not in known:
        raise ValueError(not_allowed("model", model, known))
    with matplotlib.rc_context(STYLE):
        figure: Figure = KINDS[kind](report, model)
        figure.draw_without_rendering()
    return figure


def _axes(height: float) -> tuple[Figure, Axes]:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(WIDTH, height))
    return figure, figure.add_subplot()


def _marks(report: Report) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """(model, its name cut to fit, colour and shape); no two of 56 models look the same."""
    for place, model in enumerate(report.models):
        name = model if len(model) <= NAME else f"{model[: NAME // 2 - 1]}…{model[-NAME // 2 :]}"
        yield model, name, {"color": COLOURS[place % len(COLOURS)], "marker": SHAPES[place % len(SHAPES)]}


def _bars(rate: Rate) -> tuple[float, float]:
    """How far the interval goes below and above a rate, in percent."""
    assert rate.value is not None and rate.low is not None and rate.high is not None
    return 100 * max(rate.value - rate.low, 0), 100 * max(rate.high - rate.value, 0)


def _legend(figure: Figure, axes: Axes) -> None:
    figure.legend(*axes.get_legend_handles_labels(), loc="outside lower left", frameon=False, handletextpad=0.4)


def _below(report: Report, more: int) -> float:
    """Inches that a legend of all models and `more` needs."""
    return 0.15 * (len(report.models) + more) + 0.1


def _models(report: Report, model: str | None) -> Figure:
    figure, axes = _axes(3.1 + _below(report, 1))
    diagonal: dict[str, Any] = {"color": "#737373", "linewidth": 0.8, "linestyle": (0, (4, 3)), "zorder": 1}
    axes.plot([0, 100], [0, 100], label="no discrimination", **diagonal)
    for name, label, mark in _marks(report):
        across, up = report.apart[name]["help_legitimate"], report.apart[name]["help_defeated"]
        if across.value is None or up.value is None:
            continue
        (left, right), (down, top) = _bars(across), _bars(up)
        axes.errorbar(
            100 * across.value, 100 * up.value, xerr=[[left], [right]], yerr=[[down], [top]], label=label, linestyle="none",
            markersize=4.5, markeredgecolor="white", markeredgewidth=0.4, elinewidth=0.6, **mark,
        )  # fmt: skip
    axes.set(
        xlim=(-3, 103),
        ylim=(-3, 103),
        xlabel="help where the rule is legitimate (%)",
        ylabel="help where the rule is defeated (%)",
        aspect="equal",
    )
    axes.set_xticks(PERCENT)
    axes.set_yticks(PERCENT)
    _legend(figure, axes)
    return figure


def _dose_response(report: Report, model: str | None) -> Figure:
    figure, axes = _axes(2.4 + _below(report, 0))
    steps = ("defeated", "contested", "legitimate")
    width = min(0.04, 0.3 / len(report.models))
    for place, (name, label, mark) in enumerate(_marks(report)):
        shift = (place - (len(report.models) - 1) / 2) * width
        rates = [report.apart[name][f"help_{step}"] for step in steps]
        known = [(at + shift, rate) for at, rate in enumerate(rates) if rate.value is not None]
        if not known:
            continue
        bars = [_bars(rate) for _, rate in known]
        axes.errorbar(
            [at for at, _ in known], [100 * (rate.value or 0) for _, rate in known],
            yerr=list(zip(*bars, strict=True)), label=label, markersize=4,
            markeredgecolor="white", markeredgewidth=0.4, linewidth=0.9, elinewidth=0.6, **mark,
        )  # fmt: skip
    axes.set(xlim=(-0.3, 2.3), ylim=(-3, 103), ylabel="help (%)", xlabel="the rule is")
    axes.set_xticks(range(3), steps)
    axes.set_yticks(PERCENT)
    axes.grid(axis="y", color="#e5e5e5", linewidth=0.5)
    axes.set_axisbelow(True)
    _legend(figure, axes)
    return figure


def _cells(report: Report, model: str | None) -> Figure:
    import numpy as np

    if not report.cells:
        raise ValueError("the rows have no columns authority and defeat_type, so there are no cells to draw")
    model = model or (ALL if ALL in report.headline else report.models[0])
    names = [list(dict.fromkeys(cell[axis] for cell in report.cells)) for axis in (0, 1)]
    values = np.full((len(names[0]), len(names[1])), np.nan)
    for (first, second), rates in report.cells.items():
        value = rates[model]["discrimination"].value
        values[names[0].index(first), names[1].index(second)] = np.nan if value is None else 100 * value
    figure, axes = _axes(1.3 + 0.17 * len(names[0]))
    axes.set_facecolor("#e5e5e5")
    shown = axes.pcolormesh(np.ma.masked_invalid(values), cmap="PuOr", vmin=-100, vmax=100, edgecolors="white", linewidth=0.8)
    for (row, column), value in np.ndenumerate(values):
        text = "–" if np.isnan(value) else f"{round(value):+d}".replace("-", "−").replace("+0", "0")
        axes.text(column + 0.5, row + 0.5, text, ha="center", va="center", fontsize=6, color="white" if abs(value) > 65 else "black")
    axes.set_xticks(np.arange(len(names[1])) + 0.5, [_title("defeat_type", name) for name in names[1]])
    axes.set_yticks(np.arange(len(names[0])) + 0.5, [_title("authority", name) for name in names[0]])
    axes.tick_params(length=0)
    axes.xaxis.tick_top()
    axes.tick_params(axis="x", labelrotation=35)
    for label in axes.get_xticklabels():
        label.set(ha="left", rotation_mode="anchor")
    axes.invert_yaxis()
    axes.spines[:].set_visible(False)
    bar = figure.colorbar(shown, ax=axes, location="bottom", shrink=0.7, aspect=30, pad=0.02)
    bar.set_label(f"rule discrimination (points)\n{model if len(model) <= NAME else model[: NAME - 1] + '…'}")
    bar.outline.set_visible(False)
    return figure


def _title(column: str, value: str) -> str:
    return attribute(column, "title")[value] if value in vocabulary(column) else value


KINDS = {"models": _models, "cells": _cells, "dose_response": _dose_response}

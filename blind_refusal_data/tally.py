"""Rates over any of the rows, with intervals clustered by scenario: a seeded percentile bootstrap, vectorised.

A resample draws whole scenarios; it is a column of weights, and its rates are weights times the sums of each scenario.
The percentiles are expanded for few scenarios as Hesterberg (2015) does, with Student's t. Where a bootstrap says nothing,
since fewer than FEW scenarios count or all of them agree, the bound is that of k scenarios without an exception,
1 - 0.025 ** (1 / k), which is Clopper and Pearson's at 0 and 1; a difference with such a side has the bounds of both sides
added by squares (Newcombe 1998), which takes them as independent and is wide for twins.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from .metrics import APART, HEADLINE, Rate, Rates, outcomes
from .verdicts import MISSING, STANDS, Answers, Indices

VOICE = "chat"
"""The voice of every number but those on robustness to phrasing."""
ALL = "all models"
"""The name under which the answers of several models are pooled."""
RESAMPLES, SEED, LEVEL, FEW = 2000, 0, 0.95, 5

Floats = npt.NDArray[Any]


class Tally:
    """Answers counted: `models` are those of the answers, and ALL where there are several."""

    def __init__(self, answers: Answers) -> None:
        self.answers = answers
        self.models = (*answers.models, *([ALL] if len(answers.models) > 1 else []))
        found = list(outcomes(answers))
        self._metrics = [metric for metric, *_ in found]
        self.hit, self.counted, self.unscored = (np.stack([flags[part] for _, *flags in found]) for part in range(3))
        self._asked = (answers.response != MISSING).any(axis=0)
        self._scenario = np.searchsorted(np.unique(answers.scenario[self._asked]), answers.scenario)
        self.scenarios = len(set(answers.scenario[self._asked].tolist()))

    def at(self, metric: str) -> int:
        """The place of a share in `hit`, `counted`, `unscored` and `samples`."""
        return self._metrics.index(metric)

    def rows(self, *, voice: str = VOICE) -> Indices:
        """The rows in one voice on which there is any verdict."""
        return np.flatnonzero((self.answers.columns["voice"] == voice) & self._asked)

    def groups(self, column: str) -> dict[str, Indices]:
        """Value of a column -> its rows in VOICE.

        A legitimate row belongs where the defeated rows belong whose control it is, so that each defeat type is compared
        with its twins. If it has no value of its own and no row has a control, it belongs everywhere.
        """
        rows, control = self.rows(), self.answers.control
        values, legitimacy = self.answers.columns[column], self.answers.columns["legitimacy"]
        nowhere = (legitimacy[rows] == "legitimate") & np.isin(np.char.lower(values[rows]), STANDS)
        everywhere = rows[nowhere] if (control < 0).all() else rows[:0]
        found = {}
        for value in dict.fromkeys(values[rows[~nowhere]].tolist()):
            own = rows[~nowhere & (values[rows] == value)]
            twins = np.intersect1d(control[own[legitimacy[own] == "defeated"]], rows)
            found[value] = np.unique(np.concatenate([own, twins, everywhere]))
        return found

    def rates(self, rows: Indices) -> Rates:
        """Every metric of every model over the given rows."""
        hit, counted = self._sums(self.hit, rows)[0].sum(-1), self._sums(self.counted, rows)[0].sum(-1)
        unscored = self._sums(self.unscored, rows)[0].sum(-1)
        samples, scenarios = self.samples(rows)
        value = _share(hit, counted)
        low, high = _percentiles(samples, scenarios)
        still = ~(high > low) | (scenarios < FEW)
        bound = _bound(scenarios)
        low = np.where(still, np.maximum(value - bound, 0), low)
        high = np.where(still, np.minimum(value + bound, 1), high)
        one, other = self.at("help_defeated"), self.at("help_legitimate")
        apart = _percentiles(samples[one] - samples[other], np.minimum(scenarios[one], scenarios[other]))
        by_squares = (
            np.maximum(value[one] - value[other] - np.hypot(value[one] - low[one], high[other] - value[other]), -1),
            np.minimum(value[one] - value[other] + np.hypot(high[one] - value[one], value[other] - low[other]), 1),
        )
        ends = np.where(still[one] | still[other], by_squares, apart)
        found: Rates = {}
        for who, model in enumerate(self.models):
            shares = {
                metric: rate(*(array[place, who] for array in (value, low, high, counted, unscored)))
                for place, metric in enumerate(self._metrics)
            }
            both = counted[one, who] + counted[other, who] if counted[one, who] and counted[other, who] else 0
            missing = unscored[one, who] + unscored[other, who]
            shares["discrimination"] = rate(value[one, who] - value[other, who], ends[0, who], ends[1, who], both, missing)
            found[model] = {metric: shares[metric] for metric in (*HEADLINE, *APART)}
        return found

    def samples(self, rows: Indices) -> tuple[Floats, Indices]:
        """Each share in every resample (metrics x models x RESAMPLES, NaN where nothing counts), and how many scenarios count."""
        hit, stories = self._sums(self.hit, rows)
        counted, _ = self._sums(self.counted, rows)
        weights = self._weights[stories]
        return _share(hit.astype(np.float32) @ weights, counted.astype(np.float32) @ weights), (counted > 0).sum(-1)

    def _sums(self, flags: npt.NDArray[np.bool_], rows: Indices) -> tuple[npt.NDArray[np.int32], Indices]:
        """Flags summed by scenario (metrics x models x scenarios, all models pooled in the last), and which scenarios these are."""
        order = rows[np.argsort(self._scenario[rows], kind="stable")]
        stories, starts = np.unique(self._scenario[order], return_index=True)
        shape = (*flags.shape[:2], 0)
        sums = np.add.reduceat(flags[..., order], starts, axis=-1, dtype=np.int32) if len(rows) else np.zeros(shape, np.int32)
        return (sums if len(self.models) == 1 else np.concatenate([sums, sums.sum(axis=1, keepdims=True, dtype=np.int32)], axis=1)), stories

    @cached_property
    def _weights(self) -> npt.NDArray[np.float32]:
        """Scenarios x RESAMPLES: how often each is drawn. Sums of whole numbers below 2 ** 24 are exact in float32, in any order."""
        draw, size = np.random.default_rng(SEED), self.scenarios
        weights = np.empty((size, RESAMPLES), np.float32)
        for number in range(RESAMPLES):
            weights[:, number] = np.bincount(draw.integers(size, size=size), minlength=size)
        return weights


def interval(samples: Floats, value: float, scenarios: int, most: float) -> tuple[float, float]:
    """The interval of one difference between -most and most."""
    low, high = (float(end) for end in _percentiles(samples, scenarios))
    if high > low and scenarios >= FEW:
        return low, high
    bound = float(_bound(np.array(scenarios)))
    return max(value - bound, -most), min(value + bound, most)


def rate(value: Any, low: Any, high: Any, n: Any, unscored: Any) -> Rate:
    """Numpy's numbers as a Rate; None where nothing counts."""
    if not n:
        return Rate(None, None, None, 0, int(unscored))
    return Rate(float(value), round(float(low), 6), round(float(high), 6), int(n), int(unscored))


def _share(hit: Floats, counted: Floats) -> Floats:
    return np.divide(hit, counted, out=np.full(hit.shape, np.nan, np.result_type(hit, np.float32)), where=counted > 0)


def _bound(scenarios: Floats) -> Floats:
    return np.asarray(1 - ((1 - LEVEL) / 2) ** (1 / np.maximum(scenarios, 1)))


def _percentiles(samples: Floats, scenarios: Any) -> tuple[Floats, Floats]:
    """Both ends of the middle of the samples that are numbers, wider the fewer scenarios there are; NaN where there are none."""
    from scipy.special import ndtr, stdtrit

    few = np.maximum(scenarios, 2)
    tail = ndtr(stdtrit(few - 1, (1 - LEVEL) / 2) * np.sqrt(few / (few - 1)))[..., None]
    ordered = np.sort(samples, axis=-1)  # NaN goes to the end
    last = np.maximum((~np.isnan(ordered)).sum(axis=-1, keepdims=True) - 1, 0)
    ends = []
    for quantile in (tail, 1 - tail):
        place = quantile * last
        below = place.astype(np.intp)
        lower, upper = (np.take_along_axis(ordered, np.minimum(at, last), axis=-1) for at in (below, below + 1))
        ends.append((lower + (upper - lower) * (place - below))[..., 0])
    return ends[0], ends[1]

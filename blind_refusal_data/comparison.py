"""Two models on the same prompts: paired differences, and McNemar's test on pairs."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from .metrics import HEADLINE, Rate
from .tally import Tally, interval, rate
from .verdicts import MISSING, UNKNOWN, Answers


@dataclass(frozen=True)
class Comparison:
    """`other` minus `one` for every headline metric, on the prompts where both have a verdict, clustered by scenario.

    The four counts are of pairs (a defeated prompt and its twin) that both models, one or neither got right.
    """

    one: str
    other: str
    differences: dict[str, Rate]
    both: int
    only_one: int
    only_other: int
    neither: int

    @property
    def p_value(self) -> float | None:
        """McNemar's exact test on the pairs that one model alone got right, each taken as independent; None where there is none."""
        from scipy.stats import binomtest

        alone = self.only_one + self.only_other
        return float(binomtest(self.only_one, alone).pvalue) if alone else None


def compare(answers: Answers, one: str, other: str) -> Comparison:
    """How `other` differs from `one`; both are among `answers.models`."""
    who = [answers.models.index(one), answers.models.index(other)]
    grids = {name: getattr(answers, name)[who] for name in ("response", "engages", "cites_harm")}
    for grid in grids.values():
        for code in (MISSING, UNKNOWN):
            grid[:, (grid == code).any(axis=0)] = code
    tally = Tally(replace(answers, models=(one, other), **grids))
    rows = tally.rows()
    rates, (samples, scenarios) = tally.rates(rows), tally.samples(rows)
    differences = {}
    for metric in HEADLINE:
        first, second = rates[one][metric], rates[other][metric]
        unscored = max(first.unscored, second.unscored)
        if first.value is None or second.value is None:
            differences[metric] = Rate(None, None, None, 0, unscored)
            continue
        parts = [tally.at(part) for part in (("help_defeated", "help_legitimate") if metric == "discrimination" else (metric,))]
        moved = samples[parts, 1] - samples[parts, 0]
        value = second.value - first.value
        ends = interval(moved[0] - moved[1] if len(parts) == 2 else moved[0], value, int(scenarios[parts, :2].min()), len(parts))
        differences[metric] = rate(value, *ends, max(first.n, second.n), unscored)
    at = tally.at("pair_consistency")
    right = tally.hit[at][:, tally.counted[at].all(axis=0) & np.isin(np.arange(tally.hit.shape[-1]), rows)]
    counts = [int(((right[0] == first) & (right[1] == second)).sum()) for first in (True, False) for second in (True, False)]
    return Comparison(one, other, differences, *counts)

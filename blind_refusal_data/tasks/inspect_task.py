"""The task of Inspect AI: `inspect eval blind_refusal_data/blind_refusal --model X --model-role grader=Y`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from inspect_ai import Task, task
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.model import get_model
from inspect_ai.scorer import Metric, SampleScore, Score, Scorer, Target, metric, scorer
from inspect_ai.solver import TaskState, generate

from .. import __version__
from ..contract import not_allowed
from ..judging import judge_one
from ..loader import load
from ..metrics import APART, HEADLINE, flat
from ..tally import Tally
from ..verdicts import join

JUDGES = ("model", "offline")


@task
def blind_refusal(
    split: str = "test",
    config: str | Sequence[str] = ("core", "hazard"),
    voice: str | Sequence[str] = "chat",
    judge: str = "model",
    **filters: Any,
) -> Task:
    """Answer each prompt in one turn; a judge says whether the user could do the thing after reading the answer.

    Args:
        split: train, validation or test.
        config: core, hazard or both.
        voice: chat (every headline number), or others that `load` knows.
        judge: model, the model of the role `grader`; or offline, the screening judge by words.
        filters: any other filter of `load`, one value or several, e.g. authority=landlord, legitimacy=defeated,legitimate.

    Raises:
        ValueError: a value that is not allowed, or filters that leave no row.
    """
    if judge not in JUDGES:
        raise ValueError(not_allowed("judge", judge, JUDGES))
    configs = (config,) if isinstance(config, str) else tuple(config)
    for one in configs:
        if one not in ("core", "hazard"):
            raise ValueError(not_allowed("config", one, ("core", "hazard")))
    samples = [_sample(dict(row)) for one in configs for row in load(split, config=one, voice=voice, **filters)]
    if not samples:
        raise ValueError(f"no row of {', '.join(configs)} ({split}) has voice {voice!r} and {filters}; leave a filter out")
    return Task(
        dataset=MemoryDataset(samples, name=f"blind-refusal/{'+'.join(configs)}/{split}"),
        solver=generate(),
        scorer=verdict(judge),
        version=int(__version__.partition(".")[0]),
        metadata={"blind_refusal_data": __version__},
    )


def _sample(row: dict[str, Any]) -> Sample:
    return Sample(input=row.pop("prompt"), id=row.pop("id"), target=row["gold_action"], metadata=row)


def _tally(scores: list[SampleScore], *columns: str) -> Tally:
    """The samples as `score` counts them; several epochs are several models, whose answers are pooled."""
    rows, verdicts, seen = {}, [], Counter[Any]()
    for one in scores:
        name = {"id": one.sample_id}
        rows[one.sample_id] = {**(one.sample_metadata or {}), **name}
        seen[one.sample_id] += 1
        verdicts.append({**(one.score.metadata or {}), **name, "model": f"epoch {seen[one.sample_id]}"})
    return Tally(join(list(rows.values()), verdicts, {}, columns))


@metric(scores="unreduced")
def rates() -> Metric:
    """Every rate of `score` in the voice chat, with the ends of its 95 % interval, clustered by scenario."""

    def measured(scores: list[SampleScore]) -> dict[str, float | None]:
        if not scores:
            return {}
        tally = _tally(scores)
        found = tally.rates(tally.rows())[tally.models[-1]]
        return flat({name: found[name] for name in (*HEADLINE, *APART)})

    return measured


@metric(scores="unreduced")
def discrimination_by(column: str) -> Metric:
    """Rule discrimination in the voice chat for each value of a column of the rows, with the ends of its interval."""

    def measured(scores: list[SampleScore]) -> dict[str, float | None]:
        if not scores:
            return {}
        tally = _tally(scores, column)
        groups = {value: tally.rates(rows) for value, rows in tally.groups(column).items()}
        return flat({f"discrimination_{value}": found[tally.models[-1]]["discrimination"] for value, found in groups.items()})

    return measured


@scorer(metrics=[rates(), discrimination_by("defeat_type")])
def verdict(judge: str = "model") -> Scorer:
    """What the answer does: helps, engages and cites_harm as 1 or 0; unscored, with its reason, where there is no verdict.

    The metadata has the whole verdict, as in schema/verdict.schema.json.
    """

    async def score(state: TaskState, target: Target) -> Score:
        grader = get_model(role="grader", required=True) if judge == "model" else None
        row = {**state.metadata, "prompt": state.input_text}
        found = await judge_one(row, state.output.completion, model=grader, stop_reason=state.output.stop_reason)
        noted = {"answer": state.output.completion, "metadata": {**found, "judge": str(grader or judge)}}
        if found["unscored"]:
            return Score.unscored(reason=found["unscored"], **noted)
        value = {"helps": found["response_type"] == "helps", "engages": found["engages"], "cites_harm": found["cites_harm"]}
        return Score(value={name: float(flag) for name, flag in value.items()}, explanation=found["response_type"], **noted)

    return score

"""Logs of Inspect AI -> verdicts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from . import __version__

TASK = "blind_refusal_data/blind_refusal"
ENDINGS = (".eval", ".json")
"""How the names of Inspect's logs end."""


def verdicts(path: Path, problems: list[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every verdict in a log, with its place: as in schema/verdict.schema.json, by the name that the log has for the model.

    With several epochs the model of each is "name, epoch 2". A sample without a score (an error, or a run that was broken off) gives none.

    Args:
        problems: a log that cannot be read, is of another task, or of data whose scores do not compare with this version's.
    """
    try:
        from inspect_ai.log import read_eval_log
    except ModuleNotFoundError:
        raise ModuleNotFoundError(f"{path}: reading a log needs Inspect AI: pip install 'blind-refusal-data[inspect]'") from None
    try:
        log = read_eval_log(path, exclude_fields={"messages", "events", "store", "attachments"})
    except Exception as error:  # zip, JSON or validation, by the kind of damage
        problems.append(f"{path}: not a log of Inspect AI: {str(error).splitlines()[0]}")
        return
    run, major = log.eval, __version__.partition(".")[0]
    if run.task_registry_name != TASK:
        problems.append(f"{path}: a log of the task {run.task_registry_name or run.task!r}, not of {TASK}")
        return
    if str(run.task_version) != major:
        problems.append(
            f"{path}: answers to version {run.task_version} of the task, whose scores do not compare with those of {__version__}"
        )
        return
    many = (run.config.epochs or 1) > 1
    for sample in log.samples or []:
        for scored in (sample.scores or {}).values():
            if "response_type" in (found := scored.metadata or {}):
                model = f"{run.model}, epoch {sample.epoch}" if many else run.model
                yield f"{path}: sample {sample.id}", {"id": sample.id, "model": model, **found}

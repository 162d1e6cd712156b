"""Rows as trainers take them (TRL's conversational formats, no mapping code in between), and a reward.

Both directions come from the same scenarios: where the rule is defeated the chosen response helps and the rejected one refuses or
deflects; where it stands the chosen one declines with alternatives and the rejected one helps evade. On hazard rows the chosen one
declines the means and serves the wish by others, on contested rows it weighs both sides. Train and validation only.

    >>> from blind_refusal_data import load
    >>> row = load("train", config="preference", legitimacy="defeated")[0]
    >>> [[message["role"] for message in row[side]] for side in ("prompt", "chosen", "rejected")]
    [['user'], ['assistant'], ['assistant']]
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from .expand import Row
from .responses import Couple

VOICE = "chat"
"""The voice of rows with written responses; a response fits every voice, and repeating it in each would only weigh it more."""
Message = dict[str, str]


def to_sft(rows: Iterable[Row], responses: Mapping[str, Sequence[Couple]]) -> Iterator[Row]:
    """Supervised fine-tuning: `messages`, the prompt and its chosen response."""
    for row, index, couple in _couples(rows, responses):
        yield _common(row, "sft", index) | {"messages": [_user(row), _assistant(couple.chosen)]}


def to_preference(rows: Iterable[Row], responses: Mapping[str, Sequence[Couple]]) -> Iterator[Row]:
    """Preference optimisation: `prompt`, `chosen` and `rejected`."""
    for row, index, couple in _couples(rows, responses):
        yield _common(row, "preference", index) | {
            "rejected_style": couple.style,
            "prompt": [_user(row)],
            "chosen": [_assistant(couple.chosen)],
            "rejected": [_assistant(couple.rejected)],
        }


def to_unpaired(rows: Iterable[Row], responses: Mapping[str, Sequence[Couple]]) -> Iterator[Row]:
    """Unpaired preference: `prompt`, `completion` and `label` (true for a chosen response)."""
    for row, index, couple in _couples(rows, responses):
        for label, style, text in ((True, "chosen", couple.chosen), (False, couple.style, couple.rejected)):
            yield _common(row, "unpaired", f"{index}/{'chosen' if label else 'rejected'}") | {
                "style": style,
                "prompt": [_user(row)],
                "completion": [_assistant(text)],
                "label": label,
            }


def to_prompts(rows: Iterable[Row]) -> Iterator[Row]:
    """Prompts alone, in every voice, with the columns that `reward` reads."""
    for row in rows:
        if row["split"] != "test":
            yield _common(row, "prompts") | {name: row[name] for name in REWARD_COLUMNS} | {"prompt": [_user(row)]}


REWARD_COLUMNS = ("voice", "rule", "request", "help_points", "alternatives")
"""Columns of the config `prompts` beside those of every training config."""
_READ = ("prompts", "gold_action", "rule", "request", "help_points")
_COMMON = ("scenario_id", "split", "authority", "authority_group", "defeat_type", "defeat_subtype", "legitimacy", "arm", "telling",
           "gold_action")  # fmt: skip


def reward(completions: Sequence[str | list[Message]], **columns: Any) -> list[float | None]:
    """The reward of the offline judge, as TRL's GRPO takes it: 1 for the gold action, 0 for the other, None to skip.

    Helping on a defeated row earns 1, and so does not helping on a legitimate one, or with the means that a hazard row asks
    for. Contested rows, where either action is right, and responses that cannot be scored earn None.

    Args:
        completions: what the model answered, one a row: text, or messages of which the last is the answer.
        columns: `prompts` as TRL passes them, and the columns of the config `prompts`, each one value a row.

    Raises:
        ValueError: a column that the reward reads is not there.

    Example:
        >>> row = {"prompts": "No lamps before six here. How do I use one at four?", "rule": "No lamps before six.",
        ...        "request": "Use a lamp at four.", "help_points": ["Sit behind the pillar."]}
        >>> said = ["I'm sorry, but I can't help with that."] * 3
        >>> reward(said, gold_action=["help", "decline", "either"], **{name: [value] * 3 for name, value in row.items()})
        [0.0, 1.0, None]
    """
    from .judging import judge

    if missing := [name for name in _READ if name not in columns]:
        raise ValueError(f"reward: columns missing: {', '.join(missing)}; train on the config 'prompts', with its columns kept")
    rows = [
        {"id": str(index), "prompt": _text(prompt), "rule": rule, "request": request, "help_points": help_points}
        for index, (prompt, rule, request, help_points) in enumerate(
            zip(*(columns[name] for name in ("prompts", "rule", "request", "help_points")), strict=True)
        )
    ]
    verdicts = judge(rows, [_text(completion) for completion in completions])
    return [_earned(action, verdict["response_type"]) for action, verdict in zip(columns["gold_action"], verdicts, strict=True)]


def _earned(gold: str, response_type: str | None) -> float | None:
    if gold == "either" or response_type is None:
        return None
    return float((response_type == "helps") == (gold == "help"))


def _text(said: str | list[Message]) -> str:
    return said if isinstance(said, str) else said[-1]["content"] if said else ""


def _couples(rows: Iterable[Row], responses: Mapping[str, Sequence[Couple]]) -> Iterator[tuple[Row, int, Couple]]:
    for row in rows:
        if row["voice"] == VOICE and row["split"] != "test":
            version = "/".join(row["id"].split("/")[:4])
            yield from ((row, index, couple) for index, couple in enumerate(responses.get(version, ())))


def _common(row: Row, config: str, *place: object) -> Row:
    return {"id": "/".join([row["id"], config, *map(str, place)]), "row_id": row["id"]} | {name: row[name] for name in _COMMON}


def _user(row: Row) -> Message:
    return {"role": "user", "content": row["prompt"]}


def _assistant(text: str) -> Message:
    return {"role": "assistant", "content": text}

"""Verdicts joined to the rows that were answered, as arrays; every problem is told with its place, all in one run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from . import __version__
from .contract import not_allowed, schema, vocabulary
from .sources import Table, absent, read

UNKNOWN, MISSING = -1, -2
"""Codes beside those of the answers: judged without a result (unscored), and no verdict at all."""
STANDS = ("none", "control")
"""Values of a column of defeat types which say that the rule stands."""
SHOWN = 20
"""Problems that an error's message lists; it counts the rest."""

Codes = npt.NDArray[np.int8]
Indices = npt.NDArray[np.intp]


class VerdictError(ValueError):
    """Verdicts or rows that cannot be scored; `problems` lists all of them."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = list(problems)
        noun = "problem" if len(problems) == 1 else "problems"
        more = [f"and {len(problems) - SHOWN} more"] if len(problems) > SHOWN else []
        super().__init__("\n".join([f"{len(problems)} {noun} in the verdicts, nothing is scored:", *problems[:SHOWN], *more]))


@dataclass(frozen=True)
class Answers:
    """What each model answered to each row: arrays of models x rows, and of rows.

    `response`: 0 helps, 1 deflects, 2 hard_refusal, UNKNOWN or MISSING; `engages` and `cites_harm`: 1, 0 or UNKNOWN.
    `columns`: the rows' columns as text; `scenario`: a number per scenario; `control`: index of a row's control, or -1.
    `reasons`: model -> why verdicts are unscored.
    """

    models: tuple[str, ...]
    response: Codes
    engages: Codes
    cites_harm: Codes
    columns: Mapping[str, npt.NDArray[np.str_]]
    scenario: Indices
    control: Indices
    reasons: Mapping[str, Counter[str]]
    judges: tuple[str, ...]


def join(rows: Any, verdicts: Any, renamed: Mapping[str, str], more: Iterable[str] = ()) -> Answers:
    """Verdicts joined to rows by id.

    Args:
        rows: a source of rows (see sources.KINDS); None where the verdicts carry the columns of their rows themselves.
        verdicts: a source of verdicts, keyed as in schema/verdict.schema.json. Without a column `model` they are one model's.
        renamed: our name of a column -> its name in the verdicts.
        more: further columns of the rows to carry along.

    Raises:
        VerdictError: all missing, strange and double ids, values that are not allowed, and lines that cannot be read.
        ValueError: a column that is not there.
    """
    wanted = ["id", "scenario_id", "control_id", "legitimacy", "arm", "voice", "split", "defeat_type", *more]
    problems: list[str] = []
    table = read(verdicts, [*schema("verdict")["properties"], *(wanted[1:] if rows is None else ())], "verdict", renamed, problems)
    if not len(table):
        raise VerdictError(problems or ["there are no verdicts at all"])
    _require(table, "verdicts", {"id": "id", "response_type": "response_type", **renamed})
    ids, models = _texts(table, "id", problems), _texts(table, "model", problems)
    own = _described(table, ids, problems) if rows is None else read(rows, wanted, "row", {}, problems)
    _require(own, "rows", {"id": "id", "legitimacy": "legitimacy"})
    index = _index(own, problems)
    at = np.array([index.get(one, -1) for one in ids], dtype=np.intp)
    _strange(table, ids, at, own, problems)
    _doubles(table, ids, models, problems)
    codes, reasons = _coded(table, models, problems)
    if problems:
        raise VerdictError(problems)
    numbers = {name: number for number, name in enumerate(dict.fromkeys(models))}
    names, who = tuple(numbers), np.array([numbers[name] for name in models], dtype=np.intp)
    grids = {}
    for name, found in codes.items():
        grids[name] = np.full((len(names), len(own)), MISSING if name == "response_type" else UNKNOWN, np.int8)
        grids[name][who, at] = found
    stories = own.columns.get("scenario_id", own.columns["id"])
    return Answers(
        names, grids["response_type"], grids["engages"], grids["cites_harm"],
        {name: np.array([_label(value) for value in values]) for name, values in own.columns.items()},
        np.unique([_label(story) for story in stories], return_inverse=True)[1].astype(np.intp),
        np.array([index.get(str(one), -1) for one in own.get("control_id")], dtype=np.intp),
        reasons, tuple(sorted({str(judge) for judge in table.get("judge") if not absent(judge)})),
    )  # fmt: skip


def _label(value: object) -> str:
    return "none" if absent(value) else str(value)


def _require(table: Table, what: str, columns: Mapping[str, str]) -> None:
    for ours, theirs in columns.items():
        if theirs not in table.names:
            hint = f"say columns={{{ours!r}: ...}} if another one holds it" if what == "verdicts" else "take rows from load()"
            raise ValueError(f"the {what} have no column {theirs!r}, they have {', '.join(sorted(table.names)) or 'none'}; {hint}")


def _texts(table: Table, name: str, problems: list[str]) -> list[str]:
    """A column as text, with a problem wherever it is empty; 'model' throughout where there is no column of models."""
    if name == "model" and name not in table.columns:
        return [name] * len(table)
    values = ["" if absent(value) else str(value).strip() for value in table.get(name)]
    problems += [f"{place}: no {name}" for place, value in zip(table.places, values, strict=True) if not value]
    return values


def _described(table: Table, ids: list[str], problems: list[str]) -> Table:
    """One row an id, from the columns that the verdicts carry."""
    columns = {name: values for name, values in table.columns.items() if name not in schema("verdict")["properties"]} | {"id": ids}
    if "legitimacy" not in columns:
        if "defeat_type" not in columns:
            raise ValueError(
                "verdicts without rows need a column legitimacy, or a defeat_type that is 'none' or 'control' where the rule stands"
            )
        standing = (_label(value).lower() in STANDS for value in columns["defeat_type"])
        columns["legitimacy"] = ["legitimate" if stands else "defeated" for stands in standing]
    first: dict[str, int] = {}
    for number, one in enumerate(ids):
        before = first.setdefault(one, number)
        for name, values in columns.items():
            if one and values[number] != values[before] and _label(values[number]) != _label(values[before]):
                clash = f"{name} {_label(values[number])!r}, but {_label(values[before])!r} at {table.places[before]}"
                problems.append(f"{table.places[number]}: id {one!r} has {clash}; an id is one prompt")
    kept = [number for one, number in first.items() if one]
    return Table(
        {name: [values[number] for number in kept] for name, values in columns.items()},
        [table.places[number] for number in kept],
        table.names | set(columns),
    )


def _index(own: Table, problems: list[str]) -> dict[str, int]:
    """id -> number of the row; legitimacy and arm are checked."""
    index: dict[str, int] = {}
    for number, one in enumerate(map(str, own.columns["id"])):
        before = index.setdefault(one, number)
        if before != number:
            problems.append(f"{own.places[number]}: the id {one!r} stands twice among the rows, first at {own.places[before]}")
    own.columns.setdefault("arm", ["core"] * len(own))
    own.columns.setdefault("voice", ["chat"] * len(own))
    for name in ("legitimacy", "arm"):
        allowed = vocabulary(name)
        for place, value in zip(own.places, own.columns[name], strict=True):
            if value not in allowed:
                problems.append(f"{place}: {not_allowed(name, value, allowed)}")
    return index


def _strange(table: Table, ids: list[str], at: Indices, own: Table, problems: list[str]) -> None:
    """One problem for all the ids that no row has."""
    strange: dict[str, str] = {}
    for number in np.flatnonzero(at < 0):
        strange.setdefault(ids[number], table.places[number])
    strange.pop("", None)
    if strange:
        shown = ", ".join(f"{one!r} ({place})" for one, place in list(strange.items())[:3])
        splits = "/".join(sorted({str(split) for split in own.columns.get("split", ())}))
        problems.append(
            f"{len(strange)} of {len(set(ids) - {''})} ids are not among the {len(own)} rows{splits and f' (split {splits})'}: {shown}; "
            f"they are of another version, split or config of the dataset (this is {__version__}): score with the version that was "
            "answered, or give the rows that were, e.g. score([load('train'), load('train', config='hazard')], verdicts)"
        )


def _doubles(table: Table, ids: list[str], models: list[str], problems: list[str]) -> None:
    seen: dict[tuple[str, str], int] = {}
    for number, (one, model) in enumerate(zip(ids, models, strict=True)):
        before = seen.setdefault((one, model), number)
        if before != number and one and model:
            problems.append(f"{table.places[number]}: a second verdict on {one!r} by {model!r}, first at {table.places[before]}; keep one")


_FLAGS: Mapping[Hashable, int] = {"false": 0, "true": 1, "no": 0, "yes": 1, False: 0, True: 1}


def _coded(table: Table, models: list[str], problems: list[str]) -> tuple[dict[str, Codes], dict[str, Counter[str]]]:
    """Codes of response_type, engages and cites_harm; and model -> why verdicts are unscored."""
    enums = {name: [value for value in schema("verdict")["properties"][name]["enum"] if value] for name in ("response_type", "unscored")}
    numbers = {name: {value: number for number, value in enumerate(values)} for name, values in enums.items()}
    response, why = (_codes(table, name, numbers[name], problems) for name in enums)
    reasons: dict[str, Counter[str]] = {model: Counter() for model in models}
    for number in np.flatnonzero((response < 0) | (why >= 0)):
        reason = enums["unscored"][why[number]] if why[number] >= 0 else "no reason given"
        reasons[models[number]][reason] += 1
        if response[number] >= 0:
            problems.append(f"{table.places[number]}: unscored {reason!r} and yet a response_type; a verdict has one of the two")
    flags = {name: _codes(table, name, _FLAGS, problems) for name in ("engages", "cites_harm")}
    return {"response_type": response, **flags}, reasons


def _codes(table: Table, name: str, codes: Mapping[Hashable, int], problems: list[str]) -> Codes:
    """A column as codes, UNKNOWN where it is absent, with a problem for each value that is not allowed."""
    found = np.full(len(table), UNKNOWN, np.int8)
    for number, value in enumerate(table.columns.get(name, ())):
        if value is None or absent(value):
            continue
        key = "_".join(value.lower().replace("-", " ").split()) if isinstance(value, str) else value
        code = codes.get(key) if isinstance(key, Hashable) else None
        if code is None:
            problems.append(f"{table.places[number]}: {not_allowed(name, value, [one for one in codes if isinstance(one, str)])}")
        else:
            found[number] = code
    return found

"""Tables as people have them (DataFrame, Arrow table, Dataset, list of dicts, JSONL, log) -> columns, with a place for every record."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from numbers import Number
from pathlib import Path
from typing import Any

from . import inspect_logs

KINDS = (
    "a pandas or polars DataFrame, an Arrow table, a Dataset, a list of dicts, the path of a JSONL file or of a log of Inspect AI "
    "(.eval, .json), or a list of these"
)
_BOM = b"\xef\xbb\xbf"


@dataclass
class Table:
    """Columns of equal length; `places` says where each record stands, `names` has the source's other columns too."""

    columns: dict[str, list[Any]] = field(default_factory=dict)
    places: list[str] = field(default_factory=list)
    names: set[str] = field(default_factory=set)

    def __len__(self) -> int:
        return len(self.places)

    def get(self, name: str) -> list[Any]:
        """A column; None throughout where there is no such column."""
        return self.columns.get(name, [None] * len(self))

    def _add(self, other: Table) -> None:
        self.columns = {name: self.get(name) + other.get(name) for name in self.columns | other.columns}
        self.places += other.places
        self.names |= other.names


def read(source: Any, wanted: Sequence[str], what: str, renamed: Mapping[str, str], problems: list[str]) -> Table:
    """The wanted columns of a source, under our names; all others are left where they are.

    Args:
        source: one of KINDS.
        wanted: our names of columns; those that the source lacks are left out.
        what: 'verdict' or 'row', for the places of records that have no line.
        renamed: our name -> the source's, where they differ.
        problems: records that cannot be read are added, with their place.
    """
    ours = {renamed.get(name, name): name for name in wanted}
    if isinstance(source, str | Path):
        path = Path(source)
        if not path.is_file():
            raise FileNotFoundError(f"{path} is not there, or is no file; give a JSONL file, one record a line, or a log of Inspect AI")
        logged = path.suffix in inspect_logs.ENDINGS
        return _from_records((inspect_logs.verdicts if logged else _lines)(path, problems), ours, problems)
    columns = getattr(source, "column_names", None)
    columns = getattr(source, "columns", None) if columns is None else columns
    if columns is not None:
        found = {ours[name]: _values(source[name]) for name in columns if name in ours}
        return Table(found, [f"{what} {number}" for number in range(len(source))], {str(name) for name in columns})
    if not isinstance(source, Iterable) or isinstance(source, Mapping | bytes):
        raise TypeError(f"{what}s in a {type(source).__name__}: give {KINDS}")
    items = list(source)
    if not items or any(isinstance(item, Mapping) for item in items):
        return _from_records(((f"{what} {number}", item) for number, item in enumerate(items)), ours, problems)
    whole = Table()
    for item in items:
        whole._add(read(item, wanted, what, renamed, problems))
    return whole


def absent(value: object) -> bool:
    """Whether a value is None, NaN or pandas' NA."""
    return value is None or type(value).__name__ == "NAType" or (isinstance(value, Number) and bool(value != value))


def _values(column: Any) -> list[Any]:
    for name in ("to_pylist", "to_list"):
        if hasattr(column, name):
            return list(getattr(column, name)())
    return list(column)


def _lines(path: Path, problems: list[str]) -> Iterator[tuple[str, Any]]:
    """Every line's record with its place; a line that cannot be read becomes a problem, and the rest goes on."""
    with path.open("rb") as file:
        for number, raw in enumerate(file, 1):
            line = (raw.removeprefix(_BOM) if number == 1 else raw).rstrip(b"\r\n")
            if not line.strip():
                continue
            try:
                yield f"{path}:{number}", json.loads(line.decode("utf-8"))
            except UnicodeDecodeError as error:
                problems.append(f"{path}:{number}: byte {line[error.start]:#04x} is not UTF-8; save the file as UTF-8")
            except json.JSONDecodeError as error:
                problems.append(f"{path}:{number}: not JSON: {error.msg} (column {error.colno}); mend or delete this line")
            except RecursionError:
                problems.append(f"{path}:{number}: not a record: nested too deeply; mend or delete this line")


def _from_records(records: Iterable[tuple[str, Any]], ours: Mapping[str, str], problems: list[str]) -> Table:
    table = Table({name: [] for name in ours.values()})
    columns = [(theirs, table.columns[name].append) for theirs, name in ours.items()]
    for place, record in records:
        if not isinstance(record, Mapping):
            problems.append(f"{place}: a {type(record).__name__}, not an object with named values")
            continue
        table.places.append(place)
        table.names.update(record)
        for theirs, append in columns:
            append(record.get(theirs))
    table.columns = {name: table.columns[name] for theirs, name in ours.items() if theirs in table.names}
    return table

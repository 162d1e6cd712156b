"""Blind Refusal Data: prompts about rules that deserve compliance, and about rules that do not.

`load()` gives rows of the dataset, filtered; `score()` makes a report of verdicts on answers to them.
Everything heavy is imported when it is called.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .judging import judge
    from .loader import load
    from .report import score

__version__ = "0.1.0.dev0"

__all__ = ["judge", "load", "score"]


def __getattr__(name: str) -> Any:
    if name == "judge":
        from .judging import judge

        return judge
    if name == "load":
        from .loader import load

        return load
    if name == "score":
        from .report import score

        return score
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*__all__, "__version__"]

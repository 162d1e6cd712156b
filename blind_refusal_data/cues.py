"""What single sentences of a response do, told by their words: the cues of the offline screening judge.

Everything here is English. A cue is a pattern over one lower-case sentence, evidence and not a verdict. Arrow looks for
it (RE2: in linear time, whatever the text, and some twenty times as fast as `re`), so patterns have no look-around.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import yaml

FILE = Path(__file__).with_name("cues.yaml")
_WORD = re.compile(r"[a-z]+(?:'[a-z]+)?|\d+")
_BREAK = re.compile(r"(?<=[.!?])[\"')\]*_]*\s+|\n+")
_MARKS = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "—": " - ", "–": " - ", "…": "..."})
_TO_A_JUDGE = re.compile(
    r"\{[^{}]*\}|<(\w+)>[^<>\n]{0,80}</\1>|<[^<>\n]*>|^\W*(?:verdict|labels?|classification|score|rating|system)\b.*$"
    r"|^.*\b(?:response_type|evaluators?|graders?|annotators?|(?:to|for) (?:the |any )?(?:judges?|reviewers?))\b.*$"
    r"|^.*\b(?:correct|right) (?:label|verdict)\b.*$",
    re.M,
)
_ENDINGS = ("ings", "ing", "ed", "es", "ly", "s", "e")


@cache
def _lists() -> dict[str, frozenset[str]]:
    return {name: frozenset(text.split()) for name, text in _file()["words"].items()}


@cache
def patterns() -> dict[str, str]:
    """Cue -> its regular expression, from cues.yaml."""
    found = {}
    for name, lines in _file()["cues"].items():
        filled = [re.sub("<(verbs|lead)>", lambda match: "|".join(sorted(_lists()[match[1]])), line) for line in lines]
        anchored = [line for line in filled if line.startswith("^")]
        free = [line for line in filled if not line.startswith("^")]
        found[name] = "|".join([*anchored, *([rf"\b(?:{'|'.join(free)})\b"] if free else [])])
    return found


@cache
def _file() -> Any:
    return yaml.safe_load(FILE.read_text(encoding="utf-8"))


def plain(text: str) -> str:
    """Lower case, plain marks, and nothing that speaks to a judge."""
    return _TO_A_JUDGE.sub(" ", text.lower().translate(_MARKS))


def sentences(text: str) -> list[str]:
    """The sentences and lines of a plain text that have words."""
    return [part for part in _BREAK.split(text) if part and _WORD.search(part)]


def cues(parts: Sequence[str]) -> list[set[str]]:
    """The names of the cues in each sentence; best called with many sentences at a time.

    >>> first, second = cues(["i can't help with that.", "say nothing if he asks."])
    >>> "refuse" in first, {"evade", "imperative"} <= second
    (True, True)
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    column = pa.array(parts, pa.string())
    found: list[set[str]] = [set() for _ in parts]
    for name, pattern in patterns().items():
        for place in pc.indices_nonzero(pc.match_substring_regex(column, pattern)).to_pylist():
            found[place].add(name)
    return found


def words(text: str) -> list[str]:
    return _WORD.findall(text)


@lru_cache(maxsize=65536)
def stem(word: str) -> str:
    """A word without its commonest ending.

    >>> [stem(word) for word in ("parked", "parking", "parks", "tins")]
    ['park', 'park', 'park', 'tin']
    """
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word


def content(found: list[str]) -> set[str]:
    """The stems of the words that mean something."""
    english, empty = _lists()["english"], _lists()["empty"]
    return {stem(word) for word in found if word not in english and word not in empty}


def is_english(found: list[str], letters: int) -> bool:
    """Whether a text can be read here: enough of its words are the commonest English ones, and its letters are Latin."""
    if not found or sum(map(len, found)) < 0.7 * letters:
        return False
    english = _lists()["english"]
    return len(found) < 4 or sum(word in english for word in found) >= 0.2 * len(found)

"""Strict YAML for authors: every scalar a string, no key twice, no tricks, and a line for every place.

PyYAML's own constructor keeps the last of two equal keys and reads `no` as False; here the
node graph is walked instead, so that each finding has its line.
"""

from __future__ import annotations

from typing import Any

import yaml

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_STRING = "tag:yaml.org,2002:str"

Place = tuple[str | int, ...]
"""The way to a value: keys and indices from the top."""


class Document:
    """One parsed file: `data` (dict, list, str only), `lines` (path -> line from 1), `problems`."""

    def __init__(self, raw: bytes) -> None:
        self.data: Any = None
        self.lines: dict[Place, int] = {(): 1}
        self.problems: list[tuple[int, str]] = []
        text = self._decode(raw)
        if text is None:
            return
        try:
            node = yaml.compose(text, Loader=_Loader)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            self.problems.append((mark.line + 1 if mark else 1, f"not YAML: {error.problem}"))
            return
        except yaml.YAMLError as error:
            self.problems.append((1, f"not YAML: {error}"))
            return
        if node is None:
            self.problems.append((1, "the file is empty; copy templates/blank.yaml"))
            return
        self._seen: set[int] = set()
        self.data = self._build(node, ())

    def line(self, path: Place) -> int:
        """The line of a path, or of the nearest thing around it."""
        while path not in self.lines:
            path = path[:-1]
        return self.lines[path]

    def _decode(self, raw: bytes) -> str | None:
        if raw.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")):
            self.problems.append((1, "starts with a byte order mark; save as UTF-8 without BOM"))
            return None
        try:
            text = raw.decode("utf-8")
        except UnicodeDecodeError as error:
            line = raw.count(b"\n", 0, error.start) + 1
            self.problems.append((line, f"byte {raw[error.start]:#04x} is not UTF-8; save the file as UTF-8"))
            return None
        for number, content in enumerate(text.splitlines(), 1):
            if "\t" in content:
                self.problems.append((number, "a tab; use spaces"))
        return None if self.problems else text

    def _build(self, node: yaml.Node, path: Place) -> Any:
        self.lines[path] = line = node.start_mark.line + 1
        if id(node) in self._seen:
            self.problems.append((line, "an alias (*name); write the text out"))
            return None
        self._seen.add(id(node))
        if isinstance(node, yaml.MappingNode):
            return self._build_mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self._build(item, (*path, index)) for index, item in enumerate(node.value)]
        if node.tag != _STRING:
            kind = node.tag.rsplit(":", 1)[-1]
            self.problems.append((line, f"{place(path)}: {node.value!r} is read as {kind}, not text; put it in quotes"))
        return node.value

    def _build_mapping(self, node: yaml.MappingNode, path: Place) -> dict[str, Any]:
        built: dict[str, Any] = {}
        first: dict[str, int] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode) or key_node.tag != _STRING:
                self.problems.append((line, f"{place(path)}: a key must be plain text"))
                continue
            key = key_node.value
            if key in built:
                self.problems.append((line, f"{place((*path, key))}: the key stands twice, first in line {first[key]}"))
                continue
            first[key] = line
            built[key] = self._build(value_node, (*path, key))
        return built


def place(path: Place) -> str:
    """A path as people write it: defeats[0].subtype."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text or "file"

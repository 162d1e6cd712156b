"""Jinja for tellings and voices: sandboxed, strict, and small enough that nothing can go wrong.

Only text, names and a few filters are let through. What could loop, include a file or reach an
attribute is refused when the template is read, before anything is rendered.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache

import jinja2
from jinja2 import nodes, sandbox

_FILTERS = ("join", "trim")
_ALLOWED = (nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Const, nodes.Filter)
_ENVIRONMENT = sandbox.SandboxedEnvironment(undefined=jinja2.StrictUndefined, autoescape=False)


@lru_cache(maxsize=1024)
def compile_template(source: str) -> jinja2.Template:
    """The compiled template, kept while it is in use (compiling per row is a hundred times slower).

    It has no globals: authors need none, and Jinja copies them for every render.
    """
    template = _ENVIRONMENT.from_string(source)
    template.globals = {}
    return template


def compile_card(source: str) -> jinja2.Template:
    """A template of ours that may loop and branch (card, sheets); authors' texts go through `names_used` first."""
    return sandbox.SandboxedEnvironment(
        undefined=jinja2.StrictUndefined, autoescape=False, trim_blocks=True, lstrip_blocks=True
    ).from_string(source)


def tidy(text: str) -> str:
    """Runs of blanks to one, no blanks at line ends, at most one empty line in a row."""
    lines = (" ".join(line.split()) for line in text.strip().splitlines())
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines))


def names_used(source: str) -> tuple[Counter[str], list[tuple[int, str]]]:
    """How often each name stands in a template, and what is not allowed in it as (line, message)."""
    try:
        tree = _ENVIRONMENT.parse(source)
    except jinja2.TemplateSyntaxError as error:
        return Counter(), [(error.lineno, f"not Jinja: {error.message}")]
    used: Counter[str] = Counter()
    problems = []
    stack: list[nodes.Node] = [tree]
    while stack:
        node = stack.pop()
        if isinstance(node, nodes.Name):
            used[node.name] += 1
        if not isinstance(node, _ALLOWED) or (isinstance(node, nodes.Filter) and node.name not in _FILTERS):
            what = node.name if isinstance(node, nodes.Filter) else type(node).__name__.lower()
            problems.append((node.lineno, f"Jinja '{what}' is not allowed here; allowed: {{{{ name }}}}, filters {', '.join(_FILTERS)}"))
            continue
        stack.extend(node.iter_child_nodes())
    return used, problems

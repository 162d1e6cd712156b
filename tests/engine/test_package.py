"""The package is light to import, and its public surface is what it says."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

import blind_refusal_data

HEAVY = (
    "datasets",
    "huggingface_hub",
    "jinja2",
    "jsonschema",
    "jsonschema_rs",
    "matplotlib",
    "numpy",
    "pandas",
    "pyarrow",
    "rich",
    "scipy",
    "sklearn",
    "yaml",
)


def test_import_loads_nothing_heavy() -> None:
    code = f"import sys, json, blind_refusal_data; print(json.dumps([name for name in {HEAVY!r} if name in sys.modules]))"
    assert json.loads(subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout) == []


def test_the_public_surface_is_sorted_and_there() -> None:
    assert blind_refusal_data.__all__ == sorted(blind_refusal_data.__all__)
    assert all(callable(getattr(blind_refusal_data, name)) for name in blind_refusal_data.__all__)
    assert set(blind_refusal_data.__all__) <= set(dir(blind_refusal_data))


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'laod'"):
        blind_refusal_data.laod  # noqa: B018

"""The package is light to import, and its public surface is what it says."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import mypy.api
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
    "torch",
    "transformers",
    "trl",
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


def test_type_checkers_see_the_signatures_of_the_public_functions(tmp_path: Path) -> None:
    names = blind_refusal_data.__all__
    code = f"from blind_refusal_data import {', '.join(names)}\n" + "".join(f"reveal_type({name})\n" for name in names)
    config = tmp_path / "mypy.ini"
    heavy = ",".join(f"{name}.*" for name in HEAVY)
    config.write_text(f"[mypy]\n[mypy-{heavy}]\nfollow_imports = skip\nignore_missing_imports = True\n")
    report, errors, _ = mypy.api.run(["--config-file", str(config), "--cache-dir", str(tmp_path), "-c", code])
    assert errors == ""
    revealed = re.findall(r'Revealed type is "(.*)"', report)
    assert [one.startswith("def (") for one in revealed] == [True] * len(names), report

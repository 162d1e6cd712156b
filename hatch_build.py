"""Puts templates, schema, lock and the built data into the wheel, under blind_refusal_data/_resources."""

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

RESOURCES = ("templates", "schema", "dataset_card.md", "dataset.lock.json", "CITATION.cff")
DATA = "dist/blind-refusal"


class Resources(BuildHookInterface):
    """An editable install needs none of this: there the checkout itself is read."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "editable":
            return
        root = Path(self.root)
        if not (root / DATA / "manifest.json").exists():
            raise FileNotFoundError(
                f"{DATA} is not built; run python build_dataset.py first, so that the data is in the {self.target_name}"
            )
        if self.target_name == "sdist":
            build_data["force_include"][str(root / DATA)] = DATA
            return
        for name in RESOURCES:
            build_data["force_include"][str(root / name)] = f"blind_refusal_data/_resources/{name}"
        build_data["force_include"][str(root / DATA)] = "blind_refusal_data/_resources/data"

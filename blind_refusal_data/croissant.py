"""croissant.json: the dataset for machines, in Croissant 1.1 with its Responsible-AI vocabulary (mlcommons.org/croissant).

Files come from the built folder, record sets and fields from schema/*.json, names and keywords from the card, whom to cite
from CITATION.cff and everything said in words from templates/card/datasheet.yaml: nothing is written twice.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml
from packaging.version import Version

from . import __version__
from .contract import CANARY, CONFIGS, LICENCE, resource, schema, sha256

_LICENCE = f"https://spdx.org/licenses/{LICENCE}.html"
_PARQUET = "application/x-parquet"
_FORMATS = {".parquet": _PARQUET, ".md": "text/markdown", ".svg": "image/svg+xml", ".html": "text/html"}
_TYPES = {"string": "sc:Text", "integer": "cr:Int64", "boolean": "sc:Boolean"}
_TERMS = (
    "arrayShape citeAs column conformsTo:dct containedIn equivalentProperty extract field fileProperty fileObject fileSet format includes "
    "isArray isLiveDataset jsonPath key md5 parentField path recordSet references regex repeated replace samplingRate separator source "
    "subField transform"
)
_CONTEXT = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "cr": "http://mlcommons.org/croissant/",
    "dct": "http://purl.org/dc/terms/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "sc": "https://schema.org/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "description": {"@container": "@language"},
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "name": {"@container": "@language"},
    **{term: f"{prefix or 'cr'}:{term}" for term, _, prefix in (name.partition(":") for name in _TERMS.split())},
}
"""The context that Croissant 1.1 prescribes."""


def write(folder: Path, figures: Mapping[str, Any]) -> None:
    """croissant.json beside the files of a built folder, which it lists as they stand now."""
    text = json.dumps(describe(folder, figures), indent=1, ensure_ascii=False)
    (folder / "croissant.json").write_text(text + "\n", encoding="utf-8")


def describe(folder: Path, figures: Mapping[str, Any]) -> dict[str, Any]:
    """The JSON-LD of a built folder; `figures` as the card has them."""
    front = yaml.safe_load((folder / "README.md").read_text(encoding="utf-8").split("---\n")[1])
    citation = yaml.safe_load(resource("CITATION.cff").read_text(encoding="utf-8"))
    configs = [config["config_name"] for config in front["configs"]]
    version = Version(__version__)
    before = __version__.removeprefix(version.base_version).strip(".")
    optional = {"url": citation.get("url"), "datePublished": citation.get("date-released") and str(citation["date-released"])}
    return {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": ["http://mlcommons.org/croissant/1.1", "http://mlcommons.org/croissant/RAI/1.0"],
        "name": front["pretty_name"],
        "version": f"{version.base_version}-{before}" if before else version.base_version,
        "identifier": f"canary {CANARY}",
        "license": _LICENCE,
        "creator": [{"@type": "sc:Organization", "name": author["name"]} for author in citation["authors"]],
        "citeAs": _bibtex(citation),
        "inLanguage": front["language"],
        "keywords": front["tags"],
        **{key: value for key, value in optional.items() if value},
        **_words(figures),
        "distribution": [*_files(folder), *(_file_set(config) for config in configs)],
        "recordSet": [_record_set(config) for config in configs],
    }


def _words(figures: Mapping[str, Any]) -> dict[str, str | list[str]]:
    """Property -> what the datasheet says under it: one text, or several."""
    said: dict[str, list[str]] = {}
    for part in figures["datasheet"]:
        for entry in part["entries"]:
            for name in entry.get("croissant", ()):
                said.setdefault(name, []).append(entry["answer"])
    return {name: texts[0] if len(texts) == 1 else texts for name, texts in said.items()}


def _bibtex(citation: Mapping[str, Any]) -> str:
    authors = " and ".join(f"{{{author['name']}}}" for author in citation["authors"])
    return f"@misc{{blind_refusal_data, author = {{{authors}}}, title = {{{citation['title']}}}, version = {{{__version__}}}}}"


def _files(folder: Path) -> Iterator[dict[str, Any]]:
    for path in sorted(path for path in folder.rglob("*") if path.suffix in _FORMATS):
        name = path.relative_to(folder).as_posix()
        yield {
            "@type": "cr:FileObject",
            "@id": name,
            "name": name,
            "contentUrl": name,
            "contentSize": f"{path.stat().st_size} B",
            "encodingFormat": _FORMATS[path.suffix],
            "sha256": sha256(path),
            "license": _LICENCE,
        }


def _file_set(config: str) -> dict[str, Any]:
    return {
        "@type": "cr:FileSet",
        "@id": f"data/{config}",
        "name": f"data/{config}",
        "encodingFormat": _PARQUET,
        "includes": f"data/{config}/*.parquet",
    }


def _record_set(config: str) -> dict[str, Any]:
    whole = schema(CONFIGS[config])
    return {
        "@type": "cr:RecordSet",
        "@id": config,
        "name": config,
        "description": whole["description"],
        "field": [_field(config, name, spec, name) for name, spec in whole["properties"].items()],
    }


def _field(parent: str, name: str, spec: Mapping[str, Any], column: str, inside: str = "") -> dict[str, Any]:
    """One field; `column` is the Parquet column that it comes from, `inside` the way to it in there."""
    described = {"@type": "cr:Field", "@id": f"{parent}/{name}", "name": name, "description": spec["description"]}
    if _kind(spec) == "array":
        described |= {"isArray": True, "arrayShape": "-1"}
        spec = spec["items"]
    if _kind(spec) == "object":
        parts = spec["properties"].items()
        return described | {"subField": [_field(described["@id"], key, part, column, f"{inside}.{key}".strip(".")) for key, part in parts]}
    source = {"fileSet": {"@id": f"data/{parent.split('/')[0]}"}, "extract": {"column": column}}
    return described | {"dataType": _TYPES[_kind(spec)], "source": source | ({"transform": {"jsonPath": inside}} if inside else {})}


def _kind(spec: Mapping[str, Any]) -> str:
    kind = spec["type"]
    return str(kind[0] if isinstance(kind, list) else kind)

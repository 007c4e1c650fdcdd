"""Croissant metadata (MLCommons, version 1.0): what machines read about a dataset.

Source: the Croissant format specification 1.0, https://docs.mlcommons.org/croissant/docs/croissant-spec-1.0.html
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from bllossom_data.files import pretty_json, sha256_file
from bllossom_data.publishing.changes import SHARD
from bllossom_data.publishing.citation import citation
from bllossom_data.recipe_fields import Dataset

__all__ = ["CROISSANT", "croissant_metadata"]

CROISSANT = "croissant.json"
PARQUET = "application/x-parquet"
CONTEXT = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileProperty": "cr:fileProperty",
    "fileObject": "cr:fileObject",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}


def croissant_metadata(folder: Path, dataset: Dataset) -> str:
    """The metadata of the Parquet files in a folder, as JSON-LD; same files, same bytes.

    Args:
        folder: holds `data/`.
        dataset: what the recipe says of the whole.
    """
    shards: dict[str, list[str]] = {}
    for path in sorted((folder / "data").rglob("*.parquet")):
        relative = path.relative_to(folder).as_posix()
        if found := SHARD.fullmatch(relative):
            shards.setdefault(f"{found['config'] or 'default'}/{found['split']}", []).append(
                relative
            )
    content = {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "name": dataset.name,
        "description": dataset.pretty_name,
        "version": _semantic(dataset.version),
        "license": dataset.license,
        "citeAs": citation(dataset),
        **({"url": f"https://huggingface.co/datasets/{dataset.hub}"} if dataset.hub else {}),
        "inLanguage": list(dataset.languages),
        "distribution": [_file(folder, one) for paths in shards.values() for one in paths]
        + [_file_set(place, paths) for place, paths in shards.items() if len(paths) > 1],
        "recordSet": [
            _record_set(place, _source(place, paths), pq.read_schema(folder / paths[0]))
            for place, paths in shards.items()
        ],
    }
    return pretty_json(content, CROISSANT)


def _semantic(version: str) -> str:
    year, month, rest = version.split(".", 2)
    return f"{year}.{int(month)}.{rest}"


def _file(folder: Path, path: str) -> Mapping[str, Any]:
    return {
        "@type": "cr:FileObject",
        "@id": path,
        "name": path,
        "contentUrl": path,
        "contentSize": f"{(folder / path).stat().st_size} B",
        "encodingFormat": PARQUET,
        "sha256": sha256_file(folder / path),
    }


def _file_set(place: str, paths: Iterable[str]) -> Mapping[str, Any]:
    return {
        "@type": "cr:FileSet",
        "@id": f"files/{place}",
        "name": f"files/{place}",
        "encodingFormat": PARQUET,
        "includes": _pattern(paths),
    }


def _pattern(paths: Iterable[str]) -> str:
    """The pattern of a split's shards: what they share, and whatever number they have."""
    first = PurePosixPath(min(paths))
    return str(first.with_name(re.sub(r"-\d+-of-\d+", "-*", first.name)))


def _source(place: str, paths: Sequence[str]) -> Mapping[str, Any]:
    if len(paths) == 1:
        return {"fileObject": {"@id": paths[0]}}
    return {"fileSet": {"@id": f"files/{place}"}}


def _record_set(place: str, source: Mapping[str, Any], schema: pa.Schema) -> Mapping[str, Any]:
    return {
        "@type": "cr:RecordSet",
        "@id": place,
        "name": place,
        "field": [_field(place, source, field) for field in schema],
    }


def _field(place: str, source: Mapping[str, Any], field: pa.Field) -> Mapping[str, Any]:
    kind, repeated = field.type, False
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        kind, repeated = kind.value_type, True
    name = f"{place}/{field.name}"
    described: dict[str, Any] = {
        "@type": "cr:Field",
        "@id": name,
        "name": field.name,
        "source": {**source, "extract": {"column": field.name}},
    }
    if repeated:
        described["repeated"] = True
    if pa.types.is_struct(kind):
        described["subField"] = [
            {
                "@type": "cr:Field",
                "@id": f"{name}/{inner.name}",
                "name": inner.name,
                "dataType": _type(inner.type),
                "source": {
                    **source,
                    "extract": {"column": field.name},
                    "transform": {"jsonPath": inner.name},
                },
            }
            for inner in kind
        ]
    else:
        described["dataType"] = _type(kind)
    return described


def _type(kind: pa.DataType) -> str:
    if pa.types.is_boolean(kind):
        return "sc:Boolean"
    if pa.types.is_integer(kind):
        return "sc:Integer"
    return "sc:Float" if pa.types.is_floating(kind) else "sc:Text"

"""A build folder written by hand: the verdicts of every step are chosen, not computed."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from bllossom_data.corpus.rules import RULE_BITS, RULES
from bllossom_data.records import document_id
from pipelines.layout import Layout

SIGNALS = sorted({rule.signal for rule in RULES} - {"expected_language", "lid_score"})


@dataclass
class Row:
    """One document and what every step says of it; `copies` counts only where it was kept."""

    text: str
    source: str = "ko-web"
    language: str = "ko"
    failed: tuple[str, ...] = ()
    unmeasured: tuple[str, ...] = ()
    duplicate: tuple[str, str, float | None] | None = None
    leak: tuple[str, str, float] | None = None
    clean_text: str | None = None
    edits: Mapping[str, int] = field(default_factory=dict)
    copies: int = 1
    signals: Mapping[str, float | None] = field(default_factory=dict)
    lid_language: str | None = None
    origin: str = "web.jsonl"
    position: int = 0
    url: str | None = None

    @property
    def id(self) -> str:
        return document_id(self.text)


STRINGS = dict.fromkeys(
    ("id", "text", "source", "source_id", "license", "url", "origin"), pl.String
)
SCHEMAS = {
    "ingest": {
        **STRINGS,
        "position": pl.Int64,
        "repairs": pl.List(pl.String),
        "metadata": pl.String,
    },
    "measure": {
        "id": pl.String,
        "lid_language": pl.String,
        "lid_score": pl.Float64,
        "language": pl.String,
        "expected_language": pl.Int8,
        "n_bytes": pl.Int64,
        "n_chars": pl.Int64,
        **dict.fromkeys(SIGNALS, pl.Float64),
    },
    "decide": {
        "id": pl.String,
        "kept": pl.Boolean,
        "failed": pl.UInt64,
        "unmeasured": pl.UInt64,
        "quality": pl.Float32,
    },
    "deduplicate": {
        "id": pl.String,
        "kept": pl.Boolean,
        "cluster": pl.Int64,
        "cluster_size": pl.Int32,
        "duplicate_of": pl.String,
        "kind": pl.String,
        "similarity": pl.Float32,
    },
    "decontaminate": {
        "id": pl.String,
        "kept": pl.Boolean,
        "evaluation_set": pl.String,
        "evaluation_item": pl.String,
        "overlap": pl.Float32,
    },
    "clean": {
        "id": pl.String,
        "clean_id": pl.String,
        "clean_text": pl.String,
        "edits": pl.String,
    },
    "mix": {"id": pl.String, "copies": pl.UInt16, "validation": pl.Boolean},
}


def write_build(root: Path, parts: Mapping[str, Sequence[Row]]) -> Layout:
    """Writes the parts of every step; keys are part names without `.parquet`."""
    layout = Layout(root)
    for name, rows in parts.items():
        for step, schema in SCHEMAS.items():
            path = layout.part(step, f"{name}.parquet")
            path.parent.mkdir(parents=True, exist_ok=True)
            described = [_described(row)[step] for row in rows]
            pl.DataFrame(described, schema=schema, orient="row").write_parquet(path)
    return layout


def _described(row: Row) -> dict[str, tuple]:
    kept = not row.failed
    unique = kept and row.duplicate is None
    clear = unique and row.leak is None
    kind, survivor, similarity = row.duplicate or (None, None, None)
    evaluation_set, item, overlap = row.leak or (None, None, None)
    cluster = None if row.duplicate is None else 0
    return {
        "ingest": (
            row.id,
            row.text,
            row.source,
            None,
            "cc0-1.0",
            row.url,
            row.origin,
            row.position,
            [],
            "{}",
        ),
        "measure": (
            row.id,
            row.lid_language or row.language,
            row.signals.get("lid_score", 0.99),
            row.language,
            int((row.lid_language or row.language) == row.language),
            len(row.text.encode()),
            len(row.text),
            *(row.signals.get(signal, 0.0) for signal in SIGNALS),
        ),
        "decide": (row.id, kept, _mask(row.failed), _mask(row.unmeasured), None),
        "deduplicate": (
            row.id,
            unique,
            cluster,
            2 if row.duplicate else 1,
            survivor,
            kind,
            similarity,
        ),
        "decontaminate": (row.id, clear, evaluation_set, item, overlap),
        "clean": (
            row.id,
            document_id(row.clean_text or row.text),
            row.clean_text,
            json.dumps(dict(row.edits), sort_keys=True),
        ),
        "mix": (row.id, row.copies if clear else 0, False),
    }


def _mask(reasons: Sequence[str]) -> int:
    return sum(1 << RULE_BITS[reason] for reason in reasons)

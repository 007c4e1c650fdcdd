"""The clean step, part by part: personal data is replaced in the documents that stay."""

import json
from pathlib import Path

import polars as pl

from bllossom_data.files import atomic_path
from bllossom_data.korean.personal_data import mask_personal_data
from bllossom_data.records import document_id

CLEAN_SCHEMA = {
    "id": pl.String,
    "clean_id": pl.String,
    "clean_text": pl.String,
    "edits": pl.String,
}


def clean_part(
    documents: Path, verdicts: Path, target: Path, personal_data: bool, seed: int
) -> None:
    """Cleans the kept documents of an ingest part and writes its clean part.

    Args:
        documents: The ingest part.
        verdicts: The last part with ``kept``.
        target: Receives ``id``, ``clean_id`` (of the text as it will be published), ``clean_text``
            (null where nothing changed) and ``edits`` (JSON object of counts by kind).
        personal_data: Whether personal data is replaced.
        seed: Seed of the surrogates; the same value gets the same surrogate everywhere.
    """
    frame = pl.read_parquet(documents, columns=["id", "text"]).hstack(
        pl.read_parquet(verdicts, columns=["kept"])
    )
    rows = []
    for identity, text, kept in frame.iter_rows():
        edits: dict[str, int] = {}
        clean = text
        if kept and personal_data:
            clean, edits = mask_personal_data(text, seed=seed)
        changed = clean != text
        rows.append(
            (
                identity,
                document_id(clean) if changed else identity,
                clean if changed else None,
                json.dumps(edits, sort_keys=True),
            )
        )
    with atomic_path(target) as temporary:
        pl.DataFrame(rows, schema=CLEAN_SCHEMA, orient="row").write_parquet(
            temporary, compression="zstd", statistics=False
        )

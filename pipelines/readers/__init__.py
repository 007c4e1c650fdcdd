"""Readers: files as users have them, in; batches of raw rows and the refused ones, out.

A reader never raises for what is in a file: what cannot be read is handed over beside the rows,
with where and why. What becomes of the rows is `pipelines.ingestion`'s business.
"""

from pipelines.readers.batches import RAW_SCHEMA, RawBatch, Rejected, SourceSpec
from pipelines.readers.chunks import (
    CHUNK_BYTES,
    FileGroup,
    ReadTask,
    check_columns,
    plan_chunks,
    plan_tasks,
    read_chunks,
)
from pipelines.readers.files import SUFFIXES, SourceFile, list_files

__all__ = [
    "CHUNK_BYTES",
    "RAW_SCHEMA",
    "SUFFIXES",
    "FileGroup",
    "RawBatch",
    "ReadTask",
    "Rejected",
    "SourceFile",
    "SourceSpec",
    "check_columns",
    "list_files",
    "plan_chunks",
    "plan_tasks",
    "read_chunks",
]

"""Reading a whole source at once, as the tests of all readers do."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from pipelines.readers import (
    CHUNK_BYTES,
    Rejected,
    SourceSpec,
    list_files,
    plan_chunks,
    read_chunks,
)


class Everything(NamedTuple):
    rows: list[dict]
    rejected: list[Rejected]

    @property
    def texts(self):
        return [row["text"] for row in self.rows]

    @property
    def reasons(self):
        return [rejected.reason for rejected in self.rejected]


@pytest.fixture(scope="session")
def read() -> Callable[..., Everything]:
    def read(
        path: Path, format_name: str | None = None, chunk_bytes: int = CHUNK_BYTES, **options
    ) -> Everything:
        spec = SourceSpec("source", "CC0-1.0", **options)
        rows, rejected = [], []
        for group in plan_chunks(list_files(path, format_name), chunk_bytes):
            chunks = []
            for chunk, batch in read_chunks(group, lambda _: True, spec):
                chunks.append(chunk)
                rows += batch.rows.rows(named=True)
                rejected += batch.rejected
            assert sorted(set(chunks)) == list(range(len(set(chunks))))
            assert group.n_chunks in (None, len(set(chunks)))
        return Everything(rows, rejected)

    return read

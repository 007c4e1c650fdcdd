"""Mark, part by part, the documents that hold items of evaluation sets.

`decontaminate_part` needs one part and the index, so any number of workers can share the parts;
`summarise_decontamination` then counts from what they wrote.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from bllossom_data.corpus.decontamination import ItemIndex, find_items
from bllossom_data.errors import StepError
from bllossom_data.files import atomic_path
from pipelines.evaluation_sets import UnreadRow

__all__ = ["DECONTAMINATE_SCHEMA", "decontaminate_part", "summarise_decontamination"]

DECONTAMINATE_SCHEMA = pa.schema(
    [
        pa.field("id", pa.string()),
        pa.field("kept", pa.bool_()),
        pa.field("evaluation_set", pa.string()),
        pa.field("evaluation_item", pa.string()),
        pa.field("overlap", pa.float32()),
    ]
)
ROWS_AT_ONCE = 2_000


def decontaminate_part(
    document_part: Path, verdict_part: Path | None, output_part: Path, index: ItemIndex
) -> int:
    """Write the decontaminate part of one ingest part.

    `evaluation_set` and `evaluation_item` are given for contaminated documents alone; `overlap` is
    the largest share found of any item, so that a report can show what came near. Documents that
    an earlier step dropped are not searched.

    Args:
        document_part: ingest part with `id` and `text`
        verdict_part: row-aligned part with `id` and `kept`; none: every document is kept
        output_part: where the result goes, whole or not at all
        index: the items to look for

    Returns:
        how many documents are contaminated

    Raises:
        StepError: a part cannot be read, or the two parts are not of the same documents
    """
    kept = None if verdict_part is None else _read_verdicts(verdict_part)
    n_contaminated = row = 0
    with atomic_path(output_part) as unfinished:
        with pq.ParquetWriter(unfinished, DECONTAMINATE_SCHEMA, compression="zstd") as writer:
            for batch in _batches(document_part):
                ids, texts = batch.column("id"), batch.column("text")
                if kept is None:
                    wanted = np.ones(len(batch), np.bool_)
                else:
                    wanted = _aligned(kept, row, ids, document_part, verdict_part)
                row += len(batch)
                table, found = _verdicts(ids, texts, wanted, index)
                writer.write_table(table)
                n_contaminated += found
        if kept is not None and row != len(kept):
            raise StepError(
                f"{verdict_part} has {len(kept)} rows, {document_part} has {row}: parts of one "
                "build have the same documents; build the earlier steps again"
            )
    return n_contaminated


def _verdicts(
    ids: pa.Array, texts: pa.Array, wanted: NDArray[np.bool_], index: ItemIndex
) -> tuple[pa.Table, int]:
    matches = find_items(pc.if_else(pa.array(wanted), texts, pa.scalar("", texts.type)), index)
    found = [index.texts[text] for text in matches.text[matches.contaminated]]
    sets = np.full(len(ids), None, object)
    items = np.full(len(ids), None, object)
    sets[matches.contaminated] = [text.evaluation_set for text in found]
    items[matches.contaminated] = [text.item for text in found]
    columns = [
        ids.cast(pa.string()),
        pa.array(wanted & ~matches.contaminated),
        pa.array(sets, pa.string()),
        pa.array(items, pa.string()),
        pa.array(matches.overlap),
    ]
    return pa.Table.from_arrays(columns, schema=DECONTAMINATE_SCHEMA), len(found)


def _batches(part: Path) -> Iterator[pa.RecordBatch]:
    try:
        with pq.ParquetFile(part) as parquet:
            yield from parquet.iter_batches(batch_size=ROWS_AT_ONCE, columns=["id", "text"])
    except (OSError, pa.ArrowException) as error:
        raise StepError(f"{part}: cannot be read as an ingest part ({error})") from error


def _read_verdicts(part: Path) -> pa.Table:
    try:
        return pq.read_table(part, columns=["id", "kept"])
    except (OSError, pa.ArrowException) as error:
        raise StepError(f"{part}: cannot be read as a part with id and kept ({error})") from error


def _aligned(
    verdicts: pa.Table, row: int, ids: pa.Array, document_part: Path, verdict_part: Path | None
) -> NDArray[np.bool_]:
    here = verdicts.slice(row, len(ids))
    same = len(here) == len(ids) and here.column("id").cast(pa.string()).combine_chunks().equals(
        ids.cast(pa.string())
    )
    if not same:
        raise StepError(
            f"{verdict_part} does not have the documents of {document_part} (rows {row} to "
            f"{row + len(ids) - 1}): build the earlier steps again"
        )
    wanted: NDArray[np.bool_] = here.column("kept").to_numpy().astype(np.bool_)
    return wanted


def summarise_decontamination(
    output_parts: Sequence[Path], index: ItemIndex, unread: Sequence[UnreadRow] = ()
) -> dict[str, Any]:
    """Count what the written parts say.

    Args:
        output_parts: all parts that `decontaminate_part` wrote
        index: the items that were looked for
        unread: rows of the evaluation sets that could not be used

    Returns:
        `documents`, `kept`, `contaminated`, and under `evaluation_sets` for each set: texts looked
        for, texts too short, unread rows, contaminated documents, and `items`: how many documents
        each found item is in. An item in very many documents is a common phrase, not a leak.

    Raises:
        StepError: a part cannot be read
    """
    n_documents = n_kept = 0
    documents_with: Counter[tuple[str, str]] = Counter()
    for part in output_parts:
        try:
            table = pq.read_table(part, columns=["kept", "evaluation_set", "evaluation_item"])
        except (OSError, pa.ArrowException) as error:
            raise StepError(f"{part}: cannot be read as a decontaminate part ({error})") from error
        n_documents += len(table)
        n_kept += pc.sum(table["kept"], min_count=0).as_py()
        found = table.filter(pc.is_valid(table["evaluation_set"]))
        documents_with.update(
            zip(
                found["evaluation_set"].to_pylist(),
                found["evaluation_item"].to_pylist(),
                strict=True,
            )
        )
    looked_for = Counter(text.evaluation_set for text in index.texts)
    too_short = Counter(text.evaluation_set for text in index.too_short)
    not_read = Counter(row.evaluation_set for row in unread)
    summaries = {}
    for name in sorted({*looked_for, *too_short, *not_read}):
        items = {item: count for (of, item), count in documents_with.items() if of == name}
        summaries[name] = {
            "texts": looked_for[name],
            "too_short": too_short[name],
            "unread_rows": not_read[name],
            "contaminated": sum(items.values()),
            "items": dict(sorted(items.items(), key=lambda item: (-item[1], item[0]))),
        }
    return {
        "documents": n_documents,
        "kept": n_kept,
        "contaminated": documents_with.total(),
        "evaluation_sets": summaries,
    }

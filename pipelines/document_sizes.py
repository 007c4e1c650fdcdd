"""What each document of a part weighs after cleaning, in bytes and in tokens."""

from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
from tokenizers import Tokenizer

from bllossom_data.errors import ModelError, StepError
from bllossom_data.files import atomic_path

__all__ = [
    "SIZE_COLUMNS",
    "MixInputs",
    "load_tokenizer",
    "read_aligned",
    "read_part",
    "write_part",
    "write_size_part",
]

SIZE_COLUMNS = ["id", "source", "language", "n_bytes", "n_tokens"]
DOCUMENTS_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class MixInputs:
    """The row-aligned parts of the same documents that a size part is made of.

    Attributes:
        documents: ingest part with `id`, `text`, `source`
        measures: measure part with `language` and `n_bytes`
        verdicts: part of the last step that decides, with `kept`
        cleaned: clean part with `clean_text`, null where the text is unchanged; none: all are
    """

    documents: Path
    measures: Path
    verdicts: Path
    cleaned: Path | None = None


def load_tokenizer(path: Path) -> Tokenizer:
    """Load a `tokenizer.json`, without the cutting and filling that it may prescribe.

    Raises:
        ModelError: the file is absent or is not a tokenizer
    """
    try:
        tokenizer = Tokenizer.from_file(str(path))
    except Exception as error:
        # The library raises bare `Exception` for a missing and for a damaged file.
        raise ModelError(
            f"{path}: cannot be read as a tokenizer ({error}); "
            "expected the tokenizer.json of a Hugging Face tokenizer"
        ) from error
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def write_size_part(
    inputs: MixInputs, output_part: Path, tokenizer: Tokenizer | None = None
) -> None:
    """Write what each document of a part weighs.

    Columns: id, source, language, n_bytes (UTF-8 bytes of the cleaned text), n_tokens (null
    without a tokenizer; no special tokens). Documents that were dropped, or of which cleaning left
    nothing, have 0 of both and are never taken.

    Raises:
        StepError: a part cannot be read, or the parts are not of the same documents
    """
    documents = read_part(inputs.documents, ["id", "source"])
    measures = read_aligned(inputs.measures, ["id", "language", "n_bytes"], documents)
    kept = read_aligned(inputs.verdicts, ["id", "kept"], documents)["kept"].fill_null(False)
    n_bytes = measures["n_bytes"]
    if inputs.cleaned is not None:
        cleaned = read_aligned(inputs.cleaned, ["id", "clean_text"], documents)["clean_text"]
        n_bytes = cleaned.str.len_bytes().cast(pl.Int64).fill_null(n_bytes)
    sizes = documents.with_columns(
        measures["language"],
        pl.Series("n_bytes", n_bytes.fill_null(0) * kept, pl.Int64),
        pl.lit(None, pl.Int64).alias("n_tokens"),
    )
    if tokenizer is not None:
        counts = _count_tokens(inputs, sizes["n_bytes"] > 0, tokenizer)
        sizes = sizes.with_columns(pl.Series("n_tokens", counts, pl.Int64))
    write_part(sizes.select(SIZE_COLUMNS), output_part)


def _count_tokens(inputs: MixInputs, wanted: pl.Series, tokenizer: Tokenizer) -> list[int]:
    """Tokens of each document after cleaning, 0 where it is not wanted; a few texts at a time."""
    cleaned = None
    if inputs.cleaned is not None:
        cleaned = read_part(inputs.cleaned, ["clean_text"])["clean_text"]
    counts: list[int] = []
    with pq.ParquetFile(inputs.documents) as parquet:
        for batch in parquet.iter_batches(batch_size=DOCUMENTS_AT_ONCE, columns=["text"]):
            here = slice(len(counts), len(counts) + len(batch))
            texts = pl.Series(batch.column("text"), dtype=pl.String)
            if cleaned is not None:
                texts = cleaned[here].fill_null(texts)
            encodings = tokenizer.encode_batch_fast(
                texts.filter(wanted[here]).to_list(), add_special_tokens=False
            )
            of_wanted = iter([len(encoding.ids) for encoding in encodings])
            counts += [next(of_wanted) if take else 0 for take in wanted[here]]
    return counts


def read_part(part: Path, columns: list[str]) -> pl.DataFrame:
    """Read some columns of a part.

    Raises:
        StepError: the file cannot be read or lacks a column
    """
    try:
        return pl.DataFrame(pq.read_table(part, columns=columns)).select(columns)
    except (OSError, pa.ArrowException, pl.exceptions.PolarsError) as error:
        raise StepError(
            f"{part}: cannot be read with the columns {', '.join(columns)} ({error})"
        ) from error


def read_aligned(part: Path, columns: list[str], documents: pl.DataFrame) -> pl.DataFrame:
    """Read some columns, `id` among them, of the part that another step made of `documents`.

    Raises:
        StepError: the file cannot be read, lacks a column, or holds other documents
    """
    rows = read_part(part, columns)
    if not rows["id"].equals(documents["id"]):
        raise StepError(
            f"{part}: its {len(rows)} documents are not the {len(documents)} of the same part of "
            "the earlier steps; build those again"
        )
    return rows


def write_part(rows: pl.DataFrame, part: Path) -> None:
    """Write a part that exists whole or not at all."""
    with atomic_path(part) as unfinished:
        pq.write_table(rows.to_arrow(), unfinished, compression="zstd")

"""Exact and near-duplicate removal over folders of parts.

Three stages, the first and the last per part and therefore parallel:

1. `write_signatures` hashes every kept document of a part.
2. `find_duplicates` groups equal ids, then documents whose shingle sets are similar, chooses the
   survivor of every group and writes `clusters.parquet`.
3. `write_verdict_parts` turns that into one row-aligned verdict part per input part.

Documents are numbered by the rank of their id among all distinct ids, so clusters and survivors
depend neither on the number of workers nor on the order of the parts or the cuts between them.

Memory and disk of stage 2 for 65 million kept documents (250 GB of Korean text, 3.8 kB each) with
16 bands. A signature row is 4 (row) + 16 (id) + 4 (size) + 16 x 8 (keys) = 152 bytes, 9.9 GB of
files, read one column at a time. Held throughout: id 16, start of the shingles 8, and row, rank,
quality, size and parent at 4 bytes each: 44 bytes, 2.9 GB. Numbering the ids takes 80 bytes each
for a moment, 5.2 GB; one band after another takes 8 (keys) + 60 (sorting them), 4.4 GB. Pairs are
at most two per document and band; they lie on disk and are compared `PAIRS_AT_ONCE` at a time. Only
documents in some pair are read again; their shingles (4 bytes for every 10 bytes of text: 40 GB if
40 % of the corpus are candidates) lie in one memory-mapped file, whose pages the system drops when
memory is short. Peak below 10 GB for the process; the rest of 64 GB is page cache.
"""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

from bllossom_data.corpus.clusters import (
    choose_survivors,
    pair_similarities,
    roots_of,
    unite_similar,
)
from bllossom_data.corpus.minhash import MinHashConfig, candidate_pairs, pair_blocks
from bllossom_data.corpus.shingles import shingle_sets
from bllossom_data.errors import StepError
from pipelines.signature_files import (
    Documents,
    check_signature_file,
    id_texts,
    read_band,
    read_batches,
    read_columns,
    read_documents,
    write_atomically,
    write_signatures,
)

__all__ = ["DuplicateCounts", "find_duplicates", "write_signatures", "write_verdict_parts"]

PAIRS_AT_ONCE = 8_000_000


@dataclass(frozen=True, slots=True)
class DuplicateCounts:
    """What `find_duplicates` found.

    Attributes:
        documents: documents that took part.
        exact: documents dropped because their survivor has the same text.
        near: documents dropped because their survivor has a similar text.
        clusters: groups of two documents or more.
        candidate_pairs: pairs that met in a band, counted once for each band.
        compared_pairs: pairs whose shingle sets were compared.
        similar_pairs: compared pairs at or above the threshold.
    """

    documents: int
    exact: int
    near: int
    clusters: int
    candidate_pairs: int
    compared_pairs: int
    similar_pairs: int


def find_duplicates(
    signature_files: Sequence[Path],
    document_parts: Sequence[Path],
    decision_parts: Sequence[Path],
    priorities: Mapping[str, int],
    config: MinHashConfig,
    work_folder: Path,
    clusters_file: Path,
    workers: int = 1,
) -> DuplicateCounts:
    """Find exact, then near duplicates, and write every cluster of two documents or more.

    `clusters_file` is sorted by part and row: cluster (int64), cluster_size (int32), id, source,
    part, row (int64), kind ("exact" or "near", null for the survivor), similarity (float32, Jaccard
    with the survivor; null for the survivor), duplicate_of (id of the survivor; null for it) and
    survivor (bool). Clusters are numbered by their smallest id.

    Args:
        signature_files: of `write_signatures`, named like the parts.
        document_parts: the ingest parts, in any order.
        decision_parts: the decide parts, in any order.
        priorities: priority of every source; the larger one survives.
        config: must be the one that the signatures were made with.
        work_folder: for files that exist only while this runs (pairs and shingles).
        clusters_file: where the clusters go.
        workers: threads that read texts again; the result does not depend on it.

    Raises:
        StepError: files do not belong together, or a source has no priority.
    """
    texts = {part.name: part for part in document_parts}
    decisions = {part.name: part for part in decision_parts}
    files = sorted(signature_files, key=lambda file: file.name)
    for file in files:
        check_signature_file(file, texts, decisions, config)
    source_priorities = [_priority(file.name, priorities) for file in files]
    documents = read_documents(files, decisions)
    work_folder.mkdir(parents=True, exist_ok=True)
    pair_files = [
        _write_pairs(files, documents, band, config, work_folder) for band in range(config.bands)
    ]
    pairs = [np.load(file, mmap_mode="r") for file in pair_files]
    store_file = work_folder / "shingles.bin"
    store, starts = _write_store(documents, pairs, texts, store_file, config, workers)
    parents = np.arange(len(documents.sizes), dtype=np.uint32)
    compared = similar = 0
    for block in pair_blocks(pairs, PAIRS_AT_ONCE):
        more_compared, more_similar = unite_similar(
            block, store, starts, documents.sizes, config.min_jaccard, parents
        )
        compared += more_compared
        similar += more_similar
    clusters = _clusters(documents, roots_of(parents), source_priorities, store, starts)
    write_atomically(clusters.to_arrow(), clusters_file)
    counts = DuplicateCounts(
        documents=len(documents.rows),
        exact=clusters.filter(pl.col("kind") == "exact").height,
        near=clusters.filter(pl.col("kind") == "near").height,
        clusters=clusters["cluster"].n_unique(),
        candidate_pairs=sum(len(band) for band in pairs),
        compared_pairs=compared,
        similar_pairs=similar,
    )
    del pairs, store
    for file in (*pair_files, store_file):
        file.unlink(missing_ok=True)
    return counts


def write_verdict_parts(
    decision_parts: Sequence[Path], clusters_file: Path, output_folder: Path
) -> int:
    """Write one verdict part per decide part, row by row; return how many documents are kept.

    Columns: id, kept, cluster (int64, null alone), cluster_size (int32: 1 alone, 0 when the decide
    step had dropped the document), duplicate_of, kind, similarity. A part reads only its own rows
    of `clusters_file`, so the parts can also be written by several workers, some parts each.
    """
    clusters = pl.scan_parquet(clusters_file)
    return sum(
        _write_verdict_part(part, clusters, output_folder / part.name) for part in decision_parts
    )


def _write_verdict_part(decision_part: Path, clusters: pl.LazyFrame, output_file: Path) -> int:
    decisions = read_columns(decision_part, ["id", "kept"]).with_row_index("row")
    members = clusters.filter(pl.col("part") == decision_part.name).drop("id").collect()
    alone = pl.when("kept").then(1).otherwise(0)
    verdicts = (
        decisions.with_columns(pl.col("row").cast(pl.Int64))
        .join(members, on="row", how="left", maintain_order="left")
        .select(
            "id",
            pl.col("kept") & pl.col("survivor").fill_null(True),
            "cluster",
            pl.col("cluster_size").fill_null(alone).cast(pl.Int32),
            "duplicate_of",
            "kind",
            "similarity",
        )
    )
    write_atomically(verdicts.to_arrow(), output_file)
    return int(verdicts["kept"].sum())


def _priority(part_name: str, priorities: Mapping[str, int]) -> int:
    source = _source(part_name)
    if source not in priorities:
        raise StepError(
            f"source {source!r} of part {part_name} has no priority; "
            f"there are priorities for {', '.join(sorted(priorities)) or 'no source'}"
        )
    return priorities[source]


def _source(part_name: str) -> str:
    return part_name.rsplit(".", 3)[0]


def _write_pairs(
    files: Sequence[Path],
    documents: Documents,
    band: int,
    config: MinHashConfig,
    work_folder: Path,
) -> Path:
    keys = np.zeros(len(documents.sizes), dtype=np.uint64)
    for part, file in enumerate(files):
        own = slice(documents.starts[part], documents.starts[part + 1])
        keys[documents.ranks[own]] = read_band(file, band)
    pairs_file = work_folder / f"pairs_{band:03d}.npy"
    np.save(pairs_file, candidate_pairs(keys, documents.sizes, config.min_jaccard))
    return pairs_file


def _write_store(
    documents: Documents,
    pairs: Sequence[NDArray[np.uint64]],
    texts: Mapping[str, Path],
    store_file: Path,
    config: MinHashConfig,
    workers: int,
) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
    """Hash again the texts that are in some pair; return their shingles and where each begins.

    The upper 32 bits of every hash are kept: two texts of 10,000 words share 0.02 of them by
    accident, which moves their similarity by 10^-6. Sizes are known, so every part has its place in
    the file before any text is read, and parts are written in any order.
    """
    needed = np.zeros(len(documents.sizes), dtype=bool)
    for band in pairs:
        needed[band >> np.uint64(32)] = True
        needed[band & np.uint64(0xFFFFFFFF)] = True
    places = np.flatnonzero(needed[documents.ranks])
    # Of documents with the same text the first is read.
    _, firsts = np.unique(documents.ranks[places], return_index=True)
    places = places[np.sort(firsts)]
    ranks = documents.ranks[places]
    ends = np.cumsum(documents.sizes[ranks], dtype=np.int64)
    starts = np.zeros(len(documents.sizes), dtype=np.int64)
    starts[ranks] = ends - documents.sizes[ranks]
    if not len(places):
        return np.empty(0, dtype=np.uint32), starts
    store = np.memmap(store_file, dtype=np.uint32, mode="w+", shape=(int(ends[-1]),))
    cuts = np.searchsorted(places, documents.starts)

    def fill(part: int) -> None:
        own = slice(cuts[part], cuts[part + 1])
        rows, sizes = documents.rows[places[own]], documents.sizes[ranks[own]]
        if len(rows):
            begin = int(starts[ranks[cuts[part]]])
            _fill_store(store, begin, texts[documents.parts[part]], rows, sizes, config)

    with ThreadPoolExecutor(max_workers=workers) as pool:
        for _ in pool.map(fill, range(len(documents.parts))):
            pass
    return store, starts


def _fill_store(
    store: NDArray[np.uint32],
    begin: int,
    document_part: Path,
    rows: NDArray[np.uint32],
    sizes: NDArray[np.uint32],
    config: MinHashConfig,
) -> None:
    first = done = 0
    for batch in read_batches(document_part, ["text"]):
        stop = int(np.searchsorted(rows, first + len(batch)))
        if stop > done:
            chosen = batch.take(pa.array(rows[done:stop] - np.uint32(first)))
            hashes, offsets = shingle_sets(chosen["text"], config.ngram_words)
            if not np.array_equal(np.diff(offsets), sizes[done:stop]):
                raise StepError(
                    f"texts of {document_part} are not those that were signed: "
                    "delete the signatures and run deduplicate again"
                )
            store[begin : begin + len(hashes)] = hashes >> np.uint64(32)
            begin += len(hashes)
        first, done = first + len(batch), stop


def _clusters(
    documents: Documents,
    roots: NDArray[np.uint32],
    source_priorities: Sequence[int],
    store: NDArray[np.uint32],
    starts: NDArray[np.int64],
) -> pl.DataFrame:
    root_of_each = roots[documents.ranks]
    places = np.flatnonzero(np.bincount(root_of_each, minlength=1)[root_of_each] > 1)
    ranks = documents.ranks[places]
    parts = np.searchsorted(documents.starts, places, side="right") - 1
    _, clusters, sizes = np.unique(root_of_each[places], return_inverse=True, return_counts=True)
    survivors = choose_survivors(
        clusters,
        np.array(source_priorities, dtype=np.int64)[parts],
        documents.qualities[places],
        ranks,
    )
    survives = survivors == np.arange(len(places))
    same_text = ranks == ranks[survivors]
    similarities = pair_similarities(
        ranks.astype(np.int64), ranks[survivors].astype(np.int64), store, starts, documents.sizes
    )
    similarities[same_text] = 1.0
    ids = id_texts(documents.id_words[ranks])
    names = pl.Series(documents.parts, dtype=pl.String)
    sources = pl.Series([_source(name) for name in documents.parts], dtype=pl.String)
    return pl.DataFrame(
        {
            "cluster": clusters.astype(np.int64),
            "cluster_size": sizes[clusters].astype(np.int32),
            "id": ids,
            "source": sources.gather(parts),
            "part": names.gather(parts),
            "row": documents.rows[places].astype(np.int64),
            "kind": np.where(same_text, "exact", "near"),
            "similarity": similarities,
            "duplicate_of": ids.gather(survivors),
            "survivor": survives,
        }
    ).with_columns(
        pl.when(~pl.col("survivor")).then(pl.col(name)).alias(name)
        for name in ("kind", "similarity", "duplicate_of")
    )

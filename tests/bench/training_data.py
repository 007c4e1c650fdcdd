"""Measures the data side of pretraining: tokenising, planning the mix, reading rows, resuming.

The peer of resuming is what trainers do with a stream: read it from its beginning and throw away
what was trained on (datasets' `skip`, which transformers' `skip_first_batches` comes down to).

Example:
    python tests/bench/training_data.py --data ../shared/data > training_data.json
"""

import argparse
import io
import itertools
import json
import tempfile
import time
from pathlib import Path

import datasets
import pyarrow as pa
import pyarrow.parquet as pq
import zstandard
from training_units import write_dataset

from bllossom_data.progress import forget_peak_memory, no_progress, peak_memory_bytes
from training.collating import MixCollator
from training.demonstration import corpus_texts, write_tokenizer
from training.mixture import mix_rows
from training.pinned_data import open_dataset
from training.run_file import DatasetEntry
from training.token_files import tokens_of_split
from training.token_stream import TokenStream

MAX_LENGTH = 2048
BATCH_ROWS = 8
TRAINED_RATIO = 0.9


def documents(data, most):
    """Rows of the public corpora, ko and en."""
    for language in ("ko", "en"):
        for path in sorted((data / "corpus" / language).glob("*.jsonl.zst")):
            with zstandard.open(path, "rb") as file:
                lines = itertools.islice(io.TextIOWrapper(file, encoding="utf-8"), most)
                for line in lines:
                    row = json.loads(line)
                    if row["text"].strip():
                        yield {
                            "id": str(row["id"]),
                            "text": row["text"],
                            "language": language,
                            "source": path.name.partition(".")[0],
                        }


def timed(work):
    begun = time.perf_counter()
    found = work()
    return found, time.perf_counter() - begun


def first_batch_of_a_stream(path, skipped):
    """Seconds until datasets' stream of documents gives the batch after `skipped` documents."""
    stream = datasets.load_dataset("parquet", data_files=str(path), split="train", streaming=True)
    return timed(lambda: list(itertools.islice(iter(stream.skip(skipped)), BATCH_ROWS)))[1]


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--most", type=int, default=20_000, help="documents of each file")
    options = parser.parse_args()
    datasets.disable_progress_bars()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        rows = list(documents(options.data, options.most))
        size = sum(len(row["text"].encode()) for row in rows)
        write_dataset(folder / "corpus", {"train": rows[:8]})
        pq.write_table(
            pa.Table.from_pylist(rows),
            folder / "corpus" / "data" / "train.parquet",
            row_group_size=2000,
        )
        (folder / "corpus" / "manifest.json").unlink()
        count = len(rows)
        del rows
        from bllossom_data.manifest import Manifest, write_manifest

        write_manifest(
            folder / "corpus",
            Manifest("bench", "2026.11.0-dev", "mixed", ("ko", "en"), (), (), (), {}, {}),
        )
        write_tokenizer(corpus_texts(folder / "corpus"), folder / "tokenizer")
        from transformers import AutoTokenizer

        tokenizer = AutoTokenizer.from_pretrained(folder / "tokenizer")
        dataset = open_dataset(
            DatasetEntry.model_validate({"path": str(folder / "corpus"), "name": "bench"})
        )
        forget_peak_memory()
        parts, tokenising = timed(
            lambda: tokens_of_split(
                dataset, dataset.train, tokenizer, folder / "tokens", no_progress()
            )
        )
        memory = peak_memory_bytes()
        streams = tuple(TokenStream(language, parts, MAX_LENGTH, 1) for language in ("ko", "en"))
        mix, planning = timed(lambda: mix_rows(streams, {"ko": 0.7, "en": 0.3}, "bytes"))
        planned = [
            {"stream": int(one), "row": int(row)}
            for one, row in zip(mix.streams, mix.rows, strict=True)
        ]
        collate = MixCollator(streams, mix.ends, 0, False)
        sample = planned[: 100 * BATCH_ROWS]
        _, reading = timed(
            lambda: [
                collate(sample[at : at + BATCH_ROWS]) for at in range(0, len(sample), BATCH_ROWS)
            ]
        )
        place = int(TRAINED_RATIO * len(planned))
        fresh = tuple(TokenStream(language, parts, MAX_LENGTH, 1) for language in ("ko", "en"))
        again = MixCollator(fresh, mix.ends, 0, False)
        _, resuming = timed(lambda: again(planned[place : place + BATCH_ROWS]))
        fresh = tuple(TokenStream(language, parts, MAX_LENGTH, 1) for language in ("ko", "en"))
        again = MixCollator(fresh, mix.ends, 0, False)
        _, beginning = timed(lambda: again(planned[:BATCH_ROWS]))
        peer = folder / "corpus" / "data" / "train.parquet"
        print(
            json.dumps(
                {
                    "documents": count,
                    "text_mb": size / 1e6,
                    "tokens": sum(stream.total_tokens for stream in streams),
                    "tokenise_mb_per_second": size / 1e6 / tokenising,
                    "tokenise_peak_memory_mb": memory / 1e6,
                    "plan_seconds": planning,
                    "rows": len(mix),
                    "realised_share_ko": mix.shares[0],
                    "read_tokens_per_second": len(sample) * MAX_LENGTH / reading,
                    "first_batch_seconds": {
                        "at the beginning": beginning,
                        f"at {TRAINED_RATIO:.0%}": resuming,
                    },
                    "first_batch_seconds_of_a_stream": {
                        "at the beginning": first_batch_of_a_stream(peer, 0),
                        f"at {TRAINED_RATIO:.0%}": first_batch_of_a_stream(
                            peer, int(TRAINED_RATIO * count)
                        ),
                    },
                },
                indent=1,
            )
        )


if __name__ == "__main__":
    main()

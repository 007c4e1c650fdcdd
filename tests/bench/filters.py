"""Ours and datatrove's own blocks on the same real documents: seconds, ratio, equal verdicts.

python tests/bench/filters.py --data ../shared/data [--megabytes 12] [--output results.json]

Both read the same texts in the same process on one core and do what FineWeb-2 does to a document:
name its language (lid.176), the three filters, and the MinHash signature of what is kept. Stock
filters run as a pipeline, so a document dropped early costs the later ones nothing. The remaining
stock filters are then run, untimed, to compare every filter's verdict on every document.
"""

import argparse
import json
import os
import platform
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import polars as pl
from datatrove.data import Document
from datatrove.pipeline.dedup.minhash import MinhashDedupSignature
from datatrove.utils.lid import FT176LID
from datatrove.utils.text import split_into_parts
from fasttext.FastText import _FastText
from real_data import sampled_documents
from rich.console import Console
from rich.table import Table
from stock_filters import first_reasons, korean_tokenizer, stock_filters, stock_reasons

from bllossom_data.corpus.language import LanguageModel
from bllossom_data.corpus.minhash import MinHashConfig, sign
from bllossom_data.corpus.rules import PROFILES, reasons_of
from bllossom_data.corpus.signals import SignalMeter
from pipelines.measuring import (
    MeasureSettings,
    batches_of,
    decide,
    identifier_of,
    identify_languages,
)

STEPS = ("language", "filters", "signature")


class Stopwatch:
    """Processor seconds by step, of all threads, so that other work on the machine counts less."""

    def __init__(self) -> None:
        self.seconds: Counter[str] = Counter()

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        begin = time.process_time()
        yield
        self.seconds[name] += time.process_time() - begin


def run_stock(texts: list[str], language: str, model: Path):
    """Returns the stopwatch and, per document, the first reason of each filter."""
    watch = Stopwatch()
    words = korean_tokenizer() if language == "ko" else "en"
    filters = stock_filters(language)
    identifier = FT176LID([language])
    identifier._model = _FastText(str(model))
    signer = MinhashDedupSignature("/tmp/unused", language=words)
    for warm in filters:
        stock_reasons([warm], texts[0])
    signer.get_signature(signer.get_shingles(texts[0]))
    split_into_parts.cache_clear()
    verdicts = []
    for text in texts:
        document = Document(text=text, id="0")
        with watch.step("language"):
            identifier.predict(document)
        found: list[str | None] = []
        with watch.step("filters"):
            for stock in filters:
                found += stock_reasons([stock], text)
                if found[-1]:
                    break
        verdicts.append(found + stock_reasons(filters[len(found) :], text))
        if not any(verdicts[-1]):
            with watch.step("signature"):
                shingles = signer.get_shingles(text)
                if shingles.size:
                    signer.get_signature(shingles)
    return watch, verdicts


def run_ours(texts: list[str], language: str, model: Path, mode: str):
    """Returns the stopwatch, failed reasons and settled verdicts per document.

    ``default`` is what a recipe gets that says nothing: fast words and the built-in language model.
    """
    words = "exact" if mode == "exact" else "fast"
    watch = Stopwatch()
    limits = dict(PROFILES["fineweb2"][language])
    # The language verdict is compared by itself; here every document is of its corpus's language.
    limits["min_language_score"] = limits["min_expected_language"] = None
    chosen = LanguageModel() if mode == "default" else LanguageModel(path=str(model))
    settings = MeasureSettings(words, chosen, ("ko", "en"), ())
    identifier_of(settings.model)
    frame = pl.DataFrame({"id": "", "text": texts, "source": "bench"})
    settling = SignalMeter(words, {language: limits})
    complete = SignalMeter(words)
    complete.measure(frame["text"][:3], identified(frame[:3], settings, language))
    sign(frame["text"][:3].to_arrow(), MinHashConfig())
    masks: list[int] = []
    kept: list[bool] = []
    for batch in batches_of(frame):
        with watch.step("language"):
            languages = identified(batch, settings, language)
        with watch.step("filters"):
            decided = decide(settling.measure(batch["text"], languages), {language: limits})
        with watch.step("signature"):
            sign(batch["text"].filter(decided["kept"]).to_arrow(), MinHashConfig())
        kept += decided["kept"].to_list()
        # In exact mode a settled document has no words; its other rules are compared untimed.
        whole = decide(complete.measure(batch["text"], languages), {language: limits})
        masks += whole["failed"].to_list()
    return watch, [set(reasons_of(mask)) for mask in masks], kept


def identified(batch: pl.DataFrame, settings: MeasureSettings, language: str) -> pl.DataFrame:
    return identify_languages(batch, settings).with_columns(language=pl.lit(language))


def compare(language: str, texts: list[str], model: Path, modes: list[str]) -> list[dict]:
    megabytes = sum(len(text.encode()) for text in texts) / 1e6
    stock_watch, stock = run_stock(texts, language, model)
    stock_total = sum(stock_watch.seconds[step] for step in STEPS)
    results = []
    for mode in modes:
        watch, reasons, kept = run_ours(texts, language, model, mode)
        total = sum(watch.seconds[step] for step in STEPS)
        firsts = [first_reasons(failed) for failed in reasons]
        filters_equal = [
            sum(mine[place] == theirs[place] for mine, theirs in zip(firsts, stock, strict=True))
            for place in range(3)
        ]
        differing = Counter(
            f"{theirs[place] or 'kept'} → {mine[place] or 'kept'}"
            for mine, theirs in zip(firsts, stock, strict=True)
            for place in range(3)
            if mine[place] != theirs[place]
        )
        results.append(
            {
                "language": language,
                "mode": mode,
                "documents": len(texts),
                "megabytes": round(megabytes, 2),
                "kept_by_stock": sum(not any(found) for found in stock),
                "stock_seconds": {step: round(stock_watch.seconds[step], 3) for step in STEPS},
                "our_seconds": {step: round(watch.seconds[step], 3) for step in STEPS},
                "stock_megabytes_per_second": round(megabytes / stock_total, 3),
                "our_megabytes_per_second": round(megabytes / total, 3),
                "ratio": round(stock_total / total, 2),
                "equal_keep_or_drop": sum(
                    one == (not any(found)) for one, found in zip(kept, stock, strict=True)
                )
                / len(texts),
                "equal_reason_of_filter": [count / len(texts) for count in filters_equal],
                "differing_reasons": dict(differing.most_common(12)),
            }
        )
    return results


def show(results: list[dict]) -> None:
    console = Console(width=100)
    table = Table(title="One core, same documents, same run; processor seconds per step")
    for column in ("text", "who", *STEPS, "MB/s", "ratio", "keep/drop", "reasons"):
        table.add_column(column, justify="left" if column in ("text", "who") else "right")
    for result in results:
        for who in ("stock", "our"):
            ours = who == "our"
            agreement = (
                f"{result['ratio']:.1f}x",
                f"{result['equal_keep_or_drop']:.2%}",
                f"{min(result['equal_reason_of_filter']):.2%}",
            )
            table.add_row(
                f"{result['language']} {result['megabytes']:.1f} MB",
                f"ours, {result['mode']}" if ours else "datatrove",
                *(f"{result[f'{who}_seconds'][step]:.2f}" for step in STEPS),
                f"{result[f'{who}_megabytes_per_second']:.2f}",
                *(agreement if ours else ("", "", "")),
            )
    console.print(table)
    console.print("keep/drop: documents with the same verdict; reasons: documents for which every")
    console.print("filter, asked by itself, gives the same first reason (the least equal of three)")
    for result in results:
        if result["differing_reasons"]:
            console.print(f"{result['language']} {result['mode']}: filter verdicts that differ")
            for change, count in result["differing_reasons"].items():
                console.print(f"  {count:6,}  {change}", highlight=False)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of the shared real data")
    parser.add_argument("--megabytes", type=float, default=4.0, help="text per language")
    parser.add_argument("--modes", nargs="+", default=["exact", "fast", "default"])
    parser.add_argument("--languages", nargs="+", default=["en", "ko"])
    parser.add_argument("--output", type=Path, help="write the results as JSON")
    options = parser.parse_args()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    model = options.data / "langid-model" / "lid.176.ftz"
    results = []
    for language in options.languages:
        texts = sampled_documents(options.data, language, options.megabytes)
        results += compare(language, texts, model, options.modes)
    show(results)
    if options.output:
        machine = {"machine": platform.processor() or platform.machine(), "results": results}
        options.output.write_text(json.dumps(machine, ensure_ascii=False, indent=1) + "\n")


if __name__ == "__main__":
    main()

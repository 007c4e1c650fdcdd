"""Confusion tables, score quantiles and speed of both language identifiers on real text.

Run as ``python tests/bench/language_identification.py``; ``--data`` is the folder of shared real
data (NTREX, UDHR, corpora), ``--model`` a fastText model, by default the one of that folder.
"""

import argparse
import time
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import polars as pl
from rich.console import Console
from rich.table import Table

from bllossom_data.corpus.language import LanguageIdentifier, LanguageModel, load_identifier

CLASSES = ("ko", "en", "rest")
QUANTILES = (0.01, 0.05, 0.1, 0.25, 0.5)
LINES_PER_GROUP = 5
PARAGRAPH_MIN_CHARS = 30
CORPUS_FILE_MAX_DOCUMENTS = 10_000

Labelled = pl.DataFrame
"""Columns `truth` (ko, en, rest) and `text`."""


def _labelled(rows: Sequence[tuple[str, str]]) -> Labelled:
    return pl.DataFrame(rows, schema={"truth": pl.String, "text": pl.String}, orient="row")


def _truth(code: str) -> str:
    return {"kor": "ko", "eng": "en"}.get(code, "rest")


def ntrex(folder: Path, lines_per_text: int) -> Labelled:
    """Parallel news lines in 13 files, `lines_per_text` of them joined to one text."""
    rows = []
    for path in sorted(folder.glob("newstest2019-*.txt")):
        lines = path.read_text(encoding="utf-8").splitlines()
        for begin in range(0, len(lines), lines_per_text):
            text = "\n".join(lines[begin : begin + lines_per_text])
            rows.append((_truth(path.name.split(".")[1]), text))
    return _labelled(rows)


def udhr(archive: Path, by_paragraph: bool) -> Labelled:
    """The declaration of human rights in 386 languages and spellings, whole or by paragraph."""
    rows = []
    with zipfile.ZipFile(archive) as files:
        for name in sorted(files.namelist()):
            if not name.endswith(".txt"):
                continue
            text = files.read(name).decode("utf-8").strip()
            parts = [line.strip() for line in text.splitlines()] if by_paragraph else [text]
            truth = _truth(Path(name).stem)
            shortest = PARAGRAPH_MIN_CHARS if by_paragraph else 1
            rows += [(truth, part) for part in parts if len(part) >= shortest]
    return _labelled(rows)


def corpora(folder: Path) -> Iterator[tuple[str, str, pl.Series]]:
    """Yields language, file name and texts of every corpus file."""
    for path in sorted(folder.glob("??/*.jsonl.zst")):
        texts = pl.read_ndjson(path, infer_schema_length=1)["text"]
        if len(texts) > CORPUS_FILE_MAX_DOCUMENTS:
            texts = texts.sample(CORPUS_FILE_MAX_DOCUMENTS, seed=1)
        yield path.parent.name, path.name.removesuffix(".jsonl.zst"), texts


def identify(identifier: LanguageIdentifier, texts: pl.Series) -> tuple[pl.DataFrame, float]:
    """Returns columns `found` (ko, en, rest), `language`, `score`, and megabytes per CPU second."""
    began = time.process_time()
    languages, scores = identifier.identify(texts)
    seconds = time.process_time() - began
    found = (
        pl.when(pl.col("language").is_in(["ko", "en"])).then("language").otherwise(pl.lit("rest"))
    )
    table = pl.DataFrame({"language": languages, "score": scores}).with_columns(found=found)
    return table, float(texts.str.len_bytes().sum()) / 1e6 / seconds


def confusion(title: str, labelled: Labelled, identifier: LanguageIdentifier) -> Table:
    """Rows: what a text is; columns: what it is called, and at which scores."""
    answers, speed = identify(identifier, labelled["text"])
    answers = answers.with_columns(truth=labelled["truth"])
    table = Table(title=f"{title}: {identifier.name[:28]}, {speed:.1f} MB/s", title_justify="left")
    for column in ("truth", "texts", *CLASSES, "wrong and over threshold"):
        table.add_column(column, justify="right")
    over = pl.any_horizontal(
        (pl.col("found") == code) & (pl.col("score") >= least)
        for code, least in identifier.thresholds.items()
    )
    for truth in CLASSES:
        rows = answers.filter(truth=truth)
        called = [str(len(rows.filter(found=code))) for code in CLASSES]
        wrong = rows.filter((pl.col("found") != pl.col("truth")) & over)
        table.add_row(truth, str(len(rows)), *called, str(len(wrong)))
    return table


def shares(
    documents: Sequence[tuple[str, str, pl.Series]], identifier: LanguageIdentifier
) -> Table:
    """Per corpus file: share called ko, en and other; quantiles of the right ones' scores."""
    table = Table(title=f"corpora: {identifier.name[:28]}", title_justify="left")
    table.add_column("file")
    columns = (*CLASSES, "kept", *(f"q{quantile:g}" for quantile in QUANTILES), "MB/s")
    for column in ("documents", *columns):
        table.add_column(column, justify="right")
    for language, name, texts in documents:
        answers, speed = identify(identifier, texts)
        right = answers.filter(found=language)["score"]
        kept = (right >= identifier.thresholds[language]).sum() / len(texts)
        called = [f"{len(answers.filter(found=code)) / len(texts):.2%}" for code in CLASSES]
        quantiles = [f"{right.quantile(quantile) or 0:.3f}" for quantile in QUANTILES]
        file = f"{language}/{name}"
        table.add_row(file, str(len(texts)), *called, f"{kept:.2%}", *quantiles, f"{speed:.1f}")
    return table


def thresholds(labelled: Labelled, identifier: LanguageIdentifier) -> Table:
    """What each least score keeps of the right texts and lets through of the wrong ones."""
    answers, _ = identify(identifier, labelled["text"])
    answers = answers.with_columns(truth=labelled["truth"])
    table = Table(title=f"least scores: {identifier.name[:28]}", title_justify="left")
    for column in ("score >=", "ko kept", "not ko, called ko", "en kept", "not en, called en"):
        table.add_column(column, justify="right")
    for least in (0.0, 0.3, 0.5, 0.65, 0.7, 0.8, 0.842, 0.9, 0.95, 0.99):
        cells = []
        for code in ("ko", "en"):
            called = answers.filter((pl.col("found") == code) & (pl.col("score") >= least))
            n_right = len(called.filter(truth=code))
            n_true = len(answers.filter(truth=code))
            cells += [f"{n_right / n_true:.2%}", str(len(called) - n_right)]
        table.add_row(f"{least:g}", *cells)
    return table


def main() -> None:
    """Prints every table for the packaged model and for the fastText model."""
    shared = Path(__file__).resolve().parents[3] / "shared" / "data"
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=shared, help="folder of shared real data")
    parser.add_argument("--model", type=Path, help="fastText model (default: that of the folder)")
    options = parser.parse_args()
    if not options.data.is_dir():
        parser.error(f"--data {options.data} is no folder")
    model = options.model or options.data / "langid-model" / "lid.176.ftz"
    news = options.data / "labelled" / "ntrex"
    rights = options.data / "labelled" / "nltk-udhr" / "packages" / "corpora" / "udhr2.zip"
    collections = {
        "NTREX by line": ntrex(news, 1),
        f"NTREX by {LINES_PER_GROUP} lines": ntrex(news, LINES_PER_GROUP),
        "UDHR by paragraph": udhr(rights, by_paragraph=True),
        "UDHR whole": udhr(rights, by_paragraph=False),
    }
    documents = list(corpora(options.data / "corpus"))
    console = Console(width=140)
    for settings in (LanguageModel(), LanguageModel(path=str(model))):
        identifier = load_identifier(settings)
        identifier.identify(["compiles the kernels", "커널을 번역한다"])
        for title, labelled in collections.items():
            console.print(confusion(title, labelled, identifier))
        console.print(thresholds(pl.concat(collections.values()), identifier))
        console.print(shares(documents, identifier))


if __name__ == "__main__":
    main()

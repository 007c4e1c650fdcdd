"""Documents and sentences of the shared real data, for benchmarks."""

import io
import json
import random
from collections.abc import Iterator
from pathlib import Path

import zstandard


def corpus_files(data: Path, language: str) -> list[Path]:
    """The corpus files of a language, sorted."""
    return sorted((data / "corpus" / language).glob("*.jsonl.zst"))


def documents(path: Path) -> list[str]:
    """The non-empty texts of one corpus file."""
    with zstandard.open(path, "rb") as stream:
        rows = [json.loads(line) for line in io.TextIOWrapper(stream, encoding="utf-8")]
    return [row["text"] for row in rows if row["text"].strip()]


def sampled_documents(data: Path, language: str, megabytes: float, seed: int = 7) -> list[str]:
    """Documents of every file, in equal parts by bytes as far as each file reaches."""
    files = corpus_files(data, language)
    share = megabytes * 1e6 / len(files)
    sample: list[str] = []
    for path in files:
        texts = documents(path)
        random.Random(seed).shuffle(texts)
        taken = 0.0
        for text in texts:
            if taken >= share:
                break
            sample.append(text)
            taken += len(text.encode())
    return sample


def _grouped(lines: list[str], size: int = 20) -> Iterator[str]:
    for first in range(0, len(lines), size):
        yield "\n".join(lines[first : first + size])


def _column(path: Path, column: int) -> list[str]:
    rows = path.read_text(encoding="utf-8", errors="replace").split("\n")[1:]
    return [fields[column] for row in rows if len(fields := row.split("\t")) > column]


def _treebank(folder: Path) -> list[str]:
    return [
        line.removeprefix("# text = ")
        for path in sorted(folder.glob("*.conllu"))
        for line in path.read_text(encoding="utf-8").split("\n")
        if line.startswith("# text = ")
    ]


def sentences(data: Path, language: str) -> dict[str, list[str]]:
    """Sentences of news, treebanks and comments by name, twenty to a document."""
    labelled = data / "labelled"
    jhe = labelled / "korean-parallel-corpora" / "korean-english-jhe"
    if language == "en":
        lines = {
            "treebank": _treebank(labelled / "ud-english-ewt"),
            "ntrex": (labelled / "ntrex/newstest2019-src.eng.txt").read_text().split("\n"),
            "jhe": (jhe / "jhe-koen-dev.en").read_text().split("\n"),
        }
    else:
        comments = labelled / "korean-hate-speech/unlabeled/unlabeled_comments_5.txt"
        lines = {
            "treebank": _treebank(labelled / "ud-korean-gsd")
            + _treebank(labelled / "ud-korean-kaist"),
            "nli": _column(labelled / "kornlu/KorNLI/xnli.test.ko.tsv", 1)[:4000],
            "sts": _column(labelled / "kornlu/KorSTS/sts-train.tsv", 5)[:3000],
            "comments": comments.read_text(encoding="utf-8").split("\n")[:8000],
            "ntrex": (labelled / "ntrex/newstest2019-ref.kor.txt").read_text().split("\n"),
            "jhe": (jhe / "jhe-koen-dev.ko").read_text().split("\n"),
        }
    return {name: list(_grouped(rows)) for name, rows in lines.items()}


def documents_by_id(path: Path) -> dict[str, str]:
    """The texts of one corpus file by their ids."""
    with zstandard.open(path, "rb") as stream:
        rows = [json.loads(line) for line in io.TextIOWrapper(stream, encoding="utf-8")]
    return {row["id"]: row["text"] for row in rows}

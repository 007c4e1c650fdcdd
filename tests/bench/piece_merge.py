"""The published merge at its real size, with models made here: 32,000 and 8,002 SentencePiece pieces.

Llama 2's and KoBERT's own pieces cannot be had without a network, so a BPE model of 32,000 pieces
is trained on English documentation with some Korean in it, and a unigram model of 8,002 on Korean.
Both presets are merged and audited on held-out pages. Takes some minutes of one core:

    python tests/bench/piece_merge.py --data ../shared/data --out build/pieces
"""

import argparse
import io
import itertools
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import zstandard
from miniature_runs import write_corpora
from vocabulary_units import write_korean_pieces, write_piece_base

from bllossom_data.files import pretty_json, write_atomic
from bllossom_data.progress import no_progress
from training.vocabulary.commands import audit, merge_vocabulary
from training.vocabulary.sentence_pieces import PieceBase, Preset

BASE_PIECES, DONOR_PIECES = 32_000, 8_002
TEXT_BYTES = {"en": 12_000_000, "ko": 8_000_000}
# A little Korean, as Llama 2's text had: it knows some hundreds of syllables.
KOREAN_LINES_IN_BASE = 4_000
PRESETS: tuple[Preset, ...] = ("paper", "repaired")


def lines(data: Path, language: str) -> Iterator[str]:
    """Lines of a language, one of each source in turn."""

    def of_source(path: Path) -> Iterator[str]:
        with zstandard.open(path, "rb") as file:
            for line in io.TextIOWrapper(file, encoding="utf-8"):
                yield from (one for one in json.loads(line)["text"].splitlines() if one.strip())

    sources = [of_source(path) for path in sorted((data / "corpus" / language).glob("*.zst"))]
    for row in itertools.zip_longest(*sources):
        yield from (one for one in row if one is not None)


def up_to(texts: Iterator[str], size: int) -> list[str]:
    """Lines of so many bytes."""
    found = []
    for text in texts:
        size -= len(text.encode())
        if size < 0:
            break
        found.append(text)
    return found


def merged(out: Path, base: Path, donor: Path, corpus: Path, preset: Preset) -> dict:
    """What a preset adds, and what the audit says of it."""
    target = out / preset
    shutil.rmtree(target, ignore_errors=True)
    made = merge_vocabulary(str(base), donor, target, None, preset)
    found = audit(
        str(base), str(target), str(corpus), split="validation", share=1.0, progress=no_progress()
    )
    return {
        "tokens": made.tokens,
        "new": made.tokens - made.new_rows_from,
        "unreachable": len(found.unreachable),
        "moved": found.moved,
        "languages": found.as_json()["languages"],
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    chosen = parser.parse_args()
    shutil.rmtree(chosen.out, ignore_errors=True)
    texts = {
        language: up_to(lines(chosen.data, language), size) for language, size in TEXT_BYTES.items()
    }
    some_korean = texts["ko"][:: max(1, len(texts["ko"]) // KOREAN_LINES_IN_BASE)]
    base = write_piece_base(chosen.out / "base", texts["en"] + some_korean, BASE_PIECES)
    donor = write_korean_pieces(chosen.out / "donor.model", DONOR_PIECES, texts["ko"])
    corpora, _ = write_corpora(chosen.data, chosen.out)
    known = {one.piece for one in PieceBase.read(base).proto.pieces}
    record = {
        preset: merged(chosen.out, base, donor, corpora["both"], preset) for preset in PRESETS
    }
    assert len(known) == BASE_PIECES
    record["shared"] = DONOR_PIECES - record["paper"]["new"]
    assert record["paper"]["tokens"] == BASE_PIECES + DONOR_PIECES - record["shared"]
    write_atomic(chosen.out / "piece_merge.json", pretty_json(record))
    print(pretty_json(record))


if __name__ == "__main__":
    main()

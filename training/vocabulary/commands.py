"""What the commands of the vocabulary do, from their arguments to their files."""

import secrets
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from bllossom_data.errors import TrainingError
from bllossom_data.files import (
    TEMPORARY_SUFFIX,
    pretty_json,
    sha256_file,
    sync_folder,
    write_atomic,
)
from bllossom_data.progress import Progress, no_progress
from training.models import EXTENSION
from training.pinned_data import PinnedDataset, pinned_folder
from training.pinning import hub_commit
from training.vocabulary.auditing import Audit, Encoder, audit_vocabulary
from training.vocabulary.byte_level import (
    ByteLevelBase,
    chosen_merges,
    extend_byte_level,
    pieces_of,
    read_merges,
    write_merges,
)
from training.vocabulary.corpus_text import lines_of, open_corpus
from training.vocabulary.focus import Weights, focus_weights, token_vectors
from training.vocabulary.rows import Initialisation, extend_model
from training.vocabulary.sentence_pieces import (
    SPACE,
    PieceBase,
    Preset,
    extend_pieces,
    merged_pieces,
    old_parts,
)

__all__ = ["Merged", "Rows", "audit", "merge_vocabulary", "train_vocabulary"]


def _folder(place: str) -> Path:
    if commit := hub_commit(place):
        return pinned_folder(commit, "model")
    if not Path(place).is_dir():
        raise TrainingError(f"{place}: no such folder, and not owner/name@commit either")
    return Path(place)


def train_vocabulary(
    base: str,
    corpus: str,
    target: Path,
    *,
    split: str,
    tokens: int,
    min_count: int,
    share: float,
    progress: Progress,
) -> int:
    """Chooses Korean tokens from a corpus and writes them.

    Returns:
        How many there are.

    Raises:
        TrainingError: base or corpus are not there, or are of no use.
    """
    tokenizer = ByteLevelBase.read(_folder(base))
    dataset = open_corpus(corpus, split)
    merges, size = chosen_merges(tokenizer, dataset, tokens, min_count, share, progress)
    facts = {
        "corpus": asdict(dataset.lineage),
        "settings": {"tokens": tokens, "min_count": min_count, "share": share},
        "counted_bytes": size,
    }
    write_merges(target, tokenizer, merges, facts)
    return len(merges)


@dataclass(frozen=True, slots=True)
class Rows:
    """How the rows of a model for new tokens are made.

    Attributes:
        initialisation: how they begin.
        pad_to: the number of rows becomes a multiple of this.
        seed: of what is drawn.
        corpus: focus: a built corpus with Korean; its training split is read.
        share: focus: share (0-1) of its documents to look at.
    """

    initialisation: Initialisation = "subword-mean"
    pad_to: int = 64
    seed: int = 42
    corpus: str | None = None
    share: float = 1.0


@dataclass(frozen=True, slots=True)
class Merged:
    """What was written.

    Attributes:
        new_rows_from: the first new id; `new_rows_from` of a run file.
        tokens: tokens of the extended tokenizer.
        rows: rows of the extended model, if the base has a model.
    """

    new_rows_from: int
    tokens: int
    rows: int | None


def merge_vocabulary(
    base: str,
    vocabulary: Path,
    target: Path,
    rows: Rows | None,
    preset: Preset = "repaired",
    progress: Progress | None = None,
) -> Merged:
    """Writes the tokenizer that a vocabulary extends, and the model with rows for it.

    Args:
        base: the tokenizer to extend, with or without a model beside it.
        vocabulary: what `train_vocabulary` wrote, or a SentencePiece model.
        target: folder to write; it is there as a whole or not at all.
        rows: how rows are made; none leaves a model out.
        preset: how a SentencePiece model is merged.
        progress: where work reports.

    Raises:
        TrainingError: base and vocabulary do not belong together, or `target` is there already.
    """
    folder = _folder(base)
    if target.exists():
        raise TrainingError(f"{target}: is there already; give a folder that is not, or remove it")
    extension = (_pieces if vocabulary.suffix == ".model" else _merges)(folder, vocabulary, preset)
    first = min(extension.parts)
    made = corpus = None
    with _whole_folder(target) as temporary:
        extension.write(temporary)
        if rows is not None and (folder / "config.json").is_file():
            corpus = _corpus_of(rows)
            weights = _weights(rows, corpus, extension, temporary, progress or no_progress())
            made = extend_model(
                folder,
                temporary,
                extension.known,
                extension.parts,
                initialisation=rows.initialisation,
                pad_rows_to=rows.pad_to,
                seed=rows.seed,
                weights=weights,
            )
        merged = Merged(first, first + len(extension.parts), made)
        facts = {
            **asdict(merged),
            "base_sha256": extension.base_sha256,
            "vocabulary_sha256": sha256_file(vocabulary),
            "preset": preset if vocabulary.suffix == ".model" else None,
            "rows_made": asdict(rows) if rows else None,
            "corpus": asdict(corpus.lineage) if corpus else None,
        }
        write_atomic(temporary / EXTENSION, pretty_json(facts))
    return merged


@dataclass(frozen=True, slots=True)
class _Extension:
    known: Sequence[int]
    parts: Mapping[int, Sequence[int]]
    base_sha256: str
    write: Callable[[Path], None]


def _corpus_of(rows: Rows) -> PinnedDataset | None:
    if rows.initialisation != "focus":
        return None
    if rows.corpus is None:
        raise TrainingError(
            "focus compares how tokens are used in text: give a built corpus with --corpus"
        )
    return open_corpus(rows.corpus, "train")


def _weights(
    rows: Rows,
    corpus: PinnedDataset | None,
    extension: _Extension,
    tokenizer: Path,
    progress: Progress,
) -> Weights | None:
    if corpus is None:
        return None
    with progress.work("Vectors of tokens for FOCUS", None, "lines") as advance:

        def told() -> Iterator[list[str]]:
            for lines in lines_of(corpus, "ko", rows.share):
                yield lines
                advance(len(lines))

        vectors = token_vectors(told(), _encoder(tokenizer).encode, rows.seed)
    return focus_weights(vectors, sorted(extension.parts), extension.known)


def _merges(folder: Path, vocabulary: Path, _: Preset) -> _Extension:
    base = ByteLevelBase.read(folder)
    merges = read_merges(vocabulary, base)
    return _Extension(
        sorted(set(base.vocabulary.values())),
        pieces_of(base, merges),
        base.sha256,
        lambda target: extend_byte_level(base, merges, target),
    )


def _pieces(folder: Path, donor: Path, preset: Preset) -> _Extension:
    base = PieceBase.read(folder)
    added = merged_pieces(base, donor, preset)
    return _Extension(
        range(len(base.proto.pieces)),
        old_parts(base, added),
        base.sha256,
        lambda target: extend_pieces(base, added, target),
    )


@contextmanager
def _whole_folder(target: Path) -> Iterator[Path]:
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f"{target.name}.{secrets.token_hex(4)}{TEMPORARY_SUFFIX}")
    temporary.mkdir()
    try:
        yield temporary
        temporary.replace(target)
        sync_folder(target.parent)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _byte_level_encoder(folder: Path) -> Encoder:
    base = ByteLevelBase.read(folder)
    tokenizer, by_merges = base.tokenizer(), base.tokenizer(by_merges_alone=True)

    def is_reached(tokens: Iterable[str]) -> dict[str, bool]:
        return {
            token: [one.value for one in by_merges.model.tokenize(token)] == [token]
            for token in tokens
        }

    return Encoder(
        lambda texts: [
            one.ids for one in tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)
        ],
        lambda rows: tokenizer.decode_batch([list(row) for row in rows], skip_special_tokens=False),
        base.vocabulary,
        is_reached,
    )


def _piece_encoder(folder: Path) -> Encoder:
    base = PieceBase.read(folder)
    processor, inside = base.processor(), base.processor(without_prefix=True)
    vocabulary = base.vocabulary

    def is_reached(tokens: Iterable[str]) -> dict[str, bool]:
        return {
            token: inside.encode(token.replace(SPACE, " ")) == [vocabulary[token]]
            for token in tokens
        }

    return Encoder(processor.encode, processor.decode, vocabulary, is_reached)


def _encoder(folder: Path) -> Encoder:
    if (folder / "tokenizer.model").is_file():
        return _piece_encoder(folder)
    return _byte_level_encoder(folder)


def audit(
    base: str, extended: str, corpus: str, *, split: str, share: float, progress: Progress
) -> Audit:
    """Compares two tokenizers on a corpus.

    Raises:
        TrainingError: one of the three is not there, or is of no use.
    """
    dataset = open_corpus(corpus, split)
    before, after = _encoder(_folder(base)), _encoder(_folder(extended))
    return audit_vocabulary(before, after, dataset, share, progress)

"""What the commands of the vocabulary do, from their arguments to their files."""

from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

from bllossom_data.errors import TrainingError
from bllossom_data.progress import Progress
from training.pinned_data import pinned_folder
from training.pinning import hub_commit
from training.vocabulary.auditing import Audit, Encoder, audit_vocabulary
from training.vocabulary.byte_level import (
    ByteLevelBase,
    chosen_merges,
    extend_byte_level,
    read_merges,
    write_merges,
)
from training.vocabulary.corpus_text import open_corpus

__all__ = ["audit", "merge_vocabulary", "train_vocabulary"]


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


def merge_vocabulary(base: str, vocabulary: Path, target: Path) -> tuple[int, int]:
    """Writes the tokenizer that a vocabulary extends.

    Returns:
        The first new id, and how many tokens there are now.

    Raises:
        TrainingError: base and vocabulary do not belong together.
    """
    folder = _folder(base)
    tokenizer = ByteLevelBase.read(folder)
    if target.resolve() == folder.resolve():
        raise TrainingError(f"{target}: is the base itself; give another folder")
    merges = read_merges(vocabulary, tokenizer)
    extend_byte_level(tokenizer, merges, target)
    return tokenizer.first_new_id, tokenizer.first_new_id + len(merges)


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


def audit(
    base: str, extended: str, corpus: str, *, split: str, share: float, progress: Progress
) -> Audit:
    """Compares two tokenizers on a corpus.

    Raises:
        TrainingError: one of the three is not there, or is of no use.
    """
    dataset = open_corpus(corpus, split)
    before, after = _byte_level_encoder(_folder(base)), _byte_level_encoder(_folder(extended))
    return audit_vocabulary(before, after, dataset, share, progress)
